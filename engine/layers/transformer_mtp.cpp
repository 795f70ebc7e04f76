// SPDX-License-Identifier: GPL-3.0-or-later
// The multi-token-prediction block (reference section 2.9).
#include <algorithm>

#include "layers/transformer.h"

namespace engine {

/// z_i = e_proj(enorm(E[next])) + h_proj(hnorm(x_i)) for every stream i, then one ordinary block
/// that sees the window alone.
void Transformer::predictNext(std::uint64_t firstPosition, std::span<const float* const> trunk,
                              std::span<const TokenId> next, LayerCache& cache)
{
    const MtpWeights& weights = *m_model.weights().mtp;
    const RowTable& table = m_model.weights().embedding;
    const TensorView* scale = table.scale ? &*table.scale : nullptr;
    const std::size_t count = next.size();
    const std::size_t dim = m_mtpConfig.modelDim;
    reserve(count);
    m_nextEmbedding.reset(count, dim);
    m_nextProjected.reset(count, dim);
    m_trunkNormed.reset(count * kStreams, dim);
    m_trunkProjected.reset(count * kStreams, dim);
    m_predicted.reset(count, kStreams * dim);
    m_windowRope.reset(m_windowTable, firstPosition, count);
    m_windowRope.compute(0, count);
    const Block block{m_mtpConfig,   m_kernels,     m_pool, firstPosition, next,
                      &m_windowRope, &m_windowRope, 0,      m_grid};
    for (std::size_t t = 0; t < count; ++t) {
        dequantizeRow(table.weight, scale, static_cast<std::size_t>(next[t]),
                      {m_nextEmbedding.row(t), dim});
        for (std::size_t i = 0; i < kStreams; ++i) {
            float* normed = m_trunkNormed.row(t * kStreams + i);
            m_kernels.rmsNorm(trunk[t] + i * dim, weights.streamNorm.data(), dim,
                              m_mtpConfig.normEps, normed);
            m_grid.toBFloat16(normed, dim);
        }
    }
    normalise(block, weights.embeddingNorm, m_nextEmbedding);
    quantizedLinear(block, m_nextEmbedding.row(0), m_nextEmbedding.stride(), count,
                    weights.embeddingProjection, m_nextProjected.row(0), m_nextProjected.stride());
    quantizedLinear(block, m_trunkNormed.row(0), m_trunkNormed.stride(), count * kStreams,
                    weights.streamProjection, m_trunkProjected.row(0), m_trunkProjected.stride());
    for (std::size_t t = 0; t < count; ++t) {
        for (std::size_t i = 0; i < kStreams; ++i) {
            float* out = m_predicted.row(t) + i * dim;
            const float* projected = m_trunkProjected.row(t * kStreams + i);
            for (std::size_t d = 0; d < dim; ++d)
                out[d] = m_nextProjected.row(t)[d] + projected[d];
            m_grid.toBFloat16(out, dim);
        }
    }
    runLayer(block, m_mtpConfig.numLayers, weights.layer, cache, m_predicted);
}

void Transformer::predictedLogits(const float* streams, float* out)
{
    const MtpWeights& weights = *m_model.weights().mtp;
    logitsOf(std::span(&streams, 1), weights.hcHead, weights.norm, out);
}

} // namespace engine
