// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/moe.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace engine {

namespace {

/// softplus turns into the identity where exp(x) would swallow the 1, as in the reference.
float softplus(float x)
{
    return x > 20.0F ? x : std::log1p(std::exp(x));
}

} // namespace

void Moe::reset(const ModelConfig& config, std::size_t maxTokens)
{
    const std::size_t widest = config.expertDim * std::max<std::size_t>(1, config.sharedExperts);
    m_scores.reset(maxTokens, config.routedExperts);
    m_gathered.reset(maxTokens, config.modelDim);
    m_gateUp.reset(maxTokens, 2 * widest);
    m_hidden.reset(maxTokens, widest);
    m_result.reset(maxTokens, config.modelDim);
    m_choices.resize(maxTokens * config.expertsPerToken);
    m_perExpert.resize(config.routedExperts);
    m_rowWeights.resize(maxTokens);
}

void Moe::route(const Block& block, const MoeWeights& weights, std::size_t token)
{
    const ModelConfig& config = block.config;
    const std::size_t k = config.expertsPerToken;
    float* scores = m_scores.row(token);
    for (std::size_t e = 0; e < config.routedExperts; ++e)
        scores[e] = std::sqrt(softplus(scores[e]));
    Choice* choices = m_choices.data() + token * k;
    if (!weights.tokenMap.empty()) {
        const auto id = static_cast<std::size_t>(block.tokens[token]);
        for (std::size_t i = 0; i < k; ++i)
            choices[i].expert = static_cast<std::size_t>(weights.tokenMap[id * k + i]);
    } else {
        // Highest score with bias first; equal ones by the lower id.
        std::vector<std::size_t> order(config.routedExperts);
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto biased = [&](std::size_t e) { return scores[e] + weights.selectionBias[e]; };
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k),
                          order.end(), [&](std::size_t a, std::size_t b) {
                              return biased(a) != biased(b) ? biased(a) > biased(b) : a < b;
                          });
        for (std::size_t i = 0; i < k; ++i)
            choices[i].expert = order[i];
    }
    float sum = 0.0F;
    for (std::size_t i = 0; i < k; ++i)
        sum += scores[choices[i].expert];
    for (std::size_t i = 0; i < k; ++i)
        choices[i].weight = scores[choices[i].expert] / sum * config.routedScale;
}

void Moe::runExpert(const Block& block, const ExpertWeights& expert, std::size_t count)
{
    const std::size_t dim = expert.down.inputs();
    quantizedLinear(block, m_gathered.row(0), m_gathered.stride(), count, expert.gateUp,
                    m_gateUp.row(0), m_gateUp.stride());
    block.pool.forRange(count, 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) {
            block.kernels.swiglu(m_gateUp.row(i), m_gateUp.row(i) + dim, dim,
                                 block.config.swigluLimit, m_rowWeights[i], m_hidden.row(i));
            block.grid.toBFloat16(m_hidden.row(i), dim);
        }
    });
    quantizedLinear(block, m_hidden.row(0), m_hidden.stride(), count, expert.down, m_result.row(0),
                    m_result.stride());
}

void Moe::forward(const Block& block, const MoeWeights& weights, const Rows& input, Rows& output)
{
    const ModelConfig& config = block.config;
    const std::size_t dim = config.modelDim;
    linear(block, input.row(0), input.stride(), block.size(), weights.gate, m_scores.row(0),
           m_scores.stride());
    for (auto& tokens : m_perExpert)
        tokens.clear();
    for (std::size_t t = 0; t < block.size(); ++t) {
        route(block, weights, t);
        for (std::size_t i = 0; i < config.expertsPerToken; ++i) {
            const Choice& choice = m_choices[t * config.expertsPerToken + i];
            m_perExpert[choice.expert].push_back({t, choice.weight});
        }
        std::fill_n(output.row(t), dim, 0.0F);
    }
    const auto addResults = [&](auto tokenOf, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            float* out = output.row(tokenOf(i));
            const float* result = m_result.row(i);
            for (std::size_t d = 0; d < dim; ++d)
                out[d] += result[d];
        }
    };
    for (std::size_t e = 0; e < weights.experts.size(); ++e) {
        const auto& tokens = m_perExpert[e];
        if (tokens.empty())
            continue;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            std::copy_n(input.row(tokens[i].token), dim, m_gathered.row(i));
            m_rowWeights[i] = tokens[i].weight;
        }
        runExpert(block, weights.experts[e], tokens.size());
        addResults([&](std::size_t i) { return tokens[i].token; }, tokens.size());
    }
    if (weights.shared) {
        for (std::size_t t = 0; t < block.size(); ++t) {
            std::copy_n(input.row(t), dim, m_gathered.row(t));
            m_rowWeights[t] = 1.0F;
        }
        runExpert(block, *weights.shared, block.size());
        addResults([](std::size_t i) { return i; }, block.size());
    }
    for (std::size_t t = 0; t < block.size(); ++t)
        block.grid.toBFloat16(output.row(t), dim);
}

} // namespace engine
