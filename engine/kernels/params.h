// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/packed_matrix.h"

namespace engine {

/// Vectors of the fast kernels hold 16 float32; rows are padded to a multiple with zeros.
inline constexpr std::size_t kLanes = 16;

/// y[r, n] = sum_k x[r, k] * W[n, k] for the outputs of some panels.
///
/// Each output is summed over k in ascending order whatever `rows` is, so a result does not depend
/// on how many rows are computed together.
struct MatmulParams
{
    const float* x = nullptr; ///< [rows, xStride]; readable up to depth(), the rest is ignored
    std::size_t xStride = 0;
    std::size_t rows = 0;
    const PackedMatrix* weights = nullptr;
    std::size_t panelBegin = 0;
    std::size_t panelEnd = 0;
    float* y = nullptr; ///< [rows, yStride]; only real outputs are written
    std::size_t yStride = 0;
    /// Exact kernels alone: inputs whose products are rounded to float32 together; 0 means all.
    std::size_t sumBlock = 0;
};

/// Rows of one form, float32 or bfloat16.
struct RowList
{
    const void* const* rows = nullptr; ///< [count] pointers
    std::size_t count = 0;
    bool areBFloat16 = false;
};

/// Attention of one query token over shared rows (key == value), reference section 2.4:
///   s_i = q_h . row_i * scale,  o_h = sum_i e^(s_i - M) row_i / (sum_i e^(s_i - M) + e^(sink_h -
///   M))
/// Rows are read in the order of the lists.
struct AttendParams
{
    static constexpr std::size_t kLists = 3;

    const float* q = nullptr; ///< [heads, rowStride], padding zero
    std::size_t heads = 0;
    std::size_t rowStride = 0; ///< elements of a row, a multiple of 16, padding zero
    RowList lists[kLists];
    const float* sinks = nullptr; ///< [heads]
    float scale = 1.0F;
    float* scores = nullptr; ///< scratch [heads, roundUp(numRows(), 16)]
    float* out = nullptr;    ///< [heads, rowStride]

    [[nodiscard]] std::size_t numRows() const
    {
        std::size_t count = 0;
        for (const RowList& list : lists)
            count += list.count;
        return count;
    }
};

inline constexpr std::size_t kMostGroupTokens = 4;
inline constexpr std::size_t kSharedStep = 32; ///< shared lists come in whole steps

/// Rows that several queries look at, each from `begin` to `end`. What lies outside a query's range
/// has no weight but must be readable; a row's place modulo kSharedStep must not depend on which
/// queries are grouped, so that sums run in the same order in any group.
struct SharedRows
{
    const void* const* rows = nullptr;
    std::size_t count = 0; ///< a multiple of kSharedStep
    bool areBFloat16 = false;
    /// Of float32 rows: behind each stand two bfloat16 rows that add up to it (WindowRing).
    bool haveHalves = false;
    std::size_t begin[kMostGroupTokens] = {};
    std::size_t end[kMostGroupTokens] = {};
};

/// Attention of a few neighbouring query tokens, see AttendParams: rows of the two shared lists,
/// then each token's own.
struct AttendGroupParams
{
    const float* q = nullptr; ///< [numTokens * heads, rowStride]
    std::size_t heads = 0;
    std::size_t numTokens = 0;
    std::size_t rowStride = 0;
    SharedRows shared[2];
    const void* const* own[kMostGroupTokens] = {};
    std::size_t numOwn[kMostGroupTokens] = {};
    bool ownAreBFloat16 = false;
    const float* sinks = nullptr;
    float scale = 1.0F;
    float* out = nullptr; ///< [numTokens * heads, rowStride]

