// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding of 16 stored rows with 256-bit vectors: what the AVX2 set does, and what the AVX-512 set
// does with short rests. Included inside an unnamed namespace, like simd_kernels.inl, and with the
// same rule: no inline function of the standard library.
//
// Rows are transposed while they are still codes of one or half a byte, then each code becomes a
// bfloat16 by looking up its two bytes, then the scale is added to the exponent. Row n of a panel
// stands at kPlace[n], so that interleaving the two bytes brings the columns into order.

constexpr std::size_t kPlace[kPanelColumns] = {0, 1, 2, 3, 8,  9,  10, 11,
                                               4, 5, 6, 7, 12, 13, 14, 15};
constexpr int kScaleOne = 127; // E8M0 code of 1

inline __m256i load256(const std::uint8_t* p)
{
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
inline __m256i both(__m128i lane)
{
    return _mm256_broadcastsi128_si256(lane);
}
inline __m128i bytes16(const std::uint8_t (&values)[16])
{
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(values));
}

/// Upper and lower byte of the bfloat16 of E2M1 codes, sign in bit 3 of the code.
constexpr std::uint8_t kE2m1High[16] = {0x00, 0x3F, 0x3F, 0x3F, 0x40, 0x40, 0x40, 0x40,
                                        0x80, 0xBF, 0xBF, 0xBF, 0xC0, 0xC0, 0xC0, 0xC0};
constexpr std::uint8_t kE2m1Low[16] = {0x00, 0x00, 0x80, 0xC0, 0x00, 0x40, 0x80, 0xC0,
                                       0x00, 0x00, 0x80, 0xC0, 0x00, 0x40, 0x80, 0xC0};
/// Upper byte by the upper half of an E4M3 code: sign, and 120 + exponent without its lowest bit.
constexpr std::uint8_t kE4m3High[16] = {0x3C, 0x3D, 0x3E, 0x3F, 0x40, 0x41, 0x42, 0x43,
                                        0xBC, 0xBD, 0xBE, 0xBF, 0xC0, 0xC1, 0xC2, 0xC3};
/// Both bytes of the subnormals: mantissa * 2^-9.
constexpr std::uint8_t kE4m3SmallHigh[16] = {0x00, 0x3B, 0x3B, 0x3B, 0x3C, 0x3C, 0x3C, 0x3C};
constexpr std::uint8_t kE4m3SmallLow[16] = {0x00, 0x00, 0x80, 0xC0, 0x00, 0x20, 0x40, 0x60};

/// Codes of scale for which every nonzero result is a normal bfloat16.
constexpr int kSmallestE4m3Scale = 10;
constexpr int kLargestE4m3Scale = 246;
constexpr int kSmallestE2m1Scale = 2;
constexpr int kLargestE2m1Scale = 252;

/// What is added to the exponents of a line: 16 columns x 2 inputs.
struct ExponentShift
{
    alignas(64) std::int16_t of[kPanelColumns][2];

    /// False when a scale is out of range.
    bool set(std::size_t column, int scale, int smallest, int largest)
    {
        const auto shift = static_cast<std::int16_t>((scale - kScaleOne) * 128);
        of[column][0] = shift;
        of[column][1] = shift;
        return scale >= smallest && scale <= largest;
    }
    [[nodiscard]] __m256i half(std::size_t i) const
    {
        return _mm256_load_si256(reinterpret_cast<const __m256i*>(of[i * 8]));
    }
};

/// Zero stays zero.
inline __m256i shiftExponents(__m256i values, __m256i shift)
{
    const __m256i magnitude = _mm256_and_si256(values, _mm256_set1_epi16(0x7FFF));
    return _mm256_add_epi16(values, _mm256_sign_epi16(shift, magnitude));
}

/// Writes a line from its lower and upper bytes, columns at their places.
inline void storeLine(__m256i low, __m256i high, const __m256i (&shift)[2], BFloat16* out)
{
    auto* to = reinterpret_cast<__m256i*>(out);
    _mm256_storeu_si256(to, shiftExponents(_mm256_unpacklo_epi8(low, high), shift[0]));
    _mm256_storeu_si256(to + 1, shiftExponents(_mm256_unpackhi_epi8(low, high), shift[1]));
}

inline void storeE2m1Line(__m256i nibbles, const __m256i (&shift)[2], BFloat16* out)
{
    storeLine(_mm256_shuffle_epi8(both(bytes16(kE2m1Low)), nibbles),
              _mm256_shuffle_epi8(both(bytes16(kE2m1High)), nibbles), shift, out);
}

