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
    m_indexCompressor.reset(config, maxTokens);
    m_indexer.reset(config, maxTokens, threads);
    m_chosen.resize(maxTokens);
    m_scratch = std::vector<Scratch>(threads);
    const std::size_t padded = kMostGroupTokens * config.numHeads * roundUp(config.headDim, kLanes);
    for (Scratch& scratch : m_scratch) {
        scratch.q.reset(padded);
        scratch.out.reset(padded);
    }
}

/// Every product that reads the layer's input, in one go.
void Attention::multiplyInput(const Block& block, const AttentionWeights& weights,
                              const Rows& input)
{
    std::vector<Product> products;
    products.push_back({&weights.wqA, m_queryLatent.row(0), m_queryLatent.stride()});
    products.push_back({&weights.wkv, m_kv.row(0), m_kv.stride()});
    if (weights.compressor)
        m_compressor.addProducts(*weights.compressor, products);
    if (weights.indexer) {
        m_indexCompressor.addProducts(weights.indexer->compressor, products);
        m_indexer.addProducts(*weights.indexer, products);
    }
    linearMany(block, input.row(0), input.stride(), block.size(), products);
}

/// Steps 1 to 5: queries with their heads normed and rotated, and the shared row of each token.
void Attention::project(const Block& block, std::size_t layer, const AttentionWeights& weights,
                        LayerCache& cache)
{
    const ModelConfig& config = block.config;
    const RopeBlock& rope =
        config.compressRatios[layer] == 0 ? *block.windowRope : *block.compressedRope;
    const std::size_t rotated = config.headDim - config.ropeDim;
    const auto finish = [&](std::size_t t) {
        block.kernels.rmsNorm(m_queryLatent.row(t), weights.qNorm.data(), config.queryRank,
                              config.normEps, m_queryLatent.row(t));
        block.grid.toBFloat16(m_queryLatent.row(t), config.queryRank);
        block.kernels.rmsNorm(m_kv.row(t), weights.kvNorm.data(), config.headDim, config.normEps,
                              m_kv.row(t));
        block.grid.toBFloat16(m_kv.row(t), config.headDim);
        rotate(m_kv.row(t) + rotated, rope.cosines(t), rope.sines(t), rope.pairs());
        block.grid.toBFloat16(m_kv.row(t) + rotated, config.ropeDim);
        block.grid.keyValueRow(m_kv.row(t), config.headDim, config.ropeDim);
        cache.window.put(block.firstPosition + t, m_kv.row(t));
    };
    block.pool.forRange(block.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t)
            finish(t);
    });
    std::vector<Product> products{{&weights.wqB, m_query.row(0), m_query.stride()}};
    if (weights.indexer)
        m_indexer.addQueryProduct(*weights.indexer, products);
    linearMany(block, m_queryLatent.row(0), m_queryLatent.stride(), block.size(), products);
}

/// Rows that become complete in this block, before anything of it attends.
void Attention::compress(const Block& block, const AttentionWeights& weights, const RopeTable& rope,
                         LayerCache& cache)
{
    const ModelConfig& config = block.config;
    m_compressor.forward(
        block, *weights.compressor, rope, cache.compressor,
        [&](float* row) { block.grid.keyValueRow(row, config.headDim, config.ropeDim); },
        [&](const float* row) { cache.compressedRows.append(row); });
    if (!weights.indexer)
        return;
    const auto transform = [&](float* row) {
        hadamard(row, config.indexHeadDim);
        block.grid.indexKey(row, config.indexHeadDim);
    };
    m_indexCompressor.forward(block, weights.indexer->compressor, rope, cache.indexCompressor,
                              transform, [&](const float* row) { cache.indexKeys.append(row); });
    m_indexer.prepare(block);
    m_indexer.choose(block, cache.indexKeys, m_chosen);
}

/// Rows of the sliding windows of some neighbouring tokens: whole steps of absolute positions.
void Attention::shareWindow(const Block& block, const LayerCache& cache, std::size_t begin,
                            std::size_t end, Scratch& scratch, SharedRows& shared)
{
    const std::size_t window = block.config.windowTokens;
    const auto seenFrom = [&](std::uint64_t position) {
        return position + 1 > window ? position + 1 - window : 0;
    };
    const std::uint64_t first = seenFrom(block.firstPosition + begin) / kSharedStep * kSharedStep;
    const std::uint64_t last = block.firstPosition + end;
    scratch.windowRows.clear();
    for (std::uint64_t p = first; p < last || scratch.windowRows.size() % kSharedStep != 0; ++p)
        scratch.windowRows.push_back(scratch.rows.add(block.grid.isActive(), cache.window, p));
    shared.rows = scratch.windowRows.data();
    shared.count = scratch.windowRows.size();
    for (std::size_t t = begin; t < end; ++t) {
        const std::uint64_t position = block.firstPosition + t;
        shared.begin[t - begin] = static_cast<std::size_t>(seenFrom(position) - first);
        shared.end[t - begin] = static_cast<std::size_t>(position + 1 - first);
    }
}

