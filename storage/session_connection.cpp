// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_connection.h"

#include <algorithm>
#include <system_error>

#include <unistd.h>

#include <sqlite3.h>

#include "checksum.h"
#include "file_copy.h"
#include "literal_search.h"
#include "move_file.h"
#include "sqlite/statement.h"
#include "word_tokenizer.h"

namespace storage {

namespace fs = std::filesystem;

namespace {

/// Measured in docs/adr/0011: small pages write least around the rows of a commit, and still read
/// at the disk's speed.
constexpr char kNewFile[] = "PRAGMA page_size = 4096";

/// TRUNCATE keeps one file beside the session while it is open, writes appended pages once (WAL
/// writes them twice), and with FULL survives a loss of power. Nothing spills before a commit, so
/// that readers wait for commits only. secure_delete would write every replaced checkpoint twice.
constexpr char kWriterSettings[] = "PRAGMA journal_mode = TRUNCATE;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA cache_spill = OFF;"
                                   "PRAGMA secure_delete = OFF;"
                                   "PRAGMA foreign_keys = ON";

fs::path absolutePath(const fs::path& path)
{
    std::error_code error;
    const fs::path resolved = fs::weakly_canonical(path, error);
    return error ? fs::absolute(path) : resolved;
}

fs::path existingFile(const fs::path& path)
{
    fs::path file = absolutePath(path);
    std::error_code error;
    if (!fs::exists(file, error))
        raise(ErrorCode::notFound, fmt::format("{}: there is no such session", file.string()));
    if (!fs::is_regular_file(file, error)) {
        raise(ErrorCode::foreignFile,
              fmt::format("{}: wanted a session file, found a folder or a device", file.string()));
    }
    return file;
}

void requireNothingAt(const fs::path& path)
{
    std::error_code error;
    if (fs::exists(path, error))
        raise(ErrorCode::alreadyExists, fmt::format("{}: there is a file already", path.string()));
}

/// A file that is written under another name first: nobody takes a half-made one for a session,
/// and a failure leaves nothing behind.
class UnfinishedFile final
{
public:
    explicit UnfinishedFile(const fs::path& target)
        : m_target(target),
          m_path(target.parent_path() /
                 fmt::format(".{}.{}.unfinished", target.filename().string(), getpid()))
    {
        remove(); // of an earlier process with this number
    }
    ~UnfinishedFile() { remove(); }
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    [[nodiscard]] const fs::path& path() const { return m_path; }

    /// Gives the file its name, unless there is one of that name.
    void publish() const
    {
        if (!moveWithoutOverwriting(m_path, m_target))
            requireNothingAt(m_target);
    }

private:
    void remove() const
    {
        std::error_code ignored;
        fs::remove(m_path, ignored);
        fs::remove(fs::path(m_path.string() + "-journal"), ignored);
    }

