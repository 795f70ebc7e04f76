// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/packed_row.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "model/block_rounding.h"

namespace engine {

void PackedRowLayout::encode(const float* row, std::byte* out) const
{
    auto* codes = reinterpret_cast<std::uint8_t*>(out);
    std::byte* halves = out + straight;
    auto* scaleCodes = codes + straight + rotated * sizeof(BFloat16);
    std::fill_n(scaleCodes, roundUp(scales(), 8), std::uint8_t{0});
    for (std::size_t begin = 0; begin < straight; begin += kBlock)
        scaleCodes[begin / kBlock] =
            encodeFp8Block(row + begin, std::min(kBlock, straight - begin), codes + begin);
    for (std::size_t i = 0; i < rotated; ++i) {
        const BFloat16 half = toBFloat16(row[straight + i]);
        std::memcpy(halves + i * sizeof half, &half, sizeof half);
    }
}

void PackedRowLayout::decode(const std::byte* bytes, BFloat16* out) const
{
    const auto& values = e4m3Values();
    const auto* codes = reinterpret_cast<const std::uint8_t*>(bytes);
    const auto* scaleCodes = codes + straight + rotated * sizeof(BFloat16);
    for (std::size_t begin = 0; begin < straight; begin += kBlock) {
        const float scale = e8m0ToFloat(scaleCodes[begin / kBlock]);
        const std::size_t end = std::min(begin + kBlock, straight);
        for (std::size_t i = begin; i < end; ++i)
            out[i] = toBFloat16(values[codes[i]] * scale);
    }
    std::memcpy(out + straight, bytes + straight, rotated * sizeof(BFloat16));
}

void PackedKeyLayout::encode(const float* key, std::byte* out) const
{
    auto* bytes = reinterpret_cast<std::uint8_t*>(out);
    std::fill_n(bytes, codeBytes(), std::uint8_t{0});
    std::array<std::uint8_t, kBlock> codes{};
    for (std::size_t begin = 0; begin < dim; begin += kBlock) {
        const std::size_t count = std::min(kBlock, dim - begin);
        bytes[codeBytes() + begin / kBlock] = encodeFp4Block(key + begin, count, codes.data());
        for (std::size_t i = 0; i < count; ++i) {
            const unsigned shift = (begin + i) % 2 * 4;
            std::uint8_t& both = bytes[(begin + i) / 2];
            both = static_cast<std::uint8_t>(both | (codes[i] << shift));
        }
    }
}

void PackedKeyLayout::decode(const std::byte* bytes, float* out, std::size_t step) const
{
    const auto* codes = reinterpret_cast<const std::uint8_t*>(bytes);
    static constexpr std::array<float, 16> kValues{0.0F,  0.5F,  1.0F,  1.5F,  2.0F,  3.0F,
                                                   4.0F,  6.0F,  -0.0F, -0.5F, -1.0F, -1.5F,
                                                   -2.0F, -3.0F, -4.0F, -6.0F};
    for (std::size_t begin = 0; begin < dim; begin += kBlock) {
        const float scale = e8m0ToFloat(codes[codeBytes() + begin / kBlock]);
        const std::size_t end = std::min(begin + kBlock, dim);
        for (std::size_t d = begin; d < end; ++d) {
            const unsigned both = codes[d / 2];
            out[d * step] = kValues[(d & 1U) != 0 ? both >> 4U : both & 0xFU] * scale;
        }
    }
}

} // namespace engine
