// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

namespace engine {

/// How the numbers of a tensor are stored. The plain types are those of safetensors; `i8` also
/// holds FP4 E2M1, two to a byte, with a tensor of scales beside it. The block types are those of
/// GGUF: a fixed number of consecutive inputs of one row and their scales stand together.
enum class DType
{
    f32,
    f16,
    bf16,
    f8e4m3,
    f8e8m0,
    i8,
    i32,
    i64,
    q8_0,    ///< 32 inputs: f16 scale, 32 int8
    q4_k,    ///< 256 inputs: 4 bits each, 8 sub-blocks with 6-bit scales and minima
    q2_k,    ///< 256 inputs: 2 bits each, 16 sub-blocks with 4-bit scales and minima
    iq2_xxs, ///< 256 inputs: groups of 8 from a fixed grid, signs and 4-bit scales
    mxfp4,   ///< 32 inputs: E8M0 scale, 32 E2M1
};

/// The name in messages.
[[nodiscard]] const char* dtypeName(DType type);

/// A block is the smallest part of a row that can be read alone; plain types have blocks of one.
struct BlockLayout
{
    std::size_t elements = 1;
    std::size_t bytes = 1;
};

[[nodiscard]] BlockLayout blockLayout(DType type);

/// Bytes of `elements` consecutive elements, a multiple of the block's.
[[nodiscard]] inline std::size_t storedBytes(DType type, std::size_t elements)
{
    const BlockLayout block = blockLayout(type);
    return elements / block.elements * block.bytes;
}

} // namespace engine
