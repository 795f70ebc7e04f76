// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlite/database.h"

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>

namespace storage {

namespace {

/// A reader waits this long for a writer's commit and the other way round. A commit takes
/// milliseconds; ten seconds cover a disk that has to wake up.
constexpr std::chrono::seconds kBusyTimeout{10};

/// SQLite's own waiting sleeps up to 100 ms at a time, and so misses the gaps between commits.
int waitWhileBusy(void* since, int attempts)
{
    using Clock = std::chrono::steady_clock;
    auto& begin = *static_cast<Clock::time_point*>(since);
    if (attempts == 0)
        begin = Clock::now();
    else if (Clock::now() - begin > kBusyTimeout)
        return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return 1;
}

std::string systemReason(int systemError)
{
    return systemError == 0 ? std::string{}
                            : fmt::format(" ({})", std::generic_category().message(systemError));
}

/// A full quota and the size limit of a file system come as plain I/O errors from SQLite, but mean
/// the same to the person as a full disk.
bool meansDiskFull(int primaryCode, int systemError)
{
    return primaryCode == SQLITE_FULL ||
           (primaryCode == SQLITE_IOERR &&
            (systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG));
}

/// What the operating system said last. SQLite notes it with the connection for most failures, but
/// for those of a commit only with the files.
int systemErrorOf(sqlite3* handle)
{
    if (handle == nullptr)
        return 0;
    if (const int noted = sqlite3_system_errno(handle); noted != 0)
        return noted;
    int last = 0;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &last);
    sqlite3_file* journal = nullptr;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal);
    const bool canAsk = journal != nullptr && journal->pMethods != nullptr &&
                        journal->pMethods->xFileControl != nullptr; // not those in memory
    if (last == 0 && canAsk)
        journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &last);
    return last;
}

} // namespace

Database::Database(const std::filesystem::path& path, Access access) : m_path(path)
{
    // A reader opens for writing too: it alone may have to roll back what a killed writer left.
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (access == Access::create)
        flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE;
    openHandle(path.string(), flags);
    if (access == Access::readOnly)
        execute("PRAGMA query_only = ON");
}

Database::Database() : m_path(":memory:")
{
    openHandle(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                               SQLITE_OPEN_EXRESCODE);
}

Database::~Database()
{
    sqlite3_close_v2(m_handle);
}

void Database::openHandle(const std::string& name, int flags)
{
    const int code = sqlite3_open_v2(name.c_str(), &m_handle, flags, nullptr);
    if (code != SQLITE_OK) {
        try {
            raiseSqlite(code, "to open it");
        } catch (...) {
            sqlite3_close_v2(m_handle); // the destructor does not run for a failed constructor
            throw;
        }
    }
    sqlite3_busy_handler(m_handle, waitWhileBusy, &m_busySince);
    // A session file may come from anywhere: its schema must not be able to call functions.
    sqlite3_db_config(m_handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(m_handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

void Database::execute(const std::string& sql)
{
    requireUsable();
    const int code = sqlite3_exec(m_handle, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        raiseSqlite(code, fmt::format("to run \"{}\"", sql.substr(0, 60)));
}

std::int64_t Database::lastInsertId() const
{
    return sqlite3_last_insert_rowid(m_handle);
}

bool Database::inTransaction() const
{
    return sqlite3_get_autocommit(m_handle) == 0;
}

bool Database::isReadOnly() const
{
    return sqlite3_db_readonly(m_handle, "main") == 1;
}

void Database::requireUsable() const
{
    if (m_fatal)
        throw Failure{*m_fatal};
}

void Database::raiseSqlite(int resultCode, std::string_view wanted)
{
    const int primary = resultCode & 0xff;
    const int systemError = systemErrorOf(m_handle);
    const std::string said =
        m_handle == nullptr ? sqlite3_errstr(resultCode) : sqlite3_errmsg(m_handle);
    const std::string file = m_path.string();
    if (meansDiskFull(primary, systemError)) {
        raise(ErrorCode::diskFull,
              fmt::format("{}: no room left on the disk; nothing of this step was kept", file));
    }
    switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        raise(ErrorCode::busy, fmt::format("{}: wanted {}, but another program kept the file "
                                           "locked for {} seconds",
                                           file, wanted, kBusyTimeout.count()));
    case SQLITE_READONLY:
        raise(ErrorCode::readOnly,
              fmt::format("{}: wanted {}, but it is open for reading only", file, wanted));
    case SQLITE_NOMEM:
        throw std::bad_alloc();
    case SQLITE_NOTADB:
        raise(ErrorCode::foreignFile,
              fmt::format("{}: wanted a Lectern session, found a file of another kind", file));
    case SQLITE_CORRUPT:
        m_fatal = Error{
            ErrorCode::damaged,
            fmt::format("{}: the file is damaged: wanted {}, found \"{}\"", file, wanted, said)};
        throw Failure{*m_fatal};
    default:
        raise(ErrorCode::io, fmt::format("{}: wanted {}, found \"{}\"{}", file, wanted, said,
                                         systemReason(systemError)));
    }
}

} // namespace storage
