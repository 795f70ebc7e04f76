// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/key_store.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace engine {

namespace {

/// Adding 1.5 * 2^23 leaves the nearest whole number in the low bits, ties to even.
std::int32_t nearest(float x)
{
    const float shifted = x + 12582912.0F;
    return std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(12582912.0F);
}

} // namespace

float quantizeInt8(const float* x, std::size_t dim, std::int8_t* codes, std::int8_t* remainders)
{
    float largest = 0.0F;
    for (std::size_t d = 0; d < dim; ++d)
        largest = std::max(largest, std::abs(x[d]));
    const float scale = largest / 127.0F;
    const float inverse = largest > 0.0F ? 127.0F / largest : 0.0F;
    for (std::size_t d = 0; d < dim; ++d) {
        const std::int32_t code = nearest(x[d] * inverse);
        codes[d] = static_cast<std::int8_t>(code);
        if (remainders != nullptr) {
            const float left = (x[d] * inverse - static_cast<float>(code)) * KeyStore::kFineSteps;
            remainders[d] = static_cast<std::int8_t>(std::min(nearest(left), 127));
        }
    }
    return scale;
}

float quantizeFineQuery(const float* x, std::size_t dim, std::int16_t* codes)
{
    // 2^31 / 2^15, less what rounding up 128 numbers can add.
    constexpr float kMostSum = 65'000.0F;
    float sum = 0.0F;
    float largest = 0.0F;
    for (std::size_t d = 0; d < dim; ++d) {
        sum += std::abs(x[d]);
        largest = std::max(largest, std::abs(x[d]));
    }
    const float scale = std::max(sum / kMostSum, largest / 32767.0F);
    const float inverse = scale > 0.0F ? 1.0F / scale : 0.0F;
    for (std::size_t d = 0; d < dim; ++d)
        codes[d] = static_cast<std::int16_t>(nearest(x[d] * inverse));
    return scale;
}

KeyStore::KeyStore(std::size_t dim, CacheFormat format)
    : m_dim(dim), m_paddedDim(roundUp(dim, 64)), m_layout{dim}, m_format(format),
      m_keepsRemainders(format == CacheFormat::compact), m_floats(kPageKeys * m_paddedDim),
      m_codes(kPageKeys * m_paddedDim), m_scales(kPageKeys), m_fine(kPageKeys * m_paddedDim),
      m_coarse(kPageKeys * IndexDirections::kCount), m_coarseScales(kPageKeys),
      m_packed(kPageKeys * m_layout.bytes()), m_scratch(2 * dim)
{
}

void KeyStore::addPageIfFull()
{
    if (m_size % kPageKeys != 0)
        return;
    if (isInt8()) {
        m_codes.add();
        m_scales.add();
        if (m_keepsRemainders)
            m_fine.add();
    } else if (isPacked()) {
        m_packed.add();
    } else {
        m_floats.add();
    }
}

void KeyStore::place(const std::int8_t* codes, float scale)
{
    addPageIfFull();
    const std::size_t inPage = m_size % kPageKeys;
    std::int8_t* block = m_codes[m_size / kPageKeys] + inPage / kLanes * kLanes * m_paddedDim;
    for (std::size_t d = 0; d < m_dim; ++d)
        block[(d / 4 * kLanes + inPage % kLanes) * 4 + d % 4] = codes[d];
    m_scales[m_size / kPageKeys][inPage] = scale;
    ++m_size;
}

/// The next remainder; its key is there.
void KeyStore::placeFine(const std::int8_t* remainders)
{
    std::int16_t* fine = m_fine[m_remainders / kPageKeys] + m_remainders % kPageKeys * m_paddedDim;
    for (std::size_t d = 0; d < m_dim; ++d)
        fine[d] = static_cast<std::int16_t>(kFineSteps * codeAt(m_remainders, d) + remainders[d]);
    ++m_remainders;
}

