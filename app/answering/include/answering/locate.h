// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace answering {

/// Tokens [begin, end) of a session's timeline.
struct TokenRange
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// One passage's place in the ranking. `passage` is its index in the spans that were given.
struct LocatedPassage
{
    std::size_t passage = 0;
    double score = 0.0;   ///< indexer + words: what the ranking is by
    double indexer = 0.0; ///< standardised log-sum-exp of the passage's index rows
    double words = 0.0;   ///< standardised BM25; 0 for all when no passage holds any known word
};

/// Log-sum-exp over the index rows that belong to each passage. A row covers 4 tokens of the
/// timeline and belongs to a passage when its last token does (it looks back, not ahead); a passage
/// that no row ends in takes the row that its first token lies in. Rows not yet complete (the
/// session's last tokens) count as absent; a passage without any row gets the lowest score of all.
[[nodiscard]] std::vector<double> passageIndexScores(std::span<const float> rowScores,
                                                     std::span<const TokenRange> passages);

/// Minus mean, by deviation, over all passages. All equal (or one, or none): all 0.
[[nodiscard]] std::vector<double> standardise(std::span<const double> scores);

/// All passages, best first; equal scores keep the order of the text. Either span may be empty
/// (no indexer in the model, no word known): the other decides alone.
[[nodiscard]] std::vector<LocatedPassage> rankPassages(std::span<const double> indexScores,
                                                       std::span<const double> bm25Scores);

} // namespace answering
