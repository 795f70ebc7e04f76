// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/session.h"
#include "model/packed_matrix.h"

namespace engine {

/// Append-only rows of one width, float32 or bfloat16 as the cache format says. Addresses stay
/// valid until clear(). In memory a row is padded with zeros to a multiple of 16 elements; packed
/// for storage it is not.
class RowStore
{
public:
    RowStore() = default;
    RowStore(std::size_t rowDim, CacheFormat format);

    /// Rounds to the format: what is read later is what was stored, in this run or the next.
    void append(const float* row);
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] const void* row(std::size_t i) const
    {
        return m_pages[i / kPageRows].data() + (i % kPageRows) * m_strideBytes;
    }
    /// Elements from one row to the next.
    [[nodiscard]] std::size_t stride() const { return roundUp(m_rowDim, kLanesPerRow); }
    [[nodiscard]] bool isBFloat16() const { return m_format == CacheFormat::compact; }
    void readRow(std::size_t i, float* out) const;

    [[nodiscard]] std::size_t packedRowBytes() const { return m_rowDim * elementBytes(); }
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
    std::size_t m_strideBytes = 0;
    std::size_t m_size = 0;
    std::vector<AlignedArray<std::byte>> m_pages;
};

/// The last rows of a sliding window, by position: a ring with room for one block of new tokens.
class WindowRing
{
public:
    WindowRing() = default;
    WindowRing(std::size_t rowDim, std::size_t capacity, CacheFormat format);

    [[nodiscard]] bool isBFloat16() const { return m_format == CacheFormat::compact; }
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
    std::size_t m_rowDim = 0;
    std::size_t m_capacity = 0;
    CacheFormat m_format = CacheFormat::float32;
    std::size_t m_strideBytes = 0;
    AlignedArray<std::byte> m_memory;
};

} // namespace engine
