// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/block.h"

#include <algorithm>

#include "kernels/mapped_matmul.h"
#include "kernels/panel_decoder.h"

namespace engine {

namespace {

/// From here on threads share rows; with fewer they share outputs, so that decoding uses all cores.
constexpr std::size_t kRowsToShare = 48;

/// Two pieces a thread: a thread that the system holds up does not hold up the others for long.
constexpr std::size_t kPiecesPerThread = 2;

/// Decoded panels that all threads read; about what a core's second cache holds.
constexpr std::size_t kSharedBytesPerThread = std::size_t{512} << 10U;

void shareRows(const Block& block, const MatmulParams& whole)
{
    const std::size_t threads = block.pool.size();
    const std::size_t grain = roundUp(whole.rows / (threads * kPiecesPerThread) + 1, 32);
    block.pool.forRange(whole.rows, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
        MatmulParams part = whole;
        part.x = whole.x + begin * whole.xStride;
        part.rows = end - begin;
        part.y = whole.y + begin * whole.yStride;
        block.kernels.matmul(part);
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
        shareRows(block, part);
    }
}

} // namespace

void linear(const Block& block, const float* x, std::size_t xStride, std::size_t rows,
            const PackedMatrix& weights, float* y, std::size_t yStride)
{
    MatmulParams whole;
    whole.x = x;
    whole.xStride = xStride;
    whole.rows = rows;
    whole.weights = &weights;
    whole.panelEnd = weights.numPanels();
    whole.y = y;
    whole.yStride = yStride;
    const std::size_t threads = block.pool.size();
    if (rows >= kRowsToShare && weights.isMapped())
        return decodeAndShareRows(block, whole);
    if (rows >= kRowsToShare)
        return shareRows(block, whole);
    const std::size_t panels = weights.numPanels();
    const std::size_t grain = std::max<std::size_t>(4, (panels + threads - 1) / threads);
    block.pool.forRange(panels, grain, [&](std::size_t begin, std::size_t end, std::size_t) {
        MatmulParams part = whole;
        part.panelBegin = begin;
        part.panelEnd = end;
        multiply(block.kernels, part);
    });
}

} // namespace engine
