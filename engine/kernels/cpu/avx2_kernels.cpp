// SPDX-License-Identifier: GPL-3.0-or-later
// AVX2 and FMA: a vector of 16 is two registers.
#include <immintrin.h>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

namespace {

struct V
{
    __m256 a;
    __m256 b;
};

constexpr Isa kIsa = Isa::avx2;
constexpr float kInfinity = __builtin_inff();

// 16 registers: 4 x 1 sums of two registers, the weights, one broadcast.
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTilePanels = 1;
constexpr std::size_t kSmallRows = 1;
constexpr std::size_t kWidePanels = 2;
constexpr std::size_t kDotRows = 2;
constexpr std::size_t kHeadTile = 2;
constexpr std::size_t kValueVectors = 2;
constexpr std::size_t kFineHeads = 4;
constexpr std::size_t kFineKeys = 1;

inline V zero()
{
    return {_mm256_setzero_ps(), _mm256_setzero_ps()};
}
inline V set1(float x)
{
    return {_mm256_set1_ps(x), _mm256_set1_ps(x)};
}
inline V load(const float* p)
{
    return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
inline void store(float* p, V v)
{
    _mm256_storeu_ps(p, v.a);
    _mm256_storeu_ps(p + 8, v.b);
}
inline V loadPartial(const float* p, std::size_t count)
{
    if (count >= kLanes)
        return load(p);
    float padded[kLanes] = {};
    for (std::size_t i = 0; i < count; ++i)
        padded[i] = p[i];
    return load(padded);
}
inline void storePartial(float* p, V v, std::size_t count)
{
    if (count >= kLanes)
        return store(p, v);
    float padded[kLanes];
    store(padded, v);
    for (std::size_t i = 0; i < count; ++i)
        p[i] = padded[i];
}
inline __m256 widen(__m128i halves)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}
inline V loadHalf(const BFloat16* p)
{
    return {widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))),
            widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
inline void loadPairs(const BFloat16* p, V& even, V& odd)
{
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 16));
    const __m256i mask = _mm256_set1_epi32(static_cast<int>(0xFFFF0000U));
    even.a = _mm256_castsi256_ps(_mm256_slli_epi32(low, 16));
    even.b = _mm256_castsi256_ps(_mm256_slli_epi32(high, 16));
    odd.a = _mm256_castsi256_ps(_mm256_and_si256(low, mask));
    odd.b = _mm256_castsi256_ps(_mm256_and_si256(high, mask));
}
inline V add(V x, V y)
{
    return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)};
}
inline V sub(V x, V y)
{
    return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)};
}
inline V mul(V x, V y)
{
    return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)};
}
inline V div(V x, V y)
{
    return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)};
}
inline V fma(V x, V y, V z)
{
    return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
inline V max(V x, V y)
{
    return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)};
}
inline V min(V x, V y)
{
    return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)};
}
/// Sums of products of 16-bit numbers, kPairs of which come in at a time.
struct Sums
{
    __m256i a;
    __m256i b;
};
constexpr std::size_t kPairs = 32;
inline Sums zeroSums()
{
    return {_mm256_setzero_si256(), _mm256_setzero_si256()};
}
inline Sums addProducts(Sums sums, const std::int16_t* x, const std::int16_t* y)
{
    const auto* from = reinterpret_cast<const __m256i*>(x);
    const auto* with = reinterpret_cast<const __m256i*>(y);
    const auto products = [&](int i) {
        return _mm256_madd_epi16(_mm256_loadu_si256(from + i), _mm256_loadu_si256(with + i));
    };
    return {_mm256_add_epi32(sums.a, products(0)), _mm256_add_epi32(sums.b, products(1))};
}
inline V toFloat(Sums sums)
{
    return {_mm256_cvtepi32_ps(sums.a), _mm256_cvtepi32_ps(sums.b)};
}
inline float reduceAdd(V v)
{
    const __m256 eight = _mm256_add_ps(v.a, v.b);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
inline float reduceMax(V v)
{
    const __m256 eight = _mm256_max_ps(v.a, v.b);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
inline float squareRoot(float x)
{
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
}

/// See the AVX-512 file; 2^n is built from its exponent bits, n is in [-126, 128).
inline __m256 expHalf(__m256 x)
{
    const __m256 low = _mm256_set1_ps(-87.33F);
    const __m256 alive = _mm256_cmp_ps(x, low, _CMP_GE_OQ);
    const __m256 v = _mm256_min_ps(_mm256_max_ps(x, low), _mm256_set1_ps(88.37F));
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(v, _mm256_set1_ps(1.44269504F)),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375F), v);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4F), r);
    __m256 y = _mm256_set1_ps(1.0F / 5040.0F);
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F / 720.0F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F / 120.0F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F / 24.0F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F / 6.0F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(0.5F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.0F));
    const __m256i power =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_and_ps(alive, _mm256_mul_ps(y, _mm256_castsi256_ps(power)));
}
inline V exp(V x)
{
    return {expHalf(x.a), expHalf(x.b)};
}

