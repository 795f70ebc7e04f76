// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "model/packed_matrix.h"

namespace engine {

/// Decodes panels [begin, end) of a mapped matrix to `out`, panelBytes() each, on a 64-byte
/// boundary. Columns past the last output repeat it. Every instruction set gives the same bits:
/// those of decodeRow, rounded to bfloat16 in bfloat16 panels.
///
/// Thread rule: stateless.
void decodePanels(Isa isa, const PackedMatrix& weights, std::size_t begin, std::size_t end,
                  void* out);

/// The resident form of a mapped matrix.
[[nodiscard]] PackedMatrix unpacked(Isa isa, const PackedMatrix& weights);

} // namespace engine
