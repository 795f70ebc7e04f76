// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/lightning_indexer.h"

#include "layers/reference_top_k.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace engine {

namespace {

/// Keys that all tokens look at before the next come: 32 KB of int8 at the published 128 dims.
constexpr std::size_t kKeysTogether = 256;
static_assert(KeyStore::kPageKeys % kKeysTogether == 0);

} // namespace

void hadamard(float* x, std::size_t dim)
{
    if (!std::has_single_bit(dim))
        return;
    for (std::size_t half = 1; half < dim; half *= 2) {
        for (std::size_t begin = 0; begin < dim; begin += 2 * half) {
            for (std::size_t i = begin; i < begin + half; ++i) {
                const float a = x[i];
                const float b = x[i + half];
                x[i] = a + b;
                x[i + half] = a - b;
            }
        }
    }
    const float scale = 1.0F / std::sqrt(static_cast<float>(dim));
    for (std::size_t i = 0; i < dim; ++i)
        x[i] *= scale;
}

void LightningIndexer::reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads)
{
    m_queries.reset(maxTokens, config.indexHeads * config.indexHeadDim);
    m_weights.reset(maxTokens, config.indexHeads);
    m_scratch = std::vector<Scratch>(threads);
}

void LightningIndexer::addProducts(const IndexerWeights& weights, std::vector<Product>& products)
{
    products.push_back({&weights.weightsProj, m_weights.row(0), m_weights.stride()});
}

void LightningIndexer::addQueryProduct(const IndexerWeights& weights,
                                       std::vector<Product>& products)
{
    products.push_back({&weights.wqB, m_queries.row(0), m_queries.stride()});
}

void LightningIndexer::prepare(const Block& block)
{
    const ModelConfig& config = block.config;
    const float scale = 1.0F / std::sqrt(static_cast<float>(config.indexHeadDim)) /
                        std::sqrt(static_cast<float>(config.indexHeads));
    const RopeBlock& rope = *block.compressedRope;
    block.pool.forRange(block.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t) {
            for (std::size_t h = 0; h < config.indexHeads; ++h) {
                float* head = m_queries.row(t) + h * config.indexHeadDim;
                rotate(head + config.indexHeadDim - config.ropeDim, rope.cosines(t), rope.sines(t),
                       rope.pairs());
                block.grid.toBFloat16(head, config.indexHeadDim);
                hadamard(head, config.indexHeadDim);
                block.grid.indexVector(head, config.indexHeadDim);
                m_weights.row(t)[h] *= scale;
            }
            block.grid.toBFloat16(m_weights.row(t), config.indexHeads);
        }
    });
}

void PreparedQueries::fill(const KeyStore& keys, std::size_t heads, std::size_t dim,
                           const std::vector<const float*>& queryHeads,
                           const std::vector<const float*>& queryWeights,
                           AlignedArray<std::int8_t>& codes, std::vector<float>& weights,
                           AlignedArray<float>& padded, ScoreKeysParams& p)
{
    const std::size_t rows = queryHeads.size() * heads;
    const std::size_t wide = keys.paddedDim();
    p.heads = heads;
    p.dim = wide;
    p.numQueries = queryHeads.size();
    weights.resize(rows);
    if (keys.isInt8() && codes.size() < rows * wide)
        codes.reset(rows * wide);
    if (!keys.isInt8() && padded.size() < rows * wide)
        padded.reset(rows * wide);
    for (std::size_t row = 0; row < rows; ++row) {
        const float* head = queryHeads[row / heads] + row % heads * dim;
        weights[row] = queryWeights[row / heads][row % heads];
        if (keys.isInt8()) {
            weights[row] *= quantizeInt8(head, dim, codes.data() + row * wide);
        } else {
            std::copy_n(head, dim, padded.data() + row * wide);
        }
    }
    p.queries = padded.data();
    p.queryCodes = codes.data();
    p.weights = weights.data();
}

void scoreKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
               std::size_t count, ScoreKeysParams& p)
{
    static thread_local AlignedArray<float> unpacked;
    const std::size_t next = firstKey + roundUp(count, kLanes);
    p.numBlocks = roundUp(count, kLanes) / kLanes;
    p.keys =
        keys.isPacked() ? keys.unpack(firstKey, p.numBlocks, unpacked) : keys.blockAt(firstKey);
    p.nextKeys = !keys.isPacked() && next < keys.size() ? keys.blockAt(next) : nullptr;
    p.keyScales = keys.scalesAt(firstKey);
    p.keySums = keys.sumsAt(firstKey);
    if (keys.isInt8())
        kernels.scoreInt8Keys(p);
    else
        kernels.scoreFloatKeys(p);
}

