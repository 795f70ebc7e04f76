// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/block.h"

#include <algorithm>

namespace engine {

namespace {

/// From here on threads share rows; with fewer they share outputs, so that decoding uses all cores.
constexpr std::size_t kRowsToShare = 48;

/// Two pieces a thread: a thread that the system holds up does not hold up the others for long.
constexpr std::size_t kPiecesPerThread = 2;

} // namespace

void linear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
            const PackedMatrix& weights, float* y, std::size_t yStride, std::size_t sumBlock)
{
    MatmulParams whole;
    whole.sumBlock = sumBlock;
    whole.x = x;
    whole.xStride = xStride;
    whole.rows = rows;
    whole.weights = &weights;
    whole.panelEnd = weights.numPanels();
    whole.y = y;
    whole.yStride = yStride;
    const std::size_t threads = block.pool.size();
    if (rows >= kRowsToShare) {
        const std::size_t grain = roundUp(rows / (threads * kPiecesPerThread) + 1, 32);
        block.pool.forRange(rows, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
            MatmulParams part = whole;
            part.x = x + begin * xStride;
            part.rows = end - begin;
            part.y = y + begin * yStride;
            block.kernels.matmul(part);
        });
        return;
    }
    const std::size_t panels = weights.numPanels();
    const std::size_t grain = std::max<std::size_t>(4, (panels + threads - 1) / threads);
    block.pool.forRange(panels, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
        MatmulParams part = whole;
        part.panelBegin = begin;
        part.panelEnd = end;
        block.kernels.matmul(part);
    });
}

void quantizedLinear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
                     const PackedMatrix& weights, float* y, std::size_t yStride)
{
    const ActivationGrid& grid = block.grid;
    if (!grid.isActive())
        return linear(block, x, xStride, rows, weights, y, yStride);
    if (grid.quantisesInputOf(weights)) {
        static thread_local AlignedArray<float> onGrid;
        const std::size_t inputs = weights.inputs();
        const std::size_t stride = roundUp(inputs, kDepthStep);
        if (onGrid.size() < rows * stride)
            onGrid.reset(rows * stride);
        float* quantized = onGrid.data(); // of this thread; the pool's threads fill it
        block.pool.forRange(rows, 16, [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t r = begin; r < end; ++r) {
                std::copy_n(x + r * xStride, inputs, quantized + r * stride);
                std::fill(quantized + r * stride + inputs, quantized + (r + 1) * stride, 0.0F);
                grid.matmulInput(quantized + r * stride, inputs);
            }
        });
        linear(block, quantized, stride, rows, weights, y, yStride,
               ActivationGrid::sumBlock(weights));
    } else {
        linear(block, x, xStride, rows, weights, y, yStride);
    }
    block.pool.forRange(rows, 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t r = begin; r < end; ++r)
            grid.toBFloat16(y + r * yStride, weights.outputs());
    });
}

} // namespace engine
