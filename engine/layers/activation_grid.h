// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "engine/numeric_mode.h"
#include "model/packed_matrix.h"

namespace engine {

/// The rounding points of a forward pass (reference section 2.0): each place where the publisher's
/// code stores an activation calls one of these, and in float32 none of them does anything.
///
/// Thread rule: a value; any number of threads may use it at once.
class ActivationGrid
{
public:
    ActivationGrid() = default;
    explicit ActivationGrid(NumericMode mode) : m_mode(mode) {}
    explicit ActivationGrid(NumericMode mode, KeptForm keptRows, KeptForm keptKeys)
        : m_mode(mode), m_keptRows(keptRows), m_keptKeys(keptKeys)
    {
    }

    [[nodiscard]] bool isActive() const { return m_mode != NumericMode::float32; }
    [[nodiscard]] NumericMode mode() const { return m_mode; }
    /// normHead rounds the root before it takes the inverse, as PyTorch does on a processor with
    /// fewer than 32 heads; for comparison with vectors made so, and nothing else.
    [[nodiscard]] ActivationGrid withRoundedRoots() const
    {
        ActivationGrid grid = *this;
        grid.m_roundsRoots = true;
        return grid;
    }

    /// x[0..count) to bfloat16: the result of an operation.
    void toBFloat16(float* x, std::size_t count) const;
    /// A key/value row after its rotation: FP8 in blocks of 64 on the part that is not rotated. In
    /// float32, that part in the form that rows are to be kept in.
    void keyValueRow(float* row, std::size_t headDim, std::size_t ropeDim) const;
    /// An indexer's query head or key after its Hadamard transform: bfloat16, then FP4 per 32.
    void indexVector(float* x, std::size_t dim) const;
    /// The same for a key; in float32, in the form that keys are to be kept in.
    void indexKey(float* x, std::size_t dim) const;
    /// Input of a product with an FP8 or FP4 matrix: FP8 in blocks of 128.
    void matmulInput(float* x, std::size_t count) const;
    /// Norm of a query head without weight, every step in bfloat16 (section 2.4 step 3). For
    /// an active grid; x and out may be the same.
    void normHead(const float* x, std::size_t dim, float eps, float* out) const;

    /// Inputs of W whose products are summed before they join the total (0: all of them).
    [[nodiscard]] static std::size_t sumBlock(const PackedMatrix& weights);
    /// Whether W is stored in FP8 or FP4, so that its input is quantised.
    [[nodiscard]] bool quantisesInputOf(const PackedMatrix& weights) const;

private:
    NumericMode m_mode = NumericMode::float32;
    KeptForm m_keptRows = KeptForm::asComputed;
    KeptForm m_keptKeys = KeptForm::asComputed;
    bool m_roundsRoots = false;
};

} // namespace engine
