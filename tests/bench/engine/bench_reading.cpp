// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a long text for real and says how fast, how much memory it took, and how near the result is
// to plain float32 arithmetic. Engine only: it can be linked statically and carried to any machine.
//
//   bench_reading read MODEL TOKENS COUNT THREADS     speed by depth, memory, restoring at the end
//   bench_reading exact MODEL TOKENS COUNT THREADS    rows chosen and perplexity against float32
//   bench_reading moments MODEL TOKENS COUNT THREADS OUT
//                                    second moments of index queries and keys: what
//                                    tests/tools/index_directions.py makes directions from
//
// TOKENS holds 16-bit token ids, little-endian, of any long text.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <sys/resource.h>

#include <fmt/format.h>

#include "session/checkpoint_codec.h"
#include "session/session_impl.h"

using namespace engine;

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::uint64_t peakBytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::vector<TokenId> readTokens(const char* file, std::size_t count)
{
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
    std::vector<TokenId> tokens(std::min(count, bytes.size() / 2));
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        std::uint16_t id = 0;
        std::memcpy(&id, bytes.data() + 2 * i, sizeof id);
        tokens[i] = id;
    }
    return tokens;
}

/// Rows of a finished session, as a session file would give them back.
class MemoryRows final : public CacheSource
{
public:
    explicit MemoryRows(const Session& session) : m_blocks(session.rowsSince(0)) {}

    Result<void> read(std::size_t layer, CacheKind kind, std::uint64_t rowBegin,
                      std::uint64_t rowCount, std::span<std::byte> out) override
    {
        for (const CacheBlock& block : m_blocks) {
            if (block.layer != layer || block.kind != kind)
                continue;
            const std::size_t rowBytes = block.bytes.size() / block.rowCount;
            std::memcpy(out.data(), block.bytes.data() + rowBegin * rowBytes, rowCount * rowBytes);
            return {};
        }
        return fail(ErrorCode::io, "no such rows");
    }

private:
    std::vector<CacheBlock> m_blocks;
};

int failed(const Error& error)
{
    fmt::print(stderr, "{}\n", error.message);
    return 1;
}

/// Rows chosen for every token of the last block.
class ChosenRows final : public ForwardObserver
{
public:
    void layerDone(std::size_t, const Block&, const Rows&) override {}
    void rowsChosen(std::size_t layer, const Block&,
                    const std::vector<std::vector<std::uint32_t>>& chosen) override
    {
        rows[layer].insert(rows[layer].end(), chosen.begin(), chosen.end());
    }
    std::map<std::size_t, std::vector<std::vector<std::uint32_t>>> rows;
};

/// Of the rows in `wanted`, the share that is in `found` too, by layer.
void printShares(const ChosenRows& wanted, const ChosenRows& found, const char* name)
{
    for (const auto& [layer, tokens] : wanted.rows) {
        const auto& others = found.rows.at(layer);
        std::size_t same = 0;
        std::size_t all = 0;
        for (std::size_t t = 0; t < tokens.size(); ++t) {
            std::vector<std::uint32_t> both;
            std::set_intersection(tokens[t].begin(), tokens[t].end(), others[t].begin(),
                                  others[t].end(), std::back_inserter(both));
            same += both.size();
            all += tokens[t].size();
        }
        fmt::print("{{\"layer\": {}, \"{}\": {:.5f}}}\n", layer, name,
                   static_cast<double>(same) / static_cast<double>(all));
    }
}

/// Runs `block` twice: rows chosen by few directions first, and by all dimensions.
int compareDirections(Session::Impl& session, std::span<const TokenId> block)
{
    const std::vector<std::byte> before = encodeCheckpoint(session);
    ChosenRows byDirections;
    ChosenRows whole;
    if (auto read = session.append(block, {}, &byDirections); !read)
        return failed(read.error());
    if (auto rewound = session.rewindTo(before); !rewound)
        return failed(rewound.error());
    for (LayerCache& cache : session.caches)
        cache.indexKeys.useDirections(nullptr);
    if (auto read = session.append(block, {}, &whole); !read)
        return failed(read.error());
    printShares(whole, byDirections, "rows_as_without_directions");
    return 0;
}

/// Sums of outer products, [dim, dim], and how many.
struct Moments
{
    std::vector<double> sums;
    std::uint64_t count = 0;

    void add(const float* x, std::size_t dim)
    {
        sums.resize(dim * dim);
        for (std::size_t i = 0; i < dim; ++i)
            for (std::size_t j = 0; j < dim; ++j)
                sums[i * dim + j] += static_cast<double>(x[i]) * static_cast<double>(x[j]);
        ++count;
    }
    void write(std::ofstream& out) const
    {
        for (const double sum : sums) {
            const double mean = sum / static_cast<double>(count);
            out.write(reinterpret_cast<const char*>(&mean), sizeof mean);
        }
    }
};

