// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layers/block.h"
#include "model/weights.h"

namespace engine {

inline constexpr std::size_t kStreams = 4; ///< hc_mult; ModelConfig::read admits no other

/// Manifold-constrained hyper-connection around one sub-layer (reference section 2.2): a learned
/// weighted sum of the streams goes in, and `post` and the doubly stochastic `combine` put the
/// result back.
class HyperConnection
{
public:
    void reset(const ModelConfig& config, std::size_t maxTokens);

    /// input[t] = sum_i pre_i * streams[t, i]; keeps post and combine of every token.
    /// streams: [tokens, 4 * modelDim].
    void pre(const Block& block, const HyperConnectionWeights& weights, const Rows& streams,
             Rows& input);

    /// streams' = post (x) output + combine^T streams, in place.
    void post(const Block& block, const Rows& output, Rows& streams) const;

private:
    static constexpr std::size_t kMixes = (2 + kStreams) * kStreams;

    Rows m_mixes;   ///< [tokens, 24]
    Rows m_post;    ///< [tokens, 4]
    Rows m_combine; ///< [tokens, 4 x 4], first index the source stream
};

/// The head's collapse of the streams: sigmoid-weighted sum (section 2.8). streams: [4 * modelDim].
void collapseStreams(const Block& block, const HyperConnectionWeights& weights,
                     const float* streams, float* out);

} // namespace engine
