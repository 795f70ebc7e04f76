// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <thread>

#include "engine/check.h"
#include "layers/transformer.h"

namespace engine {

namespace {

constexpr std::uint64_t kBlock = Transformer::kBlockTokens;

/// Bytes of the rows that one layer holds after `tokens` tokens.
std::uint64_t rowBytes(const ModelConfig& config, CacheFormat format, CacheKind kind,
                       std::uint64_t ratio, std::uint64_t tokens)
{
    return tokens / ratio * Session::bytesPerRow(config, format, kind);
}

/// float32 values of a compressor's open and previous groups.
std::uint64_t stateBytes(std::uint64_t ratio, std::uint64_t rowDim)
{
    const bool overlap = ratio == ModelConfig::kCsaRatio;
    const std::uint64_t width = overlap ? 2 * rowDim : rowDim;
    return (overlap ? 4 : 2) * ratio * width * sizeof(float);
}

/// The buffers that Transformer, Attention, LightningIndexer, Compressor and Moe keep for a block.
std::uint64_t blockBytes(const ModelConfig& config, std::uint64_t threads)
{
    const std::uint64_t heads = config.numHeads * config.headDim;
    const std::uint64_t widestRow = std::max(config.headDim, config.indexHeadDim);
    const std::uint64_t widestExpert =
        config.expertDim * std::max<std::uint64_t>(1, config.sharedExperts);
    const std::uint64_t streams = (kStreams + 2) * config.modelDim;
    const std::uint64_t attention =
        config.queryRank + heads + config.headDim + config.outputGroups * config.outputRank;
    const std::uint64_t compressor = 4 * widestRow + widestRow / ModelConfig::kCsaRatio;
    // Scores and numbers of the best rows so far (StreamTopK), scores of the keys at hand, and the
    // query's codes.
    const std::uint64_t best = 2 * (2 * (config.indexTopK + config.indexTopK * 3 / 16) + 272);
    const std::uint64_t indexer =
        config.indexHeads * (config.indexHeadDim * 5 / 4 + 3) + config.indexTopK + best + 256;
    const std::uint64_t moe = config.routedExperts + 2 * config.modelDim + 3 * widestExpert;
    const std::uint64_t perThread = 2 * kMostGroupTokens * heads;
    return sizeof(float) * (kBlock * (streams + attention + compressor + indexer + moe) +
                            threads * perThread + config.vocabSize);
}

} // namespace

std::vector<MemoryPart> sessionMemory(const ModelConfig& config, const SessionOptions& options,
                                      std::uint64_t tokens)
{
    MemoryPart csaRows{"csa_rows"};
    MemoryPart indexKeys{"index_keys"};
    MemoryPart hcaRows{"hca_rows"};
    MemoryPart window{"window"};
    MemoryPart states{"compressor_state"};
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        const std::uint64_t ratio = config.compressRatios[layer];
        // Packed rows are bfloat16 there, all others float32.
        window.bytes += (config.windowTokens + kBlock) * config.headDim *
                        (options.format == CacheFormat::packed ? sizeof(BFloat16) : sizeof(float));
        if (ratio == 0)
            continue;
        states.bytes += stateBytes(ratio, config.headDim);
        if (config.isCsa(layer)) {
            csaRows.bytes += rowBytes(config, options.format, CacheKind::csaRows, ratio, tokens);
            // In memory a remainder stands in a code of 16 bits.
            indexKeys.bytes +=
                rowBytes(config, options.format, CacheKind::indexKeys, ratio, tokens) +
                2 * rowBytes(config, options.format, CacheKind::indexRemainders, ratio, tokens);
            states.bytes += stateBytes(ratio, config.indexHeadDim);
        } else {
            hcaRows.bytes += rowBytes(config, options.format, CacheKind::hcaRows, ratio, tokens);
        }
    }
    const unsigned threads =
        options.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : options.threads;
    return {csaRows, indexKeys, hcaRows,
            window,  states,    {"block_working_memory", blockBytes(config, threads)}};
}

} // namespace engine
