// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/dtype.h"

namespace engine {

/// Whole blocks of one of GGUF's block formats as float32; `out` is a multiple of the block's
/// elements. Scales are multiplied in float32, in the order that stands with each format.
///
///   Q8_0     d f16, then 32 int8 q:                                     d * q
///   Q4_K     d, dmin f16, 12 bytes of scales, 128 of nibbles:           (d * s) * q - (dmin * m)
///   Q2_K     16 bytes of scales, 64 of 2-bit codes, d, dmin f16:        (d * s) * q - (dmin * m)
///   IQ2_XXS  d f16, then 8 bytes for each 32 elements:                  (d * (s + 1/2) / 4) * g
///   MXFP4    E8M0, then 16 bytes; byte j holds elements j and j + 16:   E2M1 * 2^(e - 127)
void decodeBlocks(DType type, const std::uint8_t* blocks, std::span<float> out);

/// The 256 points of IQ2_XXS: eight elements of two bits, the first lowest; 0, 1 and 2 stand for
/// 8, 25 and 43. Part of the format as published with ggml.
[[nodiscard]] const std::array<std::uint16_t, 256>& iq2xxsGrid();

} // namespace engine
