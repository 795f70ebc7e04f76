// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "kernels/params.h"

namespace engine {

enum class Isa
{
    reference, ///< plain loops in the order of the paper
    avx2,      ///< AVX2 and FMA
    avx512,    ///< AVX-512 F, BW, DQ, VL and VNNI
    amx,       ///< avx512 and AMX tiles (int8, bfloat16)
};

[[nodiscard]] std::string_view isaName(Isa isa);

/// The operations that dominate a forward pass. `reference` is what every other set is held
/// against in tests/engine/tst_kernels.cpp.
///
/// Thread rule: stateless; any number of threads may call at once.
class Kernels
{
public:
    virtual ~Kernels() = default;

    [[nodiscard]] virtual Isa isa() const = 0;
    virtual void matmul(const MatmulParams& p) const = 0;
    /// Several matrices times the same rows (x, xStride, rows and the matrices' inputs are equal);
    /// the results are those of matmul for each.
    virtual void matmulMany(const MatmulParams* parts, std::size_t count) const;
    virtual void attend(const AttendParams& p) const = 0;
    /// Several tokens at once; a token's result does not depend on the others. The plain form
    /// calls attend for each.
    virtual void attendGroup(const AttendGroupParams& p) const;
    virtual void scoreFloatKeys(const ScoreKeysParams& p) const = 0;
    virtual void scoreInt8Keys(const ScoreKeysParams& p) const = 0;
    virtual void scoreFineKeys(const ScoreFineKeysParams& p) const = 0;
    virtual void project(const ProjectParams& p) const = 0;
    virtual void pool(const PoolParams& p) const = 0;
    virtual void hcPost(const HcPostParams& p) const = 0;

    /// out = x / sqrt(mean(x^2) + eps) * weight; weight may be null. In place allowed.
    virtual void rmsNorm(const float* x, const float* weight, std::size_t dim, float eps,
                         float* out) const = 0;
    /// out = silu(min(gate, limit)) * clamp(up, -limit, limit) * weight; limit 0 means none.
    virtual void swiglu(const float* gate, const float* up, std::size_t dim, float limit,
                        float weight, float* out) const = 0;
    /// out = sum_i weights[i] * streams[i] over 4 rows of `dim`.
    virtual void weightedSum4(const float* streams, const float* weights, std::size_t dim,
                              float* out) const = 0;
    /// Appends (score, base + i) of every scores[i] > threshold, in order; gives how many. The
    /// outputs have room for count entries and kLanes more.
    virtual std::size_t keepAbove(const float* scores, std::size_t count, float threshold,
                                  std::uint32_t base, float* keptScores,
                                  std::uint32_t* keptRows) const = 0;
    /// Keeps the k best of `count` > k entries in place and in order, of equal scores the earlier
    /// ones; gives a score that k of the entries reach, which no later entry needs to be kept for
    /// unless it is above it. No score is NaN; the arrays have room for kLanes entries more.
    virtual float selectBest(float* scores, std::uint32_t* rows, std::size_t count,
                             std::size_t k) const = 0;
    /// Sum of squares in the fixed order of rmsNorm.
    [[nodiscard]] virtual float sumOfSquares(const float* x, std::size_t dim) const = 0;
};

/// What this processor and operating system can run, slowest first.
[[nodiscard]] std::vector<Isa> supportedIsas();

/// The set for `isa`; it must be among supportedIsas().
[[nodiscard]] const Kernels& kernelsFor(Isa isa);

/// The set that float32 sessions use: the fastest that multiplies in float32. LECTERN_ISA in the
/// environment (reference, avx2, avx512, amx) lowers the choice, for tests and comparisons.
[[nodiscard]] const Kernels& float32Kernels();

/// The set that compact sessions use; with AMX, activations enter a matrix product as the sum of
/// two bfloat16 (16 bits of mantissa).
[[nodiscard]] const Kernels& compactKernels();

} // namespace engine
