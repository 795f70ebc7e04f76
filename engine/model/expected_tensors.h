// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/model_config.h"

namespace engine {

/// What a tensor is for, and so in which formats it may come.
enum class TensorRole
{
    matrix,   ///< [outputs, inputs] in any format of weights; FP8 and FP4 with a scale beside it
    expert,   ///< a matrix of a routed expert
    vector,   ///< F32, F16, BF16 or blocks of GGUF
    tokenMap, ///< I64 or I32
};

struct ExpectedTensor
{
    std::string name; ///< official
    std::vector<std::size_t> shape;
    TensorRole role = TensorRole::matrix;
};

/// Every tensor that a checkpoint of this configuration holds (reference section 4.1), scales left
/// out, in the order of the forward pass; `mtpBlocks` MTP blocks behind the layers.
[[nodiscard]] std::vector<ExpectedTensor> expectedTensors(const ModelConfig& config,
                                                          std::size_t mtpBlocks);

/// The name of the scales that belong to a matrix: "….scale" for "….weight".
[[nodiscard]] std::string scaleNameOf(const std::string& matrix);

} // namespace engine