    [[nodiscard]] std::size_t sharedCount() const { return shared[0].count + shared[1].count; }
};

/// Lightning-indexer scores of some queries over consecutive blocks of 16 keys:
///   score[query, key] = sum_h relu(q_h . key) * w_h                         (section 2.6)
/// float32 blocks hold [dim][16]; int8 blocks hold [dim / 4][16][4] codes, with one scale a key.
/// Codes lie within -127 .. 127.
struct ScoreKeysParams
{
    std::size_t heads = 0;
    std::size_t dim = 0;                     ///< padded: a multiple of 64
    std::size_t numQueries = 0;              ///< queries side by side
    const float* queries = nullptr;          ///< float32 keys: [numQueries, heads, dim]
    const std::int8_t* queryCodes = nullptr; ///< int8 keys: [numQueries, heads, dim]
    /// int8 keys: [numQueries, heads], what the codes of a head add up to, for instruction sets
    /// that multiply unsigned by signed numbers only.
    const std::int32_t* querySums = nullptr;
    const float* weights = nullptr;   ///< [numQueries, heads]; the query's scale included
    const void* keys = nullptr;       ///< first block
    const float* keyScales = nullptr; ///< int8 keys: [numBlocks, 16]
    std::size_t numBlocks = 0;
    /// Keys that the next call will read, as many; may be null. Fetching them from memory takes
    /// about as long as scoring a few queries, and nobody else can know which come next.
    const void* nextKeys = nullptr;
    float* scores = nullptr; ///< [numQueries, scoreStride]
    std::size_t scoreStride = 0;

    /// The same keys for `count` of the queries; scores are the caller's to place.
    [[nodiscard]] ScoreKeysParams from(std::size_t query, std::size_t count) const
    {
        ScoreKeysParams part = *this;
        part.numQueries = count;
        part.weights += query * heads;
        if (queries != nullptr)
            part.queries += query * heads * dim;
        if (queryCodes != nullptr)
            part.queryCodes += query * heads * dim;
        if (querySums != nullptr)
            part.querySums += query * heads;
        return part;
    }
};

/// The same score of one query for single keys that are kept to 16 bits:
///   scores[i] = scales[i] sum_h relu(q_h . keys[i]) w_h
/// Products of a head and a key stay below 2^31 (quantizeFineQuery). A key's score does not depend
/// on the others.
struct ScoreFineKeysParams
{
    std::size_t heads = 0;
    std::size_t dim = 0;                       ///< padded: a multiple of 64
    const std::int16_t* query = nullptr;       ///< [heads, dim]
    const float* weights = nullptr;            ///< [heads]; the query's scale included
    const std::int16_t* const* keys = nullptr; ///< [count] of [dim]
    const float* scales = nullptr;             ///< [count]
    std::size_t count = 0;
    float* scores = nullptr; ///< [count]

    /// `keyCount` of the keys from `key` on, and where their scores go.
    [[nodiscard]] ScoreFineKeysParams from(std::size_t key, std::size_t keyCount) const
    {
        ScoreFineKeysParams part = *this;
        part.keys += key;
        part.scales += key;
        part.scores += key;
        part.count = keyCount;
        return part;
    }
};

/// Products of a vector of 16-bit numbers with some others, each below 2^31 in magnitude, as
/// float32:
///   out[c] = sum_d x[d] * directions[c][d]
struct ProjectParams
{
    const std::int16_t* x = nullptr;          ///< [dim]
    std::size_t dim = 0;                      ///< padded: a multiple of 64
    const std::int16_t* directions = nullptr; ///< [count, dim]
    std::size_t count = 0;                    ///< a multiple of 16
    float* out = nullptr;                     ///< [count]
};

/// Channel-wise softmax pooling of a compressor (section 2.5):
///   out[c] = sum_s softmax_s(gates[s][c]) * values[s][c]
struct PoolParams
{
    const float* const* values = nullptr; ///< [numSlots] rows of at least `channels`
    const float* const* gates = nullptr;
    std::size_t numSlots = 0;
    std::size_t channels = 0;
    float* out = nullptr;
};

/// x_k' = post_k * f + sum_j combine[j][k] * x_j over 4 streams (section 2.2 step 7), in place.
struct HcPostParams
{
    float* streams = nullptr;       ///< [4, dim]
    const float* f = nullptr;       ///< [dim]
    const float* post = nullptr;    ///< [4]
    const float* combine = nullptr; ///< [4, 4], first index the source stream
    std::size_t dim = 0;
};

} // namespace engine
