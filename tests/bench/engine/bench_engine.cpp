// SPDX-License-Identifier: GPL-3.0-or-later
// Speed and correctness of the engine alone; see usage() below.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/measure.h"
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
               "\n"
               "Prints one JSON object a line. --depth: tokens in the cache before the first\n"
               "measured one (default 4096); the cache is synthetic unless --read is given.\n");
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
                    name == "--expected") &&
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

int measure(const Arguments& arguments)
{
    auto model = engine::Model::open(arguments.directory);
    if (!model)
        return failed(model.error());
    const bool prefill = arguments.job == "prefill";
    engine::MeasureOptions options;
    options.session.threads = static_cast<unsigned>(arguments.number("--threads", "0"));
    if (arguments.has("--float32"))
        options.session.format = engine::CacheFormat::float32;
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
    return usage();
}
