// SPDX-License-Identifier: GPL-3.0-or-later
// AMX tiles for the two operations that dominate reading; everything else is the AVX-512 set's.
#include <immintrin.h>

#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/cpu/kernel_sets.h"

namespace engine {

bool requestAmxPermission()
{
    // Feature bits of AMX-TILE, AMX-INT8, AMX-BF16 (CPUID leaf 7, EDX) and AVX512-BF16 (leaf 7.1).
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    const auto cpuid = [&](unsigned leaf, unsigned sub) {
        asm volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(leaf), "c"(sub));
    };
    cpuid(0, 0);
    if (a < 7)
        return false;
    cpuid(7, 0);
    constexpr unsigned kTile = 1U << 24U;
    constexpr unsigned kInt8 = 1U << 25U;
    constexpr unsigned kBf16 = 1U << 22U;
    if ((d & (kTile | kInt8 | kBf16)) != (kTile | kInt8 | kBf16))
        return false;
    cpuid(7, 1);
    if ((a & (1U << 5U)) == 0)
        return false;
    constexpr long kRequestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;              // XFEATURE_XTILEDATA
    return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

namespace {

constexpr std::size_t kTileRows = 16;
constexpr std::size_t kTileBytes = 64;

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

/// Rows of activations as the sum of two bfloat16: x = high + low to 16 bits of mantissa.
struct alignas(64) SplitRows
{
    static constexpr std::size_t kRows = 32;
    BFloat16* high = nullptr;
    BFloat16* low = nullptr;
    AlignedArray<BFloat16> memory;

    void reserve(std::size_t depth)
    {
        if (memory.size() < 2 * kRows * depth)
            memory.reset(2 * kRows * depth);
        high = memory.data();
        low = memory.data() + kRows * depth;
    }
};

/// Rounds 32 floats to bfloat16 and the remainders likewise.
inline void splitThirtyTwo(__m512 first, __m512 second, BFloat16* high, BFloat16* low)
{
    const __m512i rounded = reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
    _mm512_storeu_si512(high, rounded);
    const __m512 firstHigh = _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(rounded)), 16));
    const __m512 secondHigh = _mm512_castsi512_ps(
        _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(rounded, 1)), 16));
    const __m512bh rest =
        _mm512_cvtne2ps_pbh(_mm512_sub_ps(second, secondHigh), _mm512_sub_ps(first, firstHigh));
    _mm512_storeu_si512(low, reinterpret_cast<__m512i>(rest));
}

void splitRow(const float* x, std::size_t inputs, std::size_t depth, BFloat16* high, BFloat16* low)
{
    for (std::size_t k = 0; k < depth; k += kDepthStep) {
        const std::size_t left = k < inputs ? inputs - k : 0;
        const auto mask = [](std::size_t count) {
            return static_cast<__mmask16>(count >= 16 ? 0xFFFFU : (1U << count) - 1U);
        };
        const __m512 first = _mm512_maskz_loadu_ps(mask(left), x + k);
        const __m512 second = _mm512_maskz_loadu_ps(mask(left > 16 ? left - 16 : 0), x + k + 16);
        splitThirtyTwo(first, second, high + k, low + k);
    }
}

/// Tiles: 0-3 sums (two row tiles x two panels), 4 and 5 activations, 6 and 7 weights.
template <bool TwoRowTiles, bool TwoPanels>
void bf16Tile(const SplitRows& rows, std::size_t depth, const BFloat16* panel0,
              const BFloat16* panel1)
{
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    const std::size_t stride = depth * sizeof(BFloat16);
    const std::size_t second = kTileRows * depth;
    for (std::size_t k = 0; k < depth; k += kDepthStep) {
        _tile_loadd(6, panel0 + k * kPanelColumns, kTileBytes);
        if constexpr (TwoPanels)
            _tile_loadd(7, panel1 + k * kPanelColumns, kTileBytes);
        _tile_loadd(4, rows.low + k, stride);
        _tile_dpbf16ps(0, 4, 6);
        if constexpr (TwoPanels)
            _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(4, rows.high + k, stride);
        _tile_dpbf16ps(0, 4, 6);
        if constexpr (TwoPanels)
            _tile_dpbf16ps(1, 4, 7);
        if constexpr (TwoRowTiles) {
            _tile_loadd(5, rows.low + second + k, stride);
            _tile_dpbf16ps(2, 5, 6);
            if constexpr (TwoPanels)
                _tile_dpbf16ps(3, 5, 7);
            _tile_loadd(5, rows.high + second + k, stride);
            _tile_dpbf16ps(2, 5, 6);
            if constexpr (TwoPanels)
                _tile_dpbf16ps(3, 5, 7);
        }
    }
}