template <std::size_t Count>
void reduceAll(const V* v, float* out)
{
    for (std::size_t i = 0; i < Count; ++i)
        out[i] = reduceAdd(v[i]);
}

/// One bit a lane: v > limit.
inline unsigned lanesAbove(V v, V limit)
{
    return static_cast<unsigned>(
        _mm256_movemask_ps(_mm256_cmp_ps(v.a, limit.a, _CMP_GT_OQ)) |
        (_mm256_movemask_ps(_mm256_cmp_ps(v.b, limit.b, _CMP_GT_OQ)) << 8));
}
inline void compressScores(const float* from, unsigned lanes, float* to)
{
    for (; lanes != 0; lanes &= lanes - 1U)
        *to++ = from[__builtin_ctz(lanes)];
}
inline void compressRows(const std::uint32_t* from, unsigned lanes, std::uint32_t* to)
{
    for (; lanes != 0; lanes &= lanes - 1U)
        *to++ = from[__builtin_ctz(lanes)];
}
inline void compressPlaces(std::uint32_t base, unsigned lanes, std::uint32_t* to)
{
    for (; lanes != 0; lanes &= lanes - 1U)
        *to++ = base + static_cast<unsigned>(__builtin_ctz(lanes));
}

/// `Heads` query heads against one block of 16 keys. The product of unsigned and signed bytes takes
/// |q| and the key with q's sign; two of them stay below 2 * 127 * 127 < 2^15.
template <std::size_t Heads>
void int8Heads(const ScoreKeysParams& p, std::size_t row, const std::int8_t* keys, V& total)
{
    __m256i acc[Heads][2] = {};
    const __m256i ones = _mm256_set1_epi16(1);
    for (std::size_t d = 0; d < p.dim; d += 4) {
        const auto* at = reinterpret_cast<const __m256i*>(keys + d * kLanes);
        const __m256i low = _mm256_loadu_si256(at);
        const __m256i high = _mm256_loadu_si256(at + 1);
        for (std::size_t h = 0; h < Heads; ++h) {
            int four;
            __builtin_memcpy(&four, p.queryCodes + (row + h) * p.dim + d, 4);
            const __m256i q = _mm256_set1_epi32(four);
            const __m256i size = _mm256_abs_epi8(q);
            const auto add = [&](__m256i sum, __m256i k) {
                const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(k, q));
                return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
            };
            acc[h][0] = add(acc[h][0], low);
            acc[h][1] = add(acc[h][1], high);
        }
    }
    const __m256i none = _mm256_setzero_si256();
    for (std::size_t h = 0; h < Heads; ++h) {
        const V dots{_mm256_cvtepi32_ps(_mm256_max_epi32(acc[h][0], none)),
                     _mm256_cvtepi32_ps(_mm256_max_epi32(acc[h][1], none))};
        total = fma(dots, set1(p.weights[row + h]), total);
    }
}

void scoreInt8(const ScoreKeysParams& p)
{
    constexpr std::size_t kHeads = 4;
    const auto* keys = static_cast<const std::int8_t*>(p.keys);
    for (std::size_t block = 0; block < p.numBlocks; ++block) {
        const std::int8_t* at = keys + block * p.dim * kLanes;
        for (std::size_t query = 0; query < p.numQueries; ++query) {
            V total = zero();
            std::size_t head = 0;
            for (; head + kHeads <= p.heads; head += kHeads)
                int8Heads<kHeads>(p, query * p.heads + head, at, total);
            for (; head < p.heads; ++head)
                int8Heads<1>(p, query * p.heads + head, at, total);
            store(p.scores + query * p.scoreStride + block * kLanes,
                  mul(total, load(p.keyScales + block * kLanes)));
        }
    }
}

#include "kernels/cpu/simd_kernels.inl"

} // namespace

const Kernels& avx2Kernels()
{
    static const SimdKernels kernels;
    return kernels;
}

} // namespace engine
