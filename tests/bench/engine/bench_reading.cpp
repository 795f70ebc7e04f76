// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a long text for real and says how fast, how much memory it took, and how near the result is
// to plain float32 arithmetic. Engine only: it can be linked statically and carried to any machine.
//
//   bench_reading read MODEL TOKENS COUNT THREADS     speed by depth, memory, restoring at the end
//   bench_reading exact MODEL TOKENS COUNT THREADS    rows chosen and perplexity against float32
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

int readLong(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& tokens,
             unsigned threads)
{
    const std::uint64_t before = peakBytes();
    auto session = Session::create(model, {.threads = threads});
    if (!session)
        return failed(session.error());
    const auto begin = Clock::now();
    constexpr std::size_t kPart = 65'536;
    for (std::size_t at = 0; at < tokens.size(); at += kPart) {
        const auto part = std::span(tokens).subspan(at, std::min(kPart, tokens.size() - at));
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
    const auto next = std::span(tokens).first(64);
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
    for (std::size_t i = 0; i < 64; ++i)
        if (auto read = (*restored)->append(next.subspan(i, 1)); !read)
            return failed(read.error());
    fmt::print("{{\"decode_tokens_per_second\": {:.1f}}}\n", 64.0 / secondsSince(decodeBegin));
    return 0;
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
    for (const auto& [layer, wanted] : chosen[CacheFormat::float32].rows) {
        const auto& found = chosen[CacheFormat::compact].rows[layer];
        std::size_t same = 0;
        std::size_t all = 0;
        for (std::size_t t = 0; t < wanted.size(); ++t) {
            std::vector<std::uint32_t> both;
            std::set_intersection(wanted[t].begin(), wanted[t].end(), found[t].begin(),
                                  found[t].end(), std::back_inserter(both));
            same += both.size();
            all += wanted[t].size();
        }
        fmt::print("{{\"layer\": {}, \"rows_as_float32\": {:.5f}}}\n", layer,
                   static_cast<double>(same) / static_cast<double>(all));
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 6) {
        fmt::print(stderr, "usage: bench_reading read|exact MODEL TOKENS COUNT THREADS\n");
        return 2;
    }
    const auto model = Model::open(argv[2]);
    if (!model)
        return failed(model.error());
    const auto tokens = readTokens(argv[3], std::strtoull(argv[4], nullptr, 10));
    const auto threads = static_cast<unsigned>(std::strtoul(argv[5], nullptr, 10));
    fmt::print("{{\"kernels\": \"{}\", \"threads\": {}, \"tokens\": {}}}\n",
               isaName(compactKernels().isa()), threads, tokens.size());
    return std::string(argv[1]) == "read" ? readLong(*model, tokens, threads)
                                          : compare(*model, tokens, threads);
}