/// Second moments of the query heads of the blocks it sees.
class QueryMoments final : public ForwardObserver
{
public:
    explicit QueryMoments(const Session::Impl& session) : m_session(session) {}
    void layerDone(std::size_t, const Block&, const Rows&) override {}
    void rowsChosen(std::size_t layer, const Block& block,
                    const std::vector<std::vector<std::uint32_t>>&) override
    {
        const ModelConfig& config = block.config;
        const LightningIndexer& indexer = m_session.transformer.indexer();
        for (std::size_t t = 0; config.isCsa(layer) && t < block.size(); ++t)
            for (std::size_t h = 0; h < config.indexHeads; ++h)
                layers[layer].add(indexer.heads(t) + h * config.indexHeadDim, config.indexHeadDim);
    }
    std::map<std::size_t, Moments> layers;

private:
    const Session::Impl& m_session;
};

/// The model's fingerprint, then for each layer that has an indexer: its number and indexHeadDim
/// (int32), the second moments of queries and of keys (float64 [dim, dim]).
int writeMoments(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& tokens,
                 unsigned threads, const char* file)
{
    constexpr std::size_t kEvery = 16; // one block of so many gives its queries
    Session::Impl session(model, {.threads = threads});
    QueryMoments queries(session);
    for (std::size_t at = 0, i = 0; at < tokens.size(); at += Transformer::kBlockTokens, ++i) {
        const auto block = std::span(tokens).subspan(
            at, std::min<std::size_t>(Transformer::kBlockTokens, tokens.size() - at));
        if (auto read = session.append(block, {}, i % kEvery == 0 ? &queries : nullptr); !read)
            return failed(read.error());
    }
    std::ofstream out(file, std::ios::binary);
    out.write(model->fingerprint().data(),
              static_cast<std::streamsize>(model->fingerprint().size()));
    for (const auto& [layer, moments] : queries.layers) {
        const std::size_t dim = model->config().indexHeadDim;
        const KeyStore& store = session.caches[layer].indexKeys;
        Moments keys;
        std::vector<float> key(dim);
        for (std::size_t i = 0; i < store.size(); ++i) {
            const float unit = *store.scalesAt(i) / KeyStore::kFineSteps;
            for (std::size_t d = 0; d < dim; ++d)
                key[d] = unit * static_cast<float>(store.fineAt(i)[d]);
            keys.add(key.data(), dim);
        }
        for (const std::size_t number : {layer, dim}) {
            const auto word = static_cast<std::int32_t>(number);
            out.write(reinterpret_cast<const char*>(&word), sizeof word);
        }
        moments.write(out);
        keys.write(out);
    }
    if (!out.flush()) {
        fmt::print(stderr, "{}: cannot be written\n", file);
        return 1;
    }
    return 0;
}

int readLong(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& all,
             unsigned threads)
{
    constexpr std::size_t kNext = 64;
    if (all.size() < 2 * (kNext + Transformer::kBlockTokens)) {
        fmt::print(stderr, "wanted at least {} tokens, found {}\n",
                   2 * (kNext + Transformer::kBlockTokens), all.size());
        return 2;
    }
    const auto tokens = std::span(all).first(all.size() - kNext - Transformer::kBlockTokens);
    const auto next = std::span(all).subspan(tokens.size(), kNext);
    const std::uint64_t before = peakBytes();
    auto session = Session::create(model, {.threads = threads});
    if (!session)
        return failed(session.error());
    const auto begin = Clock::now();
    constexpr std::size_t kPart = 65'536;
    for (std::size_t at = 0; at < tokens.size(); at += kPart) {
        const auto part = tokens.subspan(at, std::min(kPart, tokens.size() - at));
        const auto partBegin = Clock::now();
        if (auto read = (*session)->append(part); !read)
            return failed(read.error());
        fmt::print("{{\"tokens\": {}, \"seconds\": {:.2f}, \"tokens_per_second\": {:.0f}, "
                   "\"cache_bytes\": {}, \"peak_rss_bytes\": {}, \"above_loaded_model\": {}}}\n",
                   (*session)->length(), secondsSince(begin),
                   static_cast<double>(part.size()) / secondsSince(partBegin),
                   (*session)->cacheBytes(), peakBytes(), peakBytes() - before);
        std::fflush(stdout);
    }
    // What a reopened session answers must be what this one would have.
    const auto checkpoint = (*session)->checkpoint();
    MemoryRows rows(**session);
    const auto wanted = (*session)->logits();
    const std::vector<float> last(wanted->begin(), wanted->end());
    if (auto read = (*session)->append(next); !read)
        return failed(read.error());
    const auto continued = (*session)->logits();
    const auto restoreBegin = Clock::now();
    auto restored = Session::restore(model, {.threads = threads}, checkpoint, rows);
    if (!restored)
        return failed(restored.error());
    const auto again = (*restored)->logits();
    const bool sameLast = std::equal(again->begin(), again->end(), last.begin());
    const double restoreSeconds = secondsSince(restoreBegin);
    if (auto read = (*restored)->append(next); !read)
        return failed(read.error());
    const auto after = (*restored)->logits();
    fmt::print("{{\"restored_at\": {}, \"restore_seconds\": {:.4f}, \"logits_bit_equal\": {}, "
               "\"after_64_more_bit_equal\": {}}}\n",
               tokens.size(), restoreSeconds, sameLast,
               std::equal(after->begin(), after->end(), continued->begin()));
    const auto decodeBegin = Clock::now();
    for (std::size_t i = 0; i < kNext; ++i)
        if (auto read = (*restored)->append(next.subspan(i, 1)); !read)
            return failed(read.error());
    fmt::print("{{\"decode_tokens_per_second\": {:.1f}}}\n",
               static_cast<double>(kNext) / secondsSince(decodeBegin));
    return compareDirections(SessionAccess::impl(**session),
                             std::span(all).last(Transformer::kBlockTokens));
}

