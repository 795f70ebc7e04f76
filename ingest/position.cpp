// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/position.h"

#include <algorithm>

namespace ingest {

namespace {

/// Whether `next` continues the line that `line` covers: beside it, in either direction of writing.
bool isSameLine(const Box& line, const Box& next)
{
    const float overlap = std::min(line.y1, next.y1) - std::max(line.y0, next.y0);
    const float height = std::min(line.y1 - line.y0, next.y1 - next.y0);
    const bool beside = next.x0 >= line.x1 - height || next.x1 <= line.x0 + height;
    return overlap >= height * 0.5F && beside;
}

void addBox(std::vector<PageBox>& boxes, const Word& word)
{
    if (!boxes.empty() && boxes.back().page == word.page &&
        isSameLine(boxes.back().box, word.box)) {
        Box& line = boxes.back().box;
        line = {std::min(line.x0, word.box.x0), std::min(line.y0, word.box.y0),
                std::max(line.x1, word.box.x1), std::max(line.y1, word.box.y1)};
        return;
    }
    boxes.push_back({word.page, word.box});
}

void locateOnPages(const DocumentMaps& maps, std::size_t begin, std::size_t end, Position& position)
{
    if (maps.pages.empty())
        return;
    auto word = std::partition_point(maps.words.begin(), maps.words.end(),
                                     [begin](const Word& one) { return one.textEnd <= begin; });
    if (word == maps.words.end() || word->page >= maps.pages.size()) {
        position.page = maps.words.empty() ? 0 : maps.words.back().page;
    } else {
        position.page = word->page; // the next word, where the range lies between two
    }
    position.lastPage = *position.page;
    for (; word != maps.words.end() && word->textBegin < end; ++word) {
        position.lastPage = word->page;
        addBox(position.boxes, *word);
    }
    position.pageLabel = maps.pages[*position.page].label;
}

std::uint32_t lineOf(const std::vector<Offset>& lineBegins, std::size_t offset)
{
    const auto next = std::upper_bound(lineBegins.begin(), lineBegins.end(), offset);
    return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(next - lineBegins.begin(), 1));
}

void locateInOutline(const DocumentMaps& maps, std::size_t begin, Position& position)
{
    const auto after =
        std::partition_point(maps.outline.begin(), maps.outline.end(),
                             [begin](const OutlineEntry& one) { return one.textBegin <= begin; });
    // The last one that is still open is the innermost.
    for (auto entry = after; entry != maps.outline.begin();) {
        --entry;
        if (entry->textEnd <= begin)
            continue;
        position.chapter = entry->title;
        position.outlineIndex = static_cast<std::uint32_t>(entry - maps.outline.begin());
        return;
    }
}

} // namespace

Position locate(const DocumentMaps& maps, std::size_t textBegin, std::size_t textEnd)
{
    Position position;
    const std::size_t begin = std::min<std::size_t>(textBegin, maps.textBytes);
    const std::size_t end = std::clamp<std::size_t>(textEnd, begin, maps.textBytes);
    locateOnPages(maps, begin, std::max(end, begin + 1), position);
    if (!maps.lineBegins.empty()) {
        position.lineBegin = lineOf(maps.lineBegins, begin);
        position.lineEnd = lineOf(maps.lineBegins, end > begin ? end - 1 : begin);
    }
    locateInOutline(maps, begin, position);
    return position;
}

} // namespace ingest
