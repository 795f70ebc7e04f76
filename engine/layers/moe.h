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
    void reset(const ModelConfig& config, std::size_t maxTokens);

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
    /// A token's part in one expert.
    struct Share
    {
        std::size_t token = 0;
        float weight = 0.0F;
    };

    void route(const Block& block, const MoeWeights& weights, std::size_t token);
    void runExpert(const Block& block, const ExpertWeights& expert, std::size_t count);

    Rows m_scores;                               ///< [tokens, routedExperts]
    Rows m_gathered;                             ///< [tokens, modelDim]
    Rows m_gateUp;                               ///< [tokens, 2 * expertDim]
    Rows m_hidden;                               ///< [tokens, expertDim]
    Rows m_result;                               ///< [tokens, modelDim]
    std::vector<Choice> m_choices;               ///< [tokens, expertsPerToken]
    std::vector<std::vector<Share>> m_perExpert; ///< [routedExperts]
    std::vector<float> m_rowWeights;
};

} // namespace engine
