// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/block.h"

#include <algorithm>
#include <vector>

#include "kernels/mapped_matmul.h"
#include "kernels/panel_decoder.h"

namespace engine {

namespace {

/// From here on threads share rows; with fewer they share outputs, so that decoding uses all cores.
constexpr std::size_t kRowsToShare = 48;

/// Two pieces a thread: a thread that the system holds up does not hold up the others for long.
constexpr std::size_t kPiecesPerThread = 2;

/// Panels that are worth a piece of their own.
constexpr std::size_t kFewestPanels = 4;

/// With at least so many panels of a mapped matrix threads share panels. Either way a panel is
/// decoded once.
constexpr std::size_t kPanelsPerThread = 16;

/// Decoded panels that all threads read; about what a core's second cache holds.
constexpr std::size_t kSharedBytesPerThread = std::size_t{512} << 10U;

} // namespace

namespace {

MatmulParams wholeProduct(const float* x, std::size_t xStride, std::size_t rows,
                          const Product& product)
{
    MatmulParams p;
    p.x = x;
    p.xStride = xStride;
    p.rows = rows;
    p.weights = product.weights;
    p.panelEnd = product.weights->numPanels();
    p.y = product.y;
    p.yStride = product.yStride;
    return p;
}

} // namespace

namespace {

/// Threads share the rows of products that all have the same.
void shareRows(const Block& block, std::span<const MatmulParams> products)
{
    const std::size_t rows = products.front().rows;
    const std::size_t grain = roundUp(rows / (block.pool.size() * kPiecesPerThread) + 1, 32);
    block.pool.forRange(rows, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<MatmulParams> parts(products.begin(), products.end());
        for (MatmulParams& part : parts) {
            part.x += begin * part.xStride;
            part.rows = end - begin;
            part.y += begin * part.yStride;
        }
        block.kernels.matmulMany(parts.data(), parts.size());
    });
}

/// All threads decode a stretch of panels, then share the rows that meet it: each panel is decoded
/// once, whatever the number of rows and threads.
void decodeAndShareRows(const Block& block, const MatmulParams& whole)
{
    static thread_local AlignedArray<std::byte> scratch;
    const PackedMatrix& weights = *whole.weights;
    const std::size_t panelBytes = weights.panelBytes();
    const std::size_t stretch = std::clamp(block.pool.size() * kSharedBytesPerThread / panelBytes,
                                           std::size_t{4}, weights.numPanels() + 4);
    const std::size_t most = std::min(stretch, weights.numPanels());
    if (scratch.size() < most * panelBytes)
        scratch.reset(most * panelBytes);
    std::byte* panels = scratch.data();
    MatmulParams part = whole;
    for (std::size_t panel = 0; panel < weights.numPanels(); panel += stretch) {
        part.panelBegin = panel;
        part.panelEnd = std::min(panel + stretch, weights.numPanels());
        block.pool.forRange(part.panelEnd - panel, 1,
                            [&](std::size_t begin, std::size_t end, std::size_t) {
                                decodePanels(block.kernels.isa(), weights, panel + begin,
                                             panel + end, panels + begin * panelBytes);
                            });
        const PackedMatrix decoded = weights.decodedView(panels, panel);
        part.weights = &decoded;
        shareRows(block, {&part, 1});
    }
}

} // namespace

namespace {

/// Products of the same rows.
void multiplySame(const Block& block, std::span<const MatmulParams> products)
{
    if (products.empty())
        return;
    if (products.front().rows < kRowsToShare)
        return multiplyApart(block, products);
    std::vector<MatmulParams> resident;
    for (const MatmulParams& product : products) {
        if (!product.weights->isMapped())
            resident.push_back(product);
        else if (product.weights->numPanels() < block.pool.size() * kPanelsPerThread)
            decodeAndShareRows(block, product);
        else
            multiplyApart(block, {&product, 1});
    }
    if (!resident.empty())
        shareRows(block, resident);
}

} // namespace

void linear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
            const PackedMatrix& weights, float* y, std::size_t yStride, std::size_t sumBlock)
{
    MatmulParams whole = wholeProduct(x, xStride, rows, {&weights, y, yStride});
    whole.sumBlock = sumBlock;
    multiplySame(block, {&whole, 1});
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

void linearMany(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
                std::span<const Product> products)
{
    std::vector<MatmulParams> together;
    for (const Product& product : products) {
        if (block.grid.isActive() && product.isQuantized)
            quantizedLinear(block, x, xStride, rows, *product.weights, product.y, product.yStride);
        else
            together.push_back(wholeProduct(x, xStride, rows, product));
    }
    multiplySame(block, together);
}

void multiplyApart(const Block& block, std::span<const MatmulParams> products)
{
    std::size_t panels = 0;
    for (const MatmulParams& p : products)
        panels += p.panelEnd - p.panelBegin;
    const std::size_t pieceCount = block.pool.size() * kPiecesPerThread;
    const std::size_t grain = std::max(kFewestPanels, (panels + pieceCount - 1) / pieceCount);
    std::vector<MatmulParams> pieces;
    for (const MatmulParams& p : products) {
        for (std::size_t panel = p.panelBegin; panel < p.panelEnd; panel += grain) {
            pieces.push_back(p);
            pieces.back().panelBegin = panel;
            pieces.back().panelEnd = std::min(panel + grain, p.panelEnd);
        }
    }
    block.pool.forRange(pieces.size(), 1, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i)
            multiply(block.kernels, pieces[i]);
    });
}

} // namespace engine
