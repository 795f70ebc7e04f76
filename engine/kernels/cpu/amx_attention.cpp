// SPDX-License-Identifier: GPL-3.0-or-later
// Attention of neighbouring tokens through AMX tiles: rows are bfloat16 as stored, or the sum of
// two as WindowRing keeps them; queries and probabilities enter as the sum of two bfloat16. Of
// products of two sums, that of both remainders is left out.
//
// Phases: load queries as tile columns; scores of 32 rows at a time (rows are the left factor, so
// they are read in place); softmax per query head; weighted sum of rows, the shared ones for all
// heads at once, then each token's own.
#include <immintrin.h>

#include "kernels/cpu/amx_tiles.h"
#include "kernels/cpu/kernel_sets.h"

namespace engine {

namespace {

constexpr std::size_t kTile = 16;      ///< rows of a tile, float32 columns of a tile
constexpr std::size_t kStep = 32;      ///< bfloat16 columns of a tile; rows taken at a time
constexpr std::size_t kSliceDims = 64; ///< dims summed in one pass: four sum tiles
/// Tiles 0-5 have `left` rows, 6 and 7 sixteen.
void configure(std::size_t left)
{
    TileConfig config;
    for (std::size_t tile = 0; tile < 8; ++tile)
        config.set(tile, tile < 6 ? left : kTile);
    _tile_loadconfig(&config);
}

/// Memory that one thread uses again and again.
struct Workspace
{
    AlignedArray<BFloat16> queries; ///< two halves: [dim / 2][16 columns][2]
    AlignedArray<float> scores;     ///< [16, keyStride]
    AlignedArray<BFloat16> high;    ///< [16, keyStride] probabilities
    AlignedArray<BFloat16> low;
    AlignedArray<BFloat16> gathered; ///< [32 rows, one part or two, rowStride]
    AlignedArray<BFloat16> pairs;    ///< four tiles of row pairs
    AlignedArray<float> sums;        ///< [16, rowStride]
    std::size_t keyStride = 0;

