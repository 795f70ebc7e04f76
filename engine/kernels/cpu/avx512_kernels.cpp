// SPDX-License-Identifier: GPL-3.0-or-later
// AVX-512 F, BW, DQ, VL and VNNI.
#include <immintrin.h>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

namespace {

struct V
{
    __m512 r;
};

constexpr Isa kIsa = Isa::avx512;
constexpr float kInfinity = __builtin_inff();

// 32 registers: 12 x 2 sums, 4 weights; few rows take more panels so that sums outnumber the
// latency of a multiply-add.
constexpr std::size_t kTileRows = 12;
constexpr std::size_t kTilePanels = 2;
constexpr std::size_t kSmallRows = 4;
constexpr std::size_t kWidePanels = 4;
constexpr std::size_t kDotRows = 4;
constexpr std::size_t kHeadTile = 4;
constexpr std::size_t kValueVectors = 4;
constexpr std::size_t kFineHeads = 8;
constexpr std::size_t kFineKeys = 2;

inline V zero()
{
    return {_mm512_setzero_ps()};
}
inline V set1(float x)
{
    return {_mm512_set1_ps(x)};
}
inline V load(const float* p)
{
    return {_mm512_loadu_ps(p)};
}
inline void store(float* p, V v)
{
    _mm512_storeu_ps(p, v.r);
}
inline __mmask16 firstLanes(std::size_t count)
{
    return static_cast<__mmask16>((1U << count) - 1U);
}
inline V loadPartial(const float* p, std::size_t count)
{
    return {_mm512_maskz_loadu_ps(firstLanes(count), p)};
}
inline void storePartial(float* p, V v, std::size_t count)
{
    _mm512_mask_storeu_ps(p, firstLanes(count), v.r);
}
inline V loadHalf(const BFloat16* p)
{
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16))};
}
inline void loadPairs(const BFloat16* p, V& even, V& odd)
{
    const __m512i pairs = _mm512_loadu_si512(p);
    even.r = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
    odd.r = _mm512_castsi512_ps(
        _mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xFFFF0000U))));
}
inline V add(V a, V b)
{
    return {_mm512_add_ps(a.r, b.r)};
}
inline V sub(V a, V b)
{
    return {_mm512_sub_ps(a.r, b.r)};
}
inline V mul(V a, V b)
{
    return {_mm512_mul_ps(a.r, b.r)};
}
inline V div(V a, V b)
{
    return {_mm512_div_ps(a.r, b.r)};
}
inline V fma(V a, V b, V c)
{
    return {_mm512_fmadd_ps(a.r, b.r, c.r)};
}
inline V max(V a, V b)
{
    return {_mm512_max_ps(a.r, b.r)};
}
inline V min(V a, V b)
{
    return {_mm512_min_ps(a.r, b.r)};
}
/// Sums of products of 16-bit numbers, kPairs of which come in at a time.
struct Sums
{
    __m512i r;
};
constexpr std::size_t kPairs = 32;
inline Sums zeroSums()
{
    return {_mm512_setzero_si512()};
}
inline Sums addProducts(Sums sums, const std::int16_t* x, const std::int16_t* y)
{
    return {_mm512_dpwssd_epi32(sums.r, _mm512_loadu_si512(x), _mm512_loadu_si512(y))};
}
inline V toFloat(Sums sums)
{
    return {_mm512_cvtepi32_ps(sums.r)};
}
inline float reduceAdd(V v)
{
    return _mm512_reduce_add_ps(v.r);
}
inline float reduceMax(V v)
{
    return _mm512_reduce_max_ps(v.r);
}
inline float squareRoot(float x)
{
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
}

/// e^x to about 1e-7 relative; 0 below -87.3. Range reduction to [-ln 2 / 2, ln 2 / 2], then a
/// polynomial of degree 6 (Taylor, remainder below 1.2e-7 there with the last coefficients fitted).
inline V exp(V x)
{
    const __m512 low = _mm512_set1_ps(-87.33F);
    const __mmask16 alive = _mm512_cmp_ps_mask(x.r, low, _CMP_GE_OQ);
    const __m512 v = _mm512_min_ps(_mm512_max_ps(x.r, low), _mm512_set1_ps(88.37F));
    const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(v, _mm512_set1_ps(1.44269504F)), 0);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), v);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), r);
    __m512 y = _mm512_set1_ps(1.0F / 5040.0F);
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F / 720.0F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F / 120.0F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F / 24.0F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F / 6.0F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(0.5F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F));
    y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(1.0F));
    return {_mm512_maskz_scalef_ps(alive, y, n)};
}

