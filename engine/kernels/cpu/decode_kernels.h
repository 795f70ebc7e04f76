// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "model/stored_rows.h"

namespace engine {

/// The hot parts of decoding a panel, for one instruction set.
struct DecodeKernels
{
    /// Inputs [begin, end) of 16 rows of one format to bfloat16 [inputs / 2][16][2]. `begin` is a
    /// multiple of 128, `end` of 32, at most 128 further. False, with nothing promised of `out`,
    /// where the set has no code for the format or a number needs the plain decoder: NaN, or a
    /// scale so large or small that results leave the normal range of bfloat16.
    bool (*halves)(DType type, const StoredRow* rows, std::size_t begin, std::size_t end,
                   BFloat16* out);

    /// 16 rows of `count` 32-bit words, a multiple of 16, to [count][16].
    void (*transpose)(const std::uint8_t* const* rows, std::size_t count, void* out);
};

/// amx has those of avx512.
[[nodiscard]] const DecodeKernels& decodeKernels(Isa isa);

[[nodiscard]] const DecodeKernels& avx2DecodeKernels();
[[nodiscard]] const DecodeKernels& avx512DecodeKernels();

} // namespace engine
