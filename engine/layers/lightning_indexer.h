// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "cache/key_store.h"
#include "layers/block.h"
#include "layers/stream_top_k.h"
#include "model/weights.h"

namespace engine {

/// Queries in the form that a KeyStore's format is scored in; shared with Session::scoreIndexRows.
class PreparedQueries
{
public:
    /// Parameters (except keys and scores) for float32 heads [numQueries][heads, dim] and weights
    /// [numQueries][heads]; valid until the next call.
    [[nodiscard]] ScoreKeysParams fill(const KeyStore& keys, std::size_t heads, std::size_t dim,
                                       const std::vector<const float*>& queryHeads,
                                       const std::vector<const float*>& queryWeights);

    /// The same for keys in few directions.
    [[nodiscard]] ScoreKeysParams fillCoarse(const Kernels& kernels,
                                             const IndexDirections& directions, std::size_t heads,
                                             std::size_t dim,
                                             const std::vector<const float*>& queryHeads,
                                             const std::vector<const float*>& queryWeights);

private:
    AlignedArray<std::int16_t> m_fine; ///< one head, padded
    AlignedArray<std::int8_t> m_codes; ///< zeros behind each head's dims
    AlignedArray<std::int8_t> m_coarseCodes;
    std::vector<std::int32_t> m_sums;
    std::vector<float> m_weights;
    AlignedArray<float> m_padded;
};

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
    void choose(const Block& block, KeyStore& keys,
                std::vector<std::vector<std::uint32_t>>& chosen);

    /// Heads [indexHeads, indexHeadDim] and weights [indexHeads] of one token, after prepare().
    [[nodiscard]] const float* heads(std::size_t token) const { return m_queries.row(token); }
    [[nodiscard]] const float* weights(std::size_t token) const { return m_weights.row(token); }

private:
    /// Some tokens of a block.
    struct Tokens
    {
        std::size_t begin = 0;
        std::size_t end = 0;
        [[nodiscard]] std::size_t count() const { return end - begin; }
    };
    /// Some keys, whole pages from `begin` on.
    struct Keys
    {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    /// How keys are scored before the edge of a choice is.
    enum class First
    {
        whole,        ///< in all dimensions
        fewDirections ///< for more candidates, all of which are scored again
    };

    /// Which threads score the candidates of a token: the caller's, or all, from outside the pool.
    enum class Threads
    {
        one,
        all
    };

    /// Rows near the edge of a choice, and their scores.
    struct Edge
    {
        std::vector<float> scores;
        std::vector<std::uint32_t> rows;
        std::vector<std::size_t> places; ///< among the candidates
        std::vector<const std::int16_t*> keys;
        std::vector<float> scales;
        AlignedArray<std::int16_t> query; ///< [indexHeads, padded dim]
        std::vector<float> weights;       ///< [indexHeads]
    };

    struct Scratch
    {
        std::vector<float> scores;
        std::vector<StreamTopK> best;
        PreparedQueries queries;
        Edge edge;
    };

    [[nodiscard]] static std::size_t candidateRows(const Block& block, const KeyStore& keys,
                                                   First form);
    void chooseAmong(const Block& block, const KeyStore& keys, Tokens tokens, First form,
                     std::vector<std::vector<std::uint32_t>>& chosen);
    void chooseByTokens(const Block& block, const KeyStore& keys, Tokens tokens, First form,
                        std::vector<std::vector<std::uint32_t>>& chosen);
    void chooseByKeys(const Block& block, const KeyStore& keys, Tokens tokens, First form,
                      std::vector<std::vector<std::uint32_t>>& chosen);
    void chooseAsReference(const Block& block, const KeyStore& keys, std::size_t token,
                           Scratch& scratch, std::vector<std::uint32_t>& chosen) const;
    void collect(const Block& block, const KeyStore& keys, Tokens tokens, First form, Keys part,
                 Scratch& scratch) const;
    void finish(const Block& block, const KeyStore& keys, std::size_t token, First form,
                Threads threads, StreamTopK& best, Edge& edge,
                std::vector<std::uint32_t>& chosen) const;
    void refine(const Block& block, const KeyStore& keys, std::size_t token, First form,
                Threads threads, StreamTopK& best, Edge& edge) const;
    [[nodiscard]] ScoreKeysParams prepareQueries(const Block& block, const KeyStore& keys,
                                                 Tokens tokens, First form,
                                                 PreparedQueries& queries) const;

    Rows m_queries;                 ///< [tokens, indexHeads * indexHeadDim]
    Rows m_weights;                 ///< [tokens, indexHeads]
    std::vector<Scratch> m_scratch; ///< one a thread, or a part of the keys
};

/// Scores `count` keys from `firstKey` on (a multiple of kLanes, all of one page) into p.scores.
void scoreKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
               std::size_t count, ScoreKeysParams& p);

/// The same by keys in few directions.
void scoreCoarseKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
                     std::size_t count, ScoreKeysParams& p);

/// Natural-order Walsh-Hadamard transform times dim^-0.5, in place; nothing for a dim that is no
/// power of two (the transform is orthogonal on both sides, so scores stay the same).
void hadamard(float* x, std::size_t dim);

} // namespace engine
