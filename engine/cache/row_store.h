// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cache/packed_row.h"
#include "cache/page_list.h"
#include "engine/session.h"
#include "model/packed_matrix.h"

namespace engine {

/// Append-only rows of one width, float32, bfloat16 or packed as the cache format says. Addresses
/// stay valid until clear(). In memory a float32 or bfloat16 row is padded with zeros to a multiple
/// of 16 elements; packed for storage it is not.
class RowStore
{
public:
    RowStore() = default;
    /// `ropeDim`: elements at a row's end that are rotated, which the packed format keeps apart.
    RowStore(std::size_t rowDim, CacheFormat format, std::size_t ropeDim = 0);

    /// Rounds to the format: what is read later is what was stored, in this run or the next.
    void append(const float* row);
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] const void* row(std::size_t i) const
    {
        return m_pages[i / kPageRows] + (i % kPageRows) * m_strideBytes;
    }
    /// Elements from one row to the next; not of packed rows.
    [[nodiscard]] std::size_t stride() const { return roundUp(m_rowDim, kLanesPerRow); }
    [[nodiscard]] std::size_t rowDim() const { return m_rowDim; }
    [[nodiscard]] bool isBFloat16() const { return m_format == CacheFormat::compact; }
    void readRow(std::size_t i, float* out) const;
    /// The row as bfloat16, rounded if it is float32: [rowDim].
    void readRow(std::size_t i, BFloat16* out) const;

    [[nodiscard]] std::size_t packedRowBytes() const
    {
        return m_format == CacheFormat::packed ? m_layout.bytes() : m_rowDim * elementBytes();
    }
    void packRows(std::size_t begin, std::size_t count, std::byte* out) const;
    void appendPacked(std::span<const std::byte> bytes);

    /// Cuts the rows from `size` on.
    void truncate(std::size_t size);
    void clear();
    [[nodiscard]] std::size_t memoryBytes() const
    {
        return m_pages.size() * kPageRows * m_strideBytes;
    }

private:
    static constexpr std::size_t kPageRows = 1024;
    static constexpr std::size_t kLanesPerRow = 16;

    [[nodiscard]] std::size_t elementBytes() const
    {
        return m_format == CacheFormat::compact ? sizeof(BFloat16) : sizeof(float);
    }
    [[nodiscard]] std::byte* nextRow();

    std::size_t m_rowDim = 0;
    CacheFormat m_format = CacheFormat::float32;
    PackedRowLayout m_layout;
    std::size_t m_strideBytes = 0;
    std::size_t m_size = 0;
    PageList<std::byte> m_pages;
};

/// The last rows of a sliding window, by position: a ring with room for one block of new tokens.
/// It is small and read by every token, so that in memory its rows are as exact as they are worth:
/// float32, also in the compact format (docs/adr/0016), or bfloat16, which is all that the packed
/// format keeps.
class WindowRing
{
public:
    WindowRing() = default;
    /// `withHalves`: float32 rows are kept as two bfloat16 each as well, for kernels that multiply
    /// nothing else: behind the padded row stand, as wide as it, its rounded elements and then
    /// what is left of them.
    WindowRing(std::size_t rowDim, std::size_t capacity, CacheFormat format,
               std::size_t ropeDim = 0, bool withHalves = false);

    /// From now on rows are bfloat16, as sessions before checkpoint version 5 kept them in the
    /// compact format. Forgets what was put.
    void keepBFloat16();
    [[nodiscard]] bool isBFloat16() const { return m_isBFloat16; }
    [[nodiscard]] bool hasHalves() const { return m_hasHalves; }
    [[nodiscard]] std::size_t rowDim() const { return m_rowDim; }
    /// The row as bfloat16, rounded if it is float32: [rowDim].
    void readRow(std::uint64_t position, BFloat16* out) const;
    void put(std::uint64_t position, const float* row);
    [[nodiscard]] const void* row(std::uint64_t position) const
    {
        return m_memory.data() + (position % m_capacity) * m_strideBytes;
    }
    [[nodiscard]] std::size_t packedRowBytes() const;
    void packRow(std::uint64_t position, std::byte* out) const;
    void putPacked(std::uint64_t position, const std::byte* bytes);
    [[nodiscard]] std::size_t memoryBytes() const { return m_memory.size(); }

private:
    [[nodiscard]] std::byte* at(std::uint64_t position)
    {
        return m_memory.data() + (position % m_capacity) * m_strideBytes;
    }
    [[nodiscard]] std::size_t elementBytes() const
    {
        return m_isBFloat16 ? sizeof(BFloat16) : sizeof(float);
    }
    void reserve();
    void splitRow(std::uint64_t position);

    std::size_t m_rowDim = 0;
    std::size_t m_capacity = 0;
    bool m_isPacked = false;
    bool m_isBFloat16 = false;
    bool m_hasHalves = false;
    PackedRowLayout m_layout;
    std::size_t m_strideBytes = 0;
    AlignedArray<std::byte> m_memory;
};

/// Addresses of rows in the form that attention reads: rows of stores that hold it already, and
/// bfloat16 copies of the others.
///
/// Thread rule: one thread. Addresses stay valid until start().
class ReadableRows
{
public:
    /// Forgets the copies. `stride`: elements from one row to the next, at least a row's width.
    void start(std::size_t stride);

    /// `asBFloat16`: attention reads bfloat16 whatever the store holds.
    template <typename Store>
    const void* add(bool asBFloat16, const Store& store, std::uint64_t row)
    {
        if (!asBFloat16 || store.isBFloat16())
            return store.row(row);
        BFloat16* copy = next();
        store.readRow(row, copy);
        return copy;
    }

private:
    static constexpr std::size_t kPageRows = 256;

    [[nodiscard]] BFloat16* next();

    std::size_t m_stride = 0;
    std::size_t m_used = 0;
    std::vector<AlignedArray<BFloat16>> m_pages;
};

} // namespace engine
