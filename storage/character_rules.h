// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace storage {

enum class CharacterKind : std::uint8_t
{
    separator, ///< parts words
    word,      ///< a letter or digit of a script that writes with spaces
    accent,    ///< a combining mark: dropped after a letter that takes accents, else kept
    unspaced,  ///< a character of a script that writes without spaces: a word by itself
};

enum class LetterCase : std::uint8_t
{
    none,
    lower,
    upper,
};

/// What the full-text index makes of one character.
struct CharacterRule
{
    char32_t folded = 0; ///< lower case, narrow, without accent
    CharacterKind kind = CharacterKind::separator;
    LetterCase letterCase = LetterCase::none;
    bool takesAccents = false; ///< Latin, Greek, Cyrillic
};

/// Thread rule: reentrant.
[[nodiscard]] CharacterRule ruleFor(char32_t character);

} // namespace storage
