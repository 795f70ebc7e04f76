// SPDX-License-Identifier: GPL-3.0-or-later
// What the AMX files share; included only where AVX-512 and AMX are on.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "model/number_formats.h"

namespace engine {

namespace {

inline constexpr std::size_t kTileRows = 16;
inline constexpr std::size_t kTileBytes = 64;

/// The operand of LDTILECFG: palette 1, all tiles 64 bytes wide where set.
struct alignas(64) TileConfig
{
    std::uint8_t palette = 1;
    std::uint8_t startRow = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t columnBytes[16] = {};
    std::uint8_t rows[16] = {};

    void set(std::size_t tile, std::size_t rowCount)
    {
        columnBytes[tile] = kTileBytes;
        rows[tile] = static_cast<std::uint8_t>(rowCount);
    }
};

/// 32 floats as the sum of two bfloat16: high = x rounded, low = the remainder rounded.
inline void splitThirtyTwo(__m512 first, __m512 second, __m512i& high, __m512i& low)
{
    high = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
    const __m512 firstHigh = _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(high)), 16));
    const __m512 secondHigh = _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(high, 1)), 16));
    low = reinterpret_cast<__m512i>(
        _mm512_cvtne2ps_pbh(_mm512_sub_ps(second, secondHigh), _mm512_sub_ps(first, firstHigh)));
}

/// 16 x 16 numbers of 32 bits: element j of row i goes to element i of row j.
inline void transposeSixteen(__m512i (&r)[16])
{
    __m512i t[16];
    for (std::size_t i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (std::size_t i = 0; i < 16; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    // Now row 4 g + c holds columns c, c + 4, c + 8, c + 12 of rows 4 g to 4 g + 3.
    for (std::size_t c = 0; c < 4; ++c) {
        const __m512i a = _mm512_shuffle_i32x4(r[c], r[c + 4], 0x88);
        const __m512i b = _mm512_shuffle_i32x4(r[c], r[c + 4], 0xDD);
        const __m512i d = _mm512_shuffle_i32x4(r[c + 8], r[c + 12], 0x88);
        const __m512i e = _mm512_shuffle_i32x4(r[c + 8], r[c + 12], 0xDD);
        t[c] = _mm512_shuffle_i32x4(a, d, 0x88);
        t[c + 8] = _mm512_shuffle_i32x4(a, d, 0xDD);
        t[c + 4] = _mm512_shuffle_i32x4(b, e, 0x88);
        t[c + 12] = _mm512_shuffle_i32x4(b, e, 0xDD);
    }
    for (std::size_t i = 0; i < 16; ++i)
        r[i] = t[i];
}

} // namespace

} // namespace engine