/// Writes one sum tile; the tile number must be a constant.
#define LECTERN_STORE_TILE(tile, y, stride, count, rowCount)                                       \
    do {                                                                                           \
        if ((count) >= kPanelColumns) {                                                            \
            _tile_stored(tile, (y), (stride) * sizeof(float));                                     \
        } else {                                                                                   \
            float part[kTileRows * kPanelColumns];                                                 \
            _tile_stored(tile, part, kTileBytes);                                                  \
            for (std::size_t r = 0; r < (rowCount); ++r)                                           \
                for (std::size_t n = 0; n < (count); ++n)                                          \
                    (y)[r * (stride) + n] = part[r * kPanelColumns + n];                           \
        }                                                                                          \
    } while (false)

void matmulBf16(const MatmulParams& p)
{
    static thread_local SplitRows split;
    const PackedMatrix& w = *p.weights;
    const std::size_t depth = w.depth();
    split.reserve(depth);
    for (std::size_t row = 0; row < p.rows; row += SplitRows::kRows) {
        const std::size_t count = p.rows - row < SplitRows::kRows ? p.rows - row : SplitRows::kRows;
        for (std::size_t r = 0; r < count; ++r)
            splitRow(p.x + (row + r) * p.xStride, w.inputs(), depth, split.high + r * depth,
                     split.low + r * depth);
        const std::size_t rows0 = count < kTileRows ? count : kTileRows;
        const std::size_t rows1 = count - rows0;
        TileConfig config;
        config.set(0, rows0);
        config.set(1, rows0);
        config.set(4, rows0);
        config.set(2, rows1 != 0 ? rows1 : kTileRows);
        config.set(3, rows1 != 0 ? rows1 : kTileRows);
        config.set(5, rows1 != 0 ? rows1 : kTileRows);
        config.set(6, kTileRows);
        config.set(7, kTileRows);
        _tile_loadconfig(&config);
        for (std::size_t panel = p.panelBegin; panel < p.panelEnd; panel += 2) {
            const bool two = panel + 1 < p.panelEnd;
            const BFloat16* panel0 = w.halfPanel(panel);
            const BFloat16* panel1 = two ? w.halfPanel(panel + 1) : panel0;
            if (rows1 != 0) {
                if (two)
                    bf16Tile<true, true>(split, depth, panel0, panel1);
                else
                    bf16Tile<true, false>(split, depth, panel0, panel1);
            } else if (two) {
                bf16Tile<false, true>(split, depth, panel0, panel1);
            } else {
                bf16Tile<false, false>(split, depth, panel0, panel1);
            }
            const std::size_t column = panel * kPanelColumns;
            float* y = p.y + row * p.yStride + column;
            const std::size_t left = w.outputs() - column;
            LECTERN_STORE_TILE(0, y, p.yStride, left, rows0);
            if (rows1 != 0)
                LECTERN_STORE_TILE(2, y + kTileRows * p.yStride, p.yStride, left, rows1);
            if (two) {
                float* next = y + kPanelColumns;
                const std::size_t nextLeft = left - kPanelColumns;
                LECTERN_STORE_TILE(1, next, p.yStride, nextLeft, rows0);
                if (rows1 != 0)
                    LECTERN_STORE_TILE(3, next + kTileRows * p.yStride, p.yStride, nextLeft, rows1);
            }
        }
    }
    _tile_release();
}

constexpr std::size_t kIndexDim = 128; ///< two tiles deep: the published index_head_dim
constexpr std::size_t kGroupRows = 2 * kTileRows;

/// Up to 32 query heads, padded with zeros to two row tiles.
struct alignas(64) QueryGroup
{
    std::int8_t codes[kGroupRows][kIndexDim];
    std::int32_t start[kGroupRows][kTileRows]; ///< minus the offset, in every column
    std::int32_t sums[kGroupRows][kTileRows];
};

void fillGroup(const ScoreKeysParams& p, std::size_t firstRow, std::size_t rows, QueryGroup& group)
{
    __builtin_memset(&group, 0, sizeof group);
    __builtin_memcpy(group.codes, p.queryCodes + firstRow * kIndexDim, rows * kIndexDim);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < kTileRows; ++c)
            group.start[r][c] = -p.queryOffsets[firstRow + r];
}

