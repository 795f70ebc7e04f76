// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/row_store.h"

#include <cstring>

namespace engine {

namespace {

void writeRow(const float* row, std::size_t dim, bool asBFloat16, std::byte* out)
{
    if (!asBFloat16) {
        std::memcpy(out, row, dim * sizeof(float));
        return;
    }
    auto* halves = reinterpret_cast<BFloat16*>(out);
    for (std::size_t d = 0; d < dim; ++d)
        halves[d] = toBFloat16(row[d]);
}

std::size_t strideBytesOf(std::size_t dim, CacheFormat format)
{
    const std::size_t element = format == CacheFormat::float32 ? sizeof(float) : sizeof(BFloat16);
    return roundUp(dim, 16) * element;
}

/// A float32 or bfloat16 row as bfloat16.
void readHalves(const void* row, std::size_t dim, bool isBFloat16, BFloat16* out)
{
    if (isBFloat16) {
        std::memcpy(out, row, dim * sizeof(BFloat16));
        return;
    }
    const auto* floats = static_cast<const float*>(row);
    for (std::size_t d = 0; d < dim; ++d)
        out[d] = toBFloat16(floats[d]);
}

} // namespace

RowStore::RowStore(std::size_t rowDim, CacheFormat format, std::size_t ropeDim)
    : m_rowDim(rowDim), m_format(format), m_layout{rowDim - ropeDim, ropeDim},
      m_strideBytes(format == CacheFormat::packed ? m_layout.bytes()
                                                  : strideBytesOf(rowDim, format)),
      m_pages(kPageRows * m_strideBytes)
{
}

std::byte* RowStore::nextRow()
{
    if (m_size % kPageRows == 0)
        m_pages.add();
    std::byte* out = m_pages[m_size / kPageRows] + (m_size % kPageRows) * m_strideBytes;
    ++m_size;
    return out;
}

void RowStore::append(const float* row)
{
    if (m_format == CacheFormat::packed)
        m_layout.encode(row, nextRow());
    else
        writeRow(row, m_rowDim, isBFloat16(), nextRow());
}

void RowStore::readRow(std::size_t i, float* out) const
{
    if (m_format == CacheFormat::float32) {
        std::memcpy(out, row(i), m_rowDim * sizeof(float));
        return;
    }
    std::vector<BFloat16> halves(m_rowDim);
    readRow(i, halves.data());
    for (std::size_t d = 0; d < m_rowDim; ++d)
        out[d] = toFloat(halves[d]);
}

void RowStore::readRow(std::size_t i, BFloat16* out) const
{
    if (m_format == CacheFormat::packed)
        m_layout.decode(static_cast<const std::byte*>(row(i)), out);
    else
        readHalves(row(i), m_rowDim, isBFloat16(), out);
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
    m_pages.shrink((size + kPageRows - 1) / kPageRows);
}

void RowStore::clear()
{
    m_pages.shrink(0);
    m_size = 0;
}

WindowRing::WindowRing(std::size_t rowDim, std::size_t capacity, CacheFormat format,
                       std::size_t ropeDim, bool withHalves)
    : m_rowDim(rowDim), m_capacity(capacity), m_isPacked(format == CacheFormat::packed),
      m_isBFloat16(m_isPacked),
      m_hasHalves(withHalves && !m_isBFloat16), m_layout{rowDim - ropeDim, ropeDim}
{
    reserve();
}

void WindowRing::reserve()
{
    constexpr std::size_t kLine = 64;
    m_strideBytes = roundUp(m_rowDim, 16) * elementBytes();
    // Rows a power of two apart would fall into the same few lines of a cache.
    if (m_hasHalves)
        m_strideBytes = 2 * m_strideBytes + kLine;
    m_memory.reset(m_capacity * m_strideBytes);
}

void WindowRing::keepBFloat16()
{
    m_isBFloat16 = true;
    m_hasHalves = false;
    reserve();
}

void WindowRing::splitRow(std::uint64_t position)
{
    if (!m_hasHalves)
        return;
    const std::size_t stride = roundUp(m_rowDim, 16);
    const auto* row = reinterpret_cast<const float*>(at(position));
    auto* high = reinterpret_cast<BFloat16*>(at(position) + stride * sizeof(float));
    BFloat16* low = high + stride;
    for (std::size_t d = 0; d < m_rowDim; ++d) {
        high[d] = toBFloat16(row[d]);
        low[d] = toBFloat16(row[d] - toFloat(high[d]));
    }
}

void WindowRing::put(std::uint64_t position, const float* row)
{
    writeRow(row, m_rowDim, m_isBFloat16, at(position));
    splitRow(position);
}

void WindowRing::readRow(std::uint64_t position, BFloat16* out) const
{
    readHalves(row(position), m_rowDim, isBFloat16(), out);
}

std::size_t WindowRing::packedRowBytes() const
{
    return m_isPacked ? m_layout.bytes() : m_rowDim * elementBytes();
}

void WindowRing::packRow(std::uint64_t position, std::byte* out) const
{
    if (!m_isPacked) {
        std::memcpy(out, row(position), packedRowBytes());
        return;
    }
    const auto* halves = static_cast<const BFloat16*>(row(position));
    std::vector<float> floats(m_rowDim);
    for (std::size_t d = 0; d < m_rowDim; ++d)
        floats[d] = toFloat(halves[d]);
    m_layout.encode(floats.data(), out);
}

void WindowRing::putPacked(std::uint64_t position, const std::byte* bytes)
{
    if (m_isPacked)
        m_layout.decode(bytes, reinterpret_cast<BFloat16*>(at(position)));
    else
        std::memcpy(at(position), bytes, packedRowBytes());
    splitRow(position);
}

void ReadableRows::start(std::size_t stride)
{
    if (stride != m_stride)
        m_pages.clear();
    m_stride = stride;
    m_used = 0;
}

BFloat16* ReadableRows::next()
{
    // Pages are never moved, and what pads a row stays zero as it was made.
    if (m_used == m_pages.size() * kPageRows)
        m_pages.emplace_back(kPageRows * m_stride);
    BFloat16* row = m_pages[m_used / kPageRows].data() + m_used % kPageRows * m_stride;
    ++m_used;
    return row;
}

} // namespace engine
