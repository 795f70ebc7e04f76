// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/panel_decoder.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/decode_kernels.h"

namespace engine {

namespace {

/// The stored rows behind one panel.
struct PanelRows
{
    DType types[kPanelColumns] = {};
    StoredRow rows[kPanelColumns];
    bool isUniform = true; ///< all of one format

    PanelRows(const PackedMatrix& weights, std::size_t panel)
    {
        const StoredRows& first = weights.stored()[0];
        const StoredRows& second = weights.stored()[1];
        for (std::size_t n = 0; n < kPanelColumns; ++n) {
            const std::size_t output = std::min(panel * kPanelColumns + n, weights.outputs() - 1);
            const bool inFirst = output < first.rowCount;
            const StoredRows& source = inFirst ? first : second;
            types[n] = source.type;
            rows[n] = source.row(inFirst ? output : output - first.rowCount);
            isUniform = isUniform && types[n] == types[0];
        }
    }
};

/// Inputs [begin, end) of all columns, by the plain decoder; at most kLargestBlock of them.
void decodeHalvesPlainly(const PanelRows& panel, std::size_t begin, std::size_t end, BFloat16* out)
{
    float values[kLargestBlock];
    const std::span<float> wanted(values, end - begin);
    for (std::size_t n = 0; n < kPanelColumns; ++n) {
        decodeRow(panel.types[n], panel.rows[n], begin, wanted);
        for (std::size_t k = begin; k < end; ++k)
            out[(k / 2 * kPanelColumns + n) * 2 + k % 2] = toBFloat16(values[k - begin]);
    }
}

void decodeHalfPanel(const DecodeKernels& kernels, const PackedMatrix& weights,
                     const PanelRows& panel, BFloat16* out)
{
    const std::size_t inputs = weights.inputs();
    const std::size_t whole = inputs / kDepthStep * kDepthStep;
    // What lies past the inputs must be zero.
    std::memset(out + whole * kPanelColumns, 0,
                (weights.depth() - whole) * kPanelColumns * sizeof(BFloat16));
    for (std::size_t k = 0; k < inputs; k += kFp8Block) {
        const std::size_t end = std::min(k + kFp8Block, inputs);
        const std::size_t fast = std::min(end, whole);
        if (fast > k && panel.isUniform &&
            kernels.halves(panel.types[0], panel.rows, k, fast, out + k * kPanelColumns)) {
            if (end > fast)
                decodeHalvesPlainly(panel, fast, end, out);
        } else {
            decodeHalvesPlainly(panel, k, end, out);
        }
    }
}

void decodeFloatPanel(const DecodeKernels& kernels, const PackedMatrix& weights,
                      const PanelRows& panel, float* out)
{
    float values[kPanelColumns][kLargestBlock];
    const std::uint8_t* lines[kPanelColumns];
    for (std::size_t n = 0; n < kPanelColumns; ++n)
        lines[n] = reinterpret_cast<const std::uint8_t*>(values[n]);
    for (std::size_t k = 0; k < weights.depth(); k += kLargestBlock) {
        const std::size_t count = std::min(kLargestBlock, weights.depth() - k);
        const std::size_t stored = k < weights.inputs() ? std::min(count, weights.inputs() - k) : 0;
        for (std::size_t n = 0; n < kPanelColumns; ++n) {
            decodeRow(panel.types[n], panel.rows[n], k, {values[n], stored});
            std::fill(values[n] + stored, values[n] + count, 0.0F);
        }
        kernels.transpose(lines, count, out + k * kPanelColumns);
    }
}

} // namespace

void decodePanels(Isa isa, const PackedMatrix& weights, std::size_t begin, std::size_t end,
                  void* out)
{
    const DecodeKernels& kernels = decodeKernels(isa);
    const std::size_t elements = weights.depth() * kPanelColumns;
    for (std::size_t panel = begin; panel < end; ++panel) {
        const PanelRows rows(weights, panel);
        const std::size_t at = (panel - begin) * elements;
        if (weights.isFloat32())
            decodeFloatPanel(kernels, weights, rows, static_cast<float*>(out) + at);
        else
            decodeHalfPanel(kernels, weights, rows, static_cast<BFloat16*>(out) + at);
    }
}

PackedMatrix unpacked(Isa isa, const PackedMatrix& weights)
{
    PackedMatrix resident = PackedMatrix::residentLike(weights);
    decodePanels(isa, weights, 0, weights.numPanels(), resident.panelData(0));
    return resident;
}

} // namespace engine
