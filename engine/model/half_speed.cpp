// SPDX-License-Identifier: GPL-3.0-or-later
#include <limits>

#include "engine/check.h"

namespace engine {

namespace {

/// Index keys are scored in whole numbers of 8 bits, about so many times as fast as everything else
/// is multiplied: with the built-in model reading is half as fast behind 250,000 tokens, with
/// AVX-512 and with AMX (AVX2: 80,000).
constexpr double kScoringIsFaster = 8.0;

double product(std::size_t a, std::size_t b)
{
    return static_cast<double>(a) * static_cast<double>(b);
}

/// Multiplications of one token in a layer, but for attention, norms and index scores.
double layerMultiplications(const ModelConfig& config, std::size_t layer)
{
    const std::size_t heads = config.numHeads * config.headDim;
    double sum = product(config.modelDim, config.queryRank + config.headDim) +
                 product(heads, config.queryRank + config.outputRank) +
                 product(config.outputGroups * config.outputRank, config.modelDim);
    const double expert = 3.0 * product(config.modelDim, config.expertDim);
    sum += static_cast<double>(config.expertsPerToken + config.sharedExperts) * expert +
           product(config.modelDim, config.routedExperts);
    const std::size_t overlap = config.isCsa(layer) ? 2 : 1; // groups of a CSA layer overlap
    if (config.compressRatios[layer] != 0)
        sum += 2.0 * product(config.modelDim, overlap * config.headDim);
    if (config.isCsa(layer))
        sum += product(config.queryRank, config.indexHeads * config.indexHeadDim) +
               2.0 * product(config.modelDim, overlap * config.indexHeadDim);
    return sum;
}

} // namespace

double halfSpeedPosition(const ModelConfig& config)
{
    double all = 0.0;
    double scores = 0.0; // a token before
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        all += layerMultiplications(config, layer);
        if (config.isCsa(layer))
            scores += product(config.indexHeads, config.indexHeadDim) /
                      static_cast<double>(ModelConfig::kCsaRatio);
    }
    return scores > 0.0 ? kScoringIsFaster * all / scores : std::numeric_limits<double>::infinity();
}

} // namespace engine
