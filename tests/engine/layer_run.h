// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "layers/attention.h"
#include "layers/hyper_connection.h"
#include "layers/moe.h"

/// Streams that reference_forward.py makes by the same formula: multiples of 1/64 from a hash of
/// layer and place.
inline void makeStreams(std::size_t layer, engine::Rows& streams, std::size_t tokens)
{
    std::uint32_t place = static_cast<std::uint32_t>(1 + layer * 1048583);
    for (std::size_t t = 0; t < tokens; ++t) {
        for (std::size_t d = 0; d < streams.dim(); ++d, ++place) {
            std::uint32_t x = place * 2654435761U;
            x ^= x >> 15U;
            x *= 2246822519U;
            x ^= x >> 13U;
            streams.row(t)[d] = static_cast<float>(static_cast<int>(x & 255U) - 127) / 64.0F;
        }
    }
}

/// One layer of a model over tokens from position `first` on, with everything it computes on the
/// way kept. A model's own Transformer does the same layer after layer.
struct LayerRun
{
    LayerRun(const engine::Model& model, std::size_t theLayer, std::size_t tokens,
             engine::CacheFormat format, engine::ThreadPool& thePool)
        : config(model.config()), layer(theLayer), weights(model.weights().layers[theLayer]),
          pool(thePool), windowTable(config, false), compressedTable(config, true)
    {
        for (engine::Rows* rows : {&streams, &between})
            rows->reset(tokens, engine::kStreams * config.modelDim);
        for (engine::Rows* rows : {&attentionIn, &attentionOut, &moeIn, &moeOut})
            rows->reset(tokens, config.modelDim);
        hyper.reset(config, tokens);
        attention.reset(config, tokens, pool.size());
        moe.reset(config, tokens, pool.size());
        cache.window = engine::WindowRing(config.headDim, config.windowTokens + tokens, format,
                                          config.ropeDim);
        if (weights.attention.compressor) {
            cache.compressedRows = engine::RowStore(config.headDim, format, config.ropeDim);
            cache.compressor = engine::CompressorState(*weights.attention.compressor);
        }
        if (weights.attention.indexer) {
            cache.indexKeys = engine::KeyStore(config.indexHeadDim, format);
            if (weights.attention.indexer->directions)
                cache.indexKeys.useDirections(&*weights.attention.indexer->directions);
            cache.indexCompressor = engine::CompressorState(weights.attention.indexer->compressor);
        }
    }

    /// Runs `tokens` from the streams in `streams`.
    void run(const engine::Kernels& kernels, engine::NumericMode mode, std::uint64_t first,
             std::span<const engine::TokenId> tokens)
    {
        run(kernels, engine::ActivationGrid(mode), first, tokens);
    }
    void run(const engine::Kernels& kernels, engine::ActivationGrid grid, std::uint64_t first,
             std::span<const engine::TokenId> tokens)
    {
        windowRope.reset(windowTable, first, tokens.size());
        windowRope.compute(0, tokens.size());
        compressedRope.reset(compressedTable, first, tokens.size());
        compressedRope.compute(0, tokens.size());
        const engine::Block block{config,      kernels,         pool, first, tokens,
                                  &windowRope, &compressedRope, 0,    grid};
        hyper.pre(block, weights.hcAttention, streams, attentionIn);
        norm(block, weights.attentionNorm, attentionIn);
        attention.forward(block, layer, weights.attention, compressedTable, attentionIn, cache,
                          attentionOut);
        hyper.post(block, attentionOut, streams);
        for (std::size_t t = 0; t < tokens.size(); ++t)
            std::copy_n(streams.row(t), streams.dim(), between.row(t));
        hyper.pre(block, weights.hcFfn, streams, moeIn);
        norm(block, weights.ffnNorm, moeIn);
        moe.forward(block, weights.moe, moeIn, moeOut);
        hyper.post(block, moeOut, streams);
    }

    const engine::ModelConfig& config;
    std::size_t layer;
    const engine::LayerWeights& weights;
    engine::ThreadPool& pool;
    engine::RopeTable windowTable;
    engine::RopeTable compressedTable;
    engine::RopeBlock windowRope;
    engine::RopeBlock compressedRope;
    engine::Rows streams, between, attentionIn, attentionOut, moeIn, moeOut;
    engine::HyperConnection hyper;
    engine::Attention attention;
    engine::Moe moe;
    engine::LayerCache cache;

private:
    static void norm(const engine::Block& block, const std::vector<float>& weight,
                     engine::Rows& rows)
    {
        for (std::size_t t = 0; t < block.size(); ++t) {
            block.kernels.rmsNorm(rows.row(t), weight.data(), rows.dim(), block.config.normEps,
                                  rows.row(t));
            block.grid.toBFloat16(rows.row(t), rows.dim());
        }
    }
};
