// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/lightning_indexer.h"

#include "layers/reference_top_k.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace engine {

namespace {

/// Keys that all tokens look at before the next come: 32 KB of int8 at the published 128 dims.
constexpr std::size_t kKeysTogether = 256;
static_assert(KeyStore::kPageKeys % kKeysTogether == 0);

/// From here on threads part the tokens among them; with fewer, the keys.
constexpr std::size_t kTokensToPart = 32;

/// Candidates that a thread takes at a time where threads part those of one token.
constexpr std::size_t kFineKeysToPart = 256;

/// Rows on each side of the edge of a choice that are scored again.
constexpr std::size_t edgeRows(std::size_t k)
{
    return k * 3 / 16;
}

} // namespace

void hadamard(float* x, std::size_t dim)
{
    if (!std::has_single_bit(dim))
        return;
    for (std::size_t half = 1; half < dim; half *= 2) {
        for (std::size_t begin = 0; begin < dim; begin += 2 * half) {
            for (std::size_t i = begin; i < begin + half; ++i) {
                const float a = x[i];
                const float b = x[i + half];
                x[i] = a + b;
                x[i + half] = a - b;
            }
        }
    }
    const float scale = 1.0F / std::sqrt(static_cast<float>(dim));
    for (std::size_t i = 0; i < dim; ++i)
        x[i] *= scale;
}

void LightningIndexer::reset(const ModelConfig& config, std::size_t maxTokens, std::size_t threads)
{
    m_queries.reset(maxTokens, config.indexHeads * config.indexHeadDim);
    m_weights.reset(maxTokens, config.indexHeads);
    m_scratch = std::vector<Scratch>(threads);
}

void LightningIndexer::addProducts(const IndexerWeights& weights, std::vector<Product>& products)
{
    products.push_back({&weights.weightsProj, m_weights.row(0), m_weights.stride()});
}

void LightningIndexer::addQueryProduct(const IndexerWeights& weights,
                                       std::vector<Product>& products)
{
    products.push_back({&weights.wqB, m_queries.row(0), m_queries.stride()});
}

void LightningIndexer::prepare(const Block& block)
{
    const ModelConfig& config = block.config;
    const float scale = 1.0F / std::sqrt(static_cast<float>(config.indexHeadDim)) /
                        std::sqrt(static_cast<float>(config.indexHeads));
    const RopeBlock& rope = *block.compressedRope;
    block.pool.forRange(block.size(), 16, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t) {
            for (std::size_t h = 0; h < config.indexHeads; ++h) {
                float* head = m_queries.row(t) + h * config.indexHeadDim;
                rotate(head + config.indexHeadDim - config.ropeDim, rope.cosines(t), rope.sines(t),
                       rope.pairs());
                block.grid.toBFloat16(head, config.indexHeadDim);
                hadamard(head, config.indexHeadDim);
                block.grid.indexVector(head, config.indexHeadDim);
                m_weights.row(t)[h] *= scale;
            }
            block.grid.toBFloat16(m_weights.row(t), config.indexHeads);
        }
    });
}

ScoreKeysParams PreparedQueries::fill(const KeyStore& keys, std::size_t heads, std::size_t dim,
                                      const std::vector<const float*>& queryHeads,
                                      const std::vector<const float*>& queryWeights)
{
    const std::size_t rows = queryHeads.size() * heads;
    const std::size_t wide = keys.paddedDim();
    m_weights.resize(rows);
    m_sums.resize(rows);
    if (keys.isInt8() && m_codes.size() < rows * wide)
        m_codes.reset(rows * wide);
    if (!keys.isInt8() && m_padded.size() < rows * wide)
        m_padded.reset(rows * wide);
    for (std::size_t row = 0; row < rows; ++row) {
        const float* head = queryHeads[row / heads] + row % heads * dim;
        m_weights[row] = queryWeights[row / heads][row % heads];
        if (keys.isInt8()) {
            std::int8_t* codes = m_codes.data() + row * wide;
            m_weights[row] *= quantizeInt8(head, dim, codes);
            m_sums[row] = std::accumulate(codes, codes + dim, 0);
        } else {
            std::copy_n(head, dim, m_padded.data() + row * wide);
        }
    }
    ScoreKeysParams p;
    p.heads = heads;
    p.dim = wide;
    p.numQueries = queryHeads.size();
    p.queries = m_padded.data();
    p.queryCodes = m_codes.data();
    p.querySums = m_sums.data();
    p.weights = m_weights.data();
    return p;
}

