// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/numeric_mode.h"

namespace engine {

/// The numbers of `config.json`, in the checkpoint's own meaning. Every difference between
/// published sizes is a field here; nothing about a size is built into code.
struct ModelConfig
{
    std::size_t vocabSize = 0;
    std::size_t modelDim = 0; ///< hidden_size
    std::size_t numLayers = 0;
    std::size_t numHeads = 0;
    std::size_t headDim = 0; ///< width of the shared latent that is both key and value
    std::size_t ropeDim = 0; ///< the last dims of a head that are rotated
    std::size_t queryRank = 0;
    std::size_t outputGroups = 0;
    std::size_t outputRank = 0;   ///< per group
    std::size_t windowTokens = 0; ///< sliding_window
    /// One per layer: 0 window only, otherwise tokens per compressed row. Ratio 4 overlaps and has
    /// a lightning indexer (CSA); larger ratios are read densely (HCA).
    std::vector<std::size_t> compressRatios;
    double ropeTheta = 10000.0;          ///< layers of ratio 0
    double compressRopeTheta = 160000.0; ///< all other layers, with YaRN
    double yarnFactor = 1.0;             ///< 1: no YaRN
    double yarnOriginalPositions = 65536.0;
    double yarnBetaFast = 32.0;
    double yarnBetaSlow = 1.0;
    std::size_t indexHeads = 0;
    std::size_t indexHeadDim = 0;
    std::size_t indexTopK = 0;
    std::size_t routedExperts = 0;
    std::size_t sharedExperts = 0;
    std::size_t expertsPerToken = 0;
    std::size_t expertDim = 0; ///< moe_intermediate_size
    std::size_t numHashLayers = 0;
    float routedScale = 1.0F;
    float swigluLimit = 0.0F; ///< 0: no clamp
    std::size_t hcStreams = 4;
    std::size_t hcSinkhornIterations = 20;
    float hcEps = 1e-6F;
    float normEps = 1e-6F;
    std::int32_t bosToken = 0;
    std::int32_t eosToken = 1;
    std::size_t maxPositions = 0;
    std::size_t numMtpLayers = 0;
    /// How the model wants to be read: `lectern_numerics` where the file names a mode; else fast
    /// where quantization_config.activation_scheme is dynamic, as published; else float32.
    NumericMode numerics = NumericMode::float32;
    /// What a float32 session rounds attended rows (their part that is not rotated) and index keys
    /// to before it keeps them: `lectern_kept_rows`, `lectern_kept_keys`. Left out by every model
    /// in use; bench_quality says with them what a coarser form would cost (docs/adr/0016).
    KeptForm keptRows = KeptForm::asComputed;
    KeptForm keptKeys = KeptForm::asComputed;

    /// Ratio of the overlapping, indexed kind (CSA).
    static constexpr std::size_t kCsaRatio = 4;
    static constexpr std::size_t kLargestRatio = 512;
    static constexpr std::size_t kLargestRopeDim = 1024;

    [[nodiscard]] bool isCsa(std::size_t layer) const { return compressRatios[layer] == kCsaRatio; }
    [[nodiscard]] bool isHca(std::size_t layer) const { return compressRatios[layer] > kCsaRatio; }
    /// Index of the last CSA layer, or numLayers when there is none.
    [[nodiscard]] std::size_t lastCsaLayer() const;

    /// The text of a config.json; the error names the key, what was wanted and what was found.
    [[nodiscard]] static Result<ModelConfig> parse(std::string_view text);
    /// The same for `file`, which the error names too.
    [[nodiscard]] static Result<ModelConfig> read(const std::filesystem::path& file);
};

} // namespace engine
