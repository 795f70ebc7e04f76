// SPDX-License-Identifier: GPL-3.0-or-later
// As decode_256.inl, with twice the width; rests of less than 64 inputs (FP8) or 128 (FP4) and what
// is only moved about go through 256 bits.
#include <immintrin.h>

#include "kernels/cpu/decode_kernels.h"

namespace engine {

namespace {

#include "kernels/cpu/decode_256.inl"

inline __m512i load512(const std::uint8_t* p)
{
    return _mm512_loadu_si512(p);
}
inline __m512i four(const std::uint8_t (&values)[16])
{
    return _mm512_broadcast_i32x4(bytes16(values));
}
inline __m512i shiftExponents(__m512i values, __m512i shift)
{
    const __mmask32 isNotZero = _mm512_test_epi16_mask(values, _mm512_set1_epi16(0x7FFF));
    return _mm512_mask_add_epi16(values, isNotZero, values, shift);
}
inline void store512(BFloat16* out, __m512i line)
{
    _mm512_storeu_si512(out, line);
}

/// Two lines in the columns' places; `shift` are those of columns 0-7 and 8-15, twice.
inline void storeTwoE4m3Lines(__m512i codes, const __m512i (&shift)[2], BFloat16* first,
                              BFloat16* second, __mmask64& nan)
{
    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i magnitude = _mm512_and_si512(codes, _mm512_set1_epi8(0x7F));
    const __m512i sign = _mm512_andnot_si512(_mm512_set1_epi8(0x7F), codes);
    nan |= _mm512_cmpeq_epi8_mask(magnitude, _mm512_set1_epi8(0x7F));
    const __mmask64 isSmall = _mm512_cmplt_epi8_mask(magnitude, _mm512_set1_epi8(8));
    const __m512i upper = _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble);
    __m512i high = _mm512_shuffle_epi8(four(kE4m3High), upper);
    __m512i low = _mm512_andnot_si512(nibble, _mm512_slli_epi16(codes, 4));
    const __m512i smallHigh =
        _mm512_or_si512(_mm512_shuffle_epi8(four(kE4m3SmallHigh), magnitude), sign);
    high = _mm512_mask_blend_epi8(isSmall, high, smallHigh);
    low = _mm512_mask_shuffle_epi8(low, isSmall, four(kE4m3SmallLow), magnitude);
    const __m512i left = shiftExponents(_mm512_unpacklo_epi8(low, high), shift[0]);
    const __m512i right = shiftExponents(_mm512_unpackhi_epi8(low, high), shift[1]);
    store512(first, _mm512_shuffle_i64x2(left, right, 0x44));
    store512(second, _mm512_shuffle_i64x2(left, right, 0xEE));
}

/// transposeUnits in four lanes: lane L of unit j gets units j + 8 L.
inline void transposeUnits512(const __m512i (&row)[8], __m512i (&unit)[8])
{
    __m512i a[8];
    for (std::size_t i = 0; i < 4; ++i) {
        a[i] = _mm512_unpacklo_epi16(row[2 * i], row[2 * i + 1]);
        a[i + 4] = _mm512_unpackhi_epi16(row[2 * i], row[2 * i + 1]);
    }
    __m512i b[8];
    for (std::size_t i = 0; i < 8; i += 4) {
        for (std::size_t j = 0; j < 2; ++j) {
            b[i + j] = _mm512_unpacklo_epi32(a[i + 2 * j], a[i + 2 * j + 1]);
            b[i + j + 2] = _mm512_unpackhi_epi32(a[i + 2 * j], a[i + 2 * j + 1]);
        }
        for (std::size_t j = 0; j < 4; j += 2) {
            unit[i + j] = _mm512_unpacklo_epi64(b[i + j], b[i + j + 1]);
            unit[i + j + 1] = _mm512_unpackhi_epi64(b[i + j], b[i + j + 1]);
        }
    }
}

bool fp8Rows(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    ExponentShift exponents;
    if (!fp8Shift(rows, begin, exponents))
        return false;
    const __m512i shift[2] = {_mm512_broadcast_i64x4(exponents.half(0)),
                              _mm512_broadcast_i64x4(exponents.half(1))};
    const __m512i firstLanes = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i lastLanes = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    __mmask64 nan = 0;
    std::size_t k = begin;
    for (; k + 64 <= end; k += 64) {
        __m512i unit[2][8];
        for (std::size_t half = 0; half < 2; ++half) {
            __m512i row[8];
            for (std::size_t i = 0; i < 8; ++i)
                row[i] = load512(rows[kPlace[half * 8 + i]].data + k);
            transposeUnits512(row, unit[half]);
        }
        BFloat16* to = out + (k - begin) * kPanelColumns;
        for (std::size_t j = 0; j < 8; ++j) {
            const auto line = [&](std::size_t lane) { return to + (j + 8 * lane) * kLineElements; };
            storeTwoE4m3Lines(_mm512_permutex2var_epi64(unit[0][j], firstLanes, unit[1][j]), shift,
                              line(0), line(1), nan);
            storeTwoE4m3Lines(_mm512_permutex2var_epi64(unit[0][j], lastLanes, unit[1][j]), shift,
                              line(2), line(3), nan);
        }
    }
    return nan == 0 && (k == end || fp8Rows256(rows, k, end, out + (k - begin) * kPanelColumns));
}

/// Shifts of 128 inputs of FP4: vector q has columns 4q to 4q + 3, lane L those of block L.
struct FourShifts
{
    alignas(64) std::int16_t of[4][4][4][2];

