// SPDX-License-Identifier: GPL-3.0-or-later
// AMX tiles for the two operations that dominate reading; everything else is the AVX-512 set's.
#include <immintrin.h>

#include <sys/syscall.h>
#include <unistd.h>

#include "kernels/cpu/amx_tiles.h"
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

void splitRow(const float* x, std::size_t inputs, std::size_t depth, BFloat16* high, BFloat16* low)
{
    for (std::size_t k = 0; k < depth; k += kDepthStep) {
        const std::size_t left = k < inputs ? inputs - k : 0;
        const auto mask = [](std::size_t count) {
            return static_cast<__mmask16>(count >= 16 ? 0xFFFFU : (1U << count) - 1U);
        };
        const __m512 first = _mm512_maskz_loadu_ps(mask(left), x + k);
        const __m512 second = _mm512_maskz_loadu_ps(mask(left > 16 ? left - 16 : 0), x + k + 16);
        __m512i upper;
        __m512i lower;
        splitThirtyTwo(first, second, upper, lower);
        _mm512_storeu_si512(high + k, upper);
        _mm512_storeu_si512(low + k, lower);
    }
}

/// Inputs that are multiplied before the next panels' turn: 32 rows of them, high and low, fill two
/// thirds of the first cache, so that only weights come from the second.
constexpr std::size_t kChunkInputs = 256;

/// Part of the depth, and whether sums start or end with it.
struct Chunk
{
    std::size_t begin = 0;
    std::size_t end = 0;
    bool first = true;
    bool last = true;
};

/// Tiles: 0-3 sums (two row tiles x two panels), 4 and 5 activations, 6 and 7 weights. A sum's turn
/// comes every fourth product: sooner it would wait for itself.
template <bool TwoRowTiles, bool TwoPanels>
void bf16Tile(const SplitRows& rows, std::size_t depth, const Chunk& chunk, const BFloat16* panel0,
              const BFloat16* panel1)
{
    const std::size_t stride = depth * sizeof(BFloat16);
    const std::size_t second = kTileRows * depth;
    for (std::size_t k = chunk.begin; k < chunk.end; k += kDepthStep) {
        _tile_loadd(6, panel0 + k * kPanelColumns, kTileBytes);
        if constexpr (TwoPanels)
            _tile_loadd(7, panel1 + k * kPanelColumns, kTileBytes);
        for (const BFloat16* part : {rows.low + k, rows.high + k}) {
            _tile_loadd(4, part, stride);
            if constexpr (TwoRowTiles)
                _tile_loadd(5, part + second, stride);
            _tile_dpbf16ps(0, 4, 6);
            if constexpr (TwoPanels)
                _tile_dpbf16ps(1, 4, 7);
            if constexpr (TwoRowTiles)
                _tile_dpbf16ps(2, 5, 6);
            if constexpr (TwoRowTiles && TwoPanels)
                _tile_dpbf16ps(3, 5, 7);
        }
    }
}

/// Sums of two panels that wait for the next chunk: four tiles.
void loadSums(const float* sums)
{
    _tile_loadd(0, sums, kTileBytes);
    _tile_loadd(1, sums + kTileRows * kPanelColumns, kTileBytes);
    _tile_loadd(2, sums + 2 * kTileRows * kPanelColumns, kTileBytes);
    _tile_loadd(3, sums + 3 * kTileRows * kPanelColumns, kTileBytes);
}

