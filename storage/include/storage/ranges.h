// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace storage {

/// UTC, kept to the millisecond.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] inline Timestamp now()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Row numbers in the session file: unique within a session and never given twice.
using SourceId = std::int64_t;
using PassageId = std::int64_t;
using MessageId = std::int64_t;

/// Bytes [begin, end) of a source's text (UTF-8).
struct TextRange
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const TextRange&, const TextRange&) = default;
};

/// Tokens [begin, end) of the session's timeline, counted from its first token.
struct TokenRange
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

} // namespace storage
