// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/reopen_bench.h"
#include "cli/commands.h"
#include "engine/session.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/rate_meter.h"
#include "usecases/source_reader.h"
#include "usecases/words.h"

namespace app {
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kPrefillTokens = 8'192;
constexpr std::uint64_t kDecodeContext = 2'048;
constexpr std::uint64_t kReopenTokens = 16'384;

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown";
}

/// Tokens spread over the whole vocabulary, the same in every run: no expert is a favourite and
/// nothing is easier to read than a text would be.
std::vector<engine::TokenId> spreadTokens(const engine::Tokenizer& tokenizer, std::uint64_t count)
{
    std::vector<engine::TokenId> tokens;
    std::uint64_t state = 1;
    while (tokens.size() < count) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const auto id = static_cast<engine::TokenId>((state >> 33U) % tokenizer.vocabSize());
        if (!tokenizer.isSpecial(id)) {
            tokens.push_back(id);
        }
    }
    return tokens;
}

Json machineJson(const CommandContext& context, const LoadedModel& loaded)
{
    const unsigned cores = std::thread::hardware_concurrency();
    const engine::ModelConfig& config = loaded.model->config();
    return Json{
        {"machine",
         {{"processor", processorName()},
          {"cores", cores},
          {"threads", context.invocation.threads == 0 ? cores : context.invocation.threads}}},
        {"model",
         {{"name", loaded.identity.name},
          {"parameters", loaded.model->parameterCount()},
          {"layers", config.numLayers},
          {"hidden", config.modelDim},
          {"heads", config.numHeads},
          {"head_dim", config.headDim},
          {"experts", config.routedExperts},
          {"experts_per_token", config.expertsPerToken}}}};
}

void print(const CommandContext& context, const Json& json)
{
    context.console.endProgress();
    if (context.invocation.json) {
        context.console.writeLine(dump(json));
        return;
    }
    const Json& machine = json["machine"];
    context.console.writeLine(
        fmt::format("{}, {} cores, {} threads", machine["processor"].get<std::string>(),
                    machine["cores"].get<unsigned>(), machine["threads"].get<unsigned>()));
    context.console.writeLine(dump(json["model"]));
    for (const auto& [key, value] : json["result"].items()) {
        context.console.writeLine(fmt::format("{:<24} {}", key, dump(value)));
    }
}

Result<double> prefill(const CommandContext& context, engine::Session& session,
                       const std::vector<engine::TokenId>& tokens)
{
    RateMeter meter(Clock::now());
    const auto begin = Clock::now();
    for (std::size_t done = 0; done < tokens.size();) {
        const std::size_t count = std::min<std::size_t>(kCommitTokens, tokens.size() - done);
        auto read = session.append(std::span(tokens).subspan(done, count), context.stop);
        if (!read) {
            return passOn(read.error());
        }
        done += count;
        meter.update(done, Clock::now());
        context.console.progress(fmt::format("{} of {} tokens, {:.0f} tokens/s",
                                             withThousands(done), withThousands(tokens.size()),
                                             meter.perSecond()));
    }
    return secondsSince(begin);
}

Result<std::unique_ptr<engine::Session>> newSession(const CommandContext& context,
                                                    const LoadedModel& loaded)
{
    const auto options =
        engine::SessionOptions::forModel(loaded.model->config(), context.invocation.threads);
    auto session = engine::Session::create(loaded.model, options);
    if (!session) {
        return passOn(session.error());
    }
    return std::move(*session);
}

std::uint64_t orDefault(std::uint64_t tokens, std::uint64_t otherwise)
{
    return tokens == 0 ? otherwise : tokens;
}

Result<Json> benchPrefill(const CommandContext& context, const LoadedModel& loaded)
{
    auto session = newSession(context, loaded);
    if (!session) {
        return tl::unexpected(session.error());
    }
    const auto tokens =
        spreadTokens(*loaded.tokenizer, orDefault(context.invocation.benchTokens, kPrefillTokens));
    auto seconds = prefill(context, **session, tokens);
    if (!seconds) {
        return tl::unexpected(seconds.error());
    }
    return Json{{"tokens", tokens.size()},
                {"seconds", *seconds},
                {"tokens_per_second", static_cast<double>(tokens.size()) / *seconds},
                {"cache_bytes", (*session)->cacheBytes()}};
}

