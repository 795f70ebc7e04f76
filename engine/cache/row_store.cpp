// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/row_store.h"

#include <cstring>

namespace engine {

namespace {

void writeRow(const float* row, std::size_t dim, CacheFormat format, std::byte* out)
{
    if (format == CacheFormat::float32) {
        std::memcpy(out, row, dim * sizeof(float));
        return;
    }
    auto* halves = reinterpret_cast<BFloat16*>(out);
    for (std::size_t d = 0; d < dim; ++d)
        halves[d] = toBFloat16(row[d]);
}

std::size_t strideBytesOf(std::size_t dim, CacheFormat format)
{
    const std::size_t element = format == CacheFormat::compact ? sizeof(BFloat16) : sizeof(float);
    return roundUp(dim, 16) * element;
}

} // namespace

RowStore::RowStore(std::size_t rowDim, CacheFormat format)
    : m_rowDim(rowDim), m_format(format), m_strideBytes(strideBytesOf(rowDim, format))
{
}

std::byte* RowStore::nextRow()
{
    if (m_size % kPageRows == 0)
        m_pages.emplace_back(kPageRows * m_strideBytes);
    std::byte* out = m_pages[m_size / kPageRows].data() + (m_size % kPageRows) * m_strideBytes;
    ++m_size;
    return out;
}

void RowStore::append(const float* row)
{
    writeRow(row, m_rowDim, m_format, nextRow());
}

void RowStore::readRow(std::size_t i, float* out) const
{
    if (m_format == CacheFormat::float32) {
        std::memcpy(out, row(i), m_rowDim * sizeof(float));
        return;
    }
    const auto* halves = static_cast<const BFloat16*>(row(i));
    for (std::size_t d = 0; d < m_rowDim; ++d)
        out[d] = toFloat(halves[d]);
}

void RowStore::packRows(std::size_t begin, std::size_t count, std::byte* out) const
{
    for (std::size_t i = 0; i < count; ++i)
        std::memcpy(out + i * packedRowBytes(), row(begin + i), packedRowBytes());
}

void RowStore::appendPacked(std::span<const std::byte> bytes)
{
    for (std::size_t at = 0; at + packedRowBytes() <= bytes.size(); at += packedRowBytes())
        std::memcpy(nextRow(), bytes.data() + at, packedRowBytes());
}

void RowStore::truncate(std::size_t size)
{
    if (size >= m_size)
        return;
    m_size = size;
    m_pages.erase(m_pages.begin() +
                      static_cast<std::ptrdiff_t>((size + kPageRows - 1) / kPageRows),
                  m_pages.end());
}

void RowStore::clear()
{
    m_pages.clear();
    m_size = 0;
}

WindowRing::WindowRing(std::size_t rowDim, std::size_t capacity, CacheFormat format)
    : m_rowDim(rowDim), m_capacity(capacity), m_format(format),
      m_strideBytes(strideBytesOf(rowDim, format)), m_memory(capacity * m_strideBytes)
{
}

void WindowRing::put(std::uint64_t position, const float* row)
{
    writeRow(row, m_rowDim, m_format, m_memory.data() + (position % m_capacity) * m_strideBytes);
}

std::size_t WindowRing::packedRowBytes() const
{
    return m_rowDim * (m_format == CacheFormat::compact ? sizeof(BFloat16) : sizeof(float));
}

void WindowRing::packRow(std::uint64_t position, std::byte* out) const
{
    std::memcpy(out, row(position), packedRowBytes());
}

void WindowRing::putPacked(std::uint64_t position, const std::byte* bytes)
{
    std::memcpy(m_memory.data() + (position % m_capacity) * m_strideBytes, bytes, packedRowBytes());
}

} // namespace engine
