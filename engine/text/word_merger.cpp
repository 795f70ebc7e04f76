// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_merger.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <utility>

namespace engine {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr TokenId kGone = -1;     ///< swallowed by its left neighbour
constexpr std::size_t kAhead = 8; ///< places fetched into the cache before they are needed

/// `merges` at their ranks; empty where one comes before a merge that makes one of its sides.
std::vector<Merge> orderedByRank(const std::vector<Merge>& merges)
{
    constexpr Merge kNoMerge{kGone, kGone, kGone, MergeTable::kNoRank};
    std::vector<Merge> byRank(merges.size(), kNoMerge);
    TokenId largest = 0;
    for (const Merge& merge : merges) {
        if (merge.rank >= byRank.size()) {
            return {};
        }
        byRank[merge.rank] = merge;
        largest = std::max({largest, merge.left, merge.right, merge.merged});
    }
    std::vector<bool> isSide(static_cast<std::size_t>(largest) + 1);
    for (const Merge& merge : byRank) {
        if (merge.rank == MergeTable::kNoRank) {
            continue;
        }
        isSide[static_cast<std::size_t>(merge.left)] = true;
        isSide[static_cast<std::size_t>(merge.right)] = true;
        if (isSide[static_cast<std::size_t>(merge.merged)]) {
            return {};
        }
    }
    return byRank;
}

} // namespace

WordMerger::WordMerger(std::vector<Merge> merges, std::array<TokenId, 256> byteTokens)
    : m_merges(merges), m_byRank(orderedByRank(merges)), m_byteTokens(byteTokens)
{
}

void WordMerger::encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const
{
    if (word.size() <= kScanBytes) {
        encodeByScan(word, scratch, out);
    } else if (isOrdered()) {
        encodeByRank(word, scratch, out);
    } else {
        encodeByHeap(word, scratch, out);
    }
}

void WordMerger::encodeByScan(std::string_view word, Scratch& scratch,
                              std::vector<TokenId>& out) const
{
    if (word.empty()) {
        return;
    }
    auto& ids = scratch.ids;
    auto& ranks = scratch.ranks; // ranks[i]: of the pair (i, i + 1)
    ids.resize(word.size());
    std::transform(word.begin(), word.end(), ids.begin(), [this](char c) { return byteToken(c); });
    std::size_t count = ids.size();
    const auto rankAt = [&](std::size_t i) { return m_merges.find(ids[i], ids[i + 1]).rank; };
    ranks.resize(count);
    for (std::size_t i = 0; i + 1 < count; ++i) {
        ranks[i] = rankAt(i);
    }
    while (count > 1) {
        // min_element gives the first of equals: the leftmost pair.
        const auto end = ranks.begin() + static_cast<std::ptrdiff_t>(count - 1);
        const auto best = std::min_element(ranks.begin(), end);
        if (*best == MergeTable::kNoRank) {
            break;
        }
        const auto i = static_cast<std::size_t>(best - ranks.begin());
        ids[i] = m_merges.find(ids[i], ids[i + 1]).merged;
        std::copy(ids.begin() + static_cast<std::ptrdiff_t>(i + 2),
                  ids.begin() + static_cast<std::ptrdiff_t>(count),
                  ids.begin() + static_cast<std::ptrdiff_t>(i + 1));
        std::copy(best + 1, end, best);
        --count;
        if (i + 1 < count) {
            ranks[i] = rankAt(i);
        }
        if (i > 0) {
            ranks[i - 1] = rankAt(i - 1);
        }
    }
    out.insert(out.end(), ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count));
}

void WordMerger::encodeByHeap(std::string_view word, Scratch& scratch,
                              std::vector<TokenId>& out) const
{
    const auto size = static_cast<std::uint32_t>(word.size());
    auto& ids = scratch.ids;
    ids.resize(size);
    scratch.previous.resize(size);
    scratch.next.resize(size);
    scratch.heap.clear();
    for (std::uint32_t i = 0; i < size; ++i) {
        ids[i] = byteToken(word[i]);
        scratch.previous[i] = i == 0 ? kNone : i - 1;
        scratch.next[i] = i + 1 == size ? kNone : i + 1;
    }
    for (std::uint32_t i = 0; i < size; ++i) {
        pushPair(i, scratch);
    }
    while (!scratch.heap.empty()) {
        std::pop_heap(scratch.heap.begin(), scratch.heap.end(), std::greater<>());
        const std::uint64_t entry = scratch.heap.back();
        scratch.heap.pop_back();
        const auto left = static_cast<std::uint32_t>(entry);
        const std::uint32_t right = ids[left] == kGone ? kNone : scratch.next[left];
        if (right == kNone) {
            continue;
        }
        // A neighbour may have changed since this pair was pushed.
        const MergeTable::Found merge = m_merges.find(ids[left], ids[right]);
        if (merge.rank != static_cast<std::uint32_t>(entry >> 32U)) {
            continue;
        }
        ids[left] = merge.merged;
        ids[right] = kGone;
        scratch.next[left] = scratch.next[right];
        if (scratch.next[left] != kNone) {
            scratch.previous[scratch.next[left]] = left;
        }
        pushPair(left, scratch);
        if (scratch.previous[left] != kNone) {
            pushPair(scratch.previous[left], scratch);
        }
    }
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(out),
                 [](TokenId id) { return id != kGone; });
}

