// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_merger.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace engine {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr TokenId kGone = -1; ///< swallowed by its left neighbour

} // namespace

WordMerger::WordMerger(std::vector<Merge> merges, std::array<TokenId, 256> byteTokens)
    : m_merges(merges), m_byteTokens(byteTokens)
{
}

void WordMerger::encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const
{
    if (word.size() <= kScanBytes) {
        encodeByScan(word, scratch, out);
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

} // namespace engine