void KeyStore::placeFloats(const float* key)
{
    addPageIfFull();
    const std::size_t inPage = m_size % kPageKeys;
    float* block = m_floats[m_size / kPageKeys] + inPage / kLanes * kLanes * m_paddedDim;
    for (std::size_t d = 0; d < m_dim; ++d)
        block[d * kLanes + inPage % kLanes] = key[d];
    ++m_size;
}

std::byte* KeyStore::nextPacked()
{
    addPageIfFull();
    std::byte* at = m_packed[m_size / kPageKeys] + m_size % kPageKeys * m_layout.bytes();
    ++m_size;
    return at;
}

void KeyStore::append(const float* key)
{
    if (isPacked())
        return m_layout.encode(key, nextPacked());
    if (!isInt8())
        return placeFloats(key);
    std::int8_t* remainders = m_keepsRemainders ? m_scratch.data() + m_dim : nullptr;
    const float scale = quantizeInt8(key, m_dim, m_scratch.data(), remainders);
    place(m_scratch.data(), scale);
    if (m_keepsRemainders)
        placeFine(remainders);
}

const void* KeyStore::blockAt(std::size_t key) const
{
    const std::size_t page = key / kPageKeys;
    const std::size_t at = key % kPageKeys * m_paddedDim;
    return isInt8() ? static_cast<const void*>(m_codes[page] + at) : m_floats[page] + at;
}

const float* KeyStore::unpack(std::size_t firstKey, std::size_t numBlocks,
                              AlignedArray<float>& out) const
{
    // What stands after the dim in a padded block must be zero, and the array may have served a
    // store of another shape.
    if (out.size() != kPageKeys * m_paddedDim || m_dim != m_paddedDim)
        out.reset(kPageKeys * m_paddedDim);
    const std::byte* packed =
        m_packed[firstKey / kPageKeys] + firstKey % kPageKeys * m_layout.bytes();
    const std::size_t keys = std::min(numBlocks * kLanes, m_size - firstKey);
    for (std::size_t i = 0; i < keys; ++i)
        m_layout.decode(packed + i * m_layout.bytes(),
                        out.data() + i / kLanes * kLanes * m_paddedDim + i % kLanes, kLanes);
    return out.data();
}

const float* KeyStore::scalesAt(std::size_t key) const
{
    return isInt8() ? m_scales[key / kPageKeys] + key % kPageKeys : nullptr;
}

const std::int16_t* KeyStore::fineAt(std::size_t key) const
{
    return m_fine[key / kPageKeys] + key % kPageKeys * m_paddedDim;
}

void KeyStore::useDirections(const IndexDirections* directions)
{
    m_directions = m_keepsRemainders ? directions : nullptr;
}

void KeyStore::placeCoarse(const Kernels& kernels, std::size_t key)
{
    constexpr std::size_t kCount = IndexDirections::kCount;
    const std::size_t page = key / kPageKeys;
    const std::size_t inPage = key % kPageKeys;
    float products[kCount];
    std::int8_t codes[kCount];
    ProjectParams p;
    p.x = fineAt(key);
    p.dim = m_paddedDim;
    p.directions = m_directions->keys.codes.data();
    p.count = kCount;
    p.out = products;
    kernels.project(p);
    const float scale = quantizeInt8(products, kCount, codes);
    std::int8_t* block = m_coarse[page] + inPage / kLanes * kLanes * kCount;
    for (std::size_t c = 0; c < kCount; c += 4)
        std::memcpy(block + (c / 4 * kLanes + inPage % kLanes) * 4, codes + c, 4);
    m_coarseScales[page][inPage] =
        scale * (m_scales[page][inPage] / kFineSteps) * m_directions->keys.scale;
}

