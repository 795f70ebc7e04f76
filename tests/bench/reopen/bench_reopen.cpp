// SPDX-License-Identifier: GPL-3.0-or-later
// bench_reopen MODEL_FOLDER [--tokens N] [--synthetic] [--cold] [--threads N] [--folder DIR]
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/reopen_bench.h"

namespace {

int complain(const std::string& message)
{
    fmt::print(stderr, "bench_reopen: {}\n", message);
    return 1;
}

std::uint64_t numberOf(std::string_view text)
{
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

app::ReopenOptions optionsOf(const std::vector<std::string>& words)
{
    app::ReopenOptions options;
    options.folder = std::filesystem::temp_directory_path();
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string value = i + 1 < words.size() ? words[i + 1] : std::string();
        if (words[i] == "--tokens") {
            options.tokens = numberOf(value);
        } else if (words[i] == "--threads") {
            options.threads = static_cast<unsigned>(numberOf(value));
        } else if (words[i] == "--folder") {
            options.folder = value;
        }
        options.synthetic = options.synthetic || words[i] == "--synthetic";
        options.cold = options.cold || words[i] == "--cold";
    }
    return options;
}

void print(const app::ReopenOptions& options, const app::ReopenFigures& figures)
{
    fmt::print("{{\"bench\": \"reopen\", \"tokens\": {}, \"synthetic\": {}, \"cold\": {}, "
               "\"read_s\": {:.2f}, \"bytes_written\": {}, \"device_bytes_written\": {}, "
               "\"file_bytes\": {}, \"written_over_file\": {:.3f}, \"cache_bytes\": {}, "
               "\"window_ms\": {:.1f}, \"open_ms\": {:.1f}, \"open_cpu_ms\": {:.1f}, "
               "\"locate_ms\": {:.1f}, \"first_token_ms\": {:.1f}, "
               "\"bytes_before_first_token\": {}, \"bytes_over_cache\": {:.3f}, "
               "\"read_over_open\": {:.0f}, \"duplicate_ms\": {:.1f}, \"tokens_read_again\": {}, "
               "\"logits_equal\": {}, \"peak_rss_bytes\": {}}}\n",
               figures.tokens, options.synthetic, options.cold, figures.readSeconds,
               figures.bytesWritten, figures.deviceBytesWritten.value_or(0), figures.fileBytes,
               static_cast<double>(figures.bytesWritten) / static_cast<double>(figures.fileBytes),
               figures.cacheBytes, figures.windowMs, figures.openMs, figures.openCpuMs,
               figures.locateMs, figures.firstTokenMs, figures.bytesBeforeFirstToken,
               static_cast<double>(figures.bytesBeforeFirstToken) /
                   static_cast<double>(figures.cacheBytes),
               figures.readSeconds * 1000.0 / figures.openMs, figures.duplicateMs,
               figures.tokensReadAgain, figures.logitsEqual, figures.peakResidentBytes);
}

} // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty() || words[0].starts_with("--")) {
        return complain("MODEL_FOLDER [--tokens N] [--synthetic] [--cold] [--threads N] "
                        "[--folder DIR]");
    }
    const auto model = engine::Model::open(words[0]);
    const auto tokenizer =
        engine::Tokenizer::open(std::filesystem::path(words[0]) / "tokenizer.json");
    if (!model || !tokenizer) {
        return complain(model ? tokenizer.error().message : model.error().message);
    }
    app::ReopenOptions options = optionsOf(words);
    options.progress = [](std::uint64_t done) { fmt::print(stderr, "\r{} tokens", done); };
    const auto figures = app::measureReopening(
        *model, **tokenizer, {"bench", (*model)->fingerprint(), "bench", "cpu"}, options);
    fmt::print(stderr, "\r");
    if (!figures) {
        return complain(figures.error());
    }
    print(options, *figures);
    return figures->logitsEqual ? 0 : 1;
}