Result<Json> benchDecode(const CommandContext& context, const LoadedModel& loaded)
{
    auto session = newSession(context, loaded);
    if (!session) {
        return tl::unexpected(session.error());
    }
    const auto tokens =
        spreadTokens(*loaded.tokenizer, orDefault(context.invocation.benchTokens, kDecodeContext));
    if (auto seconds = prefill(context, **session, tokens); !seconds) {
        return tl::unexpected(seconds.error());
    }
    const auto begin = Clock::now();
    for (std::uint64_t written = 0; written < context.invocation.decodeTokens; ++written) {
        auto logits = (*session)->logits();
        if (!logits) {
            return passOn(logits.error());
        }
        const auto best = static_cast<engine::TokenId>(
            std::max_element(logits->begin(), logits->end()) - logits->begin());
        if (auto done = (*session)->append(std::span(&best, 1), context.stop); !done) {
            return passOn(done.error());
        }
    }
    const double seconds = secondsSince(begin);
    return Json{
        {"context_tokens", tokens.size()},
        {"tokens", context.invocation.decodeTokens},
        {"seconds", seconds},
        {"tokens_per_second", static_cast<double>(context.invocation.decodeTokens) / seconds}};
}

Result<Json> benchReopen(const CommandContext& context, const LoadedModel& loaded)
{
    ReopenOptions options;
    options.folder = fs::temp_directory_path();
    options.tokens = orDefault(context.invocation.benchTokens, kReopenTokens);
    options.synthetic = context.invocation.benchSynthetic;
    options.cold = context.invocation.benchCold;
    options.threads = context.invocation.threads;
    options.stop = context.stop;
    options.progress = [&](std::uint64_t done) {
        context.console.progress(
            fmt::format("{} of {} tokens", withThousands(done), withThousands(options.tokens)));
    };
    auto figures = measureReopening(loaded.model, *loaded.tokenizer, loaded.identity, options);
    if (!figures) {
        return fail(ErrorCode::failed, figures.error());
    }
    const auto ratio = [](auto a, auto b) {
        return static_cast<double>(a) / std::max(static_cast<double>(b), 1e-9);
    };
    Json json{{"tokens", figures->tokens},
              {"synthetic", options.synthetic},
              {"cold", options.cold},
              {"read_s", figures->readSeconds},
              {"bytes_written", figures->bytesWritten},
              {"file_bytes", figures->fileBytes},
              {"written_over_file", ratio(figures->bytesWritten, figures->fileBytes)},
              {"cache_bytes", figures->cacheBytes},
              {"window_ms", figures->windowMs},
              {"open_ms", figures->openMs},
              {"open_cpu_ms", figures->openCpuMs},
              {"locate_ms", figures->locateMs},
              {"first_token_ms", figures->firstTokenMs},
              {"bytes_before_first_token", figures->bytesBeforeFirstToken},
              {"bytes_over_cache", ratio(figures->bytesBeforeFirstToken, figures->cacheBytes)},
              {"duplicate_ms", figures->duplicateMs},
              {"tokens_read_again", figures->tokensReadAgain},
              {"logits_equal", figures->logitsEqual},
              {"peak_rss_bytes", figures->peakResidentBytes}};
    if (figures->deviceBytesWritten) {
        json["device_bytes_written"] = *figures->deviceBytesWritten;
    }
    if (!options.synthetic) { // what is made up takes no time to read
        json["read_over_open"] = ratio(figures->readSeconds * 1000.0, figures->openMs);
    }
    return json;
}

using Bench = Result<Json> (*)(const CommandContext&, const LoadedModel&);

ExitCode runBench(const CommandContext& context, const char* name, Bench bench)
{
    auto loaded = context.models->get();
    if (!loaded) {
        return refuse(context, loaded.error());
    }
    auto result = bench(context, *loaded);
    if (!result) {
        return refuse(context, result.error());
    }
    Json json{{"bench", name}};
    json.update(machineJson(context, *loaded));
    json["result"] = std::move(*result);
    print(context, json);
    return ExitCode::done;
}

} // namespace

ExitCode runBenchPrefill(const CommandContext& context)
{
    return runBench(context, "prefill", benchPrefill);
}

ExitCode runBenchDecode(const CommandContext& context)
{
    return runBench(context, "decode", benchDecode);
}

ExitCode runBenchReopen(const CommandContext& context)
{
    return runBench(context, "reopen", benchReopen);
}

} // namespace app
