// SPDX-License-Identifier: GPL-3.0-or-later
// Speed of the tokenizer on one core: bench_tokenizer [--tokenizer FILE] [TEXT...]
// Without texts: the English paragraphs under tests/bench/data and this project's own sources,
// and one very long word.
#include "engine/tokenizer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kRuns = 7;

struct Sample
{
    std::string name;
    std::string text;
};

std::string readFile(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        fmt::print(stderr, "{}: wanted a text, found no file that can be read\n", file.string());
        std::exit(EXIT_FAILURE);
    }
    std::ostringstream text;
    text << stream.rdbuf();
    return std::move(text).str();
}

std::string readCompressed(const fs::path& file)
{
    std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(),
                                                                  &archive_read_free);
    archive_read_support_filter_xz(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    std::string text;
    if (archive_read_open_filename(reader.get(), file.c_str(), 1U << 16U) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        return text;
    }
    std::array<char, 1U << 16U> block{};
    la_ssize_t got = 0;
    while ((got = archive_read_data(reader.get(), block.data(), block.size())) > 0) {
        text.append(block.data(), static_cast<std::size_t>(got));
    }
    return text;
}

/// The paragraphs of the bench questions, each once.
Sample englishSample()
{
    Sample sample{"English: SQuAD paragraphs", {}};
    std::istringstream lines(
        readCompressed(fs::path(LECTERN_ROOT) / "tests/bench/data/dev-squad2half.jsonl.xz"));
    std::set<std::string> seen;
    for (std::string line; std::getline(lines, line);) {
        const auto record = nlohmann::json::parse(line, nullptr, false);
        if (record.is_object() && record.contains("context")) {
            auto paragraph = record["context"].get<std::string>();
            if (seen.insert(paragraph).second) {
                sample.text += paragraph + "\n\n";
            }
        }
    }
    return sample;
}

Sample codeSample()
{
    Sample sample{"C++: this project", {}};
    for (const char* folder : {"app", "engine", "ingest", "storage", "tests", "ui"}) {
        std::vector<fs::path> files;
        for (const auto& entry :
             fs::recursive_directory_iterator(fs::path(LECTERN_ROOT) / folder)) {
            if (entry.path().extension() == ".cpp" || entry.path().extension() == ".h") {
                files.push_back(entry.path());
            }
        }
        std::sort(files.begin(), files.end());
        for (const fs::path& file : files) {
            sample.text += readFile(file);
        }
    }
    return sample;
}

/// One word of a million letters: the worst that a file without line breaks can do.
Sample longWordSample()
{
    Sample sample{"one word of random letters", {}};
    std::mt19937 random(1);
    std::uniform_int_distribution<int> letter('a', 'z');
    while (sample.text.size() < 1'000'000) {
        sample.text.push_back(static_cast<char>(letter(random)));
    }
    return sample;
}

std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown processor";
}

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Seconds of each run, in ascending order; the first run is put into `first`.
template <typename Work>
std::vector<double> timed(const Work& work, double& first)
{
    std::vector<double> seconds;
    for (int run = 0; run < kRuns; ++run) {
        const auto begin = Clock::now();
        work();
        seconds.push_back(secondsSince(begin));
    }
    first = seconds.front();
    std::sort(seconds.begin(), seconds.end());
    return seconds;
}

void measure(const engine::Tokenizer& tokenizer, const Sample& sample)
{
    std::vector<engine::TokenId> ids;
    std::string decoded;
    double first = 0;
    double ignored = 0;
    const auto encoding = timed([&] { ids = tokenizer.encode(sample.text); }, first);
    const auto decoding = timed([&] { decoded = tokenizer.decode(ids); }, ignored);
    const double megabytes = static_cast<double>(sample.text.size()) / 1e6;
    fmt::print("{:<28} {:8.2f} MB {:9} tokens  first {:6.1f} MB/s  median {:6.1f} MB/s  "
               "decode {:6.0f} MB/s  round trip {}\n",
               sample.name, megabytes, ids.size(), megabytes / first,
               megabytes / encoding[kRuns / 2], megabytes / decoding[kRuns / 2],
               decoded == sample.text ? "ok" : "WRONG");
}

} // namespace

int main(int argc, char** argv)
{
    fs::path file = fs::path(LECTERN_ROOT) / "resources/model/tokenizer.json";
    std::vector<Sample> samples;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--tokenizer" && i + 1 < argc) {
            file = argv[++i];
        } else {
            samples.push_back({fs::path(argument).filename().string(), readFile(argument)});
        }
    }
    if (samples.empty()) {
        samples = {englishSample(), codeSample(), longWordSample()};
    }
    const auto begin = Clock::now();
    const auto tokenizer = engine::Tokenizer::open(file);
    if (!tokenizer) {
        fmt::print(stderr, "{}\n", tokenizer.error().message);
        return EXIT_FAILURE;
    }
    fmt::print("{}, one core\n{}: {} tokens, opened in {:.0f} ms\n", processorName(), file.string(),
               (*tokenizer)->vocabSize(), secondsSince(begin) * 1e3);
    for (const Sample& sample : samples) {
        measure(**tokenizer, sample);
    }
    return EXIT_SUCCESS;
}
