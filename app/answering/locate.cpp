// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/locate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace answering {

namespace {

constexpr std::uint64_t kTokensPerRow = 4;

double logSumExp(std::span<const float> scores)
{
    const double largest = *std::max_element(scores.begin(), scores.end());
    double sum = 0.0;
    for (const float score : scores) {
        sum += std::exp(static_cast<double>(score) - largest);
    }
    return largest + std::log(sum);
}

/// Rows whose last token lies in the passage; otherwise the one row around its first token.
std::span<const float> rowsOf(std::span<const float> rowScores, const TokenRange& tokens)
{
    const std::uint64_t count = rowScores.size();
    std::uint64_t begin = tokens.begin / kTokensPerRow;
    std::uint64_t end = std::max(tokens.end / kTokensPerRow, begin + 1);
    begin = std::min(begin, count);
    end = std::min(end, count);
    return rowScores.subspan(begin, end - begin);
}

} // namespace

std::vector<double> passageIndexScores(std::span<const float> rowScores,
                                       std::span<const TokenRange> passages)
{
    constexpr double kNone = -std::numeric_limits<double>::infinity();
    std::vector<double> scores(passages.size(), kNone);
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < passages.size(); ++i) {
        const auto rows = rowsOf(rowScores, passages[i]);
        if (!rows.empty()) {
            scores[i] = logSumExp(rows);
            lowest = std::min(lowest, scores[i]);
        }
    }
    if (!std::isfinite(lowest)) {
        lowest = 0.0;
    }
    std::replace(scores.begin(), scores.end(), kNone, lowest);
    return scores;
}

std::vector<double> standardise(std::span<const double> scores)
{
    std::vector<double> result(scores.size(), 0.0);
    if (scores.size() < 2) {
        return result;
    }
    const auto count = static_cast<double>(scores.size());
    const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
    double squares = 0.0;
    for (const double score : scores) {
        squares += (score - mean) * (score - mean);
    }
    const double deviation = std::sqrt(squares / count);
    // Equal scores differ by rounding alone: dividing by that would rank noise.
    if (!(deviation > 1e-9 * (1.0 + std::abs(mean)))) {
        return result;
    }
    for (std::size_t i = 0; i < scores.size(); ++i) {
        result[i] = (scores[i] - mean) / deviation;
    }
    return result;
}

std::vector<LocatedPassage> rankPassages(std::span<const double> indexScores,
                                         std::span<const double> bm25Scores)
{
    const auto indexer = standardise(indexScores);
    const auto words = standardise(bm25Scores);
    std::vector<LocatedPassage> ranking(std::max(indexer.size(), words.size()));
    for (std::size_t i = 0; i < ranking.size(); ++i) {
        ranking[i].passage = i;
        ranking[i].indexer = i < indexer.size() ? indexer[i] : 0.0;
        ranking[i].words = i < words.size() ? words[i] : 0.0;
        ranking[i].score = ranking[i].indexer + ranking[i].words;
    }
    std::stable_sort(ranking.begin(), ranking.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    return ranking;
}

} // namespace answering