namespace {

/// Complete rows that a token sees.
std::size_t visibleRows(const Block& block, std::size_t token)
{
    return static_cast<std::size_t>((block.firstPosition + token + 1) / ModelConfig::kCsaRatio);
}

} // namespace

void LightningIndexer::prepareQueries(const Block& block, const KeyStore& keys, std::size_t begin,
                                      std::size_t end, Scratch& scratch, ScoreKeysParams& p) const
{
    std::vector<const float*> heads;
    std::vector<const float*> weights;
    for (std::size_t t = begin; t < end; ++t) {
        heads.push_back(m_queries.row(t));
        weights.push_back(m_weights.row(t));
    }
    PreparedQueries::fill(keys, block.config.indexHeads, block.config.indexHeadDim, heads, weights,
                          scratch.codes, scratch.weights, scratch.padded, p);
}

/// Keys outside, tokens inside: a few keys are fetched once, and stay in the first cache while the
/// queries of all tokens pass by.
void LightningIndexer::chooseFor(const Block& block, const KeyStore& keys, std::size_t begin,
                                 std::size_t end, Scratch& scratch,
                                 std::vector<std::vector<std::uint32_t>>& chosen) const
{
    const std::size_t k = block.config.indexTopK;
    while (begin < end && visibleRows(block, begin) <= k) { // all of them, without looking
        chosen[begin].resize(visibleRows(block, begin));
        std::iota(chosen[begin].begin(), chosen[begin].end(), 0U);
        ++begin;
    }
    if (begin == end)
        return;
    ScoreKeysParams whole;
    prepareQueries(block, keys, begin, end, scratch, whole);
    scratch.scores.resize((end - begin) * kKeysTogether);
    if (scratch.best.size() < end - begin)
        scratch.best.resize(end - begin);
    for (std::size_t t = begin; t < end; ++t)
        scratch.best[t - begin].start(k);
    std::size_t looking = begin; // the first token that sees the keys at hand
    const std::size_t most = visibleRows(block, end - 1);
    for (std::size_t first = 0; first < most; first += kKeysTogether) {
        while (visibleRows(block, looking) <= first)
            ++looking;
        ScoreKeysParams p = whole.from(looking - begin, end - looking);
        p.scores = scratch.scores.data();
        p.scoreStride = kKeysTogether;
        const std::size_t count = std::min(kKeysTogether, most - first);
        scoreKeys(block.kernels, keys, first, count, p);
        for (std::size_t t = looking; t < end; ++t)
            scratch.best[t - begin].add(block.kernels, p.scores + (t - looking) * p.scoreStride,
                                        std::min(count, visibleRows(block, t) - first),
                                        static_cast<std::uint32_t>(first));
    }
    for (std::size_t t = begin; t < end; ++t)
        scratch.best[t - begin].finish(block.kernels, chosen[t]);
}

void LightningIndexer::chooseAsReference(const Block& block, const KeyStore& keys,
                                         std::size_t token, Scratch& scratch,
                                         std::vector<std::uint32_t>& chosen) const
{
    ScoreKeysParams p;
    prepareQueries(block, keys, token, token + 1, scratch, p);
    const std::size_t seen = visibleRows(block, token);
    scratch.scores.resize(roundUp(seen, KeyStore::kPageKeys));
    p.scoreStride = KeyStore::kPageKeys;
    for (std::size_t first = 0; first < seen; first += KeyStore::kPageKeys) {
        p.scores = scratch.scores.data() + first;
        const std::size_t count = std::min(KeyStore::kPageKeys, seen - first);
        scoreKeys(block.kernels, keys, first, count, p);
    }
    scratch.scores.resize(seen);
    const std::uint64_t entries = block.referencePassTokens / ModelConfig::kCsaRatio;
    referenceTopK(scratch.scores, static_cast<std::size_t>(entries), block.config.indexTopK,
                  chosen);
}

void LightningIndexer::choose(const Block& block, const KeyStore& keys,
                              std::vector<std::vector<std::uint32_t>>& chosen)
{
    // One piece a thread: the more tokens share keys, the less often these come from memory.
    const std::size_t grain = (block.size() + block.pool.size() - 1) / block.pool.size();
    block.pool.forRange(
        block.size(), grain, [&](std::size_t begin, std::size_t end, std::size_t thread) {
            if (block.referencePassTokens == 0)
                return chooseFor(block, keys, begin, end, m_scratch[thread], chosen);
            for (std::size_t t = begin; t < end; ++t)
                chooseAsReference(block, keys, t, m_scratch[thread], chosen[t]);
        });
}

} // namespace engine
