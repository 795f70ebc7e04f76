// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/sampler.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace engine {

namespace {

constexpr float kHottest = 100.0F;

struct Candidate
{
    TokenId id = 0;
    double weight = 0.0; ///< not scaled; the best candidate has 1
};

/// The highest logit, of equal ones the lowest id; badInput where there is none.
Result<std::size_t> best(std::span<const float> logits)
{
    std::size_t found = logits.size();
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const float logit = logits[i];
        if (std::isnan(logit) || logit == INFINITY)
            return fail(ErrorCode::badInput,
                        fmt::format("logit of token {}: wanted a number, found {}", i,
                                    std::isnan(logit) ? "NaN" : "infinity"));
        if (logit != -INFINITY && (found == logits.size() || logit > logits[found]))
            found = i;
    }
    if (found == logits.size())
        return fail(ErrorCode::badInput, "logits: wanted a token that can be chosen, found none");
    return found;
}

double sumOf(const std::vector<Candidate>& candidates)
{
    double sum = 0.0;
    for (const Candidate& candidate : candidates)
        sum += candidate.weight;
    return sum;
}

/// Leaves the fewest best candidates that hold `part` of the whole, by id again.
void keepTop(std::vector<Candidate>& candidates, double part)
{
    // A heap, since the best few of a large vocabulary usually are enough.
    const auto worse = [](const Candidate& a, const Candidate& b) {
        return a.weight != b.weight ? a.weight < b.weight : a.id > b.id;
    };
    const double wanted = part * sumOf(candidates);
    std::make_heap(candidates.begin(), candidates.end(), worse);
    auto heapEnd = candidates.end();
    double kept = 0.0;
    while (heapEnd != candidates.begin() && (kept < wanted || heapEnd == candidates.end())) {
        std::pop_heap(candidates.begin(), heapEnd, worse);
        --heapEnd;
        kept += heapEnd->weight;
    }
    candidates.erase(candidates.begin(), heapEnd);
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
}

} // namespace

double TokenDistribution::probabilityOf(TokenId id) const
{
    const auto at = std::lower_bound(ids.begin(), ids.end(), id);
    return at != ids.end() && *at == id ? probabilities[static_cast<std::size_t>(at - ids.begin())]
                                        : 0.0;
}

Sampler::Sampler(const SamplingSettings& settings) : m_settings(settings), m_random(settings.seed)
{
}

Result<Sampler> Sampler::create(const SamplingSettings& settings)
{
    const auto refuse = [](const char* name, const char* wanted, float found) {
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted {}, found {}", name, wanted, found));
    };
    // Written so that NaN is refused, too.
    if (!(settings.temperature >= 0.0F && settings.temperature <= kHottest))
        return refuse("temperature", "0 to 100", settings.temperature);
    if (!(settings.topP > 0.0F && settings.topP <= 1.0F))
        return refuse("top-p", "more than 0 and at most 1", settings.topP);
    if (!(settings.minP >= 0.0F && settings.minP <= 1.0F))
        return refuse("min-p", "0 to 1", settings.minP);
    return Sampler(settings);
}

Result<TokenDistribution> Sampler::distribution(std::span<const float> logits) const
{
    const auto top = best(logits);
    if (!top)
        return tl::unexpected(top.error());
    TokenDistribution result;
    if (m_settings.temperature == 0.0F) {
        result.ids.push_back(static_cast<TokenId>(*top));
        result.probabilities.push_back(1.0);
        return result;
    }
    const double highest = static_cast<double>(logits[*top]);
    const double temperature = static_cast<double>(m_settings.temperature);
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        // The largest weight is 1: a part of the largest probability is the same part of 1.
        const double weight = std::exp((static_cast<double>(logits[i]) - highest) / temperature);
        if (weight > 0.0 && weight >= static_cast<double>(m_settings.minP))
            candidates.push_back({static_cast<TokenId>(i), weight});
    }
    if (m_settings.topP < 1.0F)
        keepTop(candidates, static_cast<double>(m_settings.topP));
    const double sum = sumOf(candidates);
    for (const Candidate& candidate : candidates) {
        result.ids.push_back(candidate.id);
        result.probabilities.push_back(candidate.weight / sum);
    }
    return result;
}

TokenId Sampler::draw(const TokenDistribution& distribution)
{
    if (distribution.ids.size() == 1)
        return distribution.ids.front();
    double left = m_random.uniform();
    for (std::size_t i = 0; i < distribution.ids.size(); ++i) {
        left -= distribution.probabilities[i];
        if (left < 0.0)
            return distribution.ids[i];
    }
    return distribution.ids.back(); // the probabilities summed to a hair less than 1
}

Result<TokenId> Sampler::sample(std::span<const float> logits)
{
    const auto filtered = distribution(logits);
    if (!filtered)
        return tl::unexpected(filtered.error());
    return draw(*filtered);
}

} // namespace engine