    void reserve(std::size_t keys, std::size_t rowStride)
    {
        keyStride = keys;
        if (scores.size() < kTile * keys) {
            scores.reset(kTile * keys);
            high.reset(kTile * keys);
            low.reset(kTile * keys);
        }
        if (sums.size() < kTile * rowStride) {
            queries.reset(2 * kTile * rowStride);
            gathered.reset(2 * kStep * rowStride);
            pairs.reset(4 * kTile * kStep);
            sums.reset(kTile * rowStride);
        }
    }
};

/// Queries as tile columns: pairs of dims of one head stand together.
void loadQueries(const AttendGroupParams& p, Workspace& w)
{
    BFloat16* high = w.queries.data();
    BFloat16* low = high + kTile * p.rowStride;
    const __m512 scale = _mm512_set1_ps(p.scale);
    for (std::size_t d = 0; d < p.rowStride; d += kStep) {
        __m512i upper[kTile] = {};
        __m512i lower[kTile] = {};
        for (std::size_t r = 0; r < p.numTokens * p.heads; ++r) {
            const float* q = p.q + r * p.rowStride + d;
            splitThirtyTwo(_mm512_mul_ps(_mm512_loadu_ps(q), scale),
                           _mm512_mul_ps(_mm512_loadu_ps(q + kTile), scale), upper[r], lower[r]);
        }
        transposeSixteen(upper);
        transposeSixteen(lower);
        for (std::size_t pair = 0; pair < kTile; ++pair) {
            const std::size_t at = (d / 2 + pair) * kTile * 2;
            _mm512_store_si512(high + at, upper[pair]);
            _mm512_store_si512(low + at, lower[pair]);
        }
    }
}

/// 32 rows with one stride between them.
struct Rows32
{
    const BFloat16* high = nullptr;
    const BFloat16* low = nullptr; ///< null where rows are single bfloat16
    std::size_t strideBytes = 0;
};

/// Bytes from a float32 row to its rounded elements, and from these to the remainders.
constexpr std::size_t highOffset(std::size_t rowStride)
{
    return rowStride * sizeof(float);
}
constexpr std::size_t lowOffset(std::size_t rowStride)
{
    return rowStride * sizeof(BFloat16);
}

const BFloat16* halvesAt(const void* row, std::size_t offset)
{
    return reinterpret_cast<const BFloat16*>(static_cast<const std::byte*>(row) + offset);
}

/// Where 32 rows can be read with one stride: in place if they lie side by side, else copied.
Rows32 sideBySide(const void* const* rows, bool haveHalves, std::size_t rowStride, Workspace& w)
{
    const std::size_t parts = haveHalves ? 2 : 1;
    const std::size_t offset = haveHalves ? highOffset(rowStride) : 0;
    const auto* first = static_cast<const std::byte*>(rows[0]);
    const std::ptrdiff_t apart = static_cast<const std::byte*>(rows[1]) - first;
    bool together = apart > 0;
    for (std::size_t i = 2; i < kStep; ++i)
        together = together && rows[i] == first + static_cast<std::ptrdiff_t>(i) * apart;
    Rows32 found;
    if (together) {
        found.high = halvesAt(first, offset);
        found.strideBytes = static_cast<std::size_t>(apart);
    } else {
        for (std::size_t i = 0; i < kStep; ++i) {
            const BFloat16* from = halvesAt(rows[i], offset);
            BFloat16* to = w.gathered.data() + i * parts * rowStride;
            for (std::size_t d = 0; d < parts * rowStride; d += kStep)
                _mm512_store_si512(to + d, _mm512_loadu_si512(from + d));
        }
        found.high = w.gathered.data();
        found.strideBytes = parts * rowStride * sizeof(BFloat16);
    }
    if (haveHalves)
        found.low = halvesAt(found.high, lowOffset(rowStride));
    return found;
}

/// Columns [first, first + count) of the sum of two stored 16x16 tiles become rows of `out`.
void transposeSum(const float* lower, const float* upper, std::size_t first, std::size_t count,
                  float* out, std::size_t stride)
{
    __m512i lines[kTile];
    for (std::size_t r = 0; r < kTile; ++r)
        lines[r] = _mm512_castps_si512(
            _mm512_add_ps(_mm512_load_ps(lower + r * kTile), _mm512_load_ps(upper + r * kTile)));
    transposeSixteen(lines);
    for (std::size_t c = 0; c < count; ++c)
        _mm512_storeu_si512(out + c * stride, lines[first + c]);
}

/// Scores of 32 rows against all query columns; `count` heads from `first` on are kept at key
/// `key` of their score lines.
void scoreStep(const AttendGroupParams& p, const Rows32& rows, std::size_t first, std::size_t count,
               std::size_t key, Workspace& w)
{
    const BFloat16* high = w.queries.data();
    const BFloat16* low = high + kTile * p.rowStride;
    const std::size_t stride = rows.strideBytes;
    const auto secondTile = [&](const BFloat16* firstTile) {
        return halvesAt(firstTile, kTile * stride);
    };
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(4);
    _tile_zero(5);
    for (std::size_t d = 0; d < p.rowStride; d += kStep) {
        _tile_loadd(2, rows.high + d, stride);
        _tile_loadd(3, secondTile(rows.high + d), stride);
        _tile_loadd(6, low + d * kTile, kTileBytes);
        _tile_loadd(7, high + d * kTile, kTileBytes);
        _tile_dpbf16ps(0, 2, 6);
        _tile_dpbf16ps(1, 3, 6);
        _tile_dpbf16ps(4, 2, 7);
        _tile_dpbf16ps(5, 3, 7);
        if (rows.low == nullptr)
            continue;
        _tile_loadd(2, rows.low + d, stride);
        _tile_loadd(3, secondTile(rows.low + d), stride);
        _tile_dpbf16ps(0, 2, 7);
        _tile_dpbf16ps(1, 3, 7);
    }
    alignas(64) float lower[2][kTile * kTile];
    alignas(64) float upper[2][kTile * kTile];
    _tile_stored(0, lower[0], kTileBytes);
    _tile_stored(1, lower[1], kTileBytes);
    _tile_stored(4, upper[0], kTileBytes);
    _tile_stored(5, upper[1], kTileBytes);
    for (std::size_t half = 0; half < 2; ++half)
        transposeSum(lower[half], upper[half], first, count,
                     w.scores.data() + first * w.keyStride + key + half * kTile, w.keyStride);
}

void scoreShared(const AttendGroupParams& p, Workspace& w)
{
    std::size_t key = 0;
    for (const SharedRows& shared : p.shared) {
        for (std::size_t i = 0; i < shared.count; i += kStep, key += kStep)
            scoreStep(p, sideBySide(shared.rows + i, shared.haveHalves, p.rowStride, w), 0,
                      p.numTokens * p.heads, key, w);
    }
}

/// 32 pointers of a token's own list from `begin` on; past its end the last row stands in.
void ownStep(const AttendGroupParams& p, std::size_t token, std::size_t begin,
             const void* (&rows)[kStep])
{
    for (std::size_t i = 0; i < kStep; ++i) {
        const std::size_t at = begin + i;
        rows[i] = p.own[token][at < p.numOwn[token] ? at : p.numOwn[token] - 1];
    }
}

void scoreOwn(const AttendGroupParams& p, Workspace& w)
{
    const void* rows[kStep];
    for (std::size_t t = 0; t < p.numTokens; ++t) {
        for (std::size_t i = 0; i < p.numOwn[t]; i += kStep) {
            ownStep(p, t, i, rows);
            scoreStep(p, sideBySide(rows, false, p.rowStride, w), t * p.heads, p.heads,
                      p.sharedCount() + i, w);
        }
    }
}

/// e^x, see avx512_kernels.cpp.
inline __m512 exponential(__m512 x)
{
    const __m512 lowest = _mm512_set1_ps(-87.33F);
    const __mmask16 alive = _mm512_cmp_ps_mask(x, lowest, _CMP_GE_OQ);
    const __m512 v = _mm512_max_ps(x, lowest);
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
    return _mm512_maskz_scalef_ps(alive, y, n);
}

/// Lanes of [key, key + 16) that lie in [begin, end).
inline __mmask16 lanesWithin(std::size_t key, std::size_t begin, std::size_t end)
{
    const std::size_t first = begin > key ? begin - key : 0;
    const std::size_t last = end > key ? end - key : 0;
    const unsigned below = last >= kTile ? 0xFFFFU : (1U << last) - 1U;
    const unsigned before = first >= kTile ? 0xFFFFU : (1U << first) - 1U;
    return static_cast<__mmask16>(below & ~before);
}

/// Runs `body(key, lanes)` over what token t sees, 16 keys at a time.
template <typename Body>
void forVisible(const AttendGroupParams& p, std::size_t t, const Body& body)
{
    std::size_t offset = 0;
    for (const SharedRows& shared : p.shared) {
        for (std::size_t i = shared.begin[t] / kTile * kTile; i < shared.end[t]; i += kTile)
            body(offset + i, lanesWithin(i, shared.begin[t], shared.end[t]));
        offset += shared.count;
    }
    for (std::size_t i = 0; i < p.numOwn[t]; i += kTile)
        body(offset + i, lanesWithin(i, 0, p.numOwn[t]));
}

/// Probabilities before division, split in two, zero where nothing is seen; gives the divisor.
float softmaxLine(const AttendGroupParams& p, std::size_t t, std::size_t h, Workspace& w)
{
    const std::size_t line = t * p.heads + h;
    const float* scores = w.scores.data() + line * w.keyStride;
    BFloat16* high = w.high.data() + line * w.keyStride;
    BFloat16* low = w.low.data() + line * w.keyStride;
    const __m512 least = _mm512_set1_ps(-__builtin_inff());
    __m512 top = least;
    forVisible(p, t, [&](std::size_t key, __mmask16 lanes) {
        top = _mm512_max_ps(top, _mm512_mask_loadu_ps(least, lanes, scores + key));
    });
    const float largest = _mm512_reduce_max_ps(top);
    const __m512 shift = _mm512_set1_ps(largest);
    const std::size_t sharedKeys = p.sharedCount();
    __builtin_memset(high, 0, sharedKeys * sizeof(BFloat16));
    __builtin_memset(low, 0, sharedKeys * sizeof(BFloat16));
    const std::size_t ownBytes = roundUp(p.numOwn[t], kStep) * sizeof(BFloat16);
    __builtin_memset(high + sharedKeys, 0, ownBytes);
    __builtin_memset(low + sharedKeys, 0, ownBytes);
    __m512 sum = _mm512_setzero_ps();
    forVisible(p, t, [&](std::size_t key, __mmask16 lanes) {
        const __m512 raw = _mm512_maskz_loadu_ps(lanes, scores + key);
        const __m512 weight = _mm512_maskz_mov_ps(lanes, exponential(_mm512_sub_ps(raw, shift)));
        sum = _mm512_add_ps(sum, weight);
        const auto rounded = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(weight));
        const __m512 back =
            _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded), 16));
        const auto rest =
            reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_sub_ps(weight, back)));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(high + key), rounded);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(low + key), rest);
    });
    const __m512 sink = exponential(_mm512_set1_ps(p.sinks[h] - largest));
    return _mm512_reduce_add_ps(sum) + _mm512_cvtss_f32(sink);
}

