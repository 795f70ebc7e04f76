// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "cache/key_store.h"
#include "layers/block.h"
#include "layers/stream_top_k.h"
#include "model/weights.h"

namespace engine {

/// Scores the compressed rows of a ratio-4 layer for every query and picks the best visible ones
/// (reference section 2.6).
class LightningIndexer
{
public:
    void reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads);

    /// Adds the heads' weights, a product of the layer's input [tokens, modelDim] ...
    void addProducts(const IndexerWeights& weights, std::vector<Product>& products);
    /// ... and the query heads, a product of the normed query latent [tokens, queryRank].
    void addQueryProduct(const IndexerWeights& weights, std::vector<Product>& products);

    /// Rotates and transforms the query heads and scales their weights; both products are there.
    void prepare(const Block& block);

    /// Chosen rows of each token, ascending. `keys` already holds the rows of this block.
    void choose(const Block& block, const KeyStore& keys,
                std::vector<std::vector<std::uint32_t>>& chosen);

    /// Heads [indexHeads, indexHeadDim] and weights [indexHeads] of one token, after prepare().
    [[nodiscard]] const float* heads(std::size_t token) const { return m_queries.row(token); }
    [[nodiscard]] const float* weights(std::size_t token) const { return m_weights.row(token); }

private:
    struct Scratch
    {
        std::vector<float> scores;
        std::vector<StreamTopK> best;
        AlignedArray<std::int8_t> codes;
        std::vector<float> weights;
        AlignedArray<float> padded;
    };

    void chooseFor(const Block& block, const KeyStore& keys, std::size_t begin, std::size_t end,
                   Scratch& scratch, std::vector<std::vector<std::uint32_t>>& chosen) const;
    void chooseAsReference(const Block& block, const KeyStore& keys, std::size_t token,
                           Scratch& scratch, std::vector<std::uint32_t>& chosen) const;
    void prepareQueries(const Block& block, const KeyStore& keys, std::size_t begin,
                        std::size_t end, Scratch& scratch, ScoreKeysParams& p) const;

    Rows m_queries;                 ///< [tokens, indexHeads * indexHeadDim]
    Rows m_weights;                 ///< [tokens, indexHeads]
    std::vector<Scratch> m_scratch; ///< one a thread
};

/// Queries in the form that a KeyStore's format is scored in; shared with Session::scoreIndexRows.
struct PreparedQueries
{
    /// Fills `p` (except scores) from float32 heads [numQueries][heads, dim].
    static void fill(const KeyStore& keys, std::size_t heads, std::size_t dim,
                     const std::vector<const float*>& queryHeads,
                     const std::vector<const float*>& queryWeights,
                     AlignedArray<std::int8_t>& codes, std::vector<float>& weights,
                     AlignedArray<float>& padded, ScoreKeysParams& p);
};

/// Scores `count` keys from `firstKey` on (a multiple of kLanes, all of one page) into p.scores.
void scoreKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
               std::size_t count, ScoreKeysParams& p);

/// Natural-order Walsh-Hadamard transform times dim^-0.5, in place; nothing for a dim that is no
/// power of two (the transform is orthogonal on both sides, so scores stay the same).
void hadamard(float* x, std::size_t dim);

} // namespace engine
