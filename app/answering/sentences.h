// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace answering {

/// Bytes [begin, end) of some text.
struct ByteRange
{
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// The range without white space (ASCII, and U+00A0, U+3000) at its ends; empty at its begin if
/// nothing else is in it.
[[nodiscard]] ByteRange trimmed(std::string_view text, ByteRange range);

/// The sentences of a prose text, without the white space between them, ascending. A line break
/// always ends one, so hard-wrapped text has to be flattened before (see read_text.h).
/// Abbreviations
/// ("Dr. Who", "J. K. Rowling", "cf. Smith") do not end one.
[[nodiscard]] std::vector<ByteRange> sentencesOf(std::string_view text);

/// The lines of a text that are not blank, without the line break and the indentation.
[[nodiscard]] std::vector<ByteRange> linesOf(std::string_view text);

} // namespace answering