/// Sums of 16 vectors at once: a tree of interleaving additions instead of 16 reductions.
inline void reduceSixteen(const V* v, float* out)
{
    __m512 quad[4];
    for (std::size_t i = 0; i < 4; ++i) {
        const __m512 a = v[4 * i].r;
        const __m512 b = v[4 * i + 1].r;
        const __m512 c = v[4 * i + 2].r;
        const __m512 d = v[4 * i + 3].r;
        const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        const __m512d lowHalf = _mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd));
        const __m512d highHalf = _mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd));
        quad[i] = _mm512_add_ps(_mm512_castpd_ps(lowHalf), _mm512_castpd_ps(highHalf));
    }
    const __m512 p = _mm512_add_ps(_mm512_shuffle_f32x4(quad[0], quad[1], 0x88),
                                   _mm512_shuffle_f32x4(quad[0], quad[1], 0xDD));
    const __m512 q = _mm512_add_ps(_mm512_shuffle_f32x4(quad[2], quad[3], 0x88),
                                   _mm512_shuffle_f32x4(quad[2], quad[3], 0xDD));
    _mm512_storeu_ps(
        out, _mm512_add_ps(_mm512_shuffle_f32x4(p, q, 0x88), _mm512_shuffle_f32x4(p, q, 0xDD)));
}

template <std::size_t Count>
void reduceAll(const V* v, float* out)
{
    if constexpr (Count == 16) {
        reduceSixteen(v, out);
    } else {
        V padded[16];
        float sums[16];
        for (std::size_t i = 0; i < 16; ++i)
            padded[i] = i < Count ? v[i] : zero();
        reduceSixteen(padded, sums);
        for (std::size_t i = 0; i < Count; ++i)
            out[i] = sums[i];
    }
}

/// One bit a lane: v > limit.
inline unsigned lanesAbove(V v, V limit)
{
    return _mm512_cmp_ps_mask(v.r, limit.r, _CMP_GT_OQ);
}
// A whole vector is written each time: storing only the lanes kept takes many times as long.
inline void compressScores(const float* from, unsigned lanes, float* to)
{
    _mm512_storeu_ps(
        to, _mm512_maskz_compress_ps(static_cast<__mmask16>(lanes), _mm512_loadu_ps(from)));
}
inline void compressRows(const std::uint32_t* from, unsigned lanes, std::uint32_t* to)
{
    _mm512_storeu_si512(
        to, _mm512_maskz_compress_epi32(static_cast<__mmask16>(lanes), _mm512_loadu_si512(from)));
}
inline void compressPlaces(std::uint32_t base, unsigned lanes, std::uint32_t* to)
{
    const __m512i places =
        _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(base)),
                         _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(static_cast<__mmask16>(lanes), places));
}

constexpr std::size_t kInt8Heads = 8;
constexpr std::size_t kInt8Blocks = 2;
constexpr std::size_t kPublishedDim = 128; ///< index_head_dim of every published checkpoint
constexpr std::size_t kFewDim = 64;        ///< IndexDirections::kCount

