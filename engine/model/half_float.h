// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace engine {

/// The bits of the float16 that equals `value`; nothing where none does, and for NaN and infinity.
[[nodiscard]] inline std::optional<std::uint16_t> exactHalf(float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
    const int exponent = static_cast<int>((bits >> 23U) & 0xFFU) - 127;
    std::uint32_t mantissa = bits & 0x7FFFFFU;
    if ((bits & 0x7FFFFFFFU) == 0)
        return sign;
    if (exponent > 15 || exponent < -24)
        return std::nullopt;
    // Below 2^-14 the leading one moves into the mantissa and the step stays 2^-24.
    const bool isSmall = exponent < -14;
    const unsigned dropped = isSmall ? static_cast<unsigned>(-exponent - 1) : 13U;
    if (isSmall)
        mantissa |= 0x800000U;
    if ((mantissa & ((1U << dropped) - 1U)) != 0)
        return std::nullopt;
    const std::uint32_t high = isSmall ? 0 : static_cast<std::uint32_t>(exponent + 15) << 10U;
    return static_cast<std::uint16_t>(sign | high | (mantissa >> dropped));
}

} // namespace engine
