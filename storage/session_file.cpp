// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/session_file.h"

#include "session_connection.h"

namespace storage {

namespace fs = std::filesystem;

struct SessionFile::Impl final : SessionConnection
{
    using SessionConnection::SessionConnection;
};

SessionFile::SessionFile(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

SessionFile::~SessionFile() = default;

Result<std::unique_ptr<SessionFile>> SessionFile::create(const fs::path& path,
                                                         const NewSession& session)
{
    const auto made = guarded([&] { SessionConnection::createFile(path, session); });
    if (!made)
        return tl::unexpected<Error>(made.error());
    return open(path, OpenMode::readWrite);
}

Result<std::unique_ptr<SessionFile>> SessionFile::open(const fs::path& path, OpenMode mode)
{
    return guarded([&] {
        return std::unique_ptr<SessionFile>(new SessionFile(std::make_unique<Impl>(path, mode)));
    });
}

const fs::path& SessionFile::path() const
{
    return m_impl->path;
}

OpenMode SessionFile::mode() const
{
    return m_impl->mode;
}

Result<void> SessionFile::together(const std::function<Result<void>()>& changes)
{
    return m_impl->together(changes);
}

// The head.

Result<SessionInfo> SessionFile::info()
{
    return m_impl->read([&] { return m_impl->head.info(); });
}

Result<SessionSummary> SessionFile::summary()
{
    return m_impl->read([&] { return m_impl->summary(); });
}

Result<void> SessionFile::setTitle(std::string_view title)
{
    return m_impl->change([&] { m_impl->head.setTitle(title); });
}

Result<void> SessionFile::touch()
{
    return m_impl->change([&] { m_impl->head.touch(now()); });
}

Result<void> SessionFile::setValue(std::string_view name, std::string_view value)
{
    return m_impl->change([&] { m_impl->head.setValue(name, value); });
}

Result<std::optional<std::string>> SessionFile::value(std::string_view name)
{
    return m_impl->call([&] { return m_impl->head.value(name); });
}

// Sources.

Result<SourceId> SessionFile::addSource(const NewSource& source, std::string_view text,
                                        std::span<const std::byte> maps)
{
    return m_impl->change([&] { return m_impl->sources.add(source, text, maps); });
}

Result<void> SessionFile::updateSource(SourceId id, const SourceUpdate& update)
{
    return m_impl->change([&] { m_impl->sources.update(id, update); });
}

Result<void> SessionFile::removeSource(SourceId id, LaterSources later)
{
    return m_impl->change([&] { m_impl->removeSource(id, later); });
}

Result<std::uint64_t> SessionFile::tokensToReadAgainIfRemoved(SourceId id)
{
    return m_impl->read([&] { return m_impl->tokensToReadAgainIfRemoved(id); });
}

Result<std::vector<Source>> SessionFile::sources()
{
    return m_impl->read([&] { return m_impl->sources.all(); });
}

Result<Source> SessionFile::source(SourceId id)
{
    return m_impl->read([&] { return m_impl->sources.get(id); });
}

Result<std::optional<Source>> SessionFile::findSourceByPath(std::string_view path)
{
    return m_impl->read([&] { return m_impl->sources.findByPath(path); });
}

Result<std::optional<Source>> SessionFile::findSourceByHash(std::string_view contentHash)
{
    return m_impl->read([&] { return m_impl->sources.findByHash(contentHash); });
}

Result<std::string> SessionFile::sourceText(SourceId id)
{
    return m_impl->read([&] { return m_impl->sources.text(id); });
}

Result<std::string> SessionFile::sourceText(SourceId id, TextRange range)
{
    return m_impl->read([&] { return m_impl->sources.text(id, range); });
}

Result<std::vector<std::byte>> SessionFile::sourceMaps(SourceId id)
{
    return m_impl->read([&] { return m_impl->sources.maps(id); });
}

Result<std::uint64_t> SessionFile::characterOffset(SourceId id, std::uint64_t byteOffset)
{
    return m_impl->read([&] { return m_impl->sources.characterOffset(id, byteOffset); });
}

// Passages.

Result<void> SessionFile::appendPassages(SourceId id, std::span<const NewPassage> passages)
{
    return m_impl->change([&] { m_impl->passages.append(id, m_impl->sources.text(id), passages); });
}

Result<std::vector<Passage>> SessionFile::passages()
{
    return m_impl->read([&] { return m_impl->passages.all(); });
}

Result<std::string> SessionFile::passageText(PassageId id)
{
    return m_impl->read([&] {
        const Passage passage = m_impl->passages.get(id);
        return m_impl->sources.text(passage.sourceId, passage.text);
    });
}

// The timeline and its cache.

Result<void> SessionFile::commitReading(const ReadingCommit& commit)
{
    return m_impl->change([&] { m_impl->commitReading(commit); });
}

Result<std::uint64_t> SessionFile::tokensRead()
{
    return m_impl->call([&] { return m_impl->timeline.length(); });
}

Result<std::vector<std::int32_t>> SessionFile::readTokens(TokenRange range)
{
    return m_impl->read([&] { return m_impl->timeline.tokens(range); });
}

Result<std::optional<Checkpoint>> SessionFile::loadCheckpoint()
{
    return m_impl->read([&] { return m_impl->timeline.checkpoint(m_impl->timeline.length()); });
}

Result<std::optional<Checkpoint>> SessionFile::loadCheckpoint(std::uint64_t atOrBefore)
{
    return m_impl->read([&] { return m_impl->timeline.checkpoint(atOrBefore); });
}

Result<void> SessionFile::readRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                                   std::uint64_t rowCount, std::span<std::byte> out)
{
    return m_impl->read([&] { m_impl->timeline.readRows(layer, kind, rowBegin, rowCount, out); });
}

Result<std::vector<RowExtent>> SessionFile::rowExtents()
{
    return m_impl->read([&] { return m_impl->timeline.extents(); });
}

Result<std::uint64_t> SessionFile::rewindTo(std::uint64_t tokens)
{
    return m_impl->change([&] { return m_impl->rewindTo(tokens); });
}

Result<void> SessionFile::clearReading(const ModelIdentity& model)
{
    return m_impl->change([&] { m_impl->clearReading(model); });
}

// The conversation.

Result<MessageId> SessionFile::addMessage(const NewMessage& message)
{
    return m_impl->change([&] { return m_impl->messages.add(message); });
}

Result<std::vector<Message>> SessionFile::messages()
{
    return m_impl->read([&] { return m_impl->messages.all(); });
}

// Searching.

Result<PassageRanking> SessionFile::rankPassages(std::span<const std::string> terms,
                                                 const Bm25& constants)
{
    return m_impl->read(
        [&] { return m_impl->ranker.rank(terms, constants, m_impl->passages.count()); });
}

Result<TextHits> SessionFile::searchText(std::string_view phrase, std::size_t limit)
{
    return m_impl->call([&] { return m_impl->searchText(phrase, limit); });
}

// The file as a whole.

Result<void> SessionFile::duplicate(const fs::path& target)
{
    return m_impl->call([&] { m_impl->duplicate(target); });
}

Result<void> SessionFile::verify()
{
    return m_impl->read([&] { m_impl->verify(); });
}

} // namespace storage
