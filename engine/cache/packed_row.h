// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "model/packed_matrix.h"

namespace engine {

/// A key/value row as CacheFormat::packed stores it. Rows that the activation grid has rounded
/// survive it bit for bit; others would lose precision, so only sessions with a grid use it.
///
///   straight part   one E4M3 code an element
///   rotated part    bfloat16, little-endian
///   scales          one E8M0 code for each 64 straight elements (a last block may be shorter),
///                   then zeros up to a multiple of 8 bytes
///
/// 448 + 2 * 64 + 8 = 584 bytes for a row of 512 of which 64 are rotated.
struct PackedRowLayout
{
    static constexpr std::size_t kBlock = 64;

    std::size_t straight = 0; ///< elements that are not rotated
    std::size_t rotated = 0;

    [[nodiscard]] std::size_t scales() const { return (straight + kBlock - 1) / kBlock; }
    [[nodiscard]] std::size_t bytes() const
    {
        return straight + rotated * sizeof(BFloat16) + roundUp(scales(), 8);
    }

    void encode(const float* row, std::byte* out) const;
    void decode(const std::byte* bytes, BFloat16* out) const;
};

/// A key of the lightning indexer: two E2M1 codes a byte, the lower element in the low half, then
/// one E8M0 code for each 32 elements. 64 + 4 = 68 bytes for 128 elements. Keys on the FP4 grid
/// survive bit for bit.
struct PackedKeyLayout
{
    static constexpr std::size_t kBlock = 32;

    std::size_t dim = 0;

    [[nodiscard]] std::size_t codeBytes() const { return (dim + 1) / 2; }
    [[nodiscard]] std::size_t bytes() const { return codeBytes() + (dim + kBlock - 1) / kBlock; }

    void encode(const float* key, std::byte* out) const;
    /// Element d goes to out[d * step].
    void decode(const std::byte* bytes, float* out, std::size_t step) const;
};

} // namespace engine