    fs::path m_target;
    fs::path m_path;
};

/// What the user takes out shall be gone from the file, not only unlinked in it.
class OverwriteDeleted final
{
public:
    explicit OverwriteDeleted(Database& database) : m_database(database)
    {
        m_database.execute("PRAGMA secure_delete = ON");
    }
    ~OverwriteDeleted()
    {
        sqlite3_exec(m_database.handle(), "PRAGMA secure_delete = OFF", nullptr, nullptr, nullptr);
    }
    OverwriteDeleted(const OverwriteDeleted&) = delete;
    OverwriteDeleted& operator=(const OverwriteDeleted&) = delete;

private:
    Database& m_database;
};

} // namespace

SessionConnection::SessionConnection(const fs::path& file, OpenMode openMode)
    : path(existingFile(file)), mode(openMode),
      lock(mode == OpenMode::readWrite ? std::make_unique<SessionLock>(path) : nullptr),
      slots(path),
      database(path, mode == OpenMode::readWrite ? Access::readWrite : Access::readOnly)
{
    const int version = checkKind(database);
    registerWordTokenizer(database);
    if (mode == OpenMode::readWrite) {
        prepareForWriting();
    } else if (version < newestSchema()) {
        raise(ErrorCode::readOnly,
              fmt::format("{}: made by an older Lectern (schema {} instead of {}): open it for "
                          "writing once, so that it is brought up to date",
                          path.string(), version, newestSchema()));
    }
}

SessionConnection::~SessionConnection()
{
    if (mode != OpenMode::readWrite)
        return;
    // Leaves one file behind: the newest checkpoint goes into it, and no journal stays beside it.
    if (guarded([this] { takeCheckpointIn(); }))
        slots.remove();
    sqlite3_exec(database.handle(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
}

void SessionConnection::prepareForWriting()
{
    if (database.isReadOnly()) {
        raise(ErrorCode::readOnly,
              fmt::format("{}: wanted to write it, but it is write-protected", path.string()));
    }
    database.execute(kWriterSettings);
    if (schemaVersion(database) == newestSchema())
        return;
    migrate(database, migrations());
    // What a migration has moved leaves as much empty room behind. Giving it back is no must.
    sqlite3_exec(database.handle(), "VACUUM", nullptr, nullptr, nullptr);
}

void SessionConnection::requireWritable() const
{
    if (mode == OpenMode::readOnly) {
        raise(ErrorCode::readOnly,
              fmt::format("{}: wanted to write, but it is open for reading only", path.string()));
    }
    if (m_groupFailure)
        throw Failure{*m_groupFailure};
}

Result<void> SessionConnection::together(const std::function<Result<void>()>& changes)
{
    if (m_isGroup)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: groups of changes do not nest", path.string()));
    auto result = guarded([&] {
        requireWritable();
        Transaction transaction(database, Transaction::Kind::write);
        m_isGroup = true;
        const Result<void> asked = changes();
        m_isGroup = false;
        if (m_groupFailure || !asked)
            throw Failure{m_groupFailure ? *m_groupFailure : asked.error()};
        transaction.commit();
    });
    m_isGroup = false; // also when `changes` threw
    if (!result)
        timeline.forget();
    m_groupFailure.reset();
    return result;
}

void SessionConnection::createFile(const fs::path& path, const NewSession& session)
{
    const fs::path target = absolutePath(path);
    requireNothingAt(target);
    const UnfinishedFile unfinished(target);
    {
        Database database(unfinished.path(), Access::create);
        registerWordTokenizer(database);
        database.execute(kNewFile);
        migrate(database, migrations());
        Transaction transaction(database, Transaction::Kind::write);
        HeadStore(database).initialise(session);
        transaction.commit();
    }
    unfinished.publish();
}

std::int64_t SessionConnection::slotStamp()
{
    const SessionInfo info = head.info();
    return checksumOf(fmt::format("{}\n{}\n{}\n{}", info.created.time_since_epoch().count(),
                                  info.model.fingerprint, info.model.cacheFormat,
                                  info.model.numerics));
}

/// Whether the checkpoint of a commit is kept beside the session file instead of in it.
bool SessionConnection::putInSlot(const ReadingCommit& commit)
{
    const std::uint64_t tokenEnd = commit.tokenBegin + commit.tokens.size();
    if (commit.checkpoint.empty() || commit.tokens.empty() ||
        commit.tokenBegin != timeline.length() || commit.keep != CheckpointKeep::untilNext ||
        tokenEnd >= timeline.newestCheckpoint() + kFullCheckpointSpacing)
        return false;
    return slots.write({slotStamp(), tokenEnd, timeline.chainAfter(commit)}, commit.checkpoint,
                       commit.tokenBegin);
}

/// The newest checkpoint that is whole and belongs to this timeline, wherever it lies.
std::optional<Checkpoint> SessionConnection::checkpoint(std::uint64_t atOrBefore)
{
    std::optional<Checkpoint> stored = timeline.checkpoint(atOrBefore);
    const std::int64_t stamp = slotStamp();
    for (SlotCheckpoint& slot : slots.read()) {
        const std::uint64_t length = slot.key.tokenCount;
        if (length <= atOrBefore && (!stored || length > stored->tokenCount) &&
            slot.key.stamp == stamp && timeline.chainAt(length) == slot.key.chain)
            return Checkpoint{length, std::move(slot.bytes)};
    }
    return stored;
}

void SessionConnection::takeCheckpointIn()
{
    const auto newest = checkpoint(timeline.length());
    if (!newest || newest->tokenCount <= timeline.newestCheckpoint())
        return;
    Transaction transaction(database, Transaction::Kind::write);
    timeline.insertCheckpoint(newest->tokenCount, CheckpointKeep::untilNext, newest->bytes);
    timeline.dropSuperseded(newest->tokenCount);
    transaction.commit();
}

void SessionConnection::commitReading(const ReadingCommit& commit)
{
    timeline.append(commit, !putInSlot(commit));
    for (const SourceProgress& progress : commit.sources) {
        // A page that is not written need not be journalled either.
        const Source source = sources.get(progress.id);
        if (source.state == progress.state && progress.state == SourceState::reading &&
            (!progress.tokens || progress.tokens == source.tokens))
            continue;
        SourceUpdate update;
        update.state = progress.state;
        update.tokens = progress.tokens;
        if (progress.state == SourceState::ready)
            update.readAt = now();
        sources.update(progress.id, update);
    }
}

std::uint64_t SessionConnection::rewindTo(std::uint64_t tokens)
{
    const auto place = checkpoint(tokens);
    const std::uint64_t left = place ? place->tokenCount : 0;
    timeline.cutAt(left);
    sources.setWaitingBeyond(left);
    return left;
}

void SessionConnection::clearReading(const ModelIdentity& model)
{
    timeline.clear();
    passages.clear();
    sources.forgetTokens();
    head.setModel(model);
}

void SessionConnection::requireLastOnTimeline(const Source& source)
{
    const std::uint64_t length = timeline.length();
    for (const Source& other : sources.all()) {
        if (other.id == source.id || !other.tokens || other.tokens->begin >= length)
            continue;
        if (other.tokens->begin >= source.tokens->begin) {
            raise(ErrorCode::badInput,
                  fmt::format("{}: wanted to remove \"{}\", but \"{}\" was read after it",
                              path.string(), source.title, other.title));
        }
    }
}

void SessionConnection::removeSource(SourceId id, LaterSources later)
{
    const Source source = sources.get(id);
    if (source.tokens && source.tokens->begin < timeline.length()) {
        if (later == LaterSources::refuse)
            requireLastOnTimeline(source);
        (void)rewindTo(source.tokens->begin);
    }
    const OverwriteDeleted overwrite(database);
    passages.eraseWords(id, sources.text(id));
    sources.erase(id);
    if (source.tokens) {
        passages.moveUp(*source.tokens);
        sources.moveUp(*source.tokens);
    }
}

std::uint64_t SessionConnection::tokensToReadAgainIfRemoved(SourceId id)
{
    const Source source = sources.get(id);
    const std::uint64_t length = timeline.length();
    if (!source.tokens || source.tokens->begin >= length)
        return 0;
    const std::uint64_t own = std::min(source.tokens->end, length) - source.tokens->begin;
    const auto place = checkpoint(source.tokens->begin);
    return length - (place ? place->tokenCount : 0) - own;
}

SessionSummary SessionConnection::summary()
{
    SessionSummary summary = head.summary();
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    summary.fileBytes = error ? 0 : bytes;
    return summary;
}

TextHits SessionConnection::searchText(std::string_view phrase, std::size_t limit)
{
    TextHits found;
    const LiteralSearch search(phrase);
    if (search.isEmpty())
        return found;
    for (const Source& source : atOneState([this] { return sources.all(); })) {
        if (source.hidden)
            continue;
        const std::string text = atOneState([&] { return sources.text(source.id); });
        search.forEachHit(text, [&](TextRange hit) {
            if (found.total++ < limit)
                found.hits.push_back(hitInContext(source.id, text, hit));
        });
    }
    return found;
}

void SessionConnection::duplicate(const fs::path& target)
{
    const fs::path wanted = absolutePath(target);
    requireNothingAt(wanted);
    const UnfinishedFile unfinished(wanted);
    std::optional<Checkpoint> newest;
    {
        const Transaction oneState(database, Transaction::Kind::read);
        newest = checkpoint(timeline.length());
        if (newest && newest->tokenCount <= timeline.newestCheckpoint())
            newest.reset(); // the copy has it
        copyDatabaseFile(database, unfinished.path());
    }
    if (newest) {
        Database copy(unfinished.path(), Access::readWrite);
        copy.execute("PRAGMA synchronous = OFF"); // or the commit waits for all of the copy
        Transaction transaction(copy, Transaction::Kind::write);
        TimelineStore(copy).insertCheckpoint(newest->tokenCount, CheckpointKeep::untilNext,
                                             newest->bytes);
        transaction.commit();
    }
    unfinished.publish();
}

std::vector<Damage> SessionConnection::damages()
{
    std::vector<Damage> found = timeline.damages();
    const std::vector<Damage> texts = sources.damages();
    found.insert(found.end(), texts.begin(), texts.end());
    return found;
}

void SessionConnection::verify()
{
    Statement integrity(database, "PRAGMA integrity_check(1)");
    if (integrity.step() && integrity.text(0) != "ok") {
        raise(ErrorCode::damaged,
              fmt::format("{}: the file is damaged: {}", path.string(), integrity.text(0)));
    }
    Statement references(database, "PRAGMA foreign_key_check");
    if (references.step()) {
        raise(ErrorCode::damaged, fmt::format("{}: a row of \"{}\" belongs to nothing",
                                              path.string(), references.text(0)));
    }
    if (const std::uint64_t indexed = passages.indexedCount(); indexed != passages.count()) {
        raise(ErrorCode::damaged, fmt::format("{}: {} passages, but {} in the full-text index",
                                              path.string(), passages.count(), indexed));
    }
    for (const Source& source : sources.all()) {
        (void)sources.text(source.id);
        (void)sources.maps(source.id);
    }
    timeline.verify();
}

} // namespace storage
