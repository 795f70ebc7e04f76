// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

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

/// Whether most letters are of a script that is written from right to left.
[[nodiscard]] bool isRightToLeft(std::u32string_view characters);

/// The characters of such a word in the order in which they are read; pages have them from left to
/// right. Numbers within keep their order, and brackets open and close as in reading.
[[nodiscard]] std::u32string inReadingOrder(std::u32string_view characters);

/// A bracket that stands as a word of its own in a right-to-left line, as it is meant: one that
/// closes where something begins is turned round. Other words come back as they are.
[[nodiscard]] std::string meantBracket(const std::string& word, bool spaceBefore, bool spaceAfter);

} // namespace ingest
