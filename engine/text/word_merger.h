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
        /// A piece of a list of places in the word.
        struct Chunk
        {
            static constexpr std::uint32_t kPlaces = 14;
            std::uint32_t next = 0;
            std::uint32_t count = 0;
            std::array<std::uint32_t, kPlaces> places;
        };
        /// A token stands at its first byte; its length at its first and at its last one.
        struct Symbol
        {
            TokenId id = 0;
            std::uint32_t length = 0;
        };
        struct Pair
        {
            TokenId left = 0;
            TokenId right = 0;
            std::uint32_t place = 0;
        };

        std::vector<TokenId> ids;
        std::vector<std::uint32_t> ranks;
        std::vector<std::uint32_t> previous;
        std::vector<std::uint32_t> next;
        std::vector<std::uint64_t> heap;
        std::vector<Symbol> symbols;
        std::vector<Chunk> chunks;
        std::vector<std::uint32_t> lists;   ///< by rank: first chunk; all empty between words
        std::vector<std::uint64_t> waiting; ///< a bit for each rank: its list is not empty
        std::vector<std::uint32_t> places;  ///< of one rank
        std::vector<Pair> pairs;            ///< what its merges have made neighbours
    };

    /// Longest word, since places in it are 32 bits wide.
    static constexpr std::size_t kMaxWordBytes = 0xFFFFFFF0U;
    /// Longer words go through lists, or the heap. Scan and heap were even at about 110 bytes of
    /// spaces and at about 300 of English letters (built-in tokenizer, Xeon with AVX-512).
    static constexpr std::size_t kScanBytes = 160;

    WordMerger(std::vector<Merge> merges, std::array<TokenId, 256> byteTokens);

    [[nodiscard]] TokenId byteToken(char byte) const
    {
        return m_byteTokens[static_cast<unsigned char>(byte)];
    }

    /// Appends the tokens of `word` to `out`; `word` has at most kMaxWordBytes.
    void encode(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;

    /// Whether every merge comes after those that make its sides, as in every trained vocabulary:
    /// then a merge never gives rise to one of a lower rank.
    [[nodiscard]] bool isOrdered() const { return !m_byRank.empty(); }

    /// The ways that `encode` chooses from; they give the same tokens.
    /// Scan: quadratic in the word's length, without any overhead.
    void encodeByScan(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;
    /// Heap: n log n, for words of any length.
    void encodeByHeap(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;
    /// A list of places for each rank: linear, for words of any length where isOrdered().
    void encodeByRank(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;

private:
    void pushPair(std::uint32_t left, Scratch& scratch) const;
    void enlist(const Scratch::Pair& pair, Scratch& scratch) const;
    static void mergeAt(const Merge& merge, std::uint32_t place, Scratch& scratch);

    MergeTable m_merges;
    std::vector<Merge> m_byRank; ///< empty where the merges are not ordered
    std::array<TokenId, 256> m_byteTokens;
};

} // namespace engine
