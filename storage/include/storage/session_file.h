// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"
#include "storage/message.h"
#include "storage/passage.h"
#include "storage/ranges.h"
#include "storage/reading.h"
#include "storage/search.h"
#include "storage/session_info.h"
#include "storage/source.h"

namespace storage {

/// Suffix of session files, with its dot.
inline constexpr std::string_view kSessionSuffix = ".lectern";

enum class OpenMode
{
    readWrite, ///< one object at a time on all machines and threads; others get ErrorCode::busy
    readOnly,  ///< any number, also beside a writer
};

/// One session: a SQLite file that holds sources, timeline, cache, conversation and full-text
/// index.
///
/// Every writing call is one transaction: it is kept as a whole or not at all, whatever happens to
/// the process or the machine. A reader beside the writer sees whole transactions only and waits
/// while one is being written (milliseconds; ten seconds at most, then ErrorCode::busy).
///
/// Thread rule: one thread at a time per object. For another thread open another object, readOnly.
/// Never open the file by other means in this process (to hash or copy it, say): closing such a
/// handle silently drops the locks of the operating system. Use duplicate().
///
/// Errors: every call may return io, busy, damaged; writing ones also diskFull, readOnly. After
/// diskFull the object stays usable and the call can be repeated; after io from a disk that fails
/// to flush, the change may have been kept all the same (tokensRead() tells). After `damaged` found
/// in the file's structure each later call returns the same error; a damaged cache block, token
/// block, checkpoint or text is reported when it is read, and the rest stays usable.
class SessionFile
{
public:
    /// Makes a new file and opens it for writing. alreadyExists if there is one; the folder must be
    /// there.
    [[nodiscard]] static Result<std::unique_ptr<SessionFile>>
    create(const std::filesystem::path& path, const NewSession& session);

    /// Opens a file. readWrite brings an older schema up to date first (in one transaction a step).
    /// Errors: notFound, foreignFile, newerFile, damaged; busy with the other program's process
    /// number and machine if the session is open for writing elsewhere.
    [[nodiscard]] static Result<std::unique_ptr<SessionFile>>
    open(const std::filesystem::path& path, OpenMode mode);

