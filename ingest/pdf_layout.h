// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "poppler_file.h"

namespace ingest {

/// Words that stand in one row of one column.
struct PdfLine
{
    std::uint32_t page = 0;
    std::size_t firstWord = 0; ///< index into the page's words
    std::size_t endWord = 0;
    /// On pages that are read from right to left, with x counted from the right edge: what is said
    /// of indents and short lines then holds for both.
    PdfRect rect;
    float size = 0.0F; ///< height of most of its letters, in points: a stand-in for the font size
    float smallSize = 0.0F; ///< a fifth of its letters are not larger: a second font in the line
    float largeSize = 0.0F; ///< a fifth of its letters are not smaller
    float base = 0.0F;      ///< y of the feet of most of its letters
    bool isRunning = false; ///< a running head or foot, or a bare page number
    bool hasLeader = false; ///< dots that lead to a number, as in a table of contents
};

/// A page and its lines in reading order.
struct PdfSheet
{
    PdfPageText text;
    std::vector<PdfLine> lines;
};

/// What most of the document's text is set in.
struct BodyMetrics
{
    float size = 10.0F;
    float pitch = 12.0F; ///< from one line's base to the next one's
};

/// Splits a page's words into lines and puts right-to-left ones in the order of reading; a section
/// number and its title, which stand apart, become one. Dots that lead to a page number shrink to
/// "...", the words of the others become empty.
[[nodiscard]] std::vector<PdfLine> findLines(PdfPageText& text, std::uint32_t page);

/// From all lines that are not running heads.
[[nodiscard]] BodyMetrics measureBody(const std::vector<PdfSheet>& sheets);

[[nodiscard]] std::string lineText(const PdfSheet& sheet, const PdfLine& line);

/// Whether `below` follows `above` in the same column.
[[nodiscard]] bool isStacked(const PdfLine& above, const PdfLine& below);

/// Whether two sizes are those of the same font, give or take italics and superscripts.
[[nodiscard]] bool isSameSize(float left, float right);

/// Whether two lines may be of one paragraph: they have a font size in common.
[[nodiscard]] bool sharesSize(const PdfLine& left, const PdfLine& right);

/// "•", "–" or the like as a word of its own.
[[nodiscard]] bool isBullet(std::string_view word);
/// "1.", "(a)", "iv)", "[12]".
[[nodiscard]] bool isEnumerator(std::string_view word);

} // namespace ingest
