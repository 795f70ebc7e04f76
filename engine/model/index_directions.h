// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/error.h"
#include "engine/model_config.h"
#include "model/packed_matrix.h"

namespace engine {

struct ModelWeights;

/// Some directions as whole numbers: codes * scale. The codes of one direction add up to at most
/// 65,000 in magnitude, so that its product with any 16-bit vector stays below 2^31.
struct DirectionTable
{
    AlignedArray<std::int16_t> codes; ///< [IndexDirections::kCount, padded indexHeadDim]
    float scale = 0.0F;
};

/// The few directions in which index queries and keys of a layer differ most: the product of a
/// query and a key in them is nearly the whole one,
///   q . k ~ sum over c of (queries_c . q) (keys_c . k)
/// so that many keys can be scored first by these, and the best `candidates` of them by all
/// dimensions (ADR 0015).
struct IndexDirections
{
    static constexpr std::size_t kCount = 64;

    DirectionTable queries;
    DirectionTable keys;
    std::size_t candidates = 0; ///< rows among which the wanted ones are

    /// Rows from which on it pays to look at few directions first.
    [[nodiscard]] std::size_t leastRows() const { return 16 * candidates; }
};

/// The file's name beside a model's checkpoint.
inline constexpr const char* kIndexDirectionsFile = "index_directions.safetensors";

/// Gives the indexers of `weights` their directions from that file in `directory`; nothing where
/// there is no such file. It holds `fingerprint`, the model's as bytes (int8 [32]): directions of
/// another model would miss rows, and are refused. For each layer N that has an indexer:
/// `layers.N.query_directions` and `layers.N.key_directions`, float32 [64, indexHeadDim], and
/// `layers.N.candidates`, int32 [1].
[[nodiscard]] Result<void> addIndexDirections(const std::filesystem::path& directory,
                                              const std::string& fingerprint,
                                              const ModelConfig& config, ModelWeights& weights);

} // namespace engine
