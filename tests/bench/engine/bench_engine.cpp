// SPDX-License-Identifier: GPL-3.0-or-later
// Speed and correctness of the engine alone; see usage() below.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/export_gguf.h"
#include "engine/measure.h"
#include "engine/model_tokenizer.h"
#include "engine/session.h"
#include "engine/verify.h"

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

int usage()
{
    fmt::print(stderr,
               "bench_engine prefill|decode DIR [--depth N,N,...] [--tokens N] [--threads N]\n"
               "                                [--read] [--float32]\n"
               "bench_engine verify DIR --expected FILE [--threads N]\n"
               "bench_engine greedy DIR --prompts FILE [--tokens N] [--threads N] [--float32]\n"
               "bench_engine export-gguf DIR --output FILE [--float32]\n"
               "\n"
               "Prints one JSON object a line. --depth: tokens in the cache before the first\n"
               "measured one (default 4096); the cache is synthetic unless --read is given.\n"
               "--prompts: a text a line; prints the tokens of each and of its continuation, and\n"
               "how far the chosen logit was above the next one.\n");
    return kWrongUse;
}

struct Arguments
{
    std::string job;
    std::string directory;
    std::map<std::string, std::string> options;

    [[nodiscard]] bool has(const std::string& name) const { return options.contains(name); }
    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const
    {
        const auto found = options.find(name);
        return found == options.end() ? otherwise : found->second;
    }
    [[nodiscard]] std::uint64_t number(const std::string& name, const std::string& otherwise) const
    {
        return std::strtoull(text(name, otherwise).c_str(), nullptr, 10);
    }
};

std::optional<Arguments> parse(int argc, char** argv)
{
    if (argc < 3)
        return std::nullopt;
    Arguments arguments{argv[1], argv[2], {}};
    for (int i = 3; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--read" || name == "--float32") {
            arguments.options[name] = "yes";
        } else if ((name == "--depth" || name == "--tokens" || name == "--threads" ||
                    name == "--expected" || name == "--prompts" || name == "--output") &&
                   i + 1 < argc) {
            arguments.options[name] = argv[++i];
        } else {
            return std::nullopt;
        }
    }
    return arguments;
}

void printLine(const Json& json)
{
    fmt::print("{}\n", json.dump());
    std::fflush(stdout);
}

int failed(const engine::Error& error)
{
    fmt::print(stderr, "{}\n", error.message);
    return kFailed;
}

engine::SessionOptions sessionOptions(const Arguments& arguments, const engine::ModelConfig& config)
{
    const auto threads = static_cast<unsigned>(arguments.number("--threads", "0"));
    if (!arguments.has("--float32"))
        return engine::SessionOptions::forModel(config, threads);
    engine::SessionOptions options;
    options.threads = threads;
    options.format = engine::CacheFormat::float32;
    return options;
}

int measure(const Arguments& arguments)
{
    auto model = engine::Model::open(arguments.directory);
    if (!model)
        return failed(model.error());
    const bool prefill = arguments.job == "prefill";
    engine::MeasureOptions options;
    options.session = sessionOptions(arguments, (*model)->config());
    if (arguments.has("--read"))
        options.fill = engine::CacheFill::read;
    options.tokens = arguments.number("--tokens", prefill ? "2048" : "64");
    const engine::MachineInfo machine = engine::machineInfo(options.session.format);
    std::istringstream depths(arguments.text("--depth", "4096"));
    for (std::string depth; std::getline(depths, depth, ',');) {
        options.depth = std::strtoull(depth.c_str(), nullptr, 10);
        const auto found = prefill ? engine::measurePrefill(*model, options)
                                   : engine::measureDecode(*model, options);
        if (!found)
            return failed(found.error());
        const unsigned threads = options.session.threads;
        printLine({{"bench", arguments.job},
                   {"processor", machine.processor},
                   {"instruction_set", machine.instructionSet},
                   {"threads", threads == 0 ? machine.cores : threads},
                   {"numerics", engine::numericModeName(options.session.numerics)},
                   {"cache", arguments.has("--read") ? "read" : "synthetic"},
                   {"depth", options.depth},
                   {"tokens", options.tokens},
                   {"seconds", found->seconds},
                   {"tokens_per_second", found->tokensPerSecond(options.tokens)},
                   {"median_step_ms", found->medianSeconds * 1000.0},
                   {"fill_seconds", found->fillSeconds},
                   {"cache_bytes", found->cacheBytes},
                   {"layer_seconds", found->layerSeconds}});
    }
    return 0;
}

