// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sqlite/database.h"
#include "storage/ranges.h"

struct sqlite3_stmt;

namespace storage {

/// One prepared statement. Parameters count from 1, columns from 0, as in SQLite. Throws Failure.
/// While it stands on a row it keeps other connections from committing: let it go out of scope
/// soon.
class Statement final
{
public:
    Statement(Database& database, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds parameters 1, 2, ... in order. Text is copied; bytes are not and must stay until the
    /// statement has run.
    template <typename... Values>
    Statement& bind(const Values&... values)
    {
        reset();
        int index = 0;
        (bindOne(++index, values), ...);
        return *this;
    }

    /// Moves to the next row; false after the last.
    [[nodiscard]] bool step();
    /// For statements without rows.
    void run();
    void reset();

    [[nodiscard]] bool isNull(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Valid until the next step, reset or end of the statement.
    [[nodiscard]] std::span<const std::byte> bytes(int column) const;

    /// An integer that is stored as not negative. A negative one means a damaged file.
    template <std::unsigned_integral T = std::uint64_t>
    [[nodiscard]] T count(int column) const
    {
        const std::int64_t value = integer(column);
        if (value < 0 || !std::in_range<T>(value))
            raiseOutOfRange(column, value);
        return static_cast<T>(value);
    }
    /// An enumeration; a value beyond `last` means a file from a newer program or a damaged one.
    template <typename Enum>
    [[nodiscard]] Enum enumeration(int column, Enum last) const
    {
        const auto value = count<std::uint8_t>(column);
        if (value > static_cast<std::uint8_t>(last))
            raiseOutOfRange(column, value);
        return static_cast<Enum>(value);
    }
    [[nodiscard]] Timestamp time(int column) const
    {
        return Timestamp{std::chrono::milliseconds{integer(column)}};
    }
    template <typename Read>
    [[nodiscard]] auto optional(int column, Read read) const -> std::optional<decltype(read(0))>
    {
        if (isNull(column))
            return std::nullopt;
        return read(column);
    }

private:
    void bindInteger(int index, std::int64_t value);
    void bindOne(int index, std::uint64_t value);
    void bindOne(int index, double value);
    void bindOne(int index, std::string_view value);
    void bindOne(int index, std::span<const std::byte> value);
    void bindOne(int index, std::nullopt_t);
    void bindOne(int index, const std::string& value) { bindOne(index, std::string_view{value}); }
    void bindOne(int index, const char* value) { bindOne(index, std::string_view{value}); }
    void bindOne(int index, Timestamp value)
    {
        bindInteger(index, value.time_since_epoch().count());
    }
    template <std::integral T>
    void bindOne(int index, T value)
    {
        if constexpr (std::is_same_v<T, bool>)
            bindInteger(index, value ? 1 : 0);
        else if constexpr (std::in_range<std::int64_t>(std::numeric_limits<T>::max()))
            bindInteger(index, static_cast<std::int64_t>(value));
        else
            bindOne(index, static_cast<std::uint64_t>(value));
    }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    void bindOne(int index, Enum value) { bindInteger(index, static_cast<std::int64_t>(value)); }
    template <typename T>
    void bindOne(int index, const std::optional<T>& value)
    {
        if (value)
            bindOne(index, *value);
        else
            bindOne(index, std::nullopt);
    }

    void check(int resultCode) const;
    [[noreturn]] void raiseOutOfRange(int column, std::int64_t value) const;

    Database& m_database;
    sqlite3_stmt* m_statement = nullptr;
};

} // namespace storage