/// `nan` gathers codes that are none.
inline void storeE4m3Line(__m256i codes, const __m256i (&shift)[2], BFloat16* out, __m256i& nan)
{
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i magnitude = _mm256_and_si256(codes, _mm256_set1_epi8(0x7F));
    const __m256i sign = _mm256_andnot_si256(_mm256_set1_epi8(0x7F), codes);
    nan = _mm256_or_si256(nan, _mm256_cmpeq_epi8(magnitude, _mm256_set1_epi8(0x7F)));
    const __m256i isSmall = _mm256_cmpgt_epi8(_mm256_set1_epi8(8), magnitude);
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble);
    __m256i high = _mm256_shuffle_epi8(both(bytes16(kE4m3High)), upper);
    __m256i low = _mm256_andnot_si256(nibble, _mm256_slli_epi16(codes, 4));
    const __m256i smallHigh =
        _mm256_or_si256(_mm256_shuffle_epi8(both(bytes16(kE4m3SmallHigh)), magnitude), sign);
    const __m256i smallLow = _mm256_shuffle_epi8(both(bytes16(kE4m3SmallLow)), magnitude);
    high = _mm256_blendv_epi8(high, smallHigh, isSmall);
    low = _mm256_blendv_epi8(low, smallLow, isSmall);
    storeLine(low, high, shift, out);
}

/// Transposes 8 rows of 2 x 8 units of 16 bits: lane 0 of unit j gets units j of all rows, lane 1
/// units j + 8.
inline void transposeUnits(const __m256i (&row)[8], __m256i (&unit)[8])
{
    __m256i a[8];
    for (std::size_t i = 0; i < 4; ++i) {
        a[i] = _mm256_unpacklo_epi16(row[2 * i], row[2 * i + 1]);     // units 0-3
        a[i + 4] = _mm256_unpackhi_epi16(row[2 * i], row[2 * i + 1]); // units 4-7
    }
    __m256i b[8];
    for (std::size_t i = 0; i < 8; i += 4) {
        for (std::size_t j = 0; j < 2; ++j) {
            b[i + j] = _mm256_unpacklo_epi32(a[i + 2 * j], a[i + 2 * j + 1]);     // units 0, 1
            b[i + j + 2] = _mm256_unpackhi_epi32(a[i + 2 * j], a[i + 2 * j + 1]); // units 2, 3
        }
        for (std::size_t j = 0; j < 4; j += 2) {
            unit[i + j] = _mm256_unpacklo_epi64(b[i + j], b[i + j + 1]);
            unit[i + j + 1] = _mm256_unpackhi_epi64(b[i + j], b[i + j + 1]);
        }
    }
}

/// The lines of 32 inputs of 16 rows of byte codes: store(codes, line).
template <typename LoadRow, typename Store>
inline void eachByteLine(LoadRow loadRow, Store store)
{
    __m256i unit[2][8];
    for (std::size_t half = 0; half < 2; ++half) {
        __m256i row[8];
        for (std::size_t i = 0; i < 8; ++i)
            row[i] = loadRow(kPlace[half * 8 + i]);
        transposeUnits(row, unit[half]);
    }
    for (std::size_t j = 0; j < 8; ++j) {
        store(_mm256_permute2x128_si256(unit[0][j], unit[1][j], 0x20), j);
        store(_mm256_permute2x128_si256(unit[0][j], unit[1][j], 0x31), j + 8);
    }
}

constexpr std::size_t kLineElements = 2 * kPanelColumns;

inline bool fp8Shift(const StoredRow* rows, std::size_t k, ExponentShift& shift)
{
    bool inRange = true;
    for (std::size_t n = 0; n < kPanelColumns; ++n)
        inRange &=
            shift.set(n, rows[n].scales[k / kFp8Block], kSmallestE4m3Scale, kLargestE4m3Scale);
    return inRange;
}

inline bool fp8Rows256(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    ExponentShift exponents;
    if (!fp8Shift(rows, begin, exponents))
        return false;
    const __m256i shift[2] = {exponents.half(0), exponents.half(1)};
    __m256i nan = _mm256_setzero_si256();
    for (std::size_t k = begin; k < end; k += 32) {
        BFloat16* to = out + (k - begin) * kPanelColumns;
        eachByteLine([&](std::size_t n) { return load256(rows[n].data + k); },
                     [&](__m256i codes, std::size_t line) {
                         storeE4m3Line(codes, shift, to + line * kLineElements, nan);
                     });
    }
    return _mm256_testz_si256(nan, nan) != 0;
}

inline bool fp4Shift(const StoredRow* rows, std::size_t k, ExponentShift& shift)
{
    bool inRange = true;
    for (std::size_t n = 0; n < kPanelColumns; ++n)
        inRange &=
            shift.set(n, rows[n].scales[k / kFp4Block], kSmallestE2m1Scale, kLargestE2m1Scale);
    return inRange;
}