/// Heap entries are rank and place in one number: the smallest is the best rank, leftmost first.
void WordMerger::pushPair(std::uint32_t left, Scratch& scratch) const
{
    const std::uint32_t right = scratch.next[left];
    if (right == kNone) {
        return;
    }
    const std::uint32_t rank = m_merges.find(scratch.ids[left], scratch.ids[right]).rank;
    if (rank != MergeTable::kNoRank) {
        scratch.heap.push_back((static_cast<std::uint64_t>(rank) << 32U) | left);
        std::push_heap(scratch.heap.begin(), scratch.heap.end(), std::greater<>());
    }
}

/// Ranks from the lowest up. All places of a rank are known when its turn comes, and their order
/// does not matter unless they overlap, which takes two equal sides.
void WordMerger::encodeByRank(std::string_view word, Scratch& scratch,
                              std::vector<TokenId>& out) const
{
    const auto size = static_cast<std::uint32_t>(word.size());
    auto& symbols = scratch.symbols;
    symbols.resize(size);
    scratch.chunks.clear();
    if (scratch.lists.size() < m_byRank.size()) {
        scratch.lists.resize(m_byRank.size(), kNone);
        scratch.waiting.resize(m_byRank.size() / 64 + 1, 0);
    }
    for (std::uint32_t i = 0; i < size; ++i) {
        symbols[i] = {byteToken(word[i]), 1};
    }
    for (std::uint32_t i = 0; i + 1 < size; ++i) {
        enlist({symbols[i].id, symbols[i + 1].id, i}, scratch);
    }
    for (std::size_t group = 0; group < scratch.waiting.size(); ++group) {
        while (scratch.waiting[group] != 0) {
            const std::size_t rank =
                group * 64 + static_cast<std::size_t>(std::countr_zero(scratch.waiting[group]));
            const Merge& merge = m_byRank[rank];
            std::uint32_t at = std::exchange(scratch.lists[rank], kNone);
            scratch.waiting[group] &= scratch.waiting[group] - 1;
            auto& places = scratch.places;
            places.clear();
            for (; at != kNone; at = scratch.chunks[at].next) {
                const auto& chunk = scratch.chunks[at];
                places.insert(places.end(), chunk.places.begin(),
                              chunk.places.begin() + chunk.count);
            }
            if (merge.left == merge.right) {
                std::sort(places.begin(), places.end());
            }
            scratch.pairs.clear();
            for (std::size_t i = 0; i < places.size(); ++i) {
                __builtin_prefetch(&symbols[places[std::min(i + kAhead, places.size() - 1)]]);
                mergeAt(merge, places[i], scratch);
            }
            const auto& pairs = scratch.pairs;
            for (std::size_t i = 0; i < pairs.size(); ++i) {
                const auto& later = pairs[std::min(i + kAhead, pairs.size() - 1)];
                m_merges.prefetch(later.left, later.right);
                enlist(pairs[i], scratch);
            }
        }
    }
    for (std::uint32_t i = 0; i < size; i += symbols[i].length) {
        out.push_back(symbols[i].id);
    }
}

/// Nothing where one of the two has become part of another token since.
void WordMerger::mergeAt(const Merge& merge, std::uint32_t place, Scratch& scratch)
{
    auto& symbols = scratch.symbols;
    auto& left = symbols[place];
    const std::uint32_t next = place + left.length;
    if (left.id != merge.left || next >= symbols.size() || symbols[next].id != merge.right) {
        return;
    }
    const std::uint32_t length = left.length + symbols[next].length;
    symbols[next].id = kGone;
    left = {merge.merged, length};
    const std::uint32_t end = place + length;
    symbols[end - 1].length = length;
    if (place > 0) {
        const std::uint32_t before = place - symbols[place - 1].length;
        scratch.pairs.push_back({symbols[before].id, merge.merged, before});
    }
    if (end < symbols.size()) {
        scratch.pairs.push_back({merge.merged, symbols[end].id, place});
    }
}

/// Puts a pair on the list of its rank.
void WordMerger::enlist(const Scratch::Pair& pair, Scratch& scratch) const
{
    const std::uint32_t rank = m_merges.find(pair.left, pair.right).rank;
    if (rank == MergeTable::kNoRank) {
        return;
    }
    std::uint32_t& first = scratch.lists[rank];
    if (first == kNone || scratch.chunks[first].count == Scratch::Chunk::kPlaces) {
        scratch.waiting[rank / 64] |= std::uint64_t{1} << (rank % 64);
        auto& chunk = scratch.chunks.emplace_back();
        chunk.next = first;
        first = static_cast<std::uint32_t>(scratch.chunks.size() - 1);
    }
    auto& chunk = scratch.chunks[first];
    chunk.places[chunk.count++] = pair.place;
}

} // namespace engine