/// Compressed rows that the tokens see: those chosen for each one (CSA), or all complete ones
/// (HCA).
void Attention::shareCompressed(const Block& block, std::size_t layer, const LayerCache& cache,
                                std::size_t begin, std::size_t end, Scratch& scratch,
                                AttendGroupParams& p)
{
    const std::size_t ratio = block.config.compressRatios[layer];
    if (ratio == ModelConfig::kCsaRatio) {
        for (std::size_t t = begin; t < end; ++t) {
            auto& rows = scratch.ownRows[t - begin];
            rows.clear();
            for (const std::uint32_t row : m_chosen[t])
                rows.push_back(scratch.rows.add(block.grid.isActive(), cache.compressedRows, row));
            p.own[t - begin] = rows.data();
            p.numOwn[t - begin] = rows.size();
        }
        return;
    }
    const auto visible = [&](std::size_t t) {
        return static_cast<std::size_t>((block.firstPosition + t + 1) / ratio);
    };
    const std::size_t most = visible(end - 1);
    scratch.compressedRows.clear();
    for (std::size_t row = 0; row < roundUp(most, kSharedStep); ++row)
        scratch.compressedRows.push_back(
            scratch.rows.add(block.grid.isActive(), cache.compressedRows, std::min(row, most - 1)));
    p.shared[1].rows = scratch.compressedRows.data();
    p.shared[1].count = scratch.compressedRows.size();
    for (std::size_t t = begin; t < end; ++t)
        p.shared[1].end[t - begin] = visible(t);
}

/// Steps 3, 6, 7 and 8 for some neighbouring tokens. Heads are padded to whole vectors on the way.
void Attention::attendTokens(const Block& block, std::size_t layer, const AttentionWeights& weights,
                             const LayerCache& cache, std::size_t begin, std::size_t end,
                             Scratch& scratch)
{
    const ModelConfig& config = block.config;
    const std::size_t ratio = config.compressRatios[layer];
    const RopeBlock& rope = ratio == 0 ? *block.windowRope : *block.compressedRope;
    const std::size_t stride = roundUp(config.headDim, kLanes);
    const std::size_t rotated = config.headDim - config.ropeDim;
    const auto padded = [&](AlignedArray<float>& lines, std::size_t t, std::size_t h) {
        return lines.data() + ((t - begin) * config.numHeads + h) * stride;
    };
    for (std::size_t t = begin; t < end; ++t) {
        for (std::size_t h = 0; h < config.numHeads; ++h) {
            float* head = padded(scratch.q, t, h);
            const float* query = m_query.row(t) + h * config.headDim;
            if (block.grid.isActive())
                block.grid.normHead(query, config.headDim, config.normEps, head);
            else
                block.kernels.rmsNorm(query, nullptr, config.headDim, config.normEps, head);
            rotate(head + rotated, rope.cosines(t), rope.sines(t), rope.pairs());
            block.grid.toBFloat16(head + rotated, config.ropeDim);
        }
    }
    AttendGroupParams p;
    p.q = scratch.q.data();
    p.heads = config.numHeads;
    p.numTokens = end - begin;
    p.rowStride = stride;
    p.shared[0].areBFloat16 = block.grid.isActive() || cache.window.isBFloat16();
    p.shared[0].haveHalves = cache.window.hasHalves();
    p.shared[1].areBFloat16 = block.grid.isActive() || cache.compressedRows.isBFloat16();
    p.ownAreBFloat16 = p.shared[1].areBFloat16;
    scratch.rows.start(stride);
    p.sinks = weights.attentionSink.data();
    p.scale = 1.0F / std::sqrt(static_cast<float>(config.headDim));
    p.out = scratch.out.data();
    shareWindow(block, cache, begin, end, scratch, p.shared[0]);
    if (ratio != 0)
        shareCompressed(block, layer, cache, begin, end, scratch, p);
    block.kernels.attendGroup(p);
    for (std::size_t t = begin; t < end; ++t) {
        for (std::size_t h = 0; h < config.numHeads; ++h) {
            float* head = padded(scratch.out, t, h);
            block.grid.toBFloat16(head, config.headDim);
            rotateBack(head + rotated, rope.cosines(t), rope.sines(t), rope.pairs());
            block.grid.toBFloat16(head + rotated, config.ropeDim);
            std::copy_n(head, config.headDim, m_query.row(t) + h * config.headDim);
        }
    }
}

/// Steps 9 and 10: each group of heads through its own low-rank matrix, then all together.
void Attention::projectOutput(const Block& block, const AttentionWeights& weights, Rows& output)
{
    const ModelConfig& config = block.config;
    const std::size_t groupDim = config.numHeads / config.outputGroups * config.headDim;
    // The reference multiplies the first of the two in bfloat16, however it is stored.
    for (std::size_t group = 0; group < config.outputGroups; ++group)
        linear(block, m_query.row(0) + group * groupDim, m_query.stride(), block.size(),
               weights.woA[group], m_grouped.row(0) + group * config.outputRank,
               m_grouped.stride());
    for (std::size_t t = 0; t < block.size(); ++t)
        block.grid.toBFloat16(m_grouped.row(t), m_grouped.dim());
    quantizedLinear(block, m_grouped.row(0), m_grouped.stride(), block.size(), weights.woB,
                    output.row(0), output.stride());
}

void Attention::forward(const Block& block, std::size_t layer, const AttentionWeights& weights,
                        const RopeTable& compressedRope, const Rows& input, LayerCache& cache,
                        Rows& output)
{
    multiplyInput(block, weights, input);
    project(block, layer, weights, cache);
    if (weights.compressor)
        compress(block, weights, compressedRope, cache);
    const std::size_t group =
        std::clamp<std::size_t>(kLanes / block.config.numHeads, 1, kMostGroupTokens);
    block.pool.forRange(block.size(), 2 * group,
                        [&](std::size_t begin, std::size_t end, std::size_t thread) {
                            for (std::size_t t = begin; t < end; t += group)
                                attendTokens(block, layer, weights, cache, t,
                                             std::min(t + group, end), m_scratch[thread]);
                        });
    projectOutput(block, weights, output);
}

} // namespace engine
