// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/model_config.h"
#include "engine/tokenizer.h"
#include "kernels/kernels.h"
#include "kernels/thread_pool.h"
#include "layers/activation_grid.h"
#include "layers/rope.h"

namespace engine {

/// Tokens that go through the layers together. Nothing that is computed for one token depends on
/// which others share its block.
struct Block
{
    const ModelConfig& config;
    const Kernels& kernels;
    ThreadPool& pool;
    std::uint64_t firstPosition = 0;
    std::span<const TokenId> tokens;
    const RopeBlock* windowRope = nullptr;     ///< layers of ratio 0
    const RopeBlock* compressedRope = nullptr; ///< all others
    /// Zero: of equally scored index rows the lower wins. Otherwise ties fall as in the reference's
    /// pass over this many tokens, see ReferenceTopK.
    std::uint64_t referencePassTokens = 0;
    ActivationGrid grid; ///< rounds nothing in float32

    [[nodiscard]] std::size_t size() const { return tokens.size(); }
};

/// float32 rows of one width in one buffer; the padding after each row's `dim` stays zero.
class Rows
{
public:
    void reset(std::size_t count, std::size_t dim)
    {
        m_dim = dim;
        m_stride = roundUp(dim, kLanes);
        m_memory.reset(count * m_stride);
    }
    [[nodiscard]] float* row(std::size_t i) { return m_memory.data() + i * m_stride; }
    [[nodiscard]] const float* row(std::size_t i) const { return m_memory.data() + i * m_stride; }
    [[nodiscard]] std::size_t stride() const { return m_stride; }
    [[nodiscard]] std::size_t dim() const { return m_dim; }
    [[nodiscard]] std::size_t bytes() const { return m_memory.size() * sizeof(float); }

private:
    std::size_t m_dim = 0;
    std::size_t m_stride = 0;
    AlignedArray<float> m_memory;
};

/// y = x W^T for `rows` rows, shared among the pool's threads. `sumBlock`: see MatmulParams.
void linear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
            const PackedMatrix& weights, float* y, std::size_t yStride, std::size_t sumBlock = 0);

/// linear() as the checkpoint's formats have it: an input on the FP8 grid where W is stored in FP8
/// or FP4, and a bfloat16 result. In float32 the same as linear().
void quantizedLinear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
                     const PackedMatrix& weights, float* y, std::size_t yStride);

/// One of several products of the same rows: y [rows, yStride] = x W^T.
struct Product
{
    const PackedMatrix* weights = nullptr;
    float* y = nullptr;
    std::size_t yStride = 0;
    bool isQuantized = true; ///< as quantizedLinear() has it, not linear()
};

/// The results of linear() or quantizedLinear() for each product; in float32 threads meet once, not
/// once a product.
void linearMany(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
                std::span<const Product> products);

/// Independent products of few rows each; threads share their panels.
void multiplyApart(const Block& block, std::span<const MatmulParams> products);

} // namespace engine