/// A byte is a pair of inputs: 16 rows of 16 bytes, eight of them in each lane.
inline bool fp4Rows256(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    for (std::size_t k = begin; k < end; k += kFp4Block) {
        ExponentShift exponents;
        if (!fp4Shift(rows, k, exponents))
            return false;
        const __m256i shift[2] = {exponents.half(0), exponents.half(1)};
        __m256i row[8];
        for (std::size_t i = 0; i < 8; ++i)
            row[i] = _mm256_loadu2_m128i(
                reinterpret_cast<const __m128i*>(rows[kPlace[8 + i]].data + k / 2),
                reinterpret_cast<const __m128i*>(rows[kPlace[i]].data + k / 2));
        __m256i a[8];
        for (std::size_t i = 0; i < 4; ++i) {
            a[i] = _mm256_unpacklo_epi8(row[2 * i], row[2 * i + 1]);
            a[i + 4] = _mm256_unpackhi_epi8(row[2 * i], row[2 * i + 1]);
        }
        __m256i b[8];
        for (std::size_t i = 0; i < 8; i += 4) {
            for (std::size_t j = 0; j < 2; ++j) {
                b[i + j] = _mm256_unpacklo_epi16(a[i + 2 * j], a[i + 2 * j + 1]);
                b[i + j + 2] = _mm256_unpackhi_epi16(a[i + 2 * j], a[i + 2 * j + 1]);
            }
        }
        BFloat16* to = out + (k - begin) * kPanelColumns;
        for (std::size_t i = 0; i < 8; i += 2) {
            const __m256i bytes[2] = {_mm256_unpacklo_epi32(b[i], b[i + 1]),
                                      _mm256_unpackhi_epi32(b[i], b[i + 1])};
            for (std::size_t j = 0; j < 2; ++j) { // two bytes of 8 rows in each lane
                const __m256i even = _mm256_and_si256(bytes[j], nibble);
                const __m256i odd = _mm256_and_si256(_mm256_srli_epi16(bytes[j], 4), nibble);
                BFloat16* line = to + 2 * (i + j) * kLineElements;
                storeE2m1Line(_mm256_unpacklo_epi8(even, odd), shift, line);
                storeE2m1Line(_mm256_unpackhi_epi8(even, odd), shift, line + kLineElements);
            }
        }
    }
    return true;
}

/// Blocks of a scale and 16 bytes; low nibbles come before high ones.
inline bool mxfp4Rows256(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    constexpr std::size_t kBlockBytes = 17;
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    for (std::size_t k = begin; k < end; k += kFp4Block) {
        const std::size_t at = k / kFp4Block * kBlockBytes;
        ExponentShift exponents;
        bool inRange = true;
        for (std::size_t n = 0; n < kPanelColumns; ++n)
            inRange &= exponents.set(n, rows[n].data[at], kSmallestE2m1Scale, kLargestE2m1Scale);
        if (!inRange)
            return false;
        const __m256i shift[2] = {exponents.half(0), exponents.half(1)};
        BFloat16* to = out + (k - begin) * kPanelColumns;
        eachByteLine(
            [&](std::size_t n) {
                const __m128i bytes =
                    _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[n].data + at + 1));
                return _mm256_and_si256(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), nibble);
            },
            [&](__m256i nibbles, std::size_t line) {
                storeE2m1Line(nibbles, shift, to + line * kLineElements);
            });
    }
    return true;
}

/// 8 rows of 8 words of 32 bits.
inline void transposeEight(const std::uint8_t* const* rows, std::size_t byte, std::uint8_t* out,
                           std::size_t outStride)
{
    __m256i a[8];
    for (std::size_t i = 0; i < 4; ++i) {
        const __m256i first = load256(rows[2 * i] + byte);
        const __m256i second = load256(rows[2 * i + 1] + byte);
        a[i] = _mm256_unpacklo_epi32(first, second);
        a[i + 4] = _mm256_unpackhi_epi32(first, second);
    }
    for (std::size_t half = 0; half < 2; ++half) { // words 0, 1 and 2, 3 of each lane
        const __m256i* from = a + half * 4;
        const __m256i word[2][2] = {
            {_mm256_unpacklo_epi64(from[0], from[1]), _mm256_unpacklo_epi64(from[2], from[3])},
            {_mm256_unpackhi_epi64(from[0], from[1]), _mm256_unpackhi_epi64(from[2], from[3])}};
        for (std::size_t i = 0; i < 2; ++i) {
            std::uint8_t* line = out + (half * 2 + i) * outStride;
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(line),
                                _mm256_permute2x128_si256(word[i][0], word[i][1], 0x20));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(line + 4 * outStride),
                                _mm256_permute2x128_si256(word[i][0], word[i][1], 0x31));
        }
    }
}

inline void transposeWords256(const std::uint8_t* const* rows, std::size_t count, void* out)
{
    constexpr std::size_t kLineBytes = kPanelColumns * 4;
    auto* to = static_cast<std::uint8_t*>(out);
    for (std::size_t k = 0; k < count; k += 8) {
        transposeEight(rows, k * 4, to + k * kLineBytes, kLineBytes);
        transposeEight(rows + 8, k * 4, to + k * kLineBytes + kLineBytes / 2, kLineBytes);
    }
}

/// Pairs of bfloat16 are words.
inline bool bf16Rows256(const StoredRow* rows, std::size_t begin, std::size_t end, BFloat16* out)
{
    const std::uint8_t* words[kPanelColumns];
    for (std::size_t n = 0; n < kPanelColumns; ++n)
        words[n] = rows[n].data + begin * sizeof(BFloat16);
    transposeWords256(words, (end - begin) / 2, out);
    return true;
}