ScoreKeysParams PreparedQueries::fillCoarse(const Kernels& kernels,
                                            const IndexDirections& directions, std::size_t heads,
                                            std::size_t dim,
                                            const std::vector<const float*>& queryHeads,
                                            const std::vector<const float*>& queryWeights)
{
    constexpr std::size_t kCount = IndexDirections::kCount;
    const std::size_t rows = queryHeads.size() * heads;
    m_weights.resize(rows);
    m_sums.resize(rows);
    if (m_coarseCodes.size() < rows * kCount)
        m_coarseCodes.reset(rows * kCount);
    if (m_fine.size() != roundUp(dim, 64))
        m_fine.reset(roundUp(dim, 64));
    float products[kCount];
    ProjectParams project;
    project.x = m_fine.data();
    project.dim = m_fine.size();
    project.directions = directions.queries.codes.data();
    project.count = kCount;
    project.out = products;
    for (std::size_t row = 0; row < rows; ++row) {
        const float* head = queryHeads[row / heads] + row % heads * dim;
        const float fineScale = quantizeFineQuery(head, dim, m_fine.data());
        kernels.project(project);
        std::int8_t* codes = m_coarseCodes.data() + row * kCount;
        m_weights[row] = queryWeights[row / heads][row % heads] * fineScale *
                         directions.queries.scale * quantizeInt8(products, kCount, codes);
        m_sums[row] = std::accumulate(codes, codes + kCount, 0);
    }
    ScoreKeysParams p;
    p.heads = heads;
    p.dim = kCount;
    p.numQueries = queryHeads.size();
    p.queryCodes = m_coarseCodes.data();
    p.querySums = m_sums.data();
    p.weights = m_weights.data();
    return p;
}

void scoreCoarseKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
                     std::size_t count, ScoreKeysParams& p)
{
    const std::size_t next = firstKey + roundUp(count, kLanes);
    p.numBlocks = roundUp(count, kLanes) / kLanes;
    p.keys = keys.coarseBlockAt(firstKey);
    p.nextKeys = next < keys.size() ? keys.coarseBlockAt(next) : nullptr;
    p.keyScales = keys.coarseScalesAt(firstKey);
    kernels.scoreInt8Keys(p);
}

void scoreKeys(const Kernels& kernels, const KeyStore& keys, std::size_t firstKey,
               std::size_t count, ScoreKeysParams& p)
{
    static thread_local AlignedArray<float> unpacked;
    const std::size_t next = firstKey + roundUp(count, kLanes);
    p.numBlocks = roundUp(count, kLanes) / kLanes;
    p.keys =
        keys.isPacked() ? keys.unpack(firstKey, p.numBlocks, unpacked) : keys.blockAt(firstKey);
    p.nextKeys = !keys.isPacked() && next < keys.size() ? keys.blockAt(next) : nullptr;
    p.keyScales = keys.scalesAt(firstKey);
    if (keys.isInt8())
        kernels.scoreInt8Keys(p);
    else
        kernels.scoreFloatKeys(p);
}

namespace {

/// Complete rows that a token sees.
std::size_t visibleRows(const Block& block, std::size_t token)
{
    return static_cast<std::size_t>((block.firstPosition + token + 1) / ModelConfig::kCsaRatio);
}

} // namespace

ScoreKeysParams LightningIndexer::prepareQueries(const Block& block, const KeyStore& keys,
                                                 Tokens tokens, First form,
                                                 PreparedQueries& queries) const
{
    std::vector<const float*> heads;
    std::vector<const float*> weights;
    for (std::size_t t = tokens.begin; t < tokens.end; ++t) {
        heads.push_back(m_queries.row(t));
        weights.push_back(m_weights.row(t));
    }
    if (form == First::fewDirections)
        return queries.fillCoarse(block.kernels, *keys.directions(), block.config.indexHeads,
                                  block.config.indexHeadDim, heads, weights);
    return queries.fill(keys, block.config.indexHeads, block.config.indexHeadDim, heads, weights);
}

/// Rows kept until all keys have been looked at.
std::size_t LightningIndexer::candidateRows(const Block& block, const KeyStore& keys, First form)
{
    const std::size_t k = block.config.indexTopK;
    if (!keys.keepsRemainders())
        return k;
    return form == First::fewDirections ? keys.directions()->candidates : k + edgeRows(k);
}

