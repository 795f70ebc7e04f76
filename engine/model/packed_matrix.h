// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>

#include "model/number_formats.h"
#include "model/stored_rows.h"

namespace engine {

inline constexpr std::size_t kPanelColumns = 16; ///< outputs side by side in one panel
inline constexpr std::size_t kDepthStep = 32;    ///< inputs are padded to a multiple of this
inline constexpr std::size_t kAlignment = 64;

[[nodiscard]] constexpr std::size_t roundUp(std::size_t value, std::size_t step)
{
    return (value + step - 1) / step * step;
}

struct AlignedDelete
{
    void operator()(void* p) const { ::operator delete[](p, std::align_val_t{kAlignment}); }
};

/// Zeroed memory on a 64-byte boundary.
template <typename T>
class AlignedArray
{
public:
    AlignedArray() = default;
    explicit AlignedArray(std::size_t size) { reset(size); }

    void reset(std::size_t size)
    {
        const std::size_t bytes = roundUp(size * sizeof(T), kAlignment);
        m_data.reset(
            static_cast<T*>(::operator new[](bytes + kAlignment, std::align_val_t{kAlignment})));
        std::fill_n(reinterpret_cast<std::byte*>(m_data.get()), bytes + kAlignment, std::byte{0});
        m_size = size;
    }
    [[nodiscard]] T* data() { return m_data.get(); }
    [[nodiscard]] const T* data() const { return m_data.get(); }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] T& operator[](std::size_t i) { return m_data.get()[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const { return m_data.get()[i]; }

private:
    std::unique_ptr<T[], AlignedDelete> m_data;
    std::size_t m_size = 0;
};

/// A weight matrix W [outputs, inputs] in the order the kernels walk it.
///
/// Outputs are cut into panels of 16. bfloat16 panels hold [inputs/2][16][2]: pairs of inputs stand
/// together, so one 64-byte line gives 16 outputs x 2 inputs, which is also what an AMX tile wants.
/// float32 panels hold [inputs][16]. FP8, FP4, MXFP4 and BF16 weights are exact in bfloat16 (their
/// scales are powers of two); every other format becomes float32. Padding is zero.
///
/// A matrix is resident, with all panels in memory, or mapped: then it only knows the stored rows,
/// and panels are decoded into scratch while they are multiplied (kernels/mapped_matmul.h). Both
/// give the same bits.
class PackedMatrix
{
public:
    PackedMatrix() = default;

    /// A resident matrix of zeros.
    PackedMatrix(std::size_t outputs, std::size_t inputs, bool keepFloat32)
        : PackedMatrix(outputs, inputs, keepFloat32, keepFloat32 ? DType::f32 : DType::bf16)
    {
        const std::size_t elements = numPanels() * m_depth * kPanelColumns;
        if (keepFloat32) {
            m_floats.reset(elements);
            m_panels = m_floats.data();
        } else {
            m_halves.reset(elements);
            m_panels = m_halves.data();
        }
    }

    /// A mapped matrix: the rows of `first`, then those of `second`.
    [[nodiscard]] static PackedMatrix mapped(std::size_t inputs, const StoredRows& first,
                                             const StoredRows& second = {})
    {
        const bool isFloat32 = !isExactInBFloat16(first.type) ||
                               (second.rowCount != 0 && !isExactInBFloat16(second.type));
        PackedMatrix matrix(first.rowCount + second.rowCount, inputs, isFloat32, first.type);
        matrix.m_stored = {first, second};
        return matrix;
    }

    /// A resident matrix of zeros with the shape and formats of a mapped one.
    [[nodiscard]] static PackedMatrix residentLike(const PackedMatrix& mapped)
    {
        PackedMatrix matrix(mapped.m_outputs, mapped.m_inputs, mapped.m_isFloat32);
        matrix.m_storedType = mapped.m_storedType;
        return matrix;
    }

    /// What kernels see of a mapped matrix: the panels from `firstPanel` on that were decoded into
    /// `panels`. Outputs and panels keep their numbers.
    [[nodiscard]] PackedMatrix decodedView(const void* panels, std::size_t firstPanel) const
    {
        PackedMatrix view(m_outputs, m_inputs, m_isFloat32, m_storedType);
        view.m_panels = panels;
        view.m_firstPanel = firstPanel;
        return view;
    }

    /// Places one row of W, given as float32 [inputs], in a resident matrix.
    void setRow(std::size_t output, std::span<const float> row)
    {
        const std::size_t panel = output / kPanelColumns;
        const std::size_t column = output % kPanelColumns;
        const std::size_t base = panel * m_depth * kPanelColumns;
        if (m_isFloat32) {
            float* at = m_floats.data() + base + column;
            for (std::size_t k = 0; k < row.size(); ++k)
                at[k * kPanelColumns] = row[k];
            return;
        }
        BFloat16* at = m_halves.data() + base + column * 2;
        for (std::size_t k = 0; k < row.size(); ++k)
            at[(k / 2) * kPanelColumns * 2 + (k & 1U)] = toBFloat16(row[k]);
    }

    [[nodiscard]] std::size_t outputs() const { return m_outputs; }
    [[nodiscard]] std::size_t inputs() const { return m_inputs; }
    /// Inputs with padding; the stride of a panel is depth() * 16 elements.
    [[nodiscard]] std::size_t depth() const { return m_depth; }
    [[nodiscard]] std::size_t numPanels() const
    {
        return (m_outputs + kPanelColumns - 1) / kPanelColumns;
    }
    [[nodiscard]] bool isFloat32() const { return m_isFloat32; }
    /// The format in the checkpoint, `i8` meaning FP4; of two tensors that of the first.
    [[nodiscard]] DType storedType() const { return m_storedType; }
    [[nodiscard]] bool isMapped() const { return m_panels == nullptr && m_outputs != 0; }
    /// The stored rows of a mapped matrix, one tensor after the other.
    [[nodiscard]] const std::array<StoredRows, 2>& stored() const { return m_stored; }

    /// Not of a mapped matrix.
    [[nodiscard]] const float* floatPanel(std::size_t panel) const
    {
        assert(m_panels != nullptr && m_isFloat32);
        return static_cast<const float*>(m_panels) + panelOffset(panel);
    }
    [[nodiscard]] const BFloat16* halfPanel(std::size_t panel) const
    {
        assert(m_panels != nullptr && !m_isFloat32);
        return static_cast<const BFloat16*>(m_panels) + panelOffset(panel);
    }
    /// Where a panel of a resident matrix is written.
    [[nodiscard]] void* panelData(std::size_t panel)
    {
        if (m_isFloat32)
            return m_floats.data() + panelOffset(panel);
        return m_halves.data() + panelOffset(panel);
    }
    [[nodiscard]] std::size_t panelBytes() const
    {
        return m_depth * kPanelColumns * (m_isFloat32 ? sizeof(float) : sizeof(BFloat16));
    }
    /// Bytes of memory that belong to the matrix: none of a mapped one.
    [[nodiscard]] std::size_t bytes() const
    {
        return m_floats.size() * sizeof(float) + m_halves.size() * sizeof(BFloat16);
    }

private:
    /// Without panels.
    PackedMatrix(std::size_t outputs, std::size_t inputs, bool isFloat32, DType storedType)
        : m_outputs(outputs), m_inputs(inputs), m_depth(roundUp(inputs, kDepthStep)),
          m_isFloat32(isFloat32), m_storedType(storedType)
    {
    }
    [[nodiscard]] std::size_t panelOffset(std::size_t panel) const
    {
        return (panel - m_firstPanel) * m_depth * kPanelColumns;
    }

    std::size_t m_outputs = 0;
    std::size_t m_inputs = 0;
    std::size_t m_depth = 0;
    bool m_isFloat32 = false;
    DType m_storedType = DType::f32;
    std::array<StoredRows, 2> m_stored;
    const void* m_panels = nullptr; ///< into one of the arrays, or a caller's scratch
    std::size_t m_firstPanel = 0;
    AlignedArray<float> m_floats;
    AlignedArray<BFloat16> m_halves;
};

} // namespace engine