/// 64 dims of 32 rows, `offset` bytes from where these begin, as four tiles of row pairs.
/// Interleaving within 128 bits puts dims 0-3, 8-11, 16-19, 24-27 of each 32 in one tile and the
/// others in the next; storeSlice undoes it.
void pairRows(const void* const* rows, std::size_t offset, std::size_t dim, BFloat16* tiles)
{
    for (std::size_t i = 0; i < kStep; i += 2) {
        const BFloat16* a = halvesAt(rows[i], offset) + dim;
        const BFloat16* b = halvesAt(rows[i + 1], offset) + dim;
        for (std::size_t half = 0; half < 2; ++half) {
            const __m512i x = _mm512_loadu_si512(a + half * kStep);
            const __m512i y = _mm512_loadu_si512(b + half * kStep);
            BFloat16* to = tiles + half * 2 * kTile * kStep + i / 2 * kStep;
            _mm512_store_si512(to, _mm512_unpacklo_epi16(x, y));
            _mm512_store_si512(to + kTile * kStep, _mm512_unpackhi_epi16(x, y));
        }
    }
}

/// Adds the pairs, weighted by the probabilities in tile 5, to the four sum tiles.
void addPairs(const BFloat16* tiles)
{
    _tile_loadd(6, tiles, kTileBytes);
    _tile_loadd(7, tiles + kTile * kStep, kTileBytes);
    _tile_dpbf16ps(0, 5, 6);
    _tile_dpbf16ps(1, 5, 7);
    _tile_loadd(6, tiles + 2 * kTile * kStep, kTileBytes);
    _tile_loadd(7, tiles + 3 * kTile * kStep, kTileBytes);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
}