double logProbability(std::span<const float> logits, TokenId token)
{
    const float top = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (const float logit : logits)
        sum += std::exp(static_cast<double>(logit - top));
    return static_cast<double>(logits[static_cast<std::size_t>(token)] - top) - std::log(sum);
}

/// Reads all but the last tokens, notes the rows chosen in one more block, then the probability of
/// each of the last tokens.
Result<double> perplexity(Session::Impl& session, const std::vector<TokenId>& tokens,
                          ChosenRows& chosen)
{
    constexpr std::size_t kScored = 512;
    const std::size_t split = tokens.size() - kScored - Transformer::kBlockTokens;
    if (auto read = session.append(std::span(tokens).first(split), {}, nullptr); !read)
        return tl::unexpected(read.error());
    if (auto read = session.append(std::span(tokens).subspan(split, Transformer::kBlockTokens), {},
                                   &chosen);
        !read)
        return tl::unexpected(read.error());
    double sum = 0.0;
    std::vector<float> logits(session.model->config().vocabSize);
    for (std::size_t i = tokens.size() - kScored; i < tokens.size(); ++i) {
        session.transformer.logits(session.lastStreams.data(), logits.data());
        sum += logProbability(logits, tokens[i]);
        if (auto read = session.append(std::span(tokens).subspan(i, 1), {}, nullptr); !read)
            return tl::unexpected(read.error());
    }
    return std::exp(-sum / static_cast<double>(kScored));
}

int compare(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& tokens,
            unsigned threads)
{
    std::map<CacheFormat, ChosenRows> chosen;
    for (const CacheFormat format : {CacheFormat::compact, CacheFormat::float32}) {
        Session::Impl session(model, {.format = format, .threads = threads});
        const auto begin = Clock::now();
        const auto found = perplexity(session, tokens, chosen[format]);
        if (!found)
            return failed(found.error());
        fmt::print("{{\"format\": \"{}\", \"tokens\": {}, \"perplexity_of_last_512\": {:.5f}, "
                   "\"seconds\": {:.1f}}}\n",
                   format == CacheFormat::compact ? "compact" : "float32", tokens.size(), *found,
                   secondsSince(begin));
        std::fflush(stdout);
    }
    printShares(chosen[CacheFormat::float32], chosen[CacheFormat::compact], "rows_as_float32");
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const std::string mode = argc > 1 ? argv[1] : "";
    if (argc != (mode == "moments" ? 7 : 6)) {
        fmt::print(stderr,
                   "usage: bench_reading read|exact|moments MODEL TOKENS COUNT THREADS [OUT]\n");
        return 2;
    }
    const auto model = Model::open(argv[2]);
    if (!model)
        return failed(model.error());
    const auto tokens = readTokens(argv[3], std::strtoull(argv[4], nullptr, 10));
    const auto threads = static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10));
    fmt::print("{{\"kernels\": \"{}\", \"threads\": {}, \"tokens\": {}}}\n",
               isaName(compactKernels().isa()), threads, tokens.size());
    if (mode == "moments")
        return writeMoments(*model, tokens, threads, argv[6]);
    return mode == "read" ? readLong(*model, tokens, threads) : compare(*model, tokens, threads);
}
