// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/document.h"

namespace ingest {

/// What a reader of one format finds out about a text with lines.
struct TextStructure
{
    std::string title; ///< empty where the text has none
    std::vector<OutlineEntry> outline;
    std::vector<Block> blocks;
};

/// A run of lines that are not blank: [textBegin, textEnd) without the last line end.
struct TextRange
{
    Offset textBegin = 0;
    Offset textEnd = 0;
};

/// The stretches of text between blank lines within [begin, end).
[[nodiscard]] std::vector<TextRange> splitAtBlankLines(std::string_view text, Offset begin,
                                                       Offset end);

/// Puts blocks in order, cuts overlaps (the earlier block yields), takes blank lines off their
/// ends, and makes blocks of kind `fill` out of all text between them.
[[nodiscard]] std::vector<Block> completeBlocks(std::string_view text, std::vector<Block> blocks,
                                                BlockKind fill);

/// Gives each entry its end: the next entry of its level or above, or the end of the text.
void closeOutline(std::vector<OutlineEntry>& outline, Offset textEnd);

} // namespace ingest