/// Adds 32 rows, weighted, to the four sum tiles.
void addStep(const void* const* rows, bool haveHalves, std::size_t rowStride, std::size_t dim,
             const BFloat16* high, const BFloat16* low, std::size_t lineBytes, Workspace& w)
{
    BFloat16* tiles = w.pairs.data();
    pairRows(rows, haveHalves ? highOffset(rowStride) : 0, dim, tiles);
    // Each sum's turn comes every fourth product, at the price of loading the pairs twice.
    _tile_loadd(5, low, lineBytes);
    addPairs(tiles);
    _tile_loadd(5, high, lineBytes);
    addPairs(tiles);
    if (!haveHalves)
        return;
    pairRows(rows, highOffset(rowStride) + lowOffset(rowStride), dim, tiles);
    addPairs(tiles);
}

void loadSums(float* sums, std::size_t stride)
{
    _tile_loadd(0, sums, stride);
    _tile_loadd(1, sums + kTile, stride);
    _tile_loadd(2, sums + 2 * kTile, stride);
    _tile_loadd(3, sums + 3 * kTile, stride);
}

void storeSums(float* sums, std::size_t stride)
{
    _tile_stored(0, sums, stride);
    _tile_stored(1, sums + kTile, stride);
    _tile_stored(2, sums + 2 * kTile, stride);
    _tile_stored(3, sums + 3 * kTile, stride);
}