/// `Heads` query heads against `Blocks` blocks of keys, 4 dimensions an instruction. The
/// instruction multiplies unsigned by signed bytes: key codes are biased by 128, and each sum
/// starts at minus 128 times the sum of the head's codes. Query codes come straight from memory to
/// all lanes. `Dim`: the depth where it is known, or 0; known, the loop is laid out flat, which
/// saves a tenth.
/// Not inlined: the compiler would load all keys before the first query, and spill them.
template <std::size_t Heads, std::size_t Blocks, std::size_t Dim>
[[gnu::noinline]] void int8Tile(const ScoreKeysParams& p, std::size_t row,
                                const std::int8_t* const (&keys)[Blocks], __m512 (&totals)[Blocks])
{
    const std::size_t dim = Dim != 0 ? Dim : p.dim;
    const __m512i bias = _mm512_set1_epi8(static_cast<char>(0x80));
    __m512i acc[Heads][Blocks];
    for (std::size_t h = 0; h < Heads; ++h)
        for (std::size_t b = 0; b < Blocks; ++b)
            acc[h][b] = _mm512_set1_epi32(-128 * p.querySums[row + h]);
    const std::int8_t* codes = p.queryCodes + row * dim;
#pragma GCC unroll 32
    for (std::size_t d = 0; d < dim; d += 4) {
        __m512i k[Blocks];
        for (std::size_t b = 0; b < Blocks; ++b)
            k[b] = _mm512_xor_si512(bias, _mm512_loadu_si512(keys[b] + d * kLanes));
        for (std::size_t h = 0; h < Heads; ++h) {
            int four;
            __builtin_memcpy(&four, codes + h * dim + d, 4);
            const __m512i q = _mm512_set1_epi32(four);
            for (std::size_t b = 0; b < Blocks; ++b)
                acc[h][b] = _mm512_dpbusd_epi32(acc[h][b], k[b], q);
        }
    }
    const __m512i none = _mm512_setzero_si512();
    for (std::size_t h = 0; h < Heads; ++h) {
        const __m512 weight = _mm512_set1_ps(p.weights[row + h]);
        for (std::size_t b = 0; b < Blocks; ++b)
            totals[b] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_max_epi32(acc[h][b], none)),
                                        weight, totals[b]);
    }
}

/// Into the second cache.
inline void fetch(const char* from, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; i += 64)
        _mm_prefetch(from + i, _MM_HINT_T1);
}

template <std::size_t Blocks, std::size_t Dim>
void scoreBlocks(const ScoreKeysParams& p, std::size_t block)
{
    const std::int8_t* keys[Blocks];
    for (std::size_t b = 0; b < Blocks; ++b) {
        keys[b] = static_cast<const std::int8_t*>(p.keys) + (block + b) * p.dim * kLanes;
        if (p.nextKeys != nullptr)
            fetch(static_cast<const char*>(p.nextKeys) + (block + b) * p.dim * kLanes,
                  p.dim * kLanes);
    }
    for (std::size_t query = 0; query < p.numQueries; ++query) {
        __m512 totals[Blocks];
        for (std::size_t b = 0; b < Blocks; ++b)
            totals[b] = _mm512_setzero_ps();
        std::size_t head = 0;
        for (; head + kInt8Heads <= p.heads; head += kInt8Heads)
            int8Tile<kInt8Heads, Blocks, Dim>(p, query * p.heads + head, keys, totals);
        for (; head < p.heads; ++head)
            int8Tile<1, Blocks, 0>(p, query * p.heads + head, keys, totals);
        for (std::size_t b = 0; b < Blocks; ++b) {
            const std::size_t at = (block + b) * kLanes;
            _mm512_storeu_ps(p.scores + query * p.scoreStride + at,
                             _mm512_mul_ps(totals[b], _mm512_loadu_ps(p.keyScales + at)));
        }
    }
}

template <std::size_t Dim>
void scoreAllBlocks(const ScoreKeysParams& p)
{
    std::size_t block = 0;
    for (; block + kInt8Blocks <= p.numBlocks; block += kInt8Blocks)
        scoreBlocks<kInt8Blocks, Dim>(p, block);
    for (; block < p.numBlocks; ++block)
        scoreBlocks<1, Dim>(p, block);
}

void scoreInt8(const ScoreKeysParams& p)
{
    if (p.dim == kPublishedDim)
        scoreAllBlocks<kPublishedDim>(p);
    else if (p.dim == kFewDim)
        scoreAllBlocks<kFewDim>(p);
    else
        scoreAllBlocks<0>(p);
}

#include "kernels/cpu/simd_kernels.inl"

} // namespace

const Kernels& avx512Kernels()
{
    static const SimdKernels kernels;
    return kernels;
}

} // namespace engine
