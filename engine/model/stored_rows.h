// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/dtype.h"

namespace engine {

struct TensorView;

/// Most inputs that one block of any format holds; the step in which rows are decoded.
inline constexpr std::size_t kLargestBlock = 256;
inline constexpr std::size_t kFp8Block = 128; ///< inputs, and outputs, that share an FP8 scale
inline constexpr std::size_t kFp4Block = 32;  ///< inputs that share an FP4 scale

/// One row as it is stored.
struct StoredRow
{
    const std::uint8_t* data = nullptr;
    const std::uint8_t* scales = nullptr; ///< UE8M0, where they stand in a tensor of their own
};

/// Consecutive rows of one stored tensor: a view, nothing is copied. It lives as long as the
/// Checkpoint that maps the bytes.
struct StoredRows
{
    DType type = DType::f32;
    const std::uint8_t* data = nullptr; ///< of row 0 of the tensor, at any alignment
    std::size_t rowBytes = 0;
    const std::uint8_t* scales =
        nullptr; ///< FP8: [rows / 128, inputs / 128]; FP4: [rows, inputs / 32]
    std::size_t scaleStride = 0;
    std::size_t firstRow = 0;
    std::size_t rowCount = 0;

    /// Row `row` of the view.
    [[nodiscard]] StoredRow row(std::size_t row) const
    {
        const std::size_t at = firstRow + row;
        StoredRow found{data + at * rowBytes, scales};
        if (type == DType::f8e4m3)
            found.scales += at / kFp8Block * scaleStride;
        else if (type == DType::i8)
            found.scales += at * scaleStride;
        return found;
    }
};

/// Rows [firstRow, firstRow + rowCount) of `weight` [rows, inputs]; `scale` where the format has
/// a tensor of scales, else null.
[[nodiscard]] StoredRows storedRows(const TensorView& weight, const TensorView* scale,
                                    std::size_t firstRow, std::size_t rowCount, std::size_t inputs);

/// Whether kernels can multiply the format; `i8` stands for FP4.
[[nodiscard]] bool isWeightFormat(DType type);

/// Whether vectors and tables may come in the format: F32, F16, BF16, and GGUF's blocks, which have
/// their scales inside.
[[nodiscard]] bool isVectorFormat(DType type);

/// Whether every number of the format is a bfloat16: FP8, FP4, MXFP4 (scales are powers of two)
/// and BF16 itself. At the far ends of the scales' range the nearest bfloat16 is taken.
[[nodiscard]] bool isExactInBFloat16(DType type);

/// Bytes of a row of `inputs`. Block formats want a multiple of their block.
[[nodiscard]] std::size_t storedRowBytes(DType type, std::size_t inputs);

/// Inputs [begin, begin + out.size()) of a row as float32. `begin` is a multiple of the format's
/// block, and so is the end where it is not the row's end; a multiple of 256 always is. The plain
/// form of every decoder: the others are held against it.
void decodeRow(DType type, const StoredRow& row, std::size_t begin, std::span<float> out);

} // namespace engine
