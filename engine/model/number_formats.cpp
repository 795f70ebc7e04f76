// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/number_formats.h"

#include <array>
#include <cmath>
#include <limits>

namespace engine {

float e4m3ToFloat(std::uint8_t code)
{
    const int exponent = (code >> 3) & 0xF;
    const int mantissa = code & 0x7;
    const float sign = (code & 0x80) != 0 ? -1.0F : 1.0F;
    if (exponent == 0xF && mantissa == 0x7)
        return std::numeric_limits<float>::quiet_NaN();
    if (exponent == 0)
        return sign * std::ldexp(static_cast<float>(mantissa), -9);
    return sign * std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
}

float halfToFloat(std::uint16_t bits)
{
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    if (magnitude >= 0x7C00U) // infinity and NaN
        return std::bit_cast<float>(sign | 0x7F800000U | (magnitude & 0x3FFU) << 13U);
    if (magnitude >= 0x400U) // the exponent's bias grows from 15 to 127
        return std::bit_cast<float>(sign | ((magnitude << 13U) + (112U << 23U)));
    const float subnormal = static_cast<float>(magnitude) * 0x1p-24F;
    return sign != 0 ? -subnormal : subnormal;
}

float e2m1ToFloat(std::uint8_t nibble)
{
    static constexpr std::array<float, 8> kMagnitude{0.0F, 0.5F, 1.0F, 1.5F,
                                                     2.0F, 3.0F, 4.0F, 6.0F};
    const float magnitude = kMagnitude[nibble & 7U];
    return (nibble & 8U) != 0 ? -magnitude : magnitude;
}

} // namespace engine
