// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "text/merge_table.h"

namespace engine {

/// Byte pair encoding of one word: begins with a token per byte and joins, again and again, the
/// neighbours whose merge has the lowest rank, the leftmost first.
///
/// Thread rule: const and shared; each thread brings its own Scratch.
class WordMerger final
{
public:
    /// Working memory that is kept between words, so that no word allocates.
    struct Scratch
    {
        std::vector<TokenId> ids;
        std::vector<std::uint32_t> ranks;
        std::vector<std::uint32_t> previous;
        std::vector<std::uint32_t> next;
        std::vector<std::uint64_t> heap;
    };

    /// Longest word, since places in it are 32 bits wide.
    static constexpr std::size_t kMaxWordBytes = 0xFFFFFFF0U;
    /// Longer words go through the heap. The two were even at about 110 bytes of spaces and at
    /// about 300 of English letters (built-in tokenizer, Xeon with AVX-512).
    static constexpr std::size_t kScanBytes = 160;

    WordMerger(std::vector<Merge> merges, std::array<TokenId, 256> byteTokens);

    [[nodiscard]] TokenId byteToken(char byte) const
    {
        return m_byteTokens[static_cast<unsigned char>(byte)];
    }

    /// Appends the tokens of `word` to `out`; `word` has at most kMaxWordBytes.
    void encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;

    /// The two ways that `encode` chooses from; they give the same tokens.
    /// Scan: quadratic in the word's length, without any overhead.
    void encodeByScan(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;
    /// Heap: n log n, for words of any length.
    void encodeByHeap(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;

private:
    void pushPair(std::uint32_t left, Scratch& scratch) const;

    MergeTable m_merges;
    std::array<TokenId, 256> m_byteTokens;
};

} // namespace engine
