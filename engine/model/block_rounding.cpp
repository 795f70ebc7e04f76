// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/block_rounding.h"

#include <algorithm>
#include <cmath>

namespace engine {

namespace {

/// Index of the step nearest to |value| counted from 0, for a format with `mantissaBits` bits after
/// the point whose smallest normal exponent is `lowestExponent`. The codes of such a format are
/// in order of magnitude, so the index is the code.
std::uint8_t codeOf(float magnitude, int lowestExponent, int mantissaBits)
{
    const auto bits = std::bit_cast<std::uint32_t>(magnitude);
    const int exponent = std::max(static_cast<int>(bits >> 23U) - 127, lowestExponent);
    // Steps of 2^(exponent - mantissaBits); a power of two scales without rounding.
    const float steps =
        magnitude *
        std::bit_cast<float>(static_cast<std::uint32_t>(127 + mantissaBits - exponent) << 23U);
    // Adding 2^23 leaves the nearest whole number, ties to even.
    const float rounded = (steps + 8388608.0F) - 8388608.0F;
    const int below = (exponent - lowestExponent) << mantissaBits;
    return static_cast<std::uint8_t>(below + static_cast<int>(rounded));
}

float largestMagnitude(const float* x, std::size_t count)
{
    float largest = 0.0F;
    for (std::size_t i = 0; i < count; ++i)
        largest = std::max(largest, std::abs(x[i]));
    return largest;
}

/// 1 / 2^(code - 127), exact for every scale that fp8ScaleCode and fp4ScaleCode give.
float inverseScale(std::uint8_t code)
{
    return e8m0ToFloat(static_cast<std::uint8_t>(254 - code));
}

/// Of the smallest power of two that makes `largest` at most `limit`; a quotient of bfloat16
/// numbers is never close enough to a power of two for its rounding to matter.
std::uint8_t smallestScaleCode(float largest, float limit)
{
    return scaleCodeAbove(std::max(largest / limit, 0x1p-126F));
}

} // namespace

const std::array<float, 256>& e4m3Values()
{
    static const auto table = [] {
        std::array<float, 256> values{};
        for (std::size_t code = 0; code < values.size(); ++code)
            values[code] = e4m3ToFloat(static_cast<std::uint8_t>(code));
        return values;
    }();
    return table;
}

std::uint8_t toE4M3(float value)
{
    const auto sign = static_cast<std::uint8_t>(std::signbit(value) ? 0x80 : 0);
    if (std::isnan(value))
        return static_cast<std::uint8_t>(sign | 0x7F);
    const float magnitude = std::min(std::abs(value), 448.0F);
    return static_cast<std::uint8_t>(sign | codeOf(magnitude, -6, 3));
}

std::uint8_t toE2M1(float value)
{
    const auto sign = static_cast<std::uint8_t>(std::signbit(value) ? 8 : 0);
    const float magnitude = std::isnan(value) ? 6.0F : std::min(std::abs(value), 6.0F);
    return static_cast<std::uint8_t>(sign | codeOf(magnitude, 0, 1));
}

std::uint8_t scaleCodeAbove(float u)
{
    const auto bits = std::bit_cast<std::uint32_t>(u);
    return static_cast<std::uint8_t>((bits >> 23U) + ((bits & 0x7FFFFFU) != 0 ? 1U : 0U));
}

std::uint8_t fp8ScaleCode(float largest)
{
    return scaleCodeAbove(std::max(largest, 1e-4F) * (1.0F / 448.0F));
}

std::uint8_t fp4ScaleCode(float largest)
{
    return scaleCodeAbove(std::max(largest, 6.0F * 0x1p-126F) * (1.0F / 6.0F));
}

std::uint8_t encodeFp8Block(const float* x, std::size_t count, std::uint8_t* codes)
{
    const std::uint8_t scale = smallestScaleCode(largestMagnitude(x, count), 448.0F);
    const float inverse = inverseScale(scale);
    for (std::size_t i = 0; i < count; ++i)
        codes[i] = toE4M3(x[i] * inverse);
    return scale;
}

std::uint8_t encodeFp4Block(const float* x, std::size_t count, std::uint8_t* codes)
{
    const std::uint8_t scale = smallestScaleCode(largestMagnitude(x, count), 6.0F);
    const float inverse = inverseScale(scale);
    for (std::size_t i = 0; i < count; ++i)
        codes[i] = toE2M1(x[i] * inverse);
    return scale;
}

void roundToFp8Blocks(float* x, std::size_t count, std::size_t block)
{
    const auto& values = e4m3Values();
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t size = std::min(block, count - begin);
        const std::uint8_t code = fp8ScaleCode(largestMagnitude(x + begin, size));
        const float scale = e8m0ToFloat(code);
        const float inverse = inverseScale(code);
        for (std::size_t i = begin; i < begin + size; ++i)
            x[i] = toFloat(toBFloat16(values[toE4M3(x[i] * inverse)] * scale));
    }
}

void roundToFp4Blocks(float* x, std::size_t count, std::size_t block)
{
    for (std::size_t begin = 0; begin < count; begin += block) {
        const std::size_t size = std::min(block, count - begin);
        const std::uint8_t code = fp4ScaleCode(largestMagnitude(x + begin, size));
        const float scale = e8m0ToFloat(code);
        const float inverse = inverseScale(code);
        for (std::size_t i = begin; i < begin + size; ++i)
            x[i] = toFloat(toBFloat16(e2m1ToFloat(toE2M1(x[i] * inverse)) * scale));
    }
}

void roundToBFloat16(float* x, std::size_t count)
{
    for (std::size_t i = 0; i < count; ++i)
        x[i] = toFloat(toBFloat16(x[i]));
}

} // namespace engine
