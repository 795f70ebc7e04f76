// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/block.h"

#include <algorithm>
#include <vector>

namespace engine {

namespace {

/// From here on threads share rows; with fewer they share outputs, so that decoding uses all cores.
constexpr std::size_t kRowsToShare = 48;

/// Two pieces a thread: a thread that the system holds up does not hold up the others for long.
constexpr std::size_t kPiecesPerThread = 2;

/// Panels that are worth a piece of their own.
constexpr std::size_t kFewestPanels = 4;

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

void linear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
            const PackedMatrix& weights, float* y, std::size_t yStride)
{
    const Product product{&weights, y, yStride};
    linearMany(block, x, xStride, rows, {&product, 1});
}

void linearMany(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
                std::span<const Product> products)
{
    std::vector<MatmulParams> whole;
    for (const Product& product : products)
        whole.push_back(wholeProduct(x, xStride, rows, product));
    if (rows < kRowsToShare)
        return multiplyApart(block, whole);
    const std::size_t grain = roundUp(rows / (block.pool.size() * kPiecesPerThread) + 1, 32);
    block.pool.forRange(rows, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
        std::vector<MatmulParams> parts = whole;
        for (MatmulParams& part : parts) {
            part.x += begin * xStride;
            part.rows = end - begin;
            part.y += begin * part.yStride;
        }
        block.kernels.matmulMany(parts.data(), parts.size());
    });
}

void multiplyApart(const Block& block, std::span<const MatmulParams> products)
{
    std::size_t panels = 0;
    for (const MatmulParams& p : products)
        panels += p.panelEnd - p.panelBegin;
    const std::size_t threads = block.pool.size();
    const std::size_t grain = std::max(kFewestPanels, (panels + threads * kPiecesPerThread - 1) /
                                                          (threads * kPiecesPerThread));
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
            block.kernels.matmul(pieces[i]);
    });
}

} // namespace engine
