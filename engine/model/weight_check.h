// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>

#include "engine/error.h"
#include "engine/model.h"
#include "model/checkpoint.h"

namespace engine {

/// Looks for NaN and infinity in what is stored: in the numbers of plain formats and the scales of
/// block formats. E8M0 scales above 2^119 count too: with the largest number beside them they
/// overflow. The message names file, tensor and element.
[[nodiscard]] Result<void> checkTensor(const TensorView& tensor);

/// checkTensor for every tensor, with progress and cancellation every few megabytes.
[[nodiscard]] Result<void> checkWeights(const Checkpoint& checkpoint,
                                        const CheckProgress& progress = {},
                                        std::stop_token stop = {});

} // namespace engine
