// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sqlite/failure.h"

struct sqlite3;

namespace storage {

enum class Access
{
    create,    ///< the file must not be there
    readWrite, ///< the file must be there
    readOnly, ///< likewise; nothing is written, save that a crashed writer's journal is rolled back
};

/// One connection. Throws Failure; a failure of structure (SQLITE_CORRUPT) poisons the connection:
/// each later call throws the same again, so that nothing is computed from a broken file.
///
/// Thread rule: one thread at a time.
class Database final
{
public:
    Database(const std::filesystem::path& path, Access access);
    /// A private database in memory.
    Database();
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements that give no rows that matter.
    void execute(const std::string& sql);

    [[nodiscard]] std::int64_t lastInsertId() const;
    [[nodiscard]] bool inTransaction() const;
    /// The operating system or the file's mode refuses writing.
    [[nodiscard]] bool isReadOnly() const;

    /// For the classes of this folder and for what registers itself with SQLite.
    [[nodiscard]] sqlite3* handle() const { return m_handle; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

    /// Throws what a SQLite result code means here.
    [[noreturn]] void raiseSqlite(int resultCode, std::string_view wanted);
    void requireUsable() const;

private:
    void openHandle(const std::string& name, int flags);

    std::filesystem::path m_path;
    sqlite3* m_handle = nullptr;
    std::optional<Error> m_fatal;
    std::chrono::steady_clock::time_point m_busySince;
};

} // namespace storage
