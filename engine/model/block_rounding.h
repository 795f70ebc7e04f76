// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/number_formats.h"

namespace engine {

/// Rounding of activations to block formats whose scales are powers of two (reference section 2.0).
/// All roundings are to the nearest, ties to the even code.

/// Nearest E4M3 code; what lies beyond +-448 becomes +-448. NaN gives the code of NaN.
[[nodiscard]] std::uint8_t toE4M3(float value);
/// Nearest E2M1 code; what lies beyond +-6 becomes +-6, and so does NaN, which the format lacks.
[[nodiscard]] std::uint8_t toE2M1(float value);

/// What each E4M3 code stands for.
[[nodiscard]] const std::array<float, 256>& e4m3Values();

/// E8M0 code of the smallest power of two that is not below u; u is positive and normal.
[[nodiscard]] std::uint8_t scaleCodeAbove(float u);
/// Scale of a block whose largest magnitude is `largest`: 2^ceil(log2(max(largest, 1e-4) / 448)).
[[nodiscard]] std::uint8_t fp8ScaleCode(float largest);
/// 2^ceil(log2(max(largest, 6 * 2^-126) / 6)).
[[nodiscard]] std::uint8_t fp4ScaleCode(float largest);

/// Codes of `count` values that share one scale; gives the scale's E8M0 code, the smallest that
/// holds the largest value. Values that were rounded as below are kept without loss: their own
/// scale can be larger (448 / 448 is a little more than 1 in the reference's arithmetic) but never
/// smaller, and a smaller one holds whatever a larger one does.
std::uint8_t encodeFp8Block(const float* x, std::size_t count, std::uint8_t* codes);
/// One code in the low half of each byte of `codes` [count].
std::uint8_t encodeFp4Block(const float* x, std::size_t count, std::uint8_t* codes);

/// x becomes what the codes of its blocks stand for, rounded to bfloat16. A last block may be
/// shorter.
void roundToFp8Blocks(float* x, std::size_t count, std::size_t block);
void roundToFp4Blocks(float* x, std::size_t count, std::size_t block);

void roundToBFloat16(float* x, std::size_t count);

} // namespace engine
