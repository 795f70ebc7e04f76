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
/// them: float32 [dim][16], or int8 [dim / 4][16][4] biased by 128 with one scale a key.
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
    /// First block of the page that starts at key `pageIndex * kPageKeys`; not of packed keys.
    [[nodiscard]] const void* pageKeys(std::size_t pageIndex) const;
    /// The first `numBlocks` blocks of a page of packed keys as float32 blocks, in `out`.
    [[nodiscard]] const float* unpackPage(std::size_t pageIndex, std::size_t numBlocks,
                                          AlignedArray<float>& out) const;
    [[nodiscard]] const float* pageScales(std::size_t pageIndex) const;

    [[nodiscard]] std::size_t packedRowBytes() const;
    void packRows(std::size_t begin, std::size_t count, std::byte* out) const;
    void appendPacked(std::span<const std::byte> bytes);

    void clear();
    [[nodiscard]] std::size_t memoryBytes() const;

private:
    struct Page
    {
        AlignedArray<float> floats;
        AlignedArray<std::uint8_t> codes;
        AlignedArray<float> scales;
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
/// Gives the scale; the sum of the codes goes to `sum` when wanted.
float quantizeInt8(const float* x, std::size_t dim, std::int8_t* codes, std::int32_t* sum);

} // namespace engine