    ~SessionFile();
    SessionFile(const SessionFile&) = delete;
    SessionFile& operator=(const SessionFile&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const; ///< absolute, links resolved
    [[nodiscard]] OpenMode mode() const;

    /// Makes the changes that `changes` asks of this object as one transaction: all or nothing for
    /// readers and after a crash, and one wait for the disk instead of one each (a folder of
    /// files). If one of them fails, none is kept and its error is returned. Does not nest.
    [[nodiscard]] Result<void> together(const std::function<Result<void>()>& changes);

    // The head.

    [[nodiscard]] Result<SessionInfo> info();
    [[nodiscard]] Result<SessionSummary> summary();
    [[nodiscard]] Result<void> setTitle(std::string_view title);
    /// Notes that the session was used now.
    [[nodiscard]] Result<void> touch();
    /// Small values of the caller that belong to the session (reader position, choices), by name.
    [[nodiscard]] Result<void> setValue(std::string_view name, std::string_view value);
    [[nodiscard]] Result<std::optional<std::string>> value(std::string_view name);

    // Sources.

    /// Adds a document after those that are there, with its text (UTF-8, else badInput) and the
    /// opaque maps that lead back to pages and lines. Both may be empty.
    [[nodiscard]] Result<SourceId> addSource(const NewSource& source, std::string_view text,
                                             std::span<const std::byte> maps);
    [[nodiscard]] Result<void> updateSource(SourceId id, const SourceUpdate& update);
    /// Takes out a document again. If its tokens are on the timeline, this is rewound as
    /// rewindTo(its begin) does. Places of later sources and of their passages move up. With
    /// LaterSources::refuse badInput if one of them has been read.
    [[nodiscard]] Result<void> removeSource(SourceId id, LaterSources later = LaterSources::refuse);
    /// The price of removeSource: how many tokens of other sources, read by now, would have to be
    /// read again. 0 for what was not read, and for the last source where its begin was kept
    /// (CheckpointKeep::boundary). For a source that is replaced by a new version, add the new
    /// version's tokens.
    [[nodiscard]] Result<std::uint64_t> tokensToReadAgainIfRemoved(SourceId id);

    [[nodiscard]] Result<std::vector<Source>> sources(); ///< in order
    [[nodiscard]] Result<Source> source(SourceId id);
    /// The newest source of that path, or with those bytes: to see whether it is there already.
    [[nodiscard]] Result<std::optional<Source>> findSourceByPath(std::string_view path);
    [[nodiscard]] Result<std::optional<Source>> findSourceByHash(std::string_view contentHash);

    [[nodiscard]] Result<std::string> sourceText(SourceId id);
    /// A part of the text; badInput if it reaches beyond the text or cuts a character.
    [[nodiscard]] Result<std::string> sourceText(SourceId id, TextRange range);
    [[nodiscard]] Result<std::vector<std::byte>> sourceMaps(SourceId id);
    /// How many Unicode characters stand before a byte of the text.
    [[nodiscard]] Result<std::uint64_t> characterOffset(SourceId id, std::uint64_t byteOffset);

    // Passages.

    /// Adds passages after those that the source has, and puts their text into the full-text index.
    /// Ranges ascend and lie within the text.
    [[nodiscard]] Result<void> appendPassages(SourceId id, std::span<const NewPassage> passages);
    /// All passages of the session, in the order of sources and text.
    [[nodiscard]] Result<std::vector<Passage>> passages();
    [[nodiscard]] Result<std::string> passageText(PassageId id);

    // The timeline and its cache.

    /// Keeps one step of reading, in one transaction.
    [[nodiscard]] Result<void> commitReading(const ReadingCommit& commit);
    /// Length of the stored timeline.
    [[nodiscard]] Result<std::uint64_t> tokensRead();
    /// Tokens of a range that lies within the timeline (else notFound).
    [[nodiscard]] Result<std::vector<std::int32_t>> readTokens(TokenRange range);
    /// The newest checkpoint; none before the first.
    [[nodiscard]] Result<std::optional<Checkpoint>> loadCheckpoint();
    /// The newest checkpoint at or before a length of the timeline.
    [[nodiscard]] Result<std::optional<Checkpoint>> loadCheckpoint(std::uint64_t atOrBefore);
    /// Fills `out` with rows [rowBegin, rowBegin + rowCount). `out` must have their exact size;
    /// notFound if not all of them are stored. Each block is checked against its checksum when it
    /// is first touched; `damaged` names layer, kind and rows.
    [[nodiscard]] Result<void> readRows(std::uint32_t layer, std::uint32_t kind,
                                        std::uint64_t rowBegin, std::uint64_t rowCount,
                                        std::span<std::byte> out);
    /// What is stored, by layer and kind.
    [[nodiscard]] Result<std::vector<RowExtent>> rowExtents();
    /// Cuts the timeline back to the newest checkpoint at or before `tokens` (or to nothing): later
    /// tokens, rows and checkpoints are deleted, sources beyond the cut become waiting, one that
    /// the cut goes through becomes stopped. Returns the length that is left.
    [[nodiscard]] Result<std::uint64_t> rewindTo(std::uint64_t tokens);
    /// Empties timeline, cache and passages, sets the sources that have text to waiting, and notes
    /// the model that will read them again.
    [[nodiscard]] Result<void> clearReading(const ModelIdentity& model);

    // The conversation.

    /// Adds a message with its citations.
    [[nodiscard]] Result<MessageId> addMessage(const NewMessage& message);
    [[nodiscard]] Result<std::vector<Message>> messages(); ///< oldest first

    // Searching.

    /// BM25 over all passages for the OR of `terms`. A term of several index words (a name with a
    /// hyphen, a Chinese word) counts where these stand together. A term without any letter or
    /// digit matches nothing.
    [[nodiscard]] Result<PassageRanking> rankPassages(std::span<const std::string> terms,
                                                      const Bm25& constants = {});
    /// Literal places of `phrase` in all texts, also within words: letters compare without case,
    /// any run of white space equals any other, everything else must be the same. An empty phrase
    /// has no hits.
    [[nodiscard]] Result<TextHits> searchText(std::string_view phrase, std::size_t limit);

    // The file as a whole.

    /// Writes a copy that is consistent, also while reading goes on. alreadyExists if `target` is
    /// there.
    [[nodiscard]] Result<void> duplicate(const std::filesystem::path& target);
    /// Checks everything: structure, checksums, that tokens and rows have no gap. Slow (the whole
    /// file is read). `damaged` names the first thing wrong.
    [[nodiscard]] Result<void> verify();

private:
    struct Impl;
    explicit SessionFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace storage
