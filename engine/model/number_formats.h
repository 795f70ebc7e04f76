// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace engine {

/// bfloat16 as its 16 bits: the upper half of a float32.
using BFloat16 = std::uint16_t;

[[nodiscard]] inline float toFloat(BFloat16 bits)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

/// Round to nearest, ties to even; NaN stays NaN.
[[nodiscard]] inline BFloat16 toBFloat16(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7FFFFFFFU) > 0x7F800000U)
        return static_cast<BFloat16>((bits >> 16U) | 0x40U);
    return static_cast<BFloat16>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

/// FP8 E4M3 (OCP, finite: 0x7F and 0xFF are NaN, largest 448).
[[nodiscard]] float e4m3ToFloat(std::uint8_t code);

/// E8M0 scale: 2^(code - 127). Code 255 is NaN and stays it.
[[nodiscard]] inline float e8m0ToFloat(std::uint8_t code)
{
    if (code == 0)
        return 0x1p-127F;
    return std::bit_cast<float>(code == 255 ? 0x7FC00000U
                                            : static_cast<std::uint32_t>(code) << 23U);
}

/// IEEE binary16: 5 bits of exponent, 10 of mantissa, with subnormals, infinities and NaN.
[[nodiscard]] float halfToFloat(std::uint16_t bits);

/// FP4 E2M1: 0, .5, 1, 1.5, 2, 3, 4, 6 and the negatives (bit 3).
[[nodiscard]] float e2m1ToFloat(std::uint8_t nibble);

} // namespace engine