void storeSums(float* sums)
{
    _tile_stored(0, sums, kTileBytes);
    _tile_stored(1, sums + kTileRows * kPanelColumns, kTileBytes);
    _tile_stored(2, sums + 2 * kTileRows * kPanelColumns, kTileBytes);
    _tile_stored(3, sums + 3 * kTileRows * kPanelColumns, kTileBytes);
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

/// Up to 32 rows, split and ready, with the tiles set for them.
struct RowGroup
{
    const SplitRows& split;
    std::size_t firstRow = 0;
    std::size_t rows0 = 0; ///< in the first row tile
    std::size_t rows1 = 0; ///< in the second
};

void configureTiles(const RowGroup& group)
{
    const std::size_t second = group.rows1 != 0 ? group.rows1 : kTileRows;
    TileConfig config;
    for (const std::size_t tile : {std::size_t{0}, std::size_t{1}, std::size_t{4}})
        config.set(tile, group.rows0);
    for (const std::size_t tile : {std::size_t{2}, std::size_t{3}, std::size_t{5}})
        config.set(tile, second);
    config.set(6, kTileRows);
    config.set(7, kTileRows);
    _tile_loadconfig(&config);
}

/// Panels `panel` and, if there is one, the next, over one chunk of the depth.
void multiplyPair(const MatmulParams& p, const RowGroup& group, const Chunk& chunk,
                  std::size_t panel, float* waiting)
{
    const PackedMatrix& w = *p.weights;
    const bool two = panel + 1 < p.panelEnd;
    const BFloat16* panel0 = w.halfPanel(panel);
    const BFloat16* panel1 = two ? w.halfPanel(panel + 1) : panel0;
    if (chunk.first) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        loadSums(waiting);
    }
    if (group.rows1 != 0 && two)
        bf16Tile<true, true>(group.split, w.depth(), chunk, panel0, panel1);
    else if (group.rows1 != 0)
        bf16Tile<true, false>(group.split, w.depth(), chunk, panel0, panel1);
    else if (two)
        bf16Tile<false, true>(group.split, w.depth(), chunk, panel0, panel1);
    else
        bf16Tile<false, false>(group.split, w.depth(), chunk, panel0, panel1);
    if (!chunk.last)
        return storeSums(waiting);
    const std::size_t column = panel * kPanelColumns;
    float* y = p.y + group.firstRow * p.yStride + column;
    const std::size_t left = w.outputs() - column;
    LECTERN_STORE_TILE(0, y, p.yStride, left, group.rows0);
    if (group.rows1 != 0)
        LECTERN_STORE_TILE(2, y + kTileRows * p.yStride, p.yStride, left, group.rows1);
    if (two) {
        float* next = y + kPanelColumns;
        const std::size_t nextLeft = left - kPanelColumns;
        LECTERN_STORE_TILE(1, next, p.yStride, nextLeft, group.rows0);
        if (group.rows1 != 0)
            LECTERN_STORE_TILE(3, next + kTileRows * p.yStride, p.yStride, nextLeft, group.rows1);
    }
}

void multiplyGroup(const MatmulParams& p, const RowGroup& group)
{
    static thread_local AlignedArray<float> waiting; ///< four tiles a pair of panels
    constexpr std::size_t kPairFloats = 4 * kTileRows * kPanelColumns;
    const std::size_t depth = p.weights->depth();
    const std::size_t pairs = (p.panelEnd - p.panelBegin + 1) / 2;
    if (depth > kChunkInputs && waiting.size() < pairs * kPairFloats)
        waiting.reset(pairs * kPairFloats);
    Chunk chunk;
    for (; chunk.begin < depth; chunk.begin = chunk.end) {
        chunk.end = chunk.begin + kChunkInputs < depth ? chunk.begin + kChunkInputs : depth;
        chunk.first = chunk.begin == 0;
        chunk.last = chunk.end == depth;
        for (std::size_t pair = 0; pair < pairs; ++pair)
            multiplyPair(p, group, chunk, p.panelBegin + 2 * pair,
                         waiting.data() + pair * kPairFloats);
    }
}

/// Products of the same rows with several matrices: the rows are split once.
void matmulBf16(const MatmulParams* parts, std::size_t count)
{
    static thread_local SplitRows split;
    const MatmulParams& p = parts[0];
    const std::size_t depth = p.weights->depth();
    split.reserve(depth);
    for (std::size_t row = 0; row < p.rows; row += SplitRows::kRows) {
        const std::size_t rows = p.rows - row < SplitRows::kRows ? p.rows - row : SplitRows::kRows;
        for (std::size_t r = 0; r < rows; ++r)
            splitRow(p.x + (row + r) * p.xStride, p.weights->inputs(), depth,
                     split.high + r * depth, split.low + r * depth);
        RowGroup group{split, row, rows < kTileRows ? rows : kTileRows, 0};
        group.rows1 = rows - group.rows0;
        configureTiles(group);
        for (std::size_t i = 0; i < count; ++i)
            multiplyGroup(parts[i], group);
    }
    _tile_release();
}

