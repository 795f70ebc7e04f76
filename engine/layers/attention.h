// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "cache/layer_cache.h"
#include "layers/block.h"
#include "layers/compressor.h"
#include "layers/lightning_indexer.h"
#include "model/weights.h"

namespace engine {

/// Attention of one layer (reference section 2.4): low-rank query, one shared row a token that is
/// key and value, sliding window, compressed rows, sink, inverse rotation, grouped output.
class Attention
{
public:
    void reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads);

    /// input [tokens, modelDim] normed; output [tokens, modelDim]. Extends the layer's cache.
    void forward(const Block& block, std::size_t layer, const AttentionWeights& weights,
                 const RopeTable& compressedRope, const Rows& input, LayerCache& cache,
                 Rows& output);

    /// Rows the indexer chose for each token of the last block of a CSA layer.
    [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& chosen() const { return m_chosen; }
    [[nodiscard]] const LightningIndexer& indexer() const { return m_indexer; }

    /// Of the last block, for tests: the normed query latent, and the heads' outputs turned back.
    [[nodiscard]] const Rows& queryLatent() const { return m_queryLatent; }
    [[nodiscard]] const Rows& headOutputs() const { return m_query; }

private:
    struct Scratch
    {
        ReadableRows rows;
        std::vector<const void*> windowRows;
        std::vector<const void*> compressedRows;
        std::vector<const void*> ownRows[kMostGroupTokens];
        AlignedArray<float> q;   ///< [tokens * numHeads, padded headDim]
        AlignedArray<float> out; ///< likewise
    };

    void multiplyInput(const Block& block, const AttentionWeights& weights, const Rows& input);
    void project(const Block& block, std::size_t layer, const AttentionWeights& weights,
                 LayerCache& cache);
    void compress(const Block& block, const AttentionWeights& weights, const RopeTable& rope,
                  LayerCache& cache);
    void attendTokens(const Block& block, std::size_t layer, const AttentionWeights& weights,
                      const LayerCache& cache, std::size_t begin, std::size_t end,
                      Scratch& scratch);
    static void shareWindow(const Block& block, const LayerCache& cache, std::size_t begin,
                            std::size_t end, Scratch& scratch, SharedRows& shared);
    void shareCompressed(const Block& block, std::size_t layer, const LayerCache& cache,
                         std::size_t begin, std::size_t end, Scratch& scratch,
                         AttendGroupParams& p);
    void projectOutput(const Block& block, const AttentionWeights& weights, Rows& output);

    Rows m_queryLatent; ///< [tokens, queryRank]
    Rows m_query;       ///< [tokens, numHeads * headDim], later the attention output
    Rows m_kv;          ///< [tokens, headDim]
    Rows m_grouped;     ///< [tokens, outputGroups * outputRank]
    Compressor m_compressor;
    Compressor m_indexCompressor;
    LightningIndexer m_indexer;
    std::vector<std::vector<std::uint32_t>> m_chosen;
    std::vector<Scratch> m_scratch; ///< one a thread
};

} // namespace engine
