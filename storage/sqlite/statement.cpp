// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlite/statement.h"

#include <limits>

#include <fmt/format.h>
#include <sqlite3.h>

namespace storage {

Statement::Statement(Database& database, std::string_view sql) : m_database(database)
{
    m_database.requireUsable();
    check(sqlite3_prepare_v2(m_database.handle(), sql.data(), static_cast<int>(sql.size()),
                             &m_statement, nullptr));
}

Statement::~Statement()
{
    sqlite3_finalize(m_statement);
}

void Statement::check(int resultCode) const
{
    if (resultCode == SQLITE_OK)
        return;
    const char* sql = m_statement == nullptr ? "a statement" : sqlite3_sql(m_statement);
    m_database.raiseSqlite(resultCode, fmt::format("to run \"{:.60}\"", sql));
}

bool Statement::step()
{
    m_database.requireUsable();
    const int code = sqlite3_step(m_statement);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    check(code);
    return false;
}

void Statement::run()
{
    while (step()) {
    }
    reset();
}

void Statement::reset()
{
    sqlite3_reset(m_statement); // repeats the error of the last step, which was reported there
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(m_statement, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(m_statement, column);
}

double Statement::real(int column) const
{
    return sqlite3_column_double(m_statement, column);
}

std::string Statement::text(int column) const
{
    const unsigned char* data = sqlite3_column_text(m_statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column));
    return data == nullptr ? std::string{} : std::string(reinterpret_cast<const char*>(data), size);
}

std::span<const std::byte> Statement::bytes(int column) const
{
    const void* data = sqlite3_column_blob(m_statement, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column));
    return {static_cast<const std::byte*>(data), data == nullptr ? 0 : size};
}

void Statement::bindInteger(int index, std::int64_t value)
{
    check(sqlite3_bind_int64(m_statement, index, value));
}

void Statement::bindOne(int index, std::uint64_t value)
{
    if (!std::in_range<std::int64_t>(value))
        raise(ErrorCode::badInput, fmt::format("the number {} is too large to be kept", value));
    bindInteger(index, static_cast<std::int64_t>(value));
}

void Statement::bindOne(int index, double value)
{
    check(sqlite3_bind_double(m_statement, index, value));
}

void Statement::bindOne(int index, std::string_view value)
{
    // A null pointer would be stored as NULL; an empty text is a text.
    check(sqlite3_bind_text64(m_statement, index, value.empty() ? "" : value.data(), value.size(),
                              SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bindOne(int index, std::span<const std::byte> value)
{
    if (value.empty())
        check(sqlite3_bind_zeroblob(m_statement, index, 0));
    else
        check(sqlite3_bind_blob64(m_statement, index, value.data(), value.size(), SQLITE_STATIC));
}

void Statement::bindOne(int index, std::nullopt_t)
{
    check(sqlite3_bind_null(m_statement, index));
}

void Statement::raiseOutOfRange(int column, std::int64_t value) const
{
    raise(ErrorCode::damaged,
          fmt::format("{}: column \"{}\" holds {}, which it cannot hold in a sound file",
                      m_database.path().string(), sqlite3_column_name(m_statement, column), value));
}

} // namespace storage
