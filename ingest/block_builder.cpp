// SPDX-License-Identifier: GPL-3.0-or-later
#include "block_builder.h"

#include <algorithm>

#include "unicode.h"

namespace ingest {

namespace {

/// Without blank lines at its begin and white space at its end; the first line keeps its indent.
TextRange withoutBlanks(std::string_view text, Offset begin, Offset end)
{
    while (end > begin && isAsciiSpace(text[end - 1]))
        --end;
    for (Offset at = begin; at < end && isAsciiSpace(text[at]); ++at) {
        if (text[at] == '\n')
            begin = at + 1;
    }
    return {begin, end};
}

} // namespace

std::vector<TextRange> splitAtBlankLines(std::string_view text, Offset begin, Offset end)
{
    std::vector<TextRange> ranges;
    bool open = false;
    for (Offset at = begin; at < end;) {
        const std::size_t lineEnd = std::min<std::size_t>(text.find('\n', at), end);
        const auto line = text.substr(at, lineEnd - at);
        const std::string_view content = trimmed(line);
        if (content.empty()) {
            open = false;
        } else {
            if (!open)
                ranges.push_back({at, at});
            open = true;
            ranges.back().textEnd =
                static_cast<Offset>(content.data() + content.size() - text.data());
        }
        at = static_cast<Offset>(std::min<std::size_t>(lineEnd + 1, end));
    }
    return ranges;
}

std::vector<Block> completeBlocks(std::string_view text, std::vector<Block> blocks, BlockKind fill)
{
    std::stable_sort(blocks.begin(), blocks.end(), [](const Block& left, const Block& right) {
        return left.textBegin < right.textBegin;
    });
    std::vector<Block> result;
    result.reserve(blocks.size());
    Offset done = 0;
    const auto fillUpTo = [&](Offset end) {
        for (const TextRange& range : splitAtBlankLines(text, done, end))
            result.push_back({fill, range.textBegin, range.textEnd});
        done = std::max(done, end);
    };
    const auto size = static_cast<Offset>(text.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const Offset next = i + 1 < blocks.size() ? blocks[i + 1].textBegin : size;
        const Offset end = std::min({blocks[i].textEnd, next, size});
        if (blocks[i].textBegin >= end)
            continue;
        const TextRange range = withoutBlanks(text, blocks[i].textBegin, end);
        if (range.textBegin >= range.textEnd)
            continue;
        fillUpTo(range.textBegin);
        result.push_back({blocks[i].kind, range.textBegin, range.textEnd});
        done = range.textEnd;
    }
    fillUpTo(size);
    return result;
}

void closeOutline(std::vector<OutlineEntry>& outline, Offset textEnd)
{
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < outline.size(); ++i) {
        while (!open.empty() && outline[open.back()].level >= outline[i].level) {
            outline[open.back()].textEnd = outline[i].textBegin;
            open.pop_back();
        }
        open.push_back(i);
    }
    for (const std::size_t index : open)
        outline[index].textEnd = textEnd;
}

} // namespace ingest