/// int8 scores err by fewer ranks than edgeRows() (ADR 0014): what is that far within the best k
/// stays, and the rows around the edge are scored again with all their bits. Scores by few
/// directions only say which rows are scored again.
void LightningIndexer::refine(const Block& block, const KeyStore& keys, std::size_t token,
                              First form, Threads threads, StreamTopK& best, Edge& edge) const
{
    const std::size_t k = block.config.indexTopK;
    const std::size_t candidates = best.thin(block.kernels);
    if (candidates <= k)
        return;
    edge.scores.assign(best.scores(), best.scores() + candidates + kLanes);
    edge.rows.assign(best.rows(), best.rows() + candidates + kLanes);
    const std::size_t certain = form == First::fewDirections ? 0 : k - edgeRows(k);
    const float limit =
        certain == 0
            ? INFINITY
            : block.kernels.selectBest(edge.scores.data(), edge.rows.data(), candidates, certain);
    edge.places.clear();
    edge.keys.clear();
    edge.scales.clear();
    for (std::size_t i = 0; i < candidates; ++i) {
        if (best.scores()[i] > limit) {
            best.scores()[i] = INFINITY;
            continue;
        }
        const std::size_t row = best.rows()[i];
        edge.places.push_back(i);
        edge.keys.push_back(keys.fineAt(row));
        edge.scales.push_back(*keys.scalesAt(row) / KeyStore::kFineSteps);
    }
    const std::size_t heads = block.config.indexHeads;
    const std::size_t dim = block.config.indexHeadDim;
    ScoreFineKeysParams p;
    p.heads = heads;
    p.dim = keys.paddedDim();
    if (edge.query.size() != heads * p.dim)
        edge.query.reset(heads * p.dim);
    edge.weights.resize(heads);
    for (std::size_t h = 0; h < heads; ++h)
        edge.weights[h] =
            m_weights.row(token)[h] *
            quantizeFineQuery(m_queries.row(token) + h * dim, dim, edge.query.data() + h * p.dim);
    p.query = edge.query.data();
    p.weights = edge.weights.data();
    p.keys = edge.keys.data();
    p.scales = edge.scales.data();
    p.count = edge.keys.size();
    p.scores = edge.scores.data();
    const auto score = [&](std::size_t begin, std::size_t end, std::size_t) {
        block.kernels.scoreFineKeys(p.from(begin, end - begin));
    };
    if (threads == Threads::all)
        block.pool.forRange(p.count, kFineKeysToPart, score);
    else
        score(0, p.count, 0);
    for (std::size_t i = 0; i < p.count; ++i)
        best.scores()[edge.places[i]] = edge.scores[i];
    best.narrow(k);
}

/// Keys outside, tokens inside: a few keys are fetched once, and stay in the first cache while the
/// queries of all tokens pass by.
void LightningIndexer::collect(const Block& block, const KeyStore& keys, Tokens tokens, First form,
                               Keys part, Scratch& scratch) const
{
    const ScoreKeysParams whole = prepareQueries(block, keys, tokens, form, scratch.queries);
    scratch.scores.resize(tokens.count() * kKeysTogether);
    if (scratch.best.size() < tokens.count())
        scratch.best.resize(tokens.count());
    for (std::size_t t = 0; t < tokens.count(); ++t)
        scratch.best[t].start(candidateRows(block, keys, form));
    std::size_t looking = tokens.begin; // the first token that sees the keys at hand
    for (std::size_t first = part.begin; first < part.end; first += kKeysTogether) {
        while (visibleRows(block, looking) <= first)
            ++looking;
        ScoreKeysParams p = whole.from(looking - tokens.begin, tokens.end - looking);
        p.scores = scratch.scores.data();
        p.scoreStride = kKeysTogether;
        const std::size_t count = std::min(kKeysTogether, part.end - first);
        if (form == First::fewDirections)
            scoreCoarseKeys(block.kernels, keys, first, count, p);
        else
            scoreKeys(block.kernels, keys, first, count, p);
        for (std::size_t t = looking; t < tokens.end; ++t)
            scratch.best[t - tokens.begin].add(
                block.kernels, p.scores + (t - looking) * p.scoreStride,
                std::min(count, visibleRows(block, t) - first), static_cast<std::uint32_t>(first));
    }
}

void LightningIndexer::finish(const Block& block, const KeyStore& keys, std::size_t token,
                              First form, Threads threads, StreamTopK& best, Edge& edge,
                              std::vector<std::uint32_t>& chosen) const
{
    if (keys.keepsRemainders())
        refine(block, keys, token, form, threads, best, edge);
    best.finish(block.kernels, chosen);
}

