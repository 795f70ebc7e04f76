// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_connection.h"

#include <algorithm>
#include <system_error>

#include <unistd.h>

#include <sqlite3.h>

#include "literal_search.h"
#include "move_file.h"
#include "sqlite/statement.h"
#include "word_tokenizer.h"

namespace storage {

namespace fs = std::filesystem;

namespace {

/// Measured in docs/adr/0003: 8 KB pages write little around the small rows and still read at the
/// disk's speed.
constexpr char kNewFile[] = "PRAGMA page_size = 8192";

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
    // Leaves one file behind, without the empty journal beside it.
    if (mode == OpenMode::readWrite)
        sqlite3_exec(database.handle(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
}

void SessionConnection::prepareForWriting()
{
    if (database.isReadOnly()) {
        raise(ErrorCode::readOnly,
              fmt::format("{}: wanted to write it, but it is write-protected", path.string()));
    }
    database.execute(kWriterSettings);
    migrate(database, migrations());
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

void SessionConnection::commitReading(const ReadingCommit& commit)
{
    timeline.append(commit);
    for (const SourceProgress& progress : commit.sources) {
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
    const std::uint64_t left = timeline.rewindTo(tokens);
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
    return length - timeline.checkpointBefore(source.tokens->begin) - own;
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
    {
        Database copy(unfinished.path(), Access::create);
        sqlite3_backup* backup =
            sqlite3_backup_init(copy.handle(), "main", database.handle(), "main");
        if (backup == nullptr)
            copy.raiseSqlite(sqlite3_extended_errcode(copy.handle()), "to begin a copy");
        constexpr int kAllPages = -1;
        (void)sqlite3_backup_step(backup, kAllPages);
        if (const int code = sqlite3_backup_finish(backup); code != SQLITE_OK)
            copy.raiseSqlite(code, fmt::format("to copy {}", path.string()));
    }
    unfinished.publish();
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
