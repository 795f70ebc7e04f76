// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "engine/model.h"
#include "layers/attention.h"
#include "layers/hyper_connection.h"
#include "layers/moe.h"

namespace engine {

/// Looks into a forward pass; tests and `verify` use it. Every call comes from the caller's thread.
class ForwardObserver
{
public:
    virtual ~ForwardObserver() = default;
    /// Streams after `layer`: [tokens, 4 * modelDim]. Called for every layer of every block.
    virtual void layerDone(std::size_t layer, const Block& block, const Rows& streams) = 0;
    /// Rows the indexer of a CSA layer chose, ascending, for each token of the block.
    virtual void rowsChosen(std::size_t layer, const Block& block,
                            const std::vector<std::vector<std::uint32_t>>& chosen) = 0;
};

/// The layers in order, with the scratch memory of one block. Holds no state between blocks but the
/// caches it is given.
class Transformer
{
public:
    /// Tokens of one block at most.
    static constexpr std::size_t kBlockTokens = 256;

    Transformer(const Model& model, const Kernels& kernels, ThreadPool& pool,
                NumericMode numerics = NumericMode::float32);

    /// Runs tokens through all layers, extending `caches` (one per layer). `referencePassTokens`:
    /// see Block.
    void forward(std::uint64_t firstPosition, std::span<const TokenId> tokens,
                 std::vector<LayerCache>& caches, ForwardObserver* observer,
                 std::uint64_t referencePassTokens = 0);

    /// Streams of the block's tokens after the last layer: [4 * modelDim] each.
    [[nodiscard]] const float* streams(std::size_t token) const { return m_streams.row(token); }

    /// Logits [vocabSize] from one token's streams (reference section 2.8).
    void logits(const float* streams, float* out);
    /// The same for several tokens: [streams.size(), vocabSize].
    void logits(std::span<const float* const> streams, float* out);

    /// The MTP block (reference section 2.9), for a model that has one. `trunk[i]` are the streams
    /// [4 * modelDim] that the trunk, or this block itself, left for the token at
    /// `firstPosition` + i, and `next[i]` is the token after it. Extends `cache`, a window alone.
    void predictNext(std::uint64_t firstPosition, std::span<const float* const> trunk,
                     std::span<const TokenId> next, LayerCache& cache);
    /// Streams [4 * modelDim] that predictNext left for its i-th token.
    [[nodiscard]] const float* predicted(std::size_t i) const { return m_predicted.row(i); }
    /// Logits [vocabSize] of the token after `next`, from streams of predictNext.
    void predictedLogits(const float* streams, float* out);

    [[nodiscard]] const Kernels& kernels() const { return m_kernels; }

    /// The last CSA layer's view of the last token of the last block, for locating.
    [[nodiscard]] const IndexQuery& lastQuery() const { return m_lastQuery; }
    /// Queries of the CSA layer that ran last, for observers.
    [[nodiscard]] const LightningIndexer& indexer() const { return m_attention.indexer(); }

private:
    void embed(const Block& block, std::size_t begin, std::size_t end);
    void runLayer(const Block& block, std::size_t layer, const LayerWeights& weights,
                  LayerCache& cache, Rows& streams);
    void logitsOf(std::span<const float* const> streams, const HyperConnectionWeights& collapse,
                  const std::vector<float>& norm, float* out);
    void reserve(std::size_t tokens);
    void normalise(const Block& block, const std::vector<float>& weight, Rows& rows) const;

    const Model& m_model;
    const Kernels& m_kernels;
    ThreadPool& m_pool;
    ActivationGrid m_grid;
    RopeTable m_windowTable;
    RopeTable m_compressedTable;
    RopeBlock m_windowRope;
    RopeBlock m_compressedRope;
    std::size_t m_reserved = 0;
    Rows m_streams; ///< [tokens, 4 * modelDim]
    Rows m_input;   ///< [tokens, modelDim], a sub-layer's input
    Rows m_output;  ///< [tokens, modelDim]
    HyperConnection m_hyperConnection;
    Attention m_attention;
    Moe m_moe;
    IndexQuery m_lastQuery;
    ModelConfig m_mtpConfig; ///< of the model, with one layer more: the MTP block, window only
    Rows m_nextEmbedding;    ///< [tokens, modelDim]
    Rows m_nextProjected;    ///< [tokens, modelDim]
    Rows m_trunkNormed;      ///< [tokens * 4, modelDim]
    Rows m_trunkProjected;   ///< [tokens * 4, modelDim]
    Rows m_predicted;        ///< [tokens, 4 * modelDim]
};

} // namespace engine