void sumShared(const AttendGroupParams& p, Workspace& w)
{
    const std::size_t lineBytes = w.keyStride * sizeof(BFloat16);
    for (std::size_t dim = 0; dim < p.rowStride; dim += kSliceDims) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
        std::size_t key = 0;
        for (const SharedRows& shared : p.shared) {
            for (std::size_t i = 0; i < shared.count; i += kStep, key += kStep)
                addStep(shared.rows + i, shared.haveHalves, p.rowStride, dim, w.high.data() + key,
                        w.low.data() + key, lineBytes, w);
        }
        storeSums(w.sums.data() + dim, p.rowStride * sizeof(float));
    }
}

void sumOwn(const AttendGroupParams& p, Workspace& w)
{
    const std::size_t lineBytes = w.keyStride * sizeof(BFloat16);
    const void* rows[kStep];
    for (std::size_t t = 0; t < p.numTokens; ++t) {
        float* sums = w.sums.data() + t * p.heads * p.rowStride;
        const std::size_t line = t * p.heads * w.keyStride + p.sharedCount();
        for (std::size_t dim = 0; dim < p.rowStride; dim += kSliceDims) {
            loadSums(sums + dim, p.rowStride * sizeof(float));
            for (std::size_t i = 0; i < p.numOwn[t]; i += kStep) {
                ownStep(p, t, i, rows);
                addStep(rows, false, p.rowStride, dim, w.high.data() + line + i,
                        w.low.data() + line + i, lineBytes, w);
            }
            storeSums(sums + dim, p.rowStride * sizeof(float));
        }
    }
}

/// Divides, and puts the dims that pairRows interleaved back in order.
void storeResult(const AttendGroupParams& p, const float* divisors, const Workspace& w)
{
    const __m512i lower = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i upper =
        _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    for (std::size_t r = 0; r < p.numTokens * p.heads; ++r) {
        const __m512 factor = _mm512_set1_ps(1.0F / divisors[r]);
        const float* from = w.sums.data() + r * p.rowStride;
        float* to = p.out + r * p.rowStride;
        for (std::size_t d = 0; d < p.rowStride; d += kStep) {
            const __m512 even = _mm512_loadu_ps(from + d);
            const __m512 odd = _mm512_loadu_ps(from + d + kTile);
            _mm512_storeu_ps(to + d,
                             _mm512_mul_ps(_mm512_permutex2var_ps(even, lower, odd), factor));
            _mm512_storeu_ps(to + d + kTile,
                             _mm512_mul_ps(_mm512_permutex2var_ps(even, upper, odd), factor));
        }
    }
}

} // namespace

bool attendGroupAmx(const AttendGroupParams& p)
{
    bool canRead = p.heads <= kTile && p.rowStride % kSliceDims == 0;
    for (const SharedRows& shared : p.shared)
        canRead = canRead && (shared.count == 0 || shared.areBFloat16 || shared.haveHalves);
    for (std::size_t t = 0; t < p.numTokens; ++t)
        canRead = canRead && (p.numOwn[t] == 0 || p.ownAreBFloat16);
    if (!canRead)
        return false;
    static thread_local Workspace w;
    std::size_t mostOwn = 0;
    for (std::size_t t = 0; t < p.numTokens; ++t)
        mostOwn = p.numOwn[t] > mostOwn ? p.numOwn[t] : mostOwn;
    w.reserve(p.sharedCount() + roundUp(mostOwn, kStep), p.rowStride);
    loadQueries(p, w);
    configure(kTile);
    scoreShared(p, w);
    scoreOwn(p, w);
    float divisors[kTile];
    for (std::size_t t = 0; t < p.numTokens; ++t)
        for (std::size_t h = 0; h < p.heads; ++h)
            divisors[t * p.heads + h] = softmaxLine(p, t, h, w);
    configure(p.numTokens * p.heads);
    sumShared(p, w);
    if (mostOwn != 0) {
        configure(p.heads);
        sumOwn(p, w);
    }
    _tile_release();
    storeResult(p, divisors, w);
    return true;
}

} // namespace engine
