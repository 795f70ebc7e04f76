// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sentences.h"

namespace answering {

/// A passage as the model reads it, with the way back to the stored text.
///
/// Prose may be hard-wrapped; the model learnt on paragraphs that are not, and a line break ends a
/// quotation. So a run of white space inside a paragraph is one space here. Line breaks stay
/// between paragraphs and before list items, and everywhere in code.
struct ReadText
{
    std::string text;
    /// Per byte of `text`, and one for its end: the byte of the passage it stands for.
    std::vector<std::uint32_t> origin;
    /// What a quotation is shown up to: sentences, or lines of code. Ranges of `text`.
    std::vector<ByteRange> units;
    bool isCode = false;

    /// A range of `text` as a range of the passage.
    [[nodiscard]] ByteRange toPassage(ByteRange range) const;
};

[[nodiscard]] ReadText makeReadText(std::string_view passage, bool isCode);

} // namespace answering
