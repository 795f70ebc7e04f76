// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace engine {

/// How activations are rounded between operations (docs/adr/0008-numeric-modes.md). Weights are the
/// same in all modes. The numbers are part of stored checkpoints.
enum class NumericMode : std::uint8_t
{
    /// No activation is rounded: float32 throughout. How the built-in model was trained and is
    /// judged, and the judge of the algorithm.
    float32 = 0,
    /// The publisher's formats at the publisher's rounding points: bfloat16 after every operation,
    /// FP8 activations per 128 before FP8 and FP4 weights, FP8 per 64 on key/value rows, FP4 per 32
    /// in the indexer. Sums may be wider or in another order than the publisher's, and scores and
    /// probabilities of attention and indexer stay float32; no format differs.
    fast = 1,
    /// As `fast`, and sums as the publisher defines them (128 inputs of an FP8 matrix, 32 of an FP4
    /// one, 64 keys of attention at a time), index scores and probabilities in bfloat16. Plain
    /// loops: the same bits on every instruction set, and slow.
    exact = 2,
};

/// A grid that numbers can be rounded to.
enum class KeptForm : std::uint8_t
{
    asComputed, ///< not rounded
    bfloat16,
    int8, ///< one scale for all numbers of a row or key
    fp8,  ///< E4M3, a power of two as scale for each 64
    fp4,  ///< E2M1, a power of two as scale for each 32
};

/// The form called `name` (bfloat16, int8, fp8, fp4), or nothing.
[[nodiscard]] std::optional<KeptForm> keptFormNamed(std::string_view name);

[[nodiscard]] std::string_view numericModeName(NumericMode mode);
/// The mode called `name`, or nothing.
[[nodiscard]] std::optional<NumericMode> numericModeNamed(std::string_view name);

} // namespace engine
