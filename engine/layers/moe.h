// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "layers/block.h"
#include "model/weights.h"

namespace engine {

/// Mixture of experts (reference section 2.7): routed experts by token table or by
/// sqrt(softplus) scores with a selection bias, and a shared expert.
class Moe
{
public:
    void reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads);

    /// output[t] = sum over chosen experts, ascending by id, then the shared expert.
    void forward(const Block& block, const MoeWeights& weights, const Rows& input, Rows& output);

    /// A routed expert of a token and its weight in the sum.
    struct Choice
    {
        std::size_t expert = 0;
        float weight = 0.0F;
    };
    /// Of the last block: [tokens, expertsPerToken].
    [[nodiscard]] const std::vector<Choice>& choices() const { return m_choices; }

private:
    /// Tokens [begin, end) of the list sorted by expert, all of one expert.
    struct Batch
    {
        const ExpertWeights* expert = nullptr;
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    /// Rows of one batch on their way through an expert.
    struct Scratch
    {
        Rows gathered; ///< [rows, modelDim]
        Rows gateUp;   ///< [rows, 2 * expertDim]
        Rows hidden;   ///< [rows, expertDim]
    };

    void route(const Block& block, const MoeWeights& weights, std::size_t token);
    void sortByExpert(const Block& block, const MoeWeights& weights);
    void gather(const Batch& batch, const Rows& input, Scratch& scratch, std::size_t row) const;
    void activate(const Block& block, const Batch& batch, Scratch& scratch, std::size_t row) const;
    void runApart(const Block& block, const Rows& input);
    void runTogether(const Block& block, const Rows& input);
    void combine(const Block& block, std::size_t token, float* output);

    Rows m_scores;                     ///< [tokens, routedExperts]
    Rows m_results;                    ///< [tokens * (expertsPerToken + 1), modelDim] by expert
    std::vector<Choice> m_choices;     ///< [tokens, expertsPerToken]
    std::vector<std::size_t> m_tokens; ///< token of each row of m_results
    std::vector<float> m_rowWeights;   ///< its routing weight
    std::vector<std::size_t> m_places; ///< [tokens, expertsPerToken + 1] rows, ascending by expert
    std::vector<Batch> m_batches;
    std::vector<Scratch> m_scratch; ///< one a thread
    Scratch m_together;             ///< all rows of a small block
    std::size_t m_slots = 0;        ///< results a token
};

} // namespace engine