/// Each thread takes some of the tokens: the more tokens share keys, the less often these come from
/// memory.
void LightningIndexer::chooseByTokens(const Block& block, const KeyStore& keys, Tokens tokens,
                                      First form, std::vector<std::vector<std::uint32_t>>& chosen)
{
    const std::size_t grain = (tokens.count() + block.pool.size() - 1) / block.pool.size();
    block.pool.forRange(
        tokens.count(), grain, [&](std::size_t begin, std::size_t end, std::size_t thread) {
            Scratch& scratch = m_scratch[thread];
            const Tokens some{tokens.begin + begin, tokens.begin + end};
            collect(block, keys, some, form, {0, visibleRows(block, some.end - 1)}, scratch);
            for (std::size_t t = some.begin; t < some.end; ++t)
                finish(block, keys, t, form, Threads::one, scratch.best[t - some.begin],
                       scratch.edge, chosen[t]);
        });
}

/// Each thread takes some of the keys: with few tokens, fetching keys is all there is to do.
void LightningIndexer::chooseByKeys(const Block& block, const KeyStore& keys, Tokens tokens,
                                    First form, std::vector<std::vector<std::uint32_t>>& chosen)
{
    const std::size_t most = visibleRows(block, tokens.end - 1);
    const std::size_t grain =
        roundUp((most + block.pool.size() - 1) / block.pool.size(), KeyStore::kPageKeys);
    const std::size_t parts = (most + grain - 1) / grain;
    block.pool.forRange(parts, 1, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i)
            collect(block, keys, tokens, form, {i * grain, std::min((i + 1) * grain, most)},
                    m_scratch[i]);
    });
    for (std::size_t t = tokens.begin; t < tokens.end; ++t) {
        StreamTopK& best = m_scratch[0].best[t - tokens.begin];
        for (std::size_t i = 1; i < parts; ++i)
            best.addLater(block.kernels, m_scratch[i].best[t - tokens.begin]);
        finish(block, keys, t, form, Threads::all, best, m_scratch[0].edge, chosen[t]);
    }
}

void LightningIndexer::chooseAsReference(const Block& block, const KeyStore& keys,
                                         std::size_t token, Scratch& scratch,
                                         std::vector<std::uint32_t>& chosen) const
{
    ScoreKeysParams p =
        prepareQueries(block, keys, {token, token + 1}, First::whole, scratch.queries);
    const std::size_t seen = visibleRows(block, token);
    scratch.scores.resize(roundUp(seen, KeyStore::kPageKeys));
    p.scoreStride = KeyStore::kPageKeys;
    for (std::size_t first = 0; first < seen; first += KeyStore::kPageKeys) {
        p.scores = scratch.scores.data() + first;
        const std::size_t count = std::min(KeyStore::kPageKeys, seen - first);
        scoreKeys(block.kernels, keys, first, count, p);
    }
    scratch.scores.resize(seen);
    const std::uint64_t entries = block.referencePassTokens / ModelConfig::kCsaRatio;
    referenceTopK(scratch.scores, static_cast<std::size_t>(entries), block.config.indexTopK,
                  chosen);
}

void LightningIndexer::chooseAmong(const Block& block, const KeyStore& keys, Tokens tokens,
                                   First form, std::vector<std::vector<std::uint32_t>>& chosen)
{
    if (tokens.count() >= kTokensToPart)
        chooseByTokens(block, keys, tokens, form, chosen);
    else if (tokens.count() != 0)
        chooseByKeys(block, keys, tokens, form, chosen);
}

void LightningIndexer::choose(const Block& block, KeyStore& keys,
                              std::vector<std::vector<std::uint32_t>>& chosen)
{
    if (block.referencePassTokens != 0) {
        block.pool.forRange(block.size(), 1,
                            [&](std::size_t begin, std::size_t end, std::size_t thread) {
                                for (std::size_t t = begin; t < end; ++t)
                                    chooseAsReference(block, keys, t, m_scratch[thread], chosen[t]);
                            });
        return;
    }
    Tokens tokens{0, block.size()};
    for (; tokens.begin < tokens.end; ++tokens.begin) { // all rows, without looking
        const std::size_t seen = visibleRows(block, tokens.begin);
        if (seen > block.config.indexTopK)
            break;
        chosen[tokens.begin].resize(seen);
        std::iota(chosen[tokens.begin].begin(), chosen[tokens.begin].end(), 0U);
    }
    Tokens far{tokens.end, tokens.end}; // those that see so many rows that few directions pay
    while (keys.directions() != nullptr && far.begin > tokens.begin &&
           visibleRows(block, far.begin - 1) >= keys.directions()->leastRows())
        --far.begin;
    if (far.count() != 0)
        keys.extendCoarse(block.kernels, block.pool);
    chooseAmong(block, keys, {tokens.begin, far.begin}, First::whole, chosen);
    chooseAmong(block, keys, far, First::fewDirections, chosen);
}

} // namespace engine
