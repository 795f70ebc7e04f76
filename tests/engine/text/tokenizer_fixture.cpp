// SPDX-License-Identifier: GPL-3.0-or-later
#include "tokenizer_fixture.h"

#include <cstdlib>
#include <fstream>

namespace fixture {

namespace {

namespace fs = std::filesystem;

TokenizerPtr openOrNull(const fs::path& file)
{
    if (file.empty()) {
        return nullptr;
    }
    auto opened = engine::Tokenizer::open(file);
    return opened ? *opened : nullptr;
}

/// The byte alphabet once more, written differently from the engine's.
std::string symbol(int byte)
{
    int code = byte;
    if (byte <= 0x20) {
        code = 0x100 + byte;
    } else if (byte >= 0x7F && byte <= 0xA0) {
        code = 0x121 + byte - 0x7F;
    } else if (byte == 0xAD) {
        code = 0x143;
    }
    if (code < 0x80) {
        return {static_cast<char>(code)};
    }
    return {static_cast<char>(0xC0 + code / 64), static_cast<char>(0x80 + code % 64)};
}

} // namespace

fs::path builtInFile()
{
    return fs::path(LECTERN_MODEL_DIR) / "tokenizer.json";
}

fs::path v4File()
{
    const char* file = std::getenv("LECTERN_V4_TOKENIZER");
    return file == nullptr ? fs::path() : fs::path(file);
}

TokenizerPtr builtIn()
{
    static const TokenizerPtr tokenizer = openOrNull(builtInFile());
    return tokenizer;
}

TokenizerPtr v4()
{
    static const TokenizerPtr tokenizer = openOrNull(v4File());
    return tokenizer;
}

std::vector<std::string> addedTokens(const fs::path& file)
{
    std::ifstream stream(file);
    const auto root = nlohmann::json::parse(stream);
    std::vector<std::string> contents;
    for (const auto& token : root.at("added_tokens")) {
        contents.push_back(token.at("content").get<std::string>());
    }
    return contents;
}

std::vector<Case> readCases(const std::string& relativeFile)
{
    std::ifstream stream(fs::path(LECTERN_TEST_DATA) / relativeFile);
    std::vector<Case> cases;
    for (std::string line; std::getline(stream, line);) {
        const auto record = nlohmann::json::parse(line);
        cases.push_back({record.at("text").get<std::string>(),
                         record.at("ids").get<std::vector<engine::TokenId>>()});
    }
    return cases;
}

nlohmann::json smallTokenizer()
{
    nlohmann::json tokenizer = {
        {"added_tokens", {{{"id", 300}, {"content", "<end>"}, {"special", true}}}},
        {"normalizer", nullptr},
        {"pre_tokenizer",
         {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
        {"model", {{"type", "BPE"}, {"merges", nlohmann::json::array()}}}};
    for (int byte = 0; byte < 256; ++byte) {
        tokenizer["model"]["vocab"][symbol(byte)] = byte;
    }
    return tokenizer;
}

void addMerge(nlohmann::json& tokenizer, const std::string& left, const std::string& right)
{
    nlohmann::json& model = tokenizer["model"];
    const auto id = model["vocab"].size();
    if (!model["vocab"].contains(left + right)) {
        model["vocab"][left + right] = id;
    }
    model["merges"].push_back({left, right});
}

} // namespace fixture
