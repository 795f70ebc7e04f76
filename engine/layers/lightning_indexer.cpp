// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/lightning_indexer.h"

#include "layers/reference_top_k.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace engine {

namespace {

/// Queries scored together: what fills two AMX row tiles at the built-in model's 8 heads.
constexpr std::size_t kGroupQueries = 4;

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

void LightningIndexer::prepare(const Block& block, const IndexerWeights& weights,
                               const Rows& queryLatent, const Rows& input)
{
    const ModelConfig& config = block.config;
    quantizedLinear(block, queryLatent.row(0), queryLatent.stride(), block.size(), weights.wqB,
                    m_queries.row(0), m_queries.stride());
    quantizedLinear(block, input.row(0), input.stride(), block.size(), weights.weightsProj,
                    m_weights.row(0), m_weights.stride());
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
                           AlignedArray<std::int8_t>& codes, std::vector<std::int32_t>& offsets,
                           std::vector<float>& weights, AlignedArray<float>& padded,
                           ScoreKeysParams& p)
{
    const std::size_t rows = queryHeads.size() * heads;
    const std::size_t wide = keys.paddedDim();
    p.heads = heads;
    p.dim = wide;
    p.numQueries = queryHeads.size();
    weights.resize(rows);
    offsets.resize(rows);
    if (keys.isInt8() && codes.size() < rows * wide)
        codes.reset(rows * wide);
    if (!keys.isInt8() && padded.size() < rows * wide)
        padded.reset(rows * wide);
    for (std::size_t row = 0; row < rows; ++row) {
        const float* head = queryHeads[row / heads] + row % heads * dim;
        weights[row] = queryWeights[row / heads][row % heads];
        if (keys.isInt8()) {
            std::int32_t sum = 0;
            weights[row] *= quantizeInt8(head, dim, codes.data() + row * wide, &sum);
            offsets[row] = 128 * sum;
        } else {
            std::copy_n(head, dim, padded.data() + row * wide);
        }
    }
    p.queries = padded.data();
    p.queryCodes = codes.data();
    p.queryOffsets = offsets.data();
    p.weights = weights.data();
}

void scorePage(const Kernels& kernels, const KeyStore& keys, std::size_t page,
               std::size_t numBlocks, ScoreKeysParams& p)
{
    static thread_local AlignedArray<float> unpacked;
    p.keys = keys.isPacked() ? keys.unpackPage(page, numBlocks, unpacked) : keys.pageKeys(page);
    p.keyScales = keys.pageScales(page);
    p.numBlocks = numBlocks;
    if (keys.isInt8())
        kernels.scoreInt8Keys(p);
    else
        kernels.scoreFloatKeys(p);
}

void LightningIndexer::chooseGroup(const Block& block, const KeyStore& keys, std::size_t begin,
                                   std::size_t end, Scratch& scratch,
                                   std::vector<std::vector<std::uint32_t>>& chosen) const
{
    const ModelConfig& config = block.config;
    const auto visible = [&](std::size_t token) {
        return static_cast<std::size_t>((block.firstPosition + token + 1) / ModelConfig::kCsaRatio);
    };
    std::vector<const float*> heads;
    std::vector<const float*> weights;
    for (std::size_t t = begin; t < end; ++t) {
        heads.push_back(m_queries.row(t));
        weights.push_back(m_weights.row(t));
    }
    ScoreKeysParams p;
    PreparedQueries::fill(keys, config.indexHeads, config.indexHeadDim, heads, weights,
                          scratch.codes, scratch.offsets, scratch.weights, scratch.padded, p);
    scratch.scores.resize(kGroupQueries * KeyStore::kPageKeys);
    scratch.best.resize(kGroupQueries);
    for (auto& best : scratch.best)
        best.start(config.indexTopK);
    p.scores = scratch.scores.data();
    p.scoreStride = KeyStore::kPageKeys;
    const std::size_t most = visible(end - 1);
    const bool asReference = block.referencePassTokens != 0;
    std::vector<std::vector<float>> all(asReference ? end - begin : 0);
    for (std::size_t first = 0; first < most; first += KeyStore::kPageKeys) {
        const std::size_t count = std::min(KeyStore::kPageKeys, most - first);
        scorePage(block.kernels, keys, first / KeyStore::kPageKeys, (count + kLanes - 1) / kLanes,
                  p);
        for (std::size_t t = begin; t < end; ++t) {
            const std::size_t seen = visible(t);
            if (seen <= first)
                continue;
            const float* scores = p.scores + (t - begin) * p.scoreStride;
            const std::size_t part = std::min(count, seen - first);
            if (asReference)
                all[t - begin].insert(all[t - begin].end(), scores, scores + part);
            else
                scratch.best[t - begin].add(block.kernels, scores, part,
                                            static_cast<std::uint32_t>(first));
        }
    }
    const std::uint64_t entries = block.referencePassTokens / ModelConfig::kCsaRatio;
    for (std::size_t t = begin; t < end; ++t) {
        if (asReference)
            referenceTopK(all[t - begin], static_cast<std::size_t>(entries), config.indexTopK,
                          chosen[t]);
        else
            scratch.best[t - begin].finish(chosen[t]);
    }
}

void LightningIndexer::choose(const Block& block, const KeyStore& keys,
                              std::vector<std::vector<std::uint32_t>>& chosen)
{
    block.pool.forRange(block.size(), kGroupQueries,
                        [&](std::size_t begin, std::size_t end, std::size_t thread) {
                            for (std::size_t t = begin; t < end; t += kGroupQueries)
                                chooseGroup(block, keys, t, std::min(t + kGroupQueries, end),
                                            m_scratch[thread], chosen);
                        });
}

} // namespace engine
