// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace engine {

/// What stands at the beginning of some bytes.
struct Utf8Unit
{
    enum class Kind
    {
        character,  ///< one well-formed character of `length` bytes
        invalid,    ///< `length` bytes that no continuation can make a character
        unfinished, ///< the bytes end inside a sequence that is well-formed so far
    };
    Kind kind = Kind::character;
    std::size_t length = 0;
};

/// Reads one unit; `bytes` must not be empty. Overlong forms, surrogates and values past U+10FFFF
/// are invalid; an invalid unit is the longest beginning of a well-formed sequence, at least one
/// byte, so that each such unit is worth one U+FFFD (as browsers count them).
[[nodiscard]] Utf8Unit nextUtf8Unit(std::string_view bytes);

/// Length of the longest beginning of `bytes` that is well-formed UTF-8.
[[nodiscard]] std::size_t validUtf8Prefix(std::string_view bytes);

} // namespace engine
