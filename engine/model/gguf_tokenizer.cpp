// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/gguf_tokenizer.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/tokenizer.h"
#include "text/checked_json.h"

namespace engine {

namespace {

using nlohmann::json;

constexpr std::size_t kLargestTokenizer = std::size_t{256} << 20U;
constexpr std::int32_t kNormalToken = 1;
constexpr std::int32_t kControlToken = 3;
constexpr std::int32_t kUnusedToken = 5;

struct Vocabulary
{
    std::vector<std::string> tokens;
    std::vector<std::int32_t> kinds;

    explicit Vocabulary(std::size_t size) : kinds(size, kUnusedToken)
    {
        for (std::size_t id = 0; id < size; ++id)
            tokens.push_back(fmt::format("[PAD{}]", id));
    }

    void set(const json& id, const std::string& content, std::int32_t kind)
    {
        const auto index = id.get<std::size_t>();
        if (index < tokens.size()) {
            tokens[index] = content;
            kinds[index] = kind;
        }
    }
};

std::vector<std::string> mergesOf(const json& merges)
{
    std::vector<std::string> texts;
    for (const json& merge : merges) {
        texts.push_back(merge.is_array()
                            ? merge[0].get<std::string>() + " " + merge[1].get<std::string>()
                            : merge.get<std::string>());
    }
    return texts;
}

} // namespace

Result<void> addTokenizer(const std::filesystem::path& directory, const ModelConfig& config,
                          GgufHeader& header)
{
    const auto file = directory / "tokenizer.json";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        header.addText("tokenizer.ggml.model", "none");
        return {};
    }
    const auto text = readSmallFile(file, "the tokenizer", kLargestTokenizer);
    if (!text)
        return tl::unexpected(text.error());
    // Once the engine's own reader has taken it, every key below is of its kind.
    if (auto checked = Tokenizer::parse(*text, file.string()); !checked)
        return tl::unexpected(checked.error());
    const json root = json::parse(*text);
    Vocabulary vocabulary(config.vocabSize);
    for (const auto& [content, id] : root["model"]["vocab"].items())
        vocabulary.set(id, content, kNormalToken);
    if (root.contains("added_tokens")) {
        for (const json& token : root["added_tokens"])
            vocabulary.set(token["id"], token["content"].get<std::string>(), kControlToken);
    }
    header.addText("tokenizer.ggml.model", "gpt2");
    header.addText("tokenizer.ggml.pre", "joyai-llm");
    header.addTexts("tokenizer.ggml.tokens", vocabulary.tokens);
    header.addNumbers("tokenizer.ggml.token_type", vocabulary.kinds);
    header.addTexts("tokenizer.ggml.merges", mergesOf(root["model"]["merges"]));
    header.addNumber("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(config.bosToken));
    header.addNumber("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(config.eosToken));
    header.addFlag("tokenizer.ggml.add_bos_token", false);
    header.addText("tokenizer.huggingface.json", *text);
    return {};
}

} // namespace engine
