// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/session.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernels/cpu/kernel_sets.h"
#include "session/checkpoint_codec.h"
#include "session/session_impl.h"

namespace engine {

namespace {

constexpr std::size_t kLoadRows = 4096; ///< rows fetched from a CacheSource at a time

const Kernels& kernelsOf(const SessionOptions& options)
{
    if (options.numerics == NumericMode::exact)
        return exactKernels();
    // On the grid activations are bfloat16, so every set multiplies them exactly, and the choice
    // must not depend on how the cache is kept.
    const bool halves =
        options.format == CacheFormat::compact || options.numerics == NumericMode::fast;
    return halves ? compactKernels() : float32Kernels();
}

/// A cache must not round more than the numeric mode does.
Result<void> checkOptions(const SessionOptions& options)
{
    const bool onGrid = options.numerics != NumericMode::float32;
    if (options.format == (onGrid ? CacheFormat::compact : CacheFormat::packed))
        return fail(ErrorCode::unsupported,
                    fmt::format("cache format for numeric mode {}: wanted {} or float32, found {}",
                                numericModeName(options.numerics), onGrid ? "packed" : "compact",
                                onGrid ? "compact" : "packed"));
    return {};
}

} // namespace

Session::Impl::Impl(std::shared_ptr<const Model> theModel, const SessionOptions& theOptions)
    : model(std::move(theModel)), options(theOptions), pool(theOptions.threads),
      transformer(*model, kernelsOf(theOptions), pool, theOptions.numerics)
{
    const ModelConfig& config = model->config();
    const Kernels& kernels = kernelsOf(options);
    caches.resize(config.numLayers);
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        LayerCache& cache = caches[layer];
        const AttentionWeights& weights = model->weights().layers[layer].attention;
        cache.window = WindowRing(config.headDim, config.windowTokens + Transformer::kBlockTokens,
                                  options.format, config.ropeDim, kernels.isa() == Isa::amx);
        if (weights.compressor) {
            cache.compressedRows = RowStore(config.headDim, options.format, config.ropeDim);
            cache.compressor = CompressorState(*weights.compressor);
        }
        if (weights.indexer) {
            cache.indexKeys = KeyStore(config.indexHeadDim, options.format);
            // Tiles score whole keys so fast that scoring candidates again costs more than it
            // saves.
            if (weights.indexer->directions && kernels.isa() != Isa::amx)
                cache.indexKeys.useDirections(&*weights.indexer->directions);
            cache.indexCompressor = CompressorState(weights.indexer->compressor);
        }
    }
}

std::uint64_t Session::Impl::rowCount(std::size_t layer, std::uint64_t tokens) const
{
    const std::size_t ratio = model->config().compressRatios[layer];
    return ratio == 0 ? 0 : tokens / ratio;
}

Result<void> Session::Impl::load(std::size_t layer, CacheKind kind)
{
    const std::uint64_t wanted = rowCount(layer, restoredLength);
    LayerCache& cache = caches[layer];
    const auto have = [&] {
        if (kind == CacheKind::indexKeys)
            return cache.indexKeys.size();
        return kind == CacheKind::indexRemainders ? cache.indexKeys.remainders()
                                                  : cache.compressedRows.size();
    };
    const std::size_t rowBytes = Session::bytesPerRow(model->config(), options.format, kind);
    std::vector<std::byte> bytes;
    while (have() < wanted) {
        const std::uint64_t begin = have();
        const std::uint64_t count = std::min<std::uint64_t>(kLoadRows, wanted - begin);
        bytes.resize(static_cast<std::size_t>(count) * rowBytes);
        if (auto read = source->read(layer, kind, begin, count, bytes); !read)
            return read;
        if (kind == CacheKind::indexKeys)
            cache.indexKeys.appendPacked(bytes);
        else if (kind == CacheKind::indexRemainders)
            cache.indexKeys.appendRemainders(bytes);
        else
            cache.compressedRows.appendPacked(bytes);
    }
    return {};
}

Result<void> Session::Impl::loadAll()
{
    if (source == nullptr || everythingLoaded)
        return {};
    const ModelConfig& config = model->config();
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        if (config.compressRatios[layer] == 0)
            continue;
        const CacheKind kind = config.isCsa(layer) ? CacheKind::csaRows : CacheKind::hcaRows;
        if (auto loaded = load(layer, kind); !loaded)
            return loaded;
        if (!config.isCsa(layer))
            continue;
        if (auto loaded = load(layer, CacheKind::indexKeys); !loaded)
            return loaded;
        if (!caches[layer].indexKeys.keepsRemainders())
            continue;
        if (auto loaded = load(layer, CacheKind::indexRemainders); !loaded)
            return loaded;
    }
    everythingLoaded = true;
    return {};
}

