// SPDX-License-Identifier: GPL-3.0-or-later
// bench_commits [FOLDER [COMMITS]]: commits of 2,048 tokens with the shapes of the built-in model,
// a full checkpoint every sixteenth, under each page size and journal. One line of a table each.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "bench/process_counters.h"
#include "migrations/migration.h"
#include "sqlite/statement.h"
#include "sqlite/transaction.h"
#include "timeline_store.h"
#include "word_tokenizer.h"

using namespace storage;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kTokens = 2'048;
constexpr std::size_t kCheckpointBytes = 1'060'000;
constexpr std::uint64_t kFullEvery = kFullCheckpointSpacing / kTokens;

struct Shape
{
    std::uint32_t layer;
    std::uint32_t kind;
    std::uint64_t rows; ///< a commit
    std::size_t bytes;  ///< a row
};
constexpr Shape kShapes[] = {{2, 0, 512, 256}, {2, 1, 512, 132}, {4, 0, 512, 256}, {4, 1, 512, 132},
                             {6, 0, 512, 256}, {6, 1, 512, 132}, {3, 2, 16, 256},  {5, 2, 16, 256}};

struct Setting
{
    int pageBytes;
    const char* journal;
    bool secureDelete = false;
};
constexpr Setting kSettings[] = {
    {4'096, "TRUNCATE"},  {8'192, "TRUNCATE"},  {16'384, "TRUNCATE"},
    {32'768, "TRUNCATE"}, {65'536, "TRUNCATE"}, {8'192, "TRUNCATE", true},
    {8'192, "DELETE"},    {8'192, "PERSIST"},   {4'096, "WAL"},
    {8'192, "WAL"},       {65'536, "WAL"}};

double milliseconds(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void commitOne(Database& database, TimelineStore& timeline, std::uint64_t number,
               std::span<const std::byte> noise)
{
    const std::vector<std::int32_t> tokens(kTokens, static_cast<std::int32_t>(number));
    std::vector<RowBlock> blocks;
    for (const Shape& shape : kShapes)
        blocks.push_back({shape.layer, shape.kind, number * shape.rows, shape.rows,
                          noise.subspan(number % 64, shape.rows * shape.bytes)});
    ReadingCommit commit;
    commit.tokenBegin = number * kTokens;
    commit.tokens = tokens;
    commit.blocks = blocks;
    commit.checkpoint = noise.first(kCheckpointBytes);
    Transaction transaction(database, Transaction::Kind::write);
    timeline.append(commit, (number + 1) % kFullEvery == 0);
    transaction.commit();
}

/// Bytes a second at which all rows are read and checked.
double readAll(const fs::path& path, std::uint64_t commits)
{
    Database database(path, Access::readOnly);
    TimelineStore timeline(database);
    const auto begin = Clock::now();
    double bytes = 0.0;
    for (const Shape& shape : kShapes) {
        std::vector<std::byte> out(commits * shape.rows * shape.bytes);
        timeline.readRows(shape.layer, shape.kind, 0, commits * shape.rows, out);
        bytes += static_cast<double>(out.size());
    }
    return bytes / milliseconds(begin) / 1e6;
}

void measure(const fs::path& folder, const Setting& setting, std::uint64_t commits,
             std::span<const std::byte> noise)
{
    const fs::path path = folder / "bench_commits.lectern";
    fs::remove(path);
    std::vector<double> times;
    std::uint64_t rowBytes = 0;
    for (const Shape& shape : kShapes)
        rowBytes += commits * shape.rows * shape.bytes;
    const app::ProcessCounters before = app::processCounters();
    {
        Database database(path, Access::create);
        registerWordTokenizer(database);
        database.execute(fmt::format("PRAGMA page_size = {}", setting.pageBytes));
        migrate(database, migrations());
        database.execute(fmt::format("PRAGMA journal_mode = {}; PRAGMA synchronous = FULL; "
                                     "PRAGMA cache_spill = OFF; PRAGMA secure_delete = {}",
                                     setting.journal, setting.secureDelete ? "ON" : "OFF"));
        TimelineStore timeline(database);
        for (std::uint64_t number = 0; number < commits; ++number) {
            const auto begin = Clock::now();
            commitOne(database, timeline, number, noise);
            times.push_back(milliseconds(begin));
        }
        database.execute("PRAGMA journal_mode = DELETE");
    }
    const auto written = static_cast<double>(app::processCounters().written - before.written);
    const auto fileBytes = static_cast<double>(fs::file_size(path));
    const double warm = readAll(path, commits);
    app::forgetCached(path);
    const double cold = readAll(path, commits);
    fs::remove(path);
    std::ranges::sort(times);
    fmt::print(
        "| {} KB | {}{} | {:.1f} / {:.1f} ms | {:.3f} | {:.3f} | {:.3f} | {:.2f} / {:.2f} |\n",
        setting.pageBytes / 1024, setting.journal, setting.secureDelete ? ", secure_delete" : "",
        times[times.size() / 2], times.back(), written / fileBytes,
        written / static_cast<double>(rowBytes), fileBytes / static_cast<double>(rowBytes), warm,
        cold);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    const fs::path folder = argc > 1 ? fs::path(argv[1]) : fs::temp_directory_path();
    const std::uint64_t commits = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 96;
    std::mt19937_64 random(1);
    std::vector<std::byte> noise(kCheckpointBytes + 64);
    for (std::byte& byte : noise)
        byte = static_cast<std::byte>(random());
    fmt::print("| page | journal | commit: median / longest | written, times the file | written, "
               "times the rows | file, times the rows | rows warm / cold, GB/s |\n");
    try {
        for (const Setting& setting : kSettings)
            measure(folder, setting, commits, noise);
    } catch (const Failure& failure) {
        fmt::print(stderr, "{}\n", failure.error.message);
        return 1;
    }
    return 0;
}
