// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/key_store.h"

#include <cmath>
#include <cstring>

namespace engine {

float quantizeInt8(const float* x, std::size_t dim, std::int8_t* codes)
{
    float largest = 0.0F;
    for (std::size_t d = 0; d < dim; ++d)
        largest = std::max(largest, std::abs(x[d]));
    const float scale = largest / 127.0F;
    const float inverse = largest > 0.0F ? 127.0F / largest : 0.0F;
    for (std::size_t d = 0; d < dim; ++d) {
        // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits, ties to even.
        const float shifted = x[d] * inverse + 12582912.0F;
        const auto code = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted)) -
                          std::bit_cast<std::int32_t>(12582912.0F);
        codes[d] = static_cast<std::int8_t>(code);
    }
    return scale;
}

KeyStore::KeyStore(std::size_t dim, CacheFormat format)
    : m_dim(dim), m_paddedDim(roundUp(dim, 64)), m_layout{dim}, m_format(format),
      m_scratch(m_paddedDim)
{
}

void KeyStore::addPageIfFull()
{
    if (m_size % kPageKeys != 0)
        return;
    Page page;
    if (isInt8()) {
        page.codes.reset(kPageKeys * m_paddedDim);
        page.scales.reset(kPageKeys);
        page.sums.reset(kPageKeys);
    } else if (isPacked()) {
        page.packed.reset(kPageKeys * m_layout.bytes());
    } else {
        page.floats.reset(kPageKeys * m_paddedDim);
    }
    m_pages.push_back(std::move(page));
}

void KeyStore::place(const std::int8_t* codes, float scale)
{
    addPageIfFull();
    Page& page = m_pages[m_size / kPageKeys];
    const std::size_t inPage = m_size % kPageKeys;
    std::int8_t* block = page.codes.data() + inPage / kLanes * kLanes * m_paddedDim;
    std::int32_t sum = 0;
    for (std::size_t d = 0; d < m_dim; ++d) {
        block[(d / 4 * kLanes + inPage % kLanes) * 4 + d % 4] = codes[d];
        sum += codes[d];
    }
    page.scales[inPage] = scale;
    page.sums[inPage] = sum;
    ++m_size;
}

void KeyStore::placeFloats(const float* key)
{
    addPageIfFull();
    Page& page = m_pages[m_size / kPageKeys];
    const std::size_t inPage = m_size % kPageKeys;
    float* block = page.floats.data() + inPage / kLanes * kLanes * m_paddedDim;
    for (std::size_t d = 0; d < m_dim; ++d)
        block[d * kLanes + inPage % kLanes] = key[d];
    ++m_size;
}

std::byte* KeyStore::nextPacked()
{
    addPageIfFull();
    std::byte* at =
        m_pages[m_size / kPageKeys].packed.data() + m_size % kPageKeys * m_layout.bytes();
    ++m_size;
    return at;
}

void KeyStore::append(const float* key)
{
    if (isPacked())
        return m_layout.encode(key, nextPacked());
    if (!isInt8())
        return placeFloats(key);
    const float scale = quantizeInt8(key, m_dim, m_scratch.data());
    place(m_scratch.data(), scale);
}

const void* KeyStore::blockAt(std::size_t key) const
{
    const Page& page = m_pages[key / kPageKeys];
    const std::size_t at = key % kPageKeys * m_paddedDim;
    return isInt8() ? static_cast<const void*>(page.codes.data() + at) : page.floats.data() + at;
}

const float* KeyStore::unpack(std::size_t firstKey, std::size_t numBlocks,
                              AlignedArray<float>& out) const
{
    // What stands after the dim in a padded block must be zero, and the array may have served a
    // store of another shape.
    if (out.size() != kPageKeys * m_paddedDim || m_dim != m_paddedDim)
        out.reset(kPageKeys * m_paddedDim);
    const Page& page = m_pages[firstKey / kPageKeys];
    const std::byte* packed = page.packed.data() + firstKey % kPageKeys * m_layout.bytes();
    const std::size_t keys = std::min(numBlocks * kLanes, m_size - firstKey);
    for (std::size_t i = 0; i < keys; ++i)
        m_layout.decode(packed + i * m_layout.bytes(),
                        out.data() + i / kLanes * kLanes * m_paddedDim + i % kLanes, kLanes);
    return out.data();
}

const float* KeyStore::scalesAt(std::size_t key) const
{
    return isInt8() ? m_pages[key / kPageKeys].scales.data() + key % kPageKeys : nullptr;
}

const std::int32_t* KeyStore::sumsAt(std::size_t key) const
{
    return isInt8() ? m_pages[key / kPageKeys].sums.data() + key % kPageKeys : nullptr;
}

std::size_t KeyStore::packedRowBytes() const
{
    if (isPacked())
        return m_layout.bytes();
    return isInt8() ? m_dim + sizeof(float) : m_dim * sizeof(float);
}

void KeyStore::packRows(std::size_t begin, std::size_t count, std::byte* out) const
{
    for (std::size_t i = begin; i < begin + count; ++i, out += packedRowBytes()) {
        const Page& page = m_pages[i / kPageKeys];
        const std::size_t inPage = i % kPageKeys;
        if (isPacked()) {
            std::memcpy(out, page.packed.data() + inPage * m_layout.bytes(), m_layout.bytes());
            continue;
        }
        const std::size_t base = inPage / kLanes * kLanes * m_paddedDim;
        for (std::size_t d = 0; d < m_dim; ++d) {
            if (isInt8()) {
                out[d] = static_cast<std::byte>(
                    page.codes[base + (d / 4 * kLanes + inPage % kLanes) * 4 + d % 4]);
            } else {
                std::memcpy(out + d * sizeof(float),
                            &page.floats[base + d * kLanes + inPage % kLanes], sizeof(float));
            }
        }
        if (isInt8())
            std::memcpy(out + m_dim, &page.scales[inPage], sizeof(float));
    }
}

void KeyStore::appendPacked(std::span<const std::byte> bytes)
{
    const std::size_t rowBytes = packedRowBytes();
    for (std::size_t at = 0; at + rowBytes <= bytes.size(); at += rowBytes) {
        if (isPacked()) {
            std::memcpy(nextPacked(), bytes.data() + at, rowBytes);
        } else if (isInt8()) {
            float scale = 0.0F;
            std::memcpy(&scale, bytes.data() + at + m_dim, sizeof scale);
            place(reinterpret_cast<const std::int8_t*>(bytes.data() + at), scale);
        } else {
            placeFloats(reinterpret_cast<const float*>(bytes.data() + at));
        }
    }
}

void KeyStore::truncate(std::size_t size)
{
    if (size >= m_size)
        return;
    m_size = size;
    m_pages.erase(m_pages.begin() + static_cast<std::ptrdiff_t>((size + kPageKeys - 1) / kPageKeys),
                  m_pages.end());
}

void KeyStore::clear()
{
    m_pages.clear();
    m_size = 0;
}

std::size_t KeyStore::memoryBytes() const
{
    if (isPacked())
        return m_pages.size() * kPageKeys * m_layout.bytes();
    const std::size_t keyBytes =
        isInt8() ? m_paddedDim + sizeof(float) + sizeof(std::int32_t) : m_paddedDim * 4;
    return m_pages.size() * kPageKeys * keyBytes;
}

} // namespace engine