SessionOptions SessionOptions::forModel(const ModelConfig& config, unsigned threads)
{
    SessionOptions options;
    options.threads = threads;
    options.numerics = config.numerics;
    if (options.numerics != NumericMode::float32)
        options.format = CacheFormat::packed;
    return options;
}

Session::Session(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model,
                                                 const SessionOptions& options)
{
    if (auto checked = checkOptions(options); !checked)
        return tl::unexpected(checked.error());
    return std::unique_ptr<Session>(new Session(std::make_unique<Impl>(std::move(model), options)));
}

Result<std::unique_ptr<Session>> Session::restore(std::shared_ptr<const Model> model,
                                                  const SessionOptions& options,
                                                  std::span<const std::byte> checkpoint,
                                                  CacheSource& source)
{
    if (auto checked = checkOptions(options); !checked)
        return tl::unexpected(checked.error());
    auto impl = std::make_unique<Impl>(std::move(model), options);
    if (auto decoded = decodeCheckpoint(checkpoint, *impl); !decoded)
        return tl::unexpected(decoded.error());
    impl->source = &source;
    impl->restoredLength = impl->length;
    return std::unique_ptr<Session>(new Session(std::move(impl)));
}

std::uint64_t Session::length() const
{
    return m_impl->length;
}

Result<void> Session::append(std::span<const TokenId> tokens, std::stop_token stop)
{
    return m_impl->append(tokens, std::move(stop), nullptr);
}

Result<void> Session::Impl::append(std::span<const TokenId> tokens, std::stop_token stop,
                                   ForwardObserver* observer)
{
    const ModelConfig& config = model->config();
    for (const TokenId id : tokens) {
        if (id < 0 || static_cast<std::size_t>(id) >= config.vocabSize)
            return fail(ErrorCode::badInput, fmt::format("token id: wanted 0 to {}, found {}",
                                                         config.vocabSize - 1, id));
    }
    if (config.maxPositions != 0 && tokens.size() > config.maxPositions - length)
        return fail(ErrorCode::badInput,
                    fmt::format("wanted at most {} tokens in a session, found {}",
                                config.maxPositions, length + tokens.size()));
    if (auto loaded = loadAll(); !loaded)
        return loaded;
    while (!tokens.empty()) {
        if (stop.stop_requested())
            return fail(ErrorCode::cancelled, fmt::format("cancelled after {} tokens", length));
        const std::size_t count = std::min(tokens.size(), Transformer::kBlockTokens);
        transformer.forward(length, tokens.first(count), caches, observer, referencePassTokens);
        queryIsStale = false;
        keepStreams(count);
        if (drafter)
            drafter->follow(length, tokens.first(count), lastStreams);
        const float* last = transformer.streams(count - 1);
        lastStreams.assign(last, last + kStreams * config.modelDim);
        logits.clear();
        length += count;
        prefilled += count;
        tokens = tokens.subspan(count);
    }
    return {};
}

Result<std::span<const float>> Session::logits()
{
    if (m_impl->lastStreams.empty())
        return std::span<const float>();
    if (m_impl->logits.empty()) {
        m_impl->logits.resize(m_impl->model->config().vocabSize);
        m_impl->transformer.logits(m_impl->lastStreams.data(), m_impl->logits.data());
    }
    return std::span<const float>(m_impl->logits);
}

void Session::clear()
{
    m_impl->clear();
}

void Session::Impl::clear()
{
    for (LayerCache& cache : caches)
        cache.clear();
    length = 0;
    restoredLength = 0;
    source = nullptr;
    lastStreams.clear();
    logits.clear();
    drafter.reset();
    keepForRewind(rewindTokens);
}

