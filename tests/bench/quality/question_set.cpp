// SPDX-License-Identifier: GPL-3.0-or-later
#include "question_set.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

[[noreturn]] void giveUp(const std::filesystem::path& file, std::string_view what)
{
    fmt::print(stderr, "bench_quality: {}: {}\n", file.string(), what);
    std::exit(3);
}

struct FreeArchive
{
    void operator()(archive* a) const { archive_read_free(a); }
};

std::string decompressed(const std::filesystem::path& file)
{
    const std::unique_ptr<archive, FreeArchive> reader(archive_read_new());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    constexpr std::size_t kBlockBytes = 1U << 16U;
    if (archive_read_open_filename(reader.get(), file.c_str(), kBlockBytes) != ARCHIVE_OK ||
        archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
        giveUp(file, archive_error_string(reader.get()));
    }
    std::string text;
    std::array<char, kBlockBytes> block{};
    for (;;) {
        const auto bytes = archive_read_data(reader.get(), block.data(), block.size());
        if (bytes < 0) {
            giveUp(file, archive_error_string(reader.get()));
        }
        if (bytes == 0) {
            return text;
        }
        text.append(block.data(), static_cast<std::size_t>(bytes));
    }
}

/// Byte at which character number `count` of the text begins.
std::size_t byteOfCharacter(std::string_view text, std::size_t count)
{
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && count-- == 0) {
            break;
        }
    }
    return at;
}

/// FNV-1a: spreads questions evenly and is the same everywhere.
std::uint64_t spread(std::string_view text)
{
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return hash ^ (hash >> 29U);
}

} // namespace

QuestionSet readQuestions(const std::filesystem::path& file)
{
    QuestionSet set;
    std::unordered_map<std::string, std::size_t> known;
    const std::string lines = decompressed(file);
    for (std::size_t begin = 0; begin < lines.size();) {
        const std::size_t end = std::min(lines.find('\n', begin), lines.size());
        const auto entry =
            nlohmann::json::parse(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                                  lines.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        begin = end + 1;
        if (!entry.is_object() || !entry.contains("context") || !entry.contains("question")) {
            giveUp(file, "wanted a question with its context on each line, found something else");
        }
        const auto context = entry["context"].get<std::string>();
        const auto [at, isNew] = known.try_emplace(context, set.paragraphs.size());
        if (isNew) {
            set.paragraphs.push_back({entry["title"].get<std::string>(), context});
        }
        BenchQuestion question;
        question.text = entry["question"].get<std::string>();
        question.paragraph = at->second;
        for (const auto& answer : entry["answers"]) {
            question.answers.push_back(answer["text"].get<std::string>());
            question.answerBegins.push_back(
                byteOfCharacter(context, answer["start"].get<std::size_t>()));
        }
        set.questions.push_back(std::move(question));
    }
    return set;
}

std::vector<BenchQuestion> fixedSample(std::vector<BenchQuestion> questions, std::size_t count)
{
    const auto key = [](const BenchQuestion& question) {
        return std::pair(spread(question.text + "#" + std::to_string(question.paragraph)),
                         question.paragraph);
    };
    std::stable_sort(questions.begin(), questions.end(),
                     [&](const auto& a, const auto& b) { return key(a) < key(b); });
    questions.resize(std::min(count, questions.size()));
    return questions;
}
