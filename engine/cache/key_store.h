// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cache/packed_row.h"
#include "engine/session.h"
#include "kernels/kernels.h"
#include "model/packed_matrix.h"

namespace engine {

/// The keys of one lightning indexer, append-only, in blocks of 16 as the scoring kernels walk
/// them: float32 [dim][16], or int8 [dim / 4][16][4] with one scale and the sum of its codes a key.
///
/// In the packed format a key is its FP4 codes and scales (PackedKeyLayout), unpacked a page at a
/// time while it is scored.
///
/// For storage a key is its dims in order: float32, or int8 codes and then the scale, or packed.
class KeyStore
{
public:
    /// Keys that lie side by side in memory: one call of a scoring kernel covers at most these.
    static constexpr std::size_t kPageKeys = 1024;

    KeyStore() = default;
    KeyStore(std::size_t dim, CacheFormat format);

    void append(const float* key);
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool isInt8() const { return m_format == CacheFormat::compact; }
    [[nodiscard]] bool isPacked() const { return m_format == CacheFormat::packed; }
    /// The dim that kernels see: padded with zeros to a multiple of 64.
    [[nodiscard]] std::size_t paddedDim() const { return m_paddedDim; }
    /// The block that starts at a key whose number is a multiple of 16; the rest of its page lies
    /// behind it. Not of packed keys.
    [[nodiscard]] const void* blockAt(std::size_t key) const;
    /// Packed keys from such a key on as float32 blocks, in `out`; all of one page.
    [[nodiscard]] const float* unpack(std::size_t firstKey, std::size_t numBlocks,
                                      AlignedArray<float>& out) const;
    /// int8: scales and sums of the same keys; null otherwise.
    [[nodiscard]] const float* scalesAt(std::size_t key) const;
    [[nodiscard]] const std::int32_t* sumsAt(std::size_t key) const;

    [[nodiscard]] std::size_t packedRowBytes() const;
    void packRows(std::size_t begin, std::size_t count, std::byte* out) const;
    void appendPacked(std::span<const std::byte> bytes);

    /// Cuts the keys from `size` on.
    void truncate(std::size_t size);
    void clear();
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    struct Page
    {
        AlignedArray<float> floats;
        AlignedArray<std::int8_t> codes;
        AlignedArray<float> scales;
        AlignedArray<std::int32_t> sums;
        AlignedArray<std::byte> packed; ///< [kPageKeys, packedRowBytes()]
    };

    void addPageIfFull();
    void place(const std::int8_t* codes, float scale);
    void placeFloats(const float* key);
    [[nodiscard]] std::byte* nextPacked();

    std::size_t m_dim = 0;
    std::size_t m_paddedDim = 0;
    PackedKeyLayout m_layout;
    CacheFormat m_format = CacheFormat::float32;
    std::size_t m_size = 0;
    std::vector<Page> m_pages;
    std::vector<std::int8_t> m_scratch;
};

/// Symmetric int8: codes = round(x / scale), scale = max |x| / 127 (0 for a zero vector).
/// Gives the scale.
float quantizeInt8(const float* x, std::size_t dim, std::int8_t* codes);

} // namespace engine
