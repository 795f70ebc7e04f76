// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace ingest {

/// Appends what a character of a PDF page stands for, in UTF-8: ligatures are taken apart, glyph
/// variants become the letters they show, wide spaces become spaces; soft hyphens and control codes
/// say nothing.
void appendPdfCharacter(std::string& text, char32_t character);

/// What writers put at a line's end for a hyphen that is none of the text's.
[[nodiscard]] constexpr bool isSoftHyphen(char32_t character)
{
    return character == U'\u00AD' || character == 0xFFFE || character == 0x02;
}

/// Whether only the page's font gives the character a meaning.
[[nodiscard]] constexpr bool isUnreadable(char32_t character)
{
    return character == 0xFFFD || (character >= 0xE000 && character <= 0xF8FF);
}

} // namespace ingest
