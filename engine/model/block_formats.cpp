// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/block_formats.h"

#include <cstddef>
#include <cstring>

#include "model/number_formats.h"

namespace engine {

namespace {

constexpr std::size_t kSuperBlock = 256;

float halfAt(const std::uint8_t* bytes)
{
    std::uint16_t bits = 0;
    std::memcpy(&bits, bytes, sizeof bits);
    return halfToFloat(bits);
}

void decodeQ8(const std::uint8_t* block, float* out)
{
    const float scale = halfAt(block);
    for (std::size_t i = 0; i < 32; ++i)
        out[i] = scale * static_cast<float>(static_cast<std::int8_t>(block[2 + i]));
}

struct ScaleAndMinimum
{
    unsigned scale = 0;
    unsigned minimum = 0;
};

/// Eight pairs of 6 bits in 12 bytes. Scales and minima 0-3 are the low six bits of bytes 0-3 and
/// 4-7. Those of 4-7 have their low four bits in the nibbles of bytes 8-11 and their high two in
/// the top bits that the first eight bytes leave free.
ScaleAndMinimum q4Scale(const std::uint8_t* packed, std::size_t i)
{
    if (i < 4)
        return {packed[i] & 0x3FU, packed[i + 4] & 0x3FU};
    const unsigned low = packed[i + 4];
    return {(low & 0xFU) | (packed[i - 4] >> 6U) << 4U, (low >> 4U) | (packed[i] >> 6U) << 4U};
}

/// Each 32 bytes of codes serve two sub-blocks of 32: low nibbles, then high ones.
void decodeQ4(const std::uint8_t* block, float* out)
{
    const float scale = halfAt(block);
    const float minimum = halfAt(block + 2);
    const std::uint8_t* codes = block + 16;
    for (std::size_t sub = 0; sub < 8; ++sub) {
        const ScaleAndMinimum s = q4Scale(block + 4, sub);
        const float step = scale * static_cast<float>(s.scale);
        const float below = minimum * static_cast<float>(s.minimum);
        const unsigned shift = sub % 2 == 0 ? 0 : 4;
        for (std::size_t i = 0; i < 32; ++i) {
            const unsigned code = (codes[sub / 2 * 32 + i] >> shift) & 0xFU;
            out[sub * 32 + i] = step * static_cast<float>(code) - below;
        }
    }
}

/// Sub-blocks of 16. Each 32 bytes of codes serve 128 elements: two bits for each run of 32.
void decodeQ2(const std::uint8_t* block, float* out)
{
    const std::uint8_t* codes = block + 16;
    const float scale = halfAt(block + 80);
    const float minimum = halfAt(block + 82);
    for (std::size_t sub = 0; sub < 16; ++sub) {
        const float step = scale * static_cast<float>(block[sub] & 0xFU);
        const float below = minimum * static_cast<float>(block[sub] >> 4U);
        const std::uint8_t* from = codes + sub / 8 * 32 + sub % 2 * 16;
        const auto shift = static_cast<unsigned>(sub % 8 / 2 * 2);
        for (std::size_t i = 0; i < 16; ++i)
            out[sub * 16 + i] = step * static_cast<float>((from[i] >> shift) & 3U) - below;
    }
}

/// Two 32-bit words for 32 elements: four grid points, then four times seven bits of signs and a
/// scale of four bits. Of eight signs the last makes the number of negative ones even.
void decodeIq2(const std::uint8_t* block, float* out)
{
    static constexpr float kMagnitudes[4] = {8.0F, 25.0F, 43.0F, 0.0F};
    const float scale = halfAt(block);
    for (std::size_t group = 0; group < kSuperBlock / 32; ++group) {
        const std::uint8_t* points = block + 2 + group * 8;
        std::uint32_t word = 0;
        std::memcpy(&word, points + 4, sizeof word);
        const float step = scale * (0.5F + static_cast<float>(word >> 28U)) * 0.25F;
        for (std::size_t part = 0; part < 4; ++part) {
            const unsigned point = iq2xxsGrid()[points[part]];
            unsigned signs = (word >> (7 * part)) & 0x7FU;
            signs |= static_cast<unsigned>(__builtin_parity(signs)) << 7U;
            for (std::size_t i = 0; i < 8; ++i) {
                const float magnitude = step * kMagnitudes[(point >> (2 * i)) & 3U];
                out[group * 32 + part * 8 + i] = ((signs >> i) & 1U) != 0 ? -magnitude : magnitude;
            }
        }
    }
}

void decodeMxfp4(const std::uint8_t* block, float* out)
{
    const float scale = e8m0ToFloat(block[0]);
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned byte = block[1 + i];
        out[i] = e2m1ToFloat(static_cast<std::uint8_t>(byte & 0xFU)) * scale;
        out[i + 16] = e2m1ToFloat(static_cast<std::uint8_t>(byte >> 4U)) * scale;
    }
}

} // namespace

void decodeBlocks(DType type, const std::uint8_t* blocks, std::span<float> out)
{
    const auto each = [&](auto decode) {
        const BlockLayout layout = blockLayout(type);
        for (std::size_t at = 0; at < out.size(); at += layout.elements)
            decode(blocks + storedBytes(type, at), out.data() + at);
    };
    switch (type) {
    case DType::q8_0:
        return each(decodeQ8);
    case DType::q4_k:
        return each(decodeQ4);
    case DType::q2_k:
        return each(decodeQ2);
    case DType::iq2_xxs:
        return each(decodeIq2);
    case DType::mxfp4:
        return each(decodeMxfp4);
    default:
        return; // the plain types are no blocks
    }
}

} // namespace engine
