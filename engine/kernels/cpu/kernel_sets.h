// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "kernels/kernels.h"

namespace engine {

/// The sets, each from its own file with its own compiler flags; see kernelsFor for the choice.
[[nodiscard]] const Kernels& referenceKernels();
[[nodiscard]] const Kernels& avx2Kernels();
[[nodiscard]] const Kernels& avx512Kernels();
[[nodiscard]] const Kernels& amxKernels();

/// Asks the operating system for the tile registers (Linux hands them out on request).
[[nodiscard]] bool requestAmxPermission();

} // namespace engine