constexpr std::size_t kIndexDim = 128; ///< two tiles deep: the published index_head_dim
constexpr std::size_t kBlocksTogether = 4;
constexpr std::size_t kBlockCodes = kIndexDim * kLanes;

/// One tile of query heads: some queries, or sixteen heads of one with more than that.
struct alignas(64) QueryTile
{
    std::int8_t codes[kTileRows][kIndexDim];
    std::int32_t dots[kBlocksTogether][kTileRows][kLanes]; ///< products with four blocks of keys
    std::size_t query = 0;                                 ///< first query
    std::size_t queries = 0;                               ///< how many
    std::size_t headBegin = 0;                             ///< heads of each that are in the tile
    std::size_t headEnd = 0;
};

void fillTile(const ScoreKeysParams& p, QueryTile& tile)
{
    const std::size_t rows = tile.queries * (tile.headEnd - tile.headBegin);
    const std::int8_t* codes = p.queryCodes + (tile.query * p.heads + tile.headBegin) * kIndexDim;
    if (rows < kTileRows) {
        __builtin_memset(tile.codes, 0, sizeof tile.codes);
        __builtin_memcpy(tile.codes, codes, rows * kIndexDim);
        codes = &tile.codes[0][0];
    }
    _tile_loadd(4, codes, kIndexDim);
    _tile_loadd(5, codes + kTileBytes, kIndexDim);
}

/// Scores of one block of keys from its products: ReLU and the weighted sum over heads. `Heads` is
/// the number of heads in the tile, or 0 when only known at run time.
template <std::size_t Heads>
void sumHeads(const ScoreKeysParams& p, const QueryTile& tile, std::size_t block,
              const std::int32_t (*dots)[kLanes])
{
    const std::size_t heads = Heads != 0 ? Heads : tile.headEnd - tile.headBegin;
    const __m512 scale = _mm512_loadu_ps(p.keyScales + block * kLanes);
    const __m512i none = _mm512_setzero_si512();
    for (std::size_t q = 0; q < tile.queries; ++q) {
        float* out = p.scores + (tile.query + q) * p.scoreStride + block * kLanes;
        const float* weights = p.weights + (tile.query + q) * p.heads + tile.headBegin;
        __m512 total = tile.headBegin == 0 ? _mm512_setzero_ps() : _mm512_loadu_ps(out);
        for (std::size_t h = 0; h < heads; ++h) {
            const __m512i dot = _mm512_load_si512(dots[q * heads + h]);
            total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(_mm512_max_epi32(dot, none)),
                                    _mm512_set1_ps(weights[h]), total);
        }
        _mm512_storeu_ps(out, tile.headEnd == p.heads ? _mm512_mul_ps(total, scale) : total);
    }
}

/// Products of the query tile with four blocks of keys. Tiles: 0-3 sums, 4 and 5 query codes (two
/// halves of the depth), 6 and 7 keys. A sum's turn comes every fourth product.
void multiplyBlocks(const std::int8_t* const (&keys)[kBlocksTogether])
{
    constexpr std::size_t kHalf = kTileRows * kTileBytes;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_loadd(6, keys[0], kTileBytes);
    _tile_dpbssd(0, 4, 6);
    _tile_loadd(7, keys[1], kTileBytes);
    _tile_dpbssd(1, 4, 7);
    _tile_loadd(6, keys[2], kTileBytes);
    _tile_dpbssd(2, 4, 6);
    _tile_loadd(7, keys[3], kTileBytes);
    _tile_dpbssd(3, 4, 7);
    _tile_loadd(6, keys[0] + kHalf, kTileBytes);
    _tile_dpbssd(0, 5, 6);
    _tile_loadd(7, keys[1] + kHalf, kTileBytes);
    _tile_dpbssd(1, 5, 7);
    _tile_loadd(6, keys[2] + kHalf, kTileBytes);
    _tile_dpbssd(2, 5, 6);
    _tile_loadd(7, keys[3] + kHalf, kTileBytes);
    _tile_dpbssd(3, 5, 7);
}

