// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/transformer.h"

#include <algorithm>

namespace engine {

Transformer::Transformer(const Model& model, const Kernels& kernels, ThreadPool& pool,
                         NumericMode numerics)
    : m_model(model), m_kernels(kernels), m_pool(pool),
      m_grid(numerics, model.config().keptRows, model.config().keptKeys),
      m_windowTable(model.config(), false), m_compressedTable(model.config(), true),
      m_mtpConfig(model.config())
{
    m_mtpConfig.compressRatios.push_back(0);
}

/// Scratch grows to the largest block asked for: decoding alone needs one row.
void Transformer::reserve(std::size_t tokens)
{
    if (tokens <= m_reserved)
        return;
    const ModelConfig& config = m_model.config();
    m_streams.reset(tokens, kStreams * config.modelDim);
    m_input.reset(tokens, config.modelDim);
    m_output.reset(tokens, config.modelDim);
    m_hyperConnection.reset(config, tokens);
    m_attention.reset(config, tokens, m_pool.size());
    m_moe.reset(config, tokens, m_pool.size());
    m_reserved = tokens;
}

void Transformer::embed(const Block& block, std::size_t begin, std::size_t end)
{
    const RowTable& table = m_model.weights().embedding;
    const std::size_t dim = block.config.modelDim;
    const TensorView* scale = table.scale ? &*table.scale : nullptr;
    for (std::size_t t = begin; t < end; ++t) {
        float* row = m_streams.row(t);
        dequantizeRow(table.weight, scale, static_cast<std::size_t>(block.tokens[t]), {row, dim});
        for (std::size_t i = 1; i < kStreams; ++i)
            std::copy_n(row, dim, row + i * dim);
    }
}

void Transformer::normalise(const Block& block, const std::vector<float>& weight, Rows& rows) const
{
    block.pool.forRange(block.size(), 32, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t) {
            block.kernels.rmsNorm(rows.row(t), weight.data(), block.config.modelDim,
                                  block.config.normEps, rows.row(t));
            block.grid.toBFloat16(rows.row(t), block.config.modelDim);
        }
    });
}

void Transformer::runLayer(const Block& block, std::size_t layer, const LayerWeights& weights,
                           LayerCache& cache, Rows& streams)
{
    m_hyperConnection.pre(block, weights.hcAttention, streams, m_input);
    normalise(block, weights.attentionNorm, m_input);
    m_attention.forward(block, layer, weights.attention, m_compressedTable, m_input, cache,
                        m_output);
    m_hyperConnection.post(block, m_output, streams);

    m_hyperConnection.pre(block, weights.hcFfn, streams, m_input);
    normalise(block, weights.ffnNorm, m_input);
    m_moe.forward(block, weights.moe, m_input, m_output);
    m_hyperConnection.post(block, m_output, streams);
}

void Transformer::forward(std::uint64_t firstPosition, std::span<const TokenId> tokens,
                          std::vector<LayerCache>& caches, ForwardObserver* observer,
                          std::uint64_t referencePassTokens)
{
    const ModelConfig& config = m_model.config();
    reserve(tokens.size());
    const Block block{config,
                      m_kernels,
                      m_pool,
                      firstPosition,
                      tokens,
                      &m_windowRope,
                      &m_compressedRope,
                      referencePassTokens,
                      m_grid};
    m_windowRope.reset(m_windowTable, firstPosition, tokens.size());
    m_compressedRope.reset(m_compressedTable, firstPosition, tokens.size());
    m_pool.forRange(tokens.size(), 32, [&](std::size_t begin, std::size_t end, std::size_t) {
        m_windowRope.compute(begin, end);
        m_compressedRope.compute(begin, end);
        embed(block, begin, end);
    });
    const std::size_t lastCsa = config.lastCsaLayer();
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        runLayer(block, layer, m_model.weights().layers[layer], caches[layer], m_streams);
        if (observer != nullptr) {
            if (config.isCsa(layer))
                observer->rowsChosen(layer, block, m_attention.chosen());
            observer->layerDone(layer, block, m_streams);
        }
        if (layer == lastCsa) {
            const LightningIndexer& indexer = m_attention.indexer();
            const std::size_t last = block.size() - 1;
            const float* heads = indexer.heads(last);
            const float* headWeights = indexer.weights(last);
            m_lastQuery.layer = layer;
            m_lastQuery.heads.assign(heads, heads + config.indexHeads * config.indexHeadDim);
            m_lastQuery.weights.assign(headWeights, headWeights + config.indexHeads);
        }
    }
}

void Transformer::logits(const float* streams, float* out)
{
    logits(std::span(&streams, 1), out);
}

void Transformer::logits(std::span<const float* const> streams, float* out)
{
    const ModelWeights& weights = m_model.weights();
    logitsOf(streams, weights.hcHead, weights.norm, out);
}

void Transformer::logitsOf(std::span<const float* const> streams,
                           const HyperConnectionWeights& collapse, const std::vector<float>& norm,
                           float* out)
{
    const ModelConfig& config = m_model.config();
    const Block block{config, m_kernels, m_pool, 0, {}, nullptr, nullptr, 0, m_grid};
    Rows hidden;
    hidden.reset(streams.size(), config.modelDim);
    for (std::size_t t = 0; t < streams.size(); ++t) {
        collapseStreams(block, collapse, streams[t], hidden.row(t));
        m_kernels.rmsNorm(hidden.row(t), norm.data(), config.modelDim, config.normEps,
                          hidden.row(t));
        m_grid.toBFloat16(hidden.row(t), config.modelDim);
    }
    linear(block, hidden.row(0), hidden.stride(), streams.size(), m_model.weights().head, out,
           config.vocabSize);
}

} // namespace engine