    bool set(const StoredRow* rows, std::size_t k)
    {
        bool inRange = true;
        for (std::size_t n = 0; n < kPanelColumns; ++n) {
            for (std::size_t block = 0; block < 4; ++block) {
                const int scale = rows[n].scales[k / kFp4Block + block];
                inRange &= scale >= kSmallestE2m1Scale && scale <= kLargestE2m1Scale;
                const auto shift = static_cast<std::int16_t>((scale - kScaleOne) * 128);
                of[n / 4][block][n % 4][0] = shift;
                of[n / 4][block][n % 4][1] = shift;
            }
        }
        return inRange;
    }
};

/// One byte of each row in each of four blocks: one line in each block.
inline void storeFp4Lines(__m512i bytes, const __m512i (&shift)[4], BFloat16* out)
{
    const __m512i nibble = _mm512_set1_epi8(0x0F);
    const __m512i even = _mm512_and_si512(bytes, nibble);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble);
    __m512i part[4]; // columns 4q to 4q + 3
    for (std::size_t half = 0; half < 2; ++half) {
        const __m512i codes =
            half == 0 ? _mm512_unpacklo_epi8(even, odd) : _mm512_unpackhi_epi8(even, odd);
        const __m512i low = _mm512_shuffle_epi8(four(kE2m1Low), codes);
        const __m512i high = _mm512_shuffle_epi8(four(kE2m1High), codes);
        part[2 * half] = shiftExponents(_mm512_unpacklo_epi8(low, high), shift[2 * half]);
        part[2 * half + 1] = shiftExponents(_mm512_unpackhi_epi8(low, high), shift[2 * half + 1]);
    }
    // From a vector for each four columns to one for each block.
    const __m512i a = _mm512_shuffle_i32x4(part[0], part[1], 0x44); // blocks 0, 1
    const __m512i b = _mm512_shuffle_i32x4(part[2], part[3], 0x44);
    const __m512i c = _mm512_shuffle_i32x4(part[0], part[1], 0xEE); // blocks 2, 3
    const __m512i d = _mm512_shuffle_i32x4(part[2], part[3], 0xEE);
    constexpr std::size_t kBlockElements = kFp4Block * kPanelColumns;
    store512(out, _mm512_shuffle_i32x4(a, b, 0x88));
    store512(out + kBlockElements, _mm512_shuffle_i32x4(a, b, 0xDD));
    store512(out + 2 * kBlockElements, _mm512_shuffle_i32x4(c, d, 0x88));
    store512(out + 3 * kBlockElements, _mm512_shuffle_i32x4(c, d, 0xDD));
}

bool fp4Rows(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    if (end - begin < kFp8Block)
        return fp4Rows256(rows, begin, end, out);
    FourShifts shifts;
    if (!shifts.set(rows, begin))
        return false;
    __m512i shift[4];
    for (std::size_t q = 0; q < 4; ++q)
        shift[q] = _mm512_load_si512(shifts.of[q]);
    // 16 rows of 16 bytes in each lane: four rounds of interleaving.
    __m512i a[16];
    for (std::size_t n = 0; n < kPanelColumns; ++n)
        a[n] = load512(rows[n].data + begin / 2);
    __m512i b[16];
    for (std::size_t i = 0; i < 8; ++i) { // rows 2i, 2i + 1: bytes 0-7 | 8-15
        b[i] = _mm512_unpacklo_epi8(a[2 * i], a[2 * i + 1]);
        b[i + 8] = _mm512_unpackhi_epi8(a[2 * i], a[2 * i + 1]);
    }
    for (std::size_t h = 0; h < 16; h += 8) { // rows 4i to 4i + 3: bytes 0-3 | 4-7
        for (std::size_t i = 0; i < 4; ++i) {
            a[h + i] = _mm512_unpacklo_epi16(b[h + 2 * i], b[h + 2 * i + 1]);
            a[h + i + 4] = _mm512_unpackhi_epi16(b[h + 2 * i], b[h + 2 * i + 1]);
        }
    }
    for (std::size_t h = 0; h < 16; h += 4) { // rows 8i to 8i + 7: bytes 0, 1 | 2, 3
        for (std::size_t i = 0; i < 2; ++i) {
            b[h + i] = _mm512_unpacklo_epi32(a[h + 2 * i], a[h + 2 * i + 1]);
            b[h + i + 2] = _mm512_unpackhi_epi32(a[h + 2 * i], a[h + 2 * i + 1]);
        }
    }
    for (std::size_t i = 0; i < 16; i += 2) { // all rows: byte i | i + 1
        storeFp4Lines(_mm512_unpacklo_epi64(b[i], b[i + 1]), shift, out + i * kLineElements);
        storeFp4Lines(_mm512_unpackhi_epi64(b[i], b[i + 1]), shift, out + (i + 1) * kLineElements);
    }
    return true;
}

bool halves(DType type, const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    switch (type) {
    case DType::f8e4m3:
        return fp8Rows(rows, begin, end, out);
    case DType::i8:
        return fp4Rows(rows, begin, end, out);
    case DType::mxfp4:
        return mxfp4Rows256(rows, begin, end, out);
    case DType::bf16:
        return bf16Rows256(rows, begin, end, out);
    default:
        return false;
    }
}

} // namespace

const DecodeKernels& avx512DecodeKernels()
{
    static constexpr DecodeKernels kernels{halves, transposeWords256};
    return kernels;
}

} // namespace engine
