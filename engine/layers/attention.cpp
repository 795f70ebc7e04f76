// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/attention.h"

#include <algorithm>
#include <cmath>

namespace engine {

void Attention::reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads)
{
    m_queryLatent.reset(maxTokens, config.queryRank);
    m_query.reset(maxTokens, config.numHeads * config.headDim);
    m_kv.reset(maxTokens, config.headDim);
    m_grouped.reset(maxTokens, config.outputGroups * config.outputRank);
    m_compressor.reset(config, maxTokens);
    m_indexer.reset(config, maxTokens, threads);
    m_chosen.resize(maxTokens);
    m_scratch = std::vector<Scratch>(threads);
    const std::size_t padded = config.numHeads * roundUp(config.headDim, kLanes);
    for (Scratch& scratch : m_scratch) {
        scratch.q.reset(padded);
        scratch.out.reset(padded);
    }
}

/// Steps 1 to 5: queries with their heads normed and rotated, and the shared row of each token.
void Attention::project(const Block& block, std::size_t layer, const AttentionWeights& weights,
                        const Rows& input, LayerCache& cache)
{
    const ModelConfig& config = block.config;
    const RopeBlock& rope =
        config.compressRatios[layer] == 0 ? *block.windowRope : *block.compressedRope;
    linear(block, input.row(0), input.stride(), block.size(), weights.wqA, m_queryLatent.row(0),
           m_queryLatent.stride());
    linear(block, input.row(0), input.stride(), block.size(), weights.wkv, m_kv.row(0),
           m_kv.stride());
    const std::size_t rotated = config.headDim - config.ropeDim;
    const auto finish = [&](std::size_t t) {
        block.kernels.rmsNorm(m_queryLatent.row(t), weights.qNorm.data(), config.queryRank,
                              config.normEps, m_queryLatent.row(t));
        block.kernels.rmsNorm(m_kv.row(t), weights.kvNorm.data(), config.headDim, config.normEps,
                              m_kv.row(t));
        rotate(m_kv.row(t) + rotated, rope.cosines(t), rope.sines(t), rope.pairs());
        cache.window.put(block.firstPosition + t, m_kv.row(t));
    };
    block.pool.forRange(block.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t)
            finish(t);
    });
    linear(block, m_queryLatent.row(0), m_queryLatent.stride(), block.size(), weights.wqB,
           m_query.row(0), m_query.stride());
}

/// Rows that become complete in this block, before anything of it attends.
void Attention::compress(const Block& block, const AttentionWeights& weights, const RopeTable& rope,
                         const Rows& input, LayerCache& cache)
{
    m_compressor.forward(block, *weights.compressor, rope, input, cache.compressor,
                         [&](float* row) { cache.compressedRows.append(row); });
    if (!weights.indexer)
        return;
    const std::size_t dim = block.config.indexHeadDim;
    m_compressor.forward(block, weights.indexer->compressor, rope, input, cache.indexCompressor,
                         [&](float* row) {
                             hadamard(row, dim);
                             cache.indexKeys.append(row);
                         });
    m_indexer.prepare(block, *weights.indexer, m_queryLatent, input);
    m_indexer.choose(block, cache.indexKeys, m_chosen);
}

/// Steps 3, 6, 7 and 8 for one token. Heads are padded to whole vectors on the way.
void Attention::attendToken(const Block& block, std::size_t layer, const AttentionWeights& weights,
                            const LayerCache& cache, std::size_t token, Scratch& scratch)
{
    const ModelConfig& config = block.config;
    const std::size_t ratio = config.compressRatios[layer];
    const RopeBlock& rope = ratio == 0 ? *block.windowRope : *block.compressedRope;
    const std::uint64_t position = block.firstPosition + token;
    auto& rows = scratch.rows;
    rows.clear();
    const std::uint64_t first =
        position + 1 > config.windowTokens ? position + 1 - config.windowTokens : 0;
    for (std::uint64_t p = first; p <= position; ++p)
        rows.push_back(cache.window.row(p));
    if (config.isCsa(layer)) {
        for (const std::uint32_t row : m_chosen[token])
            rows.push_back(cache.compressedRows.row(row));
    } else if (ratio != 0) {
        const auto visible = static_cast<std::size_t>((position + 1) / ratio);
        for (std::size_t row = 0; row < visible; ++row)
            rows.push_back(cache.compressedRows.row(row));
    }
    const std::size_t stride = roundUp(config.headDim, kLanes);
    const std::size_t scoreCount = config.numHeads * roundUp(rows.size(), kLanes);
    if (scratch.scores.size() < scoreCount)
        scratch.scores.reset(scoreCount + scoreCount / 2);
    const std::size_t rotated = config.headDim - config.ropeDim;
    float* query = m_query.row(token);
    for (std::size_t h = 0; h < config.numHeads; ++h) {
        float* head = scratch.q.data() + h * stride;
        block.kernels.rmsNorm(query + h * config.headDim, nullptr, config.headDim, config.normEps,
                              head);
        rotate(head + rotated, rope.cosines(token), rope.sines(token), rope.pairs());
    }
    AttendParams p;
    p.q = scratch.q.data();
    p.heads = config.numHeads;
    p.rowStride = stride;
    p.rows = rows.data();
    p.numRows = rows.size();
    p.rowsAreBFloat16 = cache.window.isBFloat16();
    p.sinks = weights.attentionSink.data();
    p.scale = 1.0F / std::sqrt(static_cast<float>(config.headDim));
    p.scores = scratch.scores.data();
    p.out = scratch.out.data();
    block.kernels.attend(p);
    for (std::size_t h = 0; h < config.numHeads; ++h) {
        float* head = scratch.out.data() + h * stride;
        rotateBack(head + rotated, rope.cosines(token), rope.sines(token), rope.pairs());
        std::copy_n(head, config.headDim, query + h * config.headDim);
    }
}

/// Steps 9 and 10: each group of heads through its own low-rank matrix, then all together.
void Attention::projectOutput(const Block& block, const AttentionWeights& weights, Rows& output)
{
    const ModelConfig& config = block.config;
    const std::size_t groupDim = config.numHeads / config.outputGroups * config.headDim;
    for (std::size_t group = 0; group < config.outputGroups; ++group)
        linear(block, m_query.row(0) + group * groupDim, m_query.stride(), block.size(),
               weights.woA[group], m_grouped.row(0) + group * config.outputRank,
               m_grouped.stride());
    linear(block, m_grouped.row(0), m_grouped.stride(), block.size(), weights.woB, output.row(0),
           output.stride());
}

void Attention::forward(const Block& block, std::size_t layer, const AttentionWeights& weights,
                        const RopeTable& compressedRope, const Rows& input, LayerCache& cache,
                        Rows& output)
{
    project(block, layer, weights, input, cache);
    if (weights.compressor)
        compress(block, weights, compressedRope, input, cache);
    block.pool.forRange(block.size(), 4,
                        [&](std::size_t begin, std::size_t end, std::size_t thread) {
                            for (std::size_t t = begin; t < end; ++t)
                                attendToken(block, layer, weights, cache, t, m_scratch[thread]);
                        });
    projectOutput(block, weights, output);
}

} // namespace engine
