// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "kernels/kernels.h"

namespace engine {

/// The sets, each from its own file with its own compiler flags; see kernelsFor for the choice.
[[nodiscard]] const Kernels& referenceKernels();
[[nodiscard]] const Kernels& avx2Kernels();
[[nodiscard]] const Kernels& avx512Kernels();
[[nodiscard]] const Kernels& amxKernels();
/// NumericMode::exact, on every machine the same.
[[nodiscard]] const Kernels& exactKernels();
/// For comparing with vectors of a reference that leaves probabilities in float32.
[[nodiscard]] const Kernels& exactKernelsWithPlainProbabilities();

/// Attention through tiles for the shapes it can do (see amx_attention.cpp); false otherwise.
/// The answer depends on the model's shape alone.
[[nodiscard]] bool attendGroupAmx(const AttendGroupParams& p);

/// Asks the operating system for the tile registers (Linux hands them out on request).
[[nodiscard]] bool requestAmxPermission();

} // namespace engine
