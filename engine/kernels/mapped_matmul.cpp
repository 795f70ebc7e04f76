// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/mapped_matmul.h"

#include <algorithm>

#include "kernels/panel_decoder.h"

namespace engine {

namespace {

/// Kernels take up to four panels side by side.
constexpr std::size_t kFewestPanels = 4;

/// Bytes of panels that are decoded together: they should be in the second cache when they are
/// read. With many rows each is read once in a long while, and the AMX kernel splits all rows once
/// for each call.
constexpr std::size_t kDecodedBytes = std::size_t{256} << 10U;
constexpr std::size_t kDecodedBytesOfManyRows = std::size_t{1} << 20U;
constexpr std::size_t kManyRows = 48;

} // namespace

void multiply(const Kernels& kernels, const MatmulParams& p)
{
    const PackedMatrix& weights = *p.weights;
    if (!weights.isMapped())
        return kernels.matmul(p);
    static thread_local AlignedArray<std::byte> scratch;
    const std::size_t bytes = p.rows < kManyRows ? kDecodedBytes : kDecodedBytesOfManyRows;
    const std::size_t group = std::max(kFewestPanels, bytes / weights.panelBytes());
    const std::size_t most = std::min(group, p.panelEnd - p.panelBegin);
    if (scratch.size() < most * weights.panelBytes())
        scratch.reset(most * weights.panelBytes());
    MatmulParams part = p;
    for (std::size_t panel = p.panelBegin; panel < p.panelEnd; panel += group) {
        part.panelBegin = panel;
        part.panelEnd = std::min(panel + group, p.panelEnd);
        decodePanels(kernels.isa(), weights, part.panelBegin, part.panelEnd, scratch.data());
        const PackedMatrix decoded = weights.decodedView(scratch.data(), panel);
        part.weights = &decoded;
        kernels.matmul(part);
    }
}

} // namespace engine
