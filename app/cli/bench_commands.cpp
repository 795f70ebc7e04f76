// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "bench/reopen_bench.h"
#include "cli/commands.h"
#include "engine/measure.h"
#include "engine/session.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/source_reader.h"
#include "usecases/words.h"

namespace app {
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kPrefillTokens = 8'192;
constexpr std::uint64_t kPrefillAtDepth = 2'048;
constexpr std::uint64_t kDecodeContext = 2'048;
constexpr std::uint64_t kReopenTokens = 16'384;

Json machineJson(const CommandContext& context, const LoadedModel& loaded)
{
    const engine::MachineInfo machine = engine::machineInfo();
    const unsigned threads = context.invocation.threads;
    const engine::ModelConfig& config = loaded.model->config();
    return Json{{"machine",
                 {{"processor", machine.processor},
                  {"cores", machine.cores},
                  {"threads", threads == 0 ? machine.cores : threads},
                  {"instruction_set", machine.instructionSet}}},
                {"model",
                 {{"name", loaded.identity.name},
                  {"parameters", loaded.model->parameterCount()},
                  {"layers", config.numLayers},
                  {"hidden", config.modelDim},
                  {"heads", config.numHeads},
                  {"head_dim", config.headDim},
                  {"window_tokens", config.windowTokens},
                  {"compress_ratios", config.compressRatios},
                  {"index_heads", config.indexHeads},
                  {"index_head_dim", config.indexHeadDim},
                  {"index_top_k", config.indexTopK},
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
        fmt::format("{}, {} cores, {} threads, {}", machine["processor"].get<std::string>(),
                    machine["cores"].get<unsigned>(), machine["threads"].get<unsigned>(),
                    machine["instruction_set"].get<std::string>()));
    context.console.writeLine(dump(json["model"]));
    for (const auto& [key, value] : json["result"].items()) {
        context.console.writeLine(fmt::format("{:<24} {}", key, dump(value)));
    }
}

std::uint64_t orDefault(std::uint64_t tokens, std::uint64_t otherwise)
{
    return tokens == 0 ? otherwise : tokens;
}

engine::MeasureOptions measureOptions(const CommandContext& context, const LoadedModel& loaded,
                                      std::uint64_t depth, std::uint64_t tokens, bool read)
{
    engine::MeasureOptions options;
    options.session =
        engine::SessionOptions::forModel(loaded.model->config(), context.invocation.threads);
    options.depth = depth;
    options.tokens = tokens;
    options.fill = read ? engine::CacheFill::read : engine::CacheFill::synthetic;
    options.stop = context.stop;
    options.progress = [&context](std::uint64_t done, std::uint64_t total) {
        context.console.progress(
            fmt::format("{} of {} tokens", withThousands(done), withThousands(total)));
    };
    return options;
}

Json measuredJson(const engine::MeasureOptions& options, const engine::Measurement& found)
{
    const bool read = options.fill == engine::CacheFill::read;
    return Json{{"depth", options.depth},
                {"numerics", engine::numericModeName(options.session.numerics)},
                {"cache", read ? "read" : "synthetic"},
                {"tokens", options.tokens},
                {"seconds", found.seconds},
                {"tokens_per_second", found.tokensPerSecond(options.tokens)},
                {"median_step_ms", found.medianSeconds * 1000.0},
                {"fill_seconds", found.fillSeconds},
                {"cache_bytes", found.cacheBytes},
                {"layer_seconds", found.layerSeconds}};
}

Result<Json> benchPrefill(const CommandContext& context, const LoadedModel& loaded)
{
    const std::uint64_t depth = context.invocation.benchDepth.value_or(0);
    const auto options = measureOptions(
        context, loaded, depth,
        orDefault(context.invocation.benchTokens, depth == 0 ? kPrefillTokens : kPrefillAtDepth),
        context.invocation.benchRead);
    const auto found = engine::measurePrefill(loaded.model, options);
    if (!found) {
        return passOn(found.error());
    }
    return measuredJson(options, *found);
}

/// Without --depth the tokens before the written ones are really read, as many as --tokens says.
Result<Json> benchDecode(const CommandContext& context, const LoadedModel& loaded)
{
    const Invocation& invocation = context.invocation;
    const auto options = measureOptions(
        context, loaded,
        invocation.benchDepth.value_or(orDefault(invocation.benchTokens, kDecodeContext)),
        invocation.decodeTokens, invocation.benchRead || !invocation.benchDepth);
    const auto found = engine::measureDecode(loaded.model, options);
    if (!found) {
        return passOn(found.error());
    }
    return measuredJson(options, *found);
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