std::vector<CacheBlock> Session::rowsSince(std::uint64_t tokens) const
{
    const ModelConfig& config = m_impl->model->config();
    std::vector<CacheBlock> blocks;
    const auto add = [&](std::size_t layer, CacheKind kind, const auto& pack) {
        CacheBlock block;
        block.layer = layer;
        block.kind = kind;
        block.rowBegin = m_impl->rowCount(layer, tokens);
        block.rowCount = m_impl->rowCount(layer, m_impl->length) - block.rowBegin;
        if (block.rowCount == 0)
            return;
        block.bytes.resize(static_cast<std::size_t>(block.rowCount) *
                           bytesPerRow(config, m_impl->options.format, kind));
        pack(static_cast<std::size_t>(block.rowBegin), static_cast<std::size_t>(block.rowCount),
             block.bytes.data());
        blocks.push_back(std::move(block));
    };
    for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
        const LayerCache& cache = m_impl->caches[layer];
        const KeyStore& keys = cache.indexKeys;
        const auto packRows = [&](auto... part) { cache.compressedRows.packRows(part...); };
        if (config.isCsa(layer)) {
            add(layer, CacheKind::csaRows, packRows);
            add(layer, CacheKind::indexKeys, [&](auto... part) { keys.packRows(part...); });
            if (keys.keepsRemainders())
                add(layer, CacheKind::indexRemainders,
                    [&](auto... part) { keys.packRemainders(part...); });
        } else if (config.isHca(layer)) {
            add(layer, CacheKind::hcaRows, packRows);
        }
    }
    return blocks;
}

std::vector<std::byte> Session::checkpoint() const
{
    return encodeCheckpoint(*m_impl);
}

Result<IndexQuery> Session::indexQuery() const
{
    const ModelConfig& config = m_impl->model->config();
    if (config.lastCsaLayer() == config.numLayers)
        return fail(ErrorCode::unsupported, "the model has no layer with a lightning indexer");
    if (m_impl->prefilled == 0 || m_impl->queryIsStale)
        return fail(ErrorCode::badInput, "an index query needs a token read in this run");
    return m_impl->transformer.lastQuery();
}

Result<std::vector<float>> Session::scoreIndexRows(const IndexQuery& query)
{
    const ModelConfig& config = m_impl->model->config();
    if (query.layer >= config.numLayers || !config.isCsa(query.layer) ||
        query.heads.size() != config.indexHeads * config.indexHeadDim ||
        query.weights.size() != config.indexHeads)
        return fail(ErrorCode::badInput, "the index query was made by another model");
    if (m_impl->source != nullptr) {
        if (auto loaded = m_impl->load(query.layer, CacheKind::indexKeys); !loaded)
            return tl::unexpected(loaded.error());
    }
    const KeyStore& keys = m_impl->caches[query.layer].indexKeys;
    const Kernels& kernels = kernelsOf(m_impl->options);
    PreparedQueries queries;
    const ScoreKeysParams prepared = queries.fill(keys, config.indexHeads, config.indexHeadDim,
                                                  {query.heads.data()}, {query.weights.data()});
    const std::size_t pages = (keys.size() + KeyStore::kPageKeys - 1) / KeyStore::kPageKeys;
    std::vector<float> scores(pages * KeyStore::kPageKeys);
    m_impl->pool.forRange(pages, 4, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t page = begin; page < end; ++page) {
            ScoreKeysParams p = prepared;
            p.scores = scores.data() + page * KeyStore::kPageKeys;
            p.scoreStride = KeyStore::kPageKeys;
            const std::size_t first = page * KeyStore::kPageKeys;
            scoreKeys(kernels, keys, first, std::min(keys.size() - first, KeyStore::kPageKeys), p);
        }
    });
    scores.resize(keys.size());
    return scores;
}

std::uint64_t Session::prefilledTokens() const
{
    return m_impl->prefilled;
}

const Model& Session::model() const
{
    return *m_impl->model;
}

std::size_t Session::bytesPerRow(const ModelConfig& config, CacheFormat format, CacheKind kind)
{
    if (kind == CacheKind::indexRemainders)
        return format == CacheFormat::compact ? config.indexHeadDim : 0;
    if (format == CacheFormat::packed)
        return kind == CacheKind::indexKeys
                   ? PackedKeyLayout{config.indexHeadDim}.bytes()
                   : PackedRowLayout{config.headDim - config.ropeDim, config.ropeDim}.bytes();
    if (kind == CacheKind::indexKeys)
        return format == CacheFormat::compact ? config.indexHeadDim + sizeof(float)
                                              : config.indexHeadDim * sizeof(float);
    return config.headDim * (format == CacheFormat::compact ? sizeof(BFloat16) : sizeof(float));
}

std::uint64_t Session::cacheBytes() const
{
    std::uint64_t bytes = 0;
    for (const LayerCache& cache : m_impl->caches)
        bytes += cache.memoryBytes();
    return bytes;
}

} // namespace engine
