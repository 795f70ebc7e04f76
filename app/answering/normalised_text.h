// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sentences.h"

namespace answering {

/// A text for comparing quotations: NFKC, case folded, runs of white space as one space (none at
/// the ends), typographic quotes, dashes and ellipses as their plain forms; with the way back.
struct NormalisedText
{
    std::u32string characters;
    /// Per character the bytes of the original it came from. A character that was taken apart (a
    /// ligature) gives all its parts the same bytes.
    std::vector<std::uint32_t> begins;
    std::vector<std::uint32_t> ends;

    /// Characters [begin, end) as bytes of the original; begin < end.
    [[nodiscard]] ByteRange original(std::size_t begin, std::size_t end) const
    {
        return {begins[begin], ends[end - 1]};
    }
};

/// Bytes that are no UTF-8 count as U+FFFD.
[[nodiscard]] NormalisedText normalise(std::string_view text);

} // namespace answering
