// SPDX-License-Identifier: GPL-3.0-or-later
#include "text_cutter.h"

#include <algorithm>
#include <cstdint>

#include "read_text.h"

namespace answering {

namespace {

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isContinuationByte(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Places where a text may be cut, ascending, one list per rank: the first list is the best.
using CutPlaces = std::vector<std::vector<std::size_t>>;

std::vector<std::size_t> blankLines(std::string_view text, ByteRange range)
{
    std::vector<std::size_t> places;
    for (std::size_t at = range.begin; at < range.end;) {
        const auto blank = findBlankLine(text.substr(0, range.end), at);
        if (blank.begin < range.end) {
            places.push_back(blank.begin);
        }
        at = blank.end;
    }
    return places;
}

std::vector<std::size_t> lineEnds(std::string_view text, ByteRange range)
{
    std::vector<std::size_t> places;
    for (std::size_t at = range.begin; at < range.end; ++at) {
        if (text[at] == '\n') {
            places.push_back(at);
        }
    }
    return places;
}

std::vector<std::size_t> sentenceEnds(std::string_view text, ByteRange range)
{
    std::vector<std::size_t> places;
    const auto read = makeReadText(text.substr(range.begin, range.size()), false);
    for (const auto& sentence : read.units) {
        places.push_back(range.begin + read.toPassage(sentence).end);
    }
    return places;
}

std::vector<std::size_t> wordEnds(std::string_view text, ByteRange range)
{
    std::vector<std::size_t> places;
    for (std::size_t at = range.begin + 1; at < range.end; ++at) {
        if (isSpace(text[at]) && !isSpace(text[at - 1])) {
            places.push_back(at);
        }
    }
    return places;
}

/// The place in [from, to] nearest to `wanted`, or 0.
std::size_t nearest(const std::vector<std::size_t>& places, std::size_t from, std::size_t to,
                    std::size_t wanted)
{
    std::size_t best = 0;
    const auto begin = std::lower_bound(places.begin(), places.end(), from);
    const auto end = std::upper_bound(begin, places.end(), to);
    const auto distance = [&](std::size_t at) { return at > wanted ? at - wanted : wanted - at; };
    for (auto at = begin; at != end; ++at) {
        if (best == 0 || distance(*at) < distance(best)) {
            best = *at;
        }
    }
    return best;
}

std::size_t chooseCut(std::string_view text, const CutPlaces& places, std::size_t begin,
                      std::size_t wanted, std::size_t limit)
{
    // A better kind of place is worth a piece of half the wished length, not less.
    const std::size_t from = begin + std::max<std::size_t>(1, (wanted - begin) / 2);
    for (const auto& rank : places) {
        const std::size_t cut = nearest(rank, from, limit, wanted);
        if (cut > begin) {
            return cut;
        }
    }
    std::size_t cut = limit;
    while (cut > begin + 1 && cut < text.size() && isContinuationByte(text[cut])) {
        --cut;
    }
    return cut;
}

} // namespace

ByteRange TokenPlaces::range(ByteRange text) const
{
    const auto& begins = m_encoding.begins;
    if (text.size() == 0 || begins.empty()) {
        return {};
    }
    const auto first =
        std::upper_bound(begins.begin(), begins.end(), static_cast<std::uint32_t>(text.begin));
    const auto last =
        std::lower_bound(begins.begin(), begins.end(), static_cast<std::uint32_t>(text.end));
    const auto begin = static_cast<std::size_t>(first - begins.begin());
    return {begin > 0 ? begin - 1 : 0, static_cast<std::size_t>(last - begins.begin())};
}

ByteRange findBlankLine(std::string_view text, std::size_t from)
{
    for (std::size_t at = text.find('\n', from); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        std::size_t end = at + 1;
        std::size_t breaks = 1;
        while (end < text.size() && isSpace(text[end])) {
            breaks += text[end] == '\n' ? 1U : 0U;
            ++end;
        }
        if (breaks >= 2) {
            return {at, end};
        }
    }
    return {text.size(), text.size()};
}

std::vector<ByteRange> cutToTokens(std::string_view text, ByteRange range,
                                   const engine::Encoding& encoding, std::size_t maxTokens,
                                   bool keepsLines)
{
    const TokenPlaces tokens(encoding);
    range = trimmed(text, range);
    if (maxTokens == 0 || tokens.count(range) <= maxTokens) {
        return {range};
    }
    CutPlaces places;
    if (keepsLines) {
        places = {blankLines(text, range), lineEnds(text, range), wordEnds(text, range)};
    } else {
        places = {blankLines(text, range), sentenceEnds(text, range), wordEnds(text, range)};
    }
    std::vector<ByteRange> parts;
    while (tokens.count(range) > maxTokens) {
        const auto all = tokens.range(range);
        const std::size_t numParts = (all.size() + maxTokens - 1) / maxTokens;
        const std::size_t wanted = encoding.begins[all.begin + all.size() / numParts];
        const std::size_t limit = encoding.begins[all.begin + maxTokens];
        const std::size_t cut =
            std::max(chooseCut(text, places, range.begin, wanted, limit), range.begin + 1);
        parts.push_back(trimmed(text, {range.begin, cut}));
        range = trimmed(text, {cut, range.end});
    }
    if (range.size() > 0) {
        parts.push_back(range);
    }
    return parts;
}

} // namespace answering
