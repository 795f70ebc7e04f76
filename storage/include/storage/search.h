// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"
#include "storage/ranges.h"

namespace storage {

/// A place where the searched words stand literally.
struct TextHit
{
    SourceId sourceId = 0;
    TextRange text;
    std::string context; ///< the hit with up to about 80 characters around it, cut at words
    TextRange match;     ///< the hit within `context`, in bytes
};

struct TextHits
{
    std::vector<TextHit> hits; ///< in source order, then text order
    std::uint64_t total = 0;   ///< all there are, also beyond the limit
};

/// One word of a question as the full-text index knows it.
struct RankedTerm
{
    std::string term;            ///< as it was asked
    std::uint64_t documents = 0; ///< passages that hold it, of `PassageRanking::passageCount`
    double idf = 0.0;            ///< ln(1 + (N - n + 0.5) / (n + 0.5)): its weight by rarity
};

struct RankedPassage
{
    PassageId id = 0;
    double bm25 = 0.0;        ///< higher is better
    std::uint32_t length = 0; ///< words of the passage
};

/// Every passage that holds at least one of the terms, best first (ties: in text order).
struct PassageRanking
{
    std::vector<RankedTerm> terms; ///< one for each term asked, in that order
    std::vector<RankedPassage> passages;
    /// How often passage i holds term j: counts[i * terms.size() + j].
    std::vector<std::uint32_t> counts;
    std::uint64_t passageCount = 0; ///< N: all passages of the session
    double averageLength = 0.0;     ///< words a passage

    [[nodiscard]] std::uint32_t count(std::size_t passage, std::size_t term) const
    {
        return counts[passage * terms.size() + term];
    }
};

/// The constants of BM25. A term that occurs f times in a passage of length l adds
/// idf * f * (k1 + 1) / (f + k1 * (1 - b + b * l / averageLength)).
struct Bm25
{
    double k1 = 1.2;
    double b = 0.75;
};

/// Cuts a question into the terms to rank by: words in their order, each once, compared as the
/// index compares them (case, accents and English endings do not count). Chinese, Japanese, Thai
/// and the like are cut by a dictionary. Common words are kept: their idf is small.
[[nodiscard]] Result<std::vector<std::string>> searchTerms(std::string_view question);

} // namespace storage
