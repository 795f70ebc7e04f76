// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "kernels/kernels.h"

namespace engine {

/// kernels.matmul for weights of either residency. A few panels at a time of a mapped matrix are
/// decoded into scratch of the calling thread and multiplied with all rows.
///
/// Thread rule: stateless; scratch of some 100 KB to 1 MB stays with each thread.
void multiply(const Kernels& kernels, const MatmulParams& p);

} // namespace engine
