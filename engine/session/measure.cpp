// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/measure.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "session/session_impl.h"
#include "session/synthetic_cache.h"

namespace engine {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kProgressTokens = 2'048; ///< read between two calls of progress

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double medianOf(std::vector<double> values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Adds up what each layer took; the time between two layers belongs to the later one.
class LayerClock final : public ForwardObserver
{
public:
    explicit LayerClock(std::size_t layers) : seconds(layers) {}

    void start() { m_last = Clock::now(); }
    void layerDone(std::size_t layer, const Block&, const Rows&) override
    {
        const auto now = Clock::now();
        seconds[layer] += std::chrono::duration<double>(now - m_last).count();
        m_last = now;
    }
    void rowsChosen(std::size_t, const Block&,
                    const std::vector<std::vector<std::uint32_t>>&) override
    {
    }

    std::vector<double> seconds;

private:
    Clock::time_point m_last;
};

/// A session that stands at the depth, with one block read in it.
struct Prepared
{
    std::unique_ptr<Session::Impl> session;
    std::vector<TokenId> tokens; ///< what comes next
    double fillSeconds = 0.0;
};

Result<Prepared> prepare(std::shared_ptr<const Model> model, const MeasureOptions& options)
{
    const ModelConfig& config = model->config();
    if (options.tokens == 0)
        return fail(ErrorCode::badInput, "wanted at least 1 token to measure, found 0");
    const std::uint64_t most = config.maxPositions;
    if (most != 0 && (options.depth > most || options.tokens > most - options.depth))
        return fail(ErrorCode::badInput,
                    fmt::format("wanted depth and tokens of at most {} together, found {} and {}",
                                most, options.depth, options.tokens));
    Prepared prepared;
    prepared.tokens = spreadTokens(config.vocabSize, options.depth + options.tokens);
    prepared.session = std::make_unique<Session::Impl>(std::move(model), options.session);
    Session::Impl& session = *prepared.session;
    const auto begin = Clock::now();
    const std::uint64_t warmUp = std::min<std::uint64_t>(options.depth, Transformer::kBlockTokens);
    if (options.fill == CacheFill::synthetic)
        fillSynthetically(session, options.depth - warmUp);
    while (session.length < options.depth) {
        const std::size_t count = static_cast<std::size_t>(
            std::min<std::uint64_t>(options.depth - session.length, kProgressTokens));
        const std::span<const TokenId> part(prepared.tokens.data() + session.length, count);
        if (auto read = session.append(part, options.stop, nullptr); !read)
            return tl::unexpected(read.error());
        if (options.progress)
            options.progress(session.length, prepared.tokens.size());
    }
    prepared.fillSeconds = secondsSince(begin);
    prepared.tokens.erase(prepared.tokens.begin(),
                          prepared.tokens.begin() + static_cast<std::ptrdiff_t>(options.depth));
    return prepared;
}

Measurement finish(const Prepared& prepared, Clock::time_point begin, std::vector<double> steps,
                   LayerClock& layers)
{
    Measurement found;
    found.seconds = secondsSince(begin);
    found.medianSeconds = medianOf(std::move(steps));
    found.fillSeconds = prepared.fillSeconds;
    for (const LayerCache& cache : prepared.session->caches)
        found.cacheBytes += cache.memoryBytes();
    found.layerSeconds = std::move(layers.seconds);
    return found;
}

} // namespace

Result<Measurement> measurePrefill(std::shared_ptr<const Model> model,
                                   const MeasureOptions& options)
{
    auto prepared = prepare(std::move(model), options);
    if (!prepared)
        return tl::unexpected(prepared.error());
    Session::Impl& session = *prepared->session;
    LayerClock layers(session.caches.size());
    std::vector<double> steps;
    std::span<const TokenId> left(prepared->tokens);
    const auto begin = Clock::now();
    while (!left.empty()) {
        const std::size_t count = std::min(left.size(), Transformer::kBlockTokens);
        const auto step = Clock::now();
        layers.start();
        if (auto read = session.append(left.first(count), options.stop, &layers); !read)
            return tl::unexpected(read.error());
        steps.push_back(secondsSince(step));
        left = left.subspan(count);
    }
    return finish(*prepared, begin, std::move(steps), layers);
}

Result<Measurement> measureDecode(std::shared_ptr<const Model> model, const MeasureOptions& options)
{
    auto prepared = prepare(std::move(model), options);
    if (!prepared)
        return tl::unexpected(prepared.error());
    Session::Impl& session = *prepared->session;
    LayerClock layers(session.caches.size());
    std::vector<float> logits(session.model->config().vocabSize);
    std::vector<double> steps;
    TokenId next = prepared->tokens.front();
    const auto begin = Clock::now();
    for (std::uint64_t written = 0; written < options.tokens; ++written) {
        const auto step = Clock::now();
        layers.start();
        if (auto read = session.append(std::span(&next, 1), options.stop, &layers); !read)
            return tl::unexpected(read.error());
        session.transformer.logits(session.lastStreams.data(), logits.data());
        next =
            static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        steps.push_back(secondsSince(step));
    }
    return finish(*prepared, begin, std::move(steps), layers);
}

std::vector<TokenId> spreadTokens(std::size_t vocabSize, std::uint64_t count,
                                  std::span<const TokenId> avoid)
{
    std::vector<TokenId> tokens;
    tokens.reserve(static_cast<std::size_t>(count));
    std::uint64_t state = 1;
    while (tokens.size() < count) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto id = static_cast<TokenId>((state >> 33U) % vocabSize);
        if (std::find(avoid.begin(), avoid.end(), id) == avoid.end())
            tokens.push_back(id);
    }
    return tokens;
}

MachineInfo machineInfo(CacheFormat format)
{
    MachineInfo info;
    info.processor = "unknown";
    info.cores = std::thread::hardware_concurrency();
    const Kernels& kernels = format == CacheFormat::compact ? compactKernels() : float32Kernels();
    info.instructionSet = isaName(kernels.isa());
    std::ifstream lines("/proc/cpuinfo");
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
            info.processor = line.substr(line.find(": ") + 2);
            break;
        }
    }
    return info;
}

} // namespace engine