void KeyStore::extendCoarse(const Kernels& kernels, ThreadPool& pool)
{
    const std::size_t begin = m_coarseSize;
    const std::size_t firstPage = begin / kPageKeys;
    const std::size_t endPage = roundUp(m_remainders, kPageKeys) / kPageKeys;
    if (begin == m_remainders)
        return;
    while (m_coarse.size() < endPage) {
        m_coarse.add();
        m_coarseScales.add();
    }
    pool.forRange(endPage - firstPage, 1, [&](std::size_t from, std::size_t to, std::size_t) {
        for (std::size_t page = firstPage + from; page < firstPage + to; ++page) {
            const std::size_t end = std::min(m_remainders, (page + 1) * kPageKeys);
            for (std::size_t key = std::max(begin, page * kPageKeys); key < end; ++key)
                placeCoarse(kernels, key);
        }
    });
    m_coarseSize = m_remainders;
}

const std::int8_t* KeyStore::coarseBlockAt(std::size_t key) const
{
    return m_coarse[key / kPageKeys] + key % kPageKeys * IndexDirections::kCount;
}

const float* KeyStore::coarseScalesAt(std::size_t key) const
{
    return m_coarseScales[key / kPageKeys] + key % kPageKeys;
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
        const std::size_t page = i / kPageKeys;
        const std::size_t inPage = i % kPageKeys;
        if (isPacked()) {
            std::memcpy(out, m_packed[page] + inPage * m_layout.bytes(), m_layout.bytes());
            continue;
        }
        const std::size_t base = inPage / kLanes * kLanes * m_paddedDim;
        for (std::size_t d = 0; d < m_dim; ++d) {
            if (isInt8()) {
                out[d] = static_cast<std::byte>(codeAt(i, d));
            } else {
                std::memcpy(out + d * sizeof(float),
                            m_floats[page] + base + d * kLanes + inPage % kLanes, sizeof(float));
            }
        }
        if (isInt8())
            std::memcpy(out + m_dim, m_scales[page] + inPage, sizeof(float));
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

void KeyStore::packRemainders(std::size_t begin, std::size_t count, std::byte* out) const
{
    for (std::size_t i = begin; i < begin + count; ++i, out += m_dim) {
        const std::int16_t* fine = fineAt(i);
        for (std::size_t d = 0; d < m_dim; ++d)
            out[d] = static_cast<std::byte>(fine[d] - kFineSteps * codeAt(i, d));
    }
}

void KeyStore::appendRemainders(std::span<const std::byte> bytes)
{
    for (std::size_t at = 0; at + m_dim <= bytes.size() && m_remainders < m_size; at += m_dim)
        placeFine(reinterpret_cast<const std::int8_t*>(bytes.data() + at));
}

void KeyStore::truncate(std::size_t size)
{
    if (size >= m_size)
        return;
    m_size = size;
    m_remainders = std::min(m_remainders, size);
    m_coarseSize = std::min(m_coarseSize, size);
    shrink(pages());
}

/// Scales and codes in few directions may have fewer pages than keys.
void KeyStore::shrink(std::size_t pages)
{
    m_floats.shrink(pages);
    m_codes.shrink(pages);
    m_scales.shrink(pages);
    m_fine.shrink(pages);
    m_coarse.shrink(pages);
    m_coarseScales.shrink(pages);
    m_packed.shrink(pages);
}

void KeyStore::clear()
{
    m_size = 0;
    m_remainders = 0;
    m_coarseSize = 0;
    shrink(0);
}

std::size_t KeyStore::memoryBytes() const
{
    if (isPacked())
        return pages() * kPageKeys * m_layout.bytes();
    const std::size_t fineBytes = m_keepsRemainders ? m_paddedDim * sizeof(std::int16_t) : 0;
    const std::size_t keyBytes =
        isInt8() ? m_paddedDim + sizeof(float) + fineBytes : m_paddedDim * sizeof(float);
    return pages() * kPageKeys * keyBytes +
           m_coarse.size() * kPageKeys * (IndexDirections::kCount + sizeof(float));
}

} // namespace engine