/// The vector units add up four blocks while the tiles multiply the next four. Products are stored
/// after that: stores that wait for the tiles would keep the additions from starting.
template <std::size_t Heads>
void scoreTile(const ScoreKeysParams& p, QueryTile& tile)
{
    fillTile(p, tile);
    const auto* keys = static_cast<const std::int8_t*>(p.keys);
    const auto sum = [&](std::size_t first) {
        for (std::size_t i = 0; i < kBlocksTogether && first + i < p.numBlocks; ++i)
            sumHeads<Heads>(p, tile, first + i, tile.dots[i]);
    };
    std::size_t block = 0;
    for (; block < p.numBlocks; block += kBlocksTogether) {
        const std::int8_t* at[kBlocksTogether];
        for (std::size_t i = 0; i < kBlocksTogether; ++i)
            at[i] = keys + (block + i < p.numBlocks ? block + i : block) * kBlockCodes;
        multiplyBlocks(at);
        if (block != 0)
            sum(block - kBlocksTogether);
        _tile_stored(0, tile.dots[0], kTileBytes);
        _tile_stored(1, tile.dots[1], kTileBytes);
        _tile_stored(2, tile.dots[2], kTileBytes);
        _tile_stored(3, tile.dots[3], kTileBytes);
    }
    sum(block - kBlocksTogether);
}

/// Whether query heads fill tiles in a way that scoreInt8 below knows.
bool fitsTiles(const ScoreKeysParams& p)
{
    return p.dim == kIndexDim && p.numBlocks != 0 &&
           (p.heads <= kTileRows || p.heads % kTileRows == 0);
}

/// A share of the next call's keys, so that they are there in time.
void fetchAhead(const ScoreKeysParams& p, std::size_t query)
{
    if (p.nextKeys == nullptr)
        return;
    const std::size_t lines = p.numBlocks * kBlockCodes / kTileBytes;
    const std::size_t share = (lines + p.numQueries - 1) / p.numQueries;
    const char* at = static_cast<const char*>(p.nextKeys);
    for (std::size_t i = query * share; i < (query + 1) * share && i < lines; ++i)
        _mm_prefetch(at + i * kTileBytes, _MM_HINT_T1);
}

void scoreInt8(const ScoreKeysParams& p)
{
    TileConfig config;
    for (std::size_t tile = 0; tile < 8; ++tile)
        config.set(tile, kTileRows);
    _tile_loadconfig(&config);
    QueryTile tile;
    const std::size_t together = p.heads <= kTileRows ? kTileRows / p.heads : 1;
    for (tile.query = 0; tile.query < p.numQueries; tile.query += together) {
        const std::size_t left = p.numQueries - tile.query;
        tile.queries = left < together ? left : together;
        for (std::size_t q = 0; q < tile.queries; ++q)
            fetchAhead(p, tile.query + q);
        for (tile.headBegin = 0; tile.headBegin < p.heads; tile.headBegin = tile.headEnd) {
            tile.headEnd = p.heads <= kTileRows ? p.heads : tile.headBegin + kTileRows;
            if (tile.headEnd - tile.headBegin == 8)
                scoreTile<8>(p, tile);
            else if (tile.headEnd - tile.headBegin == kTileRows)
                scoreTile<kTileRows>(p, tile);
            else
                scoreTile<0>(p, tile);
        }
    }
    _tile_release();
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
            matmulBf16(&p, 1);
    }
    void matmulMany(const MatmulParams* parts, std::size_t count) const override
    {
        for (std::size_t i = 0; i < count; ++i)
            if (parts[i].weights->isFloat32())
                return Kernels::matmulMany(parts, count);
        matmulBf16(parts, count);
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
        if (fitsTiles(p))
            scoreInt8(p);
        else
            m_base.scoreInt8Keys(p);
    }
    void scoreFineKeys(const ScoreFineKeysParams& p) const override { m_base.scoreFineKeys(p); }
    void project(const ProjectParams& p) const override { m_base.project(p); }
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
    float selectBest(float* scores, std::uint32_t* rows, std::size_t count,
                     std::size_t k) const override
    {
        return m_base.selectBest(scores, rows, count, k);
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