int verify(const Arguments& arguments)
{
    const auto report =
        engine::verifyCheckpoint(arguments.directory, arguments.text("--expected", ""),
                                 static_cast<unsigned>(arguments.number("--threads", "0")));
    if (!report)
        return failed(report.error());
    printLine({{"prefill_worst", report->prefillWorst},
               {"decode_worst", report->decodeWorst},
               {"argmax_equal", report->argmaxEqual}});
    return 0;
}

int exportModel(const Arguments& arguments)
{
    const auto report = engine::exportGguf(arguments.directory, arguments.text("--output", ""),
                                           arguments.has("--float32") ? engine::GgufTypes::float32
                                                                      : engine::GgufTypes::compact);
    if (!report)
        return failed(report.error());
    printLine({{"bytes", report->fileBytes},
               {"tensors", report->tensors},
               {"tensors_by_type", report->tensorsByType}});
    return 0;
}

/// The largest logit and how far it stands above the second.
std::pair<engine::TokenId, float> best(std::span<const float> logits)
{
    std::size_t first = 0;
    float second = -INFINITY;
    for (std::size_t i = 1; i < logits.size(); ++i) {
        if (logits[i] > logits[first]) {
            second = logits[first];
            first = i;
        } else if (logits[i] > second) {
            second = logits[i];
        }
    }
    return {static_cast<engine::TokenId>(first), logits[first] - second};
}

int continueOne(const std::shared_ptr<const engine::Model>& model,
                const engine::SessionOptions& options, const std::vector<engine::TokenId>& prompt,
                std::uint64_t count)
{
    auto session = engine::Session::create(model, options);
    if (!session)
        return failed(session.error());
    std::vector<engine::TokenId> written;
    std::vector<float> margins;
    std::vector<engine::TokenId> next = prompt;
    for (std::uint64_t i = 0; i < count; ++i) {
        if (auto read = (*session)->append(next); !read)
            return failed(read.error());
        const auto logits = (*session)->logits();
        if (!logits)
            return failed(logits.error());
        const auto [token, margin] = best(*logits);
        written.push_back(token);
        margins.push_back(margin);
        next = {token};
    }
    printLine({{"prompt", prompt}, {"continuation", written}, {"margins", margins}});
    return 0;
}

int greedy(const Arguments& arguments)
{
    auto model = engine::Model::open(arguments.directory);
    if (!model)
        return failed(model.error());
    auto tokenizer = engine::openModelTokenizer(arguments.directory);
    if (!tokenizer)
        return failed(tokenizer.error());
    const auto options = sessionOptions(arguments, (*model)->config());
    std::ifstream prompts(arguments.text("--prompts", ""));
    for (std::string line; std::getline(prompts, line);) {
        const auto prompt = tokenizer->tokenizer->encode(line);
        if (prompt.empty())
            continue;
        if (const int status =
                continueOne(*model, options, prompt, arguments.number("--tokens", "32"));
            status != 0)
            return status;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    const auto arguments = parse(argc, argv);
    if (!arguments)
        return usage();
    if (arguments->job == "prefill" || arguments->job == "decode")
        return measure(*arguments);
    if (arguments->job == "verify" && arguments->has("--expected"))
        return verify(*arguments);
    if (arguments->job == "export-gguf" && arguments->has("--output"))
        return exportModel(*arguments);
    if (arguments->job == "greedy" && arguments->has("--prompts"))
        return greedy(*arguments);
    return usage();
}
