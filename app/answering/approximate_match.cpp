// SPDX-License-Identifier: GPL-3.0-or-later
#include "approximate_match.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace answering {

namespace {

/// One column of the edit matrix as bit vectors of vertical differences, moved along the text.
class EditColumn
{
public:
    explicit EditColumn(std::u32string_view pattern)
        : m_numBlocks((pattern.size() + 63) / 64), m_increases(m_numBlocks, ~std::uint64_t{0}),
          m_decreases(m_numBlocks, 0), m_distance(pattern.size()),
          m_lastBit(std::uint64_t{1} << ((pattern.size() - 1) % 64)), m_none(m_numBlocks, 0)
    {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            auto& mask = m_masks.try_emplace(pattern[i], m_numBlocks, 0).first->second;
            mask[i / 64] |= std::uint64_t{1} << (i % 64);
        }
    }

    /// Edits between the whole pattern and the best part of the text that ends with `c`.
    std::size_t advance(char32_t c)
    {
        const auto found = m_masks.find(c);
        const auto& mask = found == m_masks.end() ? m_none : found->second;
        int carry = 0; // the top row is all zero: a match may begin anywhere
        for (std::size_t block = 0; block < m_numBlocks; ++block) {
            carry = advanceBlock(block, mask[block], carry);
        }
        if (carry > 0) {
            ++m_distance;
        } else if (carry < 0) {
            --m_distance;
        }
        return m_distance;
    }

private:
    /// Moves 64 rows; `carryIn` and the result are the horizontal differences above and below.
    int advanceBlock(std::size_t block, std::uint64_t equal, int carryIn)
    {
        const std::uint64_t increases = m_increases[block];
        const std::uint64_t decreases = m_decreases[block];
        const std::uint64_t xv = equal | decreases;
        equal |= carryIn < 0 ? 1U : 0U;
        const std::uint64_t xh = (((equal & increases) + increases) ^ increases) | equal;
        std::uint64_t right = decreases | ~(xh | increases);
        std::uint64_t left = increases & xh;
        const std::uint64_t out = block + 1 == m_numBlocks ? m_lastBit : std::uint64_t{1} << 63U;
        int carryOut = 0;
        if ((right & out) != 0) {
            carryOut = 1;
        } else if ((left & out) != 0) {
            carryOut = -1;
        }
        right = (right << 1U) | (carryIn > 0 ? 1U : 0U);
        left = (left << 1U) | (carryIn < 0 ? 1U : 0U);
        m_increases[block] = left | ~(xv | right);
        m_decreases[block] = right & xv;
        return carryOut;
    }

    std::size_t m_numBlocks;
    std::vector<std::uint64_t> m_increases;
    std::vector<std::uint64_t> m_decreases;
    std::size_t m_distance;
    std::uint64_t m_lastBit;
    std::vector<std::uint64_t> m_none;
    std::unordered_map<char32_t, std::vector<std::uint64_t>> m_masks;
};

struct BestEnd
{
    std::size_t end = 0;
    std::size_t edits = 0;
};

BestEnd bestEnd(std::u32string_view pattern, std::u32string_view text)
{
    EditColumn column(pattern);
    BestEnd best{0, pattern.size()};
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t edits = column.advance(text[i]);
        if (edits < best.edits) {
            best = {i + 1, edits};
        }
    }
    return best;
}

std::vector<std::u32string_view> wordsOf(std::u32string_view text)
{
    std::vector<std::u32string_view> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(U' ', begin), text.size());
        if (end > begin) {
            words.push_back(text.substr(begin, end - begin));
        }
        begin = end + 1;
    }
    return words;
}

} // namespace

std::optional<ApproximateMatch> findApproximately(std::u32string_view pattern,
                                                  std::u32string_view text, std::size_t maxEdits)
{
    if (pattern.empty()) {
        return std::nullopt;
    }
    const auto last = bestEnd(pattern, text);
    if (last.edits > maxEdits || last.end == 0) {
        return std::nullopt;
    }
    // The begin is the best end of the reversed search from the end just found.
    const std::size_t reach = std::min(last.end, pattern.size() + maxEdits);
    std::u32string backwards(text.substr(last.end - reach, reach));
    std::reverse(backwards.begin(), backwards.end());
    const std::u32string reversed(pattern.rbegin(), pattern.rend());
    const auto first = bestEnd(reversed, backwards);
    return ApproximateMatch{last.end - first.end, last.end, last.edits};
}

std::size_t countDifferingWords(std::u32string_view quote, std::u32string_view text)
{
    const auto left = wordsOf(quote);
    const auto right = wordsOf(text);
    // Longest common subsequence of the words.
    std::vector<std::size_t> common(right.size() + 1, 0);
    for (const auto word : left) {
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t above = common[j + 1];
            common[j + 1] = word == right[j] ? diagonal + 1 : std::max(above, common[j]);
            diagonal = above;
        }
    }
    return std::max(left.size(), right.size()) - common.back();
}

} // namespace answering