/// Tiles: 0 and 1 sums, 2-5 query codes (row tile x depth half), 6 and 7 keys.
void scoreGroup(const ScoreKeysParams& p, std::size_t query, std::size_t queries, QueryGroup& group)
{
    fillGroup(p, query * p.heads, queries * p.heads, group);
    _tile_loadd(2, &group.codes[0][0], kIndexDim);
    _tile_loadd(3, &group.codes[0][kTileBytes], kIndexDim);
    _tile_loadd(4, &group.codes[kTileRows][0], kIndexDim);
    _tile_loadd(5, &group.codes[kTileRows][kTileBytes], kIndexDim);
    const auto* keys = static_cast<const std::uint8_t*>(p.keys);
    const bool both = queries * p.heads > kTileRows;
    for (std::size_t block = 0; block < p.numBlocks; ++block) {
        const std::uint8_t* key = keys + block * kIndexDim * kLanes;
        _tile_loadd(6, key, kTileBytes);
        _tile_loadd(7, key + kTileRows * kTileBytes, kTileBytes);
        _tile_loadd(0, group.start, kTileBytes);
        _tile_dpbsud(0, 2, 6);
        _tile_dpbsud(0, 3, 7);
        _tile_stored(0, group.sums, kTileBytes);
        if (both) {
            _tile_loadd(1, group.start[kTileRows], kTileBytes);
            _tile_dpbsud(1, 4, 6);
            _tile_dpbsud(1, 5, 7);
            _tile_stored(1, group.sums[kTileRows], kTileBytes);
        }
        const __m512 scale = _mm512_loadu_ps(p.keyScales + block * kLanes);
        const __m512i none = _mm512_setzero_si512();
        for (std::size_t q = 0; q < queries; ++q) {
            __m512 total = _mm512_setzero_ps();
            const float* weights = p.weights + (query + q) * p.heads;
            for (std::size_t h = 0; h < p.heads; ++h) {
                const __m512i dots = _mm512_load_si512(group.sums[q * p.heads + h]);
                total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_max_epi32(dots, none)),
                                        _mm512_set1_ps(weights[h]), total);
            }
            _mm512_storeu_ps(p.scores + (query + q) * p.scoreStride + block * kLanes,
                             _mm512_mul_ps(total, scale));
        }
    }
}

class AmxKernels final : public Kernels
{
public:
    [[nodiscard]] Isa isa() const override { return Isa::amx; }

    void matmul(const MatmulParams& p) const override
    {
        if (p.weights->isFloat32())
            m_base.matmul(p);
        else
            matmulBf16(p);
    }
    void attend(const AttendParams& p) const override { m_base.attend(p); }
    void attendGroup(const AttendGroupParams& p) const override
    {
        if (!attendGroupAmx(p))
            Kernels::attendGroup(p);
    }
    void scoreFloatKeys(const ScoreKeysParams& p) const override { m_base.scoreFloatKeys(p); }
    void scoreInt8Keys(const ScoreKeysParams& p) const override
    {
        if (p.dim != kIndexDim || p.heads > kGroupRows)
            return m_base.scoreInt8Keys(p);
        TileConfig config;
        for (std::size_t tile = 0; tile < 8; ++tile)
            config.set(tile, kTileRows);
        _tile_loadconfig(&config);
        QueryGroup group;
        const std::size_t perGroup = kGroupRows / p.heads;
        for (std::size_t query = 0; query < p.numQueries; query += perGroup) {
            const std::size_t left = p.numQueries - query;
            scoreGroup(p, query, left < perGroup ? left : perGroup, group);
        }
        _tile_release();
    }
    void pool(const PoolParams& p) const override { m_base.pool(p); }
    void hcPost(const HcPostParams& p) const override { m_base.hcPost(p); }
    void rmsNorm(const float* x, const float* weight, std::size_t dim, float eps,
                 float* out) const override
    {
        m_base.rmsNorm(x, weight, dim, eps, out);
    }
    void swiglu(const float* gate, const float* up, std::size_t dim, float limit, float weight,
                float* out) const override
    {
        m_base.swiglu(gate, up, dim, limit, weight, out);
    }
    void weightedSum4(const float* streams, const float* weights, std::size_t dim,
                      float* out) const override
    {
        m_base.weightedSum4(streams, weights, dim, out);
    }
    std::size_t keepAbove(const float* scores, std::size_t count, float threshold,
                          std::uint32_t base, float* keptScores,
                          std::uint32_t* keptRows) const override
    {
        return m_base.keepAbove(scores, count, threshold, base, keptScores, keptRows);
    }
    [[nodiscard]] float sumOfSquares(const float* x, std::size_t dim) const override
    {
        return m_base.sumOfSquares(x, dim);
    }

private:
    const Kernels& m_base = avx512Kernels();
};

} // namespace

const Kernels& amxKernels()
{
    static const AmxKernels kernels;
    return kernels;
}

} // namespace engine
