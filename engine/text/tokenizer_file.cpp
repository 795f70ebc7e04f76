// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/tokenizer_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "text/byte_alphabet.h"
#include "text/checked_json.h"
#include "text/json_message.h"

namespace engine {

namespace {

using nlohmann::json;

// A hundred times the largest vocabulary known. A stray id must not become gigabytes of table, so
// ids may also not lie far behind the number of tokens.
constexpr std::int64_t kMaxId = (1 << 24) - 1;
constexpr std::size_t kMostUnusedIds = 65536;

std::optional<TokenId> idOf(const json* value)
{
    if (value == nullptr || !value->is_number_integer()) {
        return std::nullopt;
    }
    const auto id = value->get<std::int64_t>();
    return id < 0 || id > kMaxId ? std::nullopt : std::optional(static_cast<TokenId>(id));
}

class Reader final
{
public:
    explicit Reader(const json& root) : m_root(root) {}

    Result<TokenizerFile> run()
    {
        using Step = Result<void> (Reader::*)();
        for (const Step step :
             {&Reader::checkNormalizer, &Reader::checkModel, &Reader::readVocabulary,
              &Reader::readAddedTokens, &Reader::readByteTokens, &Reader::readMerges}) {
            if (auto done = (this->*step)(); !done) {
                return tl::unexpected(done.error());
            }
        }
        auto rules = readSplitRules(m_root);
        if (!rules) {
            return tl::unexpected(rules.error());
        }
        m_file.splitRules = std::move(*rules);
        return std::move(m_file);
    }

private:
    Result<void> checkNormalizer()
    {
        const json* normalizer = member(m_root, "normalizer");
        if (normalizer == nullptr || normalizer->is_null()) {
            return {};
        }
        // Published files have a Sequence of nothing here.
        const json* parts = member(*normalizer, "normalizers");
        const json* type = member(*normalizer, "type");
        if (type != nullptr && *type == "Sequence" && parts != nullptr && parts->is_array() &&
            parts->empty()) {
            return {};
        }
        return wrongValue(ErrorCode::unsupported, "normalizer", "null", normalizer);
    }

    Result<void> checkModel()
    {
        m_model = member(m_root, "model");
        if (m_model == nullptr || !m_model->is_object()) {
            return wrongValue(ErrorCode::badInput, "model", "an object", m_model);
        }
        const json* type = member(*m_model, "type");
        if (type != nullptr && *type != "BPE") {
            return wrongValue(ErrorCode::unsupported, "model.type", "\"BPE\"", type);
        }
        for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
            const json* value = member(*m_model, key);
            if (value != nullptr && !value->is_null() && *value != "" && *value != 0.0) {
                return wrongValue(ErrorCode::unsupported, fmt::format("model.{}", key), "null",
                                  value);
            }
        }
        const json* whole = member(*m_model, "ignore_merges");
        m_file.wholeWordsFirst = whole != nullptr && *whole == true;
        return {};
    }

    Result<void> readVocabulary()
    {
        const json* vocab = member(*m_model, "vocab");
        if (vocab == nullptr || !vocab->is_object()) {
            return wrongValue(ErrorCode::badInput, "model.vocab", "an object of tokens and ids",
                              vocab);
        }
        m_ids.reserve(vocab->size());
        const json* added = member(m_root, "added_tokens");
        m_idsEnd = vocab->size() + (added == nullptr ? 0 : added->size()) + kMostUnusedIds;
        for (const auto& [symbols, value] : vocab->items()) {
            const auto id = idOf(&value);
            if (!id) {
                return wrongValue(ErrorCode::badInput, fmt::format("model.vocab[\"{}\"]", symbols),
                                  fmt::format("an id from 0 to {}", kMaxId), &value);
            }
            if (static_cast<std::size_t>(*id) >= m_idsEnd) {
                return wrongValue(ErrorCode::badInput, fmt::format("model.vocab[\"{}\"]", symbols),
                                  fmt::format("an id below {}", m_idsEnd), &value);
            }
            m_ids.emplace(symbols, *id);
            // What is not written in the byte alphabet stands for itself.
            auto bytes = bytesOfSymbols(symbols);
            if (!setToken(*id, bytes ? std::move(*bytes) : symbols)) {
                return wrongValue(ErrorCode::badInput, fmt::format("model.vocab[\"{}\"]", symbols),
                                  "an id of its own", &value);
            }
        }
        return {};
    }

    Result<void> readAddedTokens()
    {
        const json* added = member(m_root, "added_tokens");
        if (added == nullptr) {
            return {};
        }
        if (!added->is_array()) {
            return wrongValue(ErrorCode::badInput, "added_tokens", "an array", added);
        }
        for (std::size_t i = 0; i < added->size(); ++i) {
            if (auto done = readAddedToken((*added)[i], fmt::format("added_tokens[{}]", i));
                !done) {
                return done;
            }
        }
        return {};
    }

    Result<void> readAddedToken(const json& entry, const std::string& key)
    {
        const auto id = idOf(member(entry, "id"));
        if (!id) {
            return wrongValue(ErrorCode::badInput, key + ".id",
                              fmt::format("an id from 0 to {}", kMaxId), member(entry, "id"));
        }
        if (static_cast<std::size_t>(*id) >= m_idsEnd) {
            return wrongValue(ErrorCode::badInput, key + ".id",
                              fmt::format("an id below {}", m_idsEnd), member(entry, "id"));
        }
        const json* content = member(entry, "content");
        if (content == nullptr || !content->is_string() || *content == "") {
            return wrongValue(ErrorCode::badInput, key + ".content", "a text", content);
        }
        for (const char* option : {"single_word", "lstrip", "rstrip"}) {
            const json* value = member(entry, option);
            if (value != nullptr && *value != false) {
                return wrongValue(ErrorCode::unsupported, fmt::format("{}.{}", key, option),
                                  "false", value);
            }
        }
        const auto& text = content->get_ref<const std::string&>();
        // The vocabulary may have it too; an added token is its content, not the byte alphabet's.
        if (const auto same = m_ids.find(text); same != m_ids.end() && same->second == *id) {
            m_file.tokens[static_cast<std::size_t>(*id)].clear();
        }
        if (!setToken(*id, text) || !m_addedIds.insert(*id).second) {
            return wrongValue(ErrorCode::badInput, key + ".id", "an id of its own",
                              member(entry, "id"));
        }
        const json* normalized = member(entry, "normalized");
        m_file.added.push_back({*id, text, normalized != nullptr && *normalized == true});
        return {};
    }

    /// Every byte needs a token, or some text could not be encoded.
    Result<void> readByteTokens()
    {
        for (std::size_t byte = 0; byte < m_file.byteTokens.size(); ++byte) {
            const std::string symbol = symbolOfByte(static_cast<std::uint8_t>(byte));
            const auto found = m_ids.find(symbol);
            if (found == m_ids.end() || m_addedIds.contains(found->second)) {
                return fail(ErrorCode::badInput,
                            fmt::format("model.vocab: wanted a token for each of the 256 bytes, "
                                        "found none for byte {} (\"{}\")",
                                        byte, symbol));
            }
            m_file.byteTokens[byte] = found->second;
        }
        return {};
    }

    Result<void> readMerges()
    {
        const json* merges = member(*m_model, "merges");
        if (merges == nullptr || !merges->is_array()) {
            return wrongValue(ErrorCode::badInput, "model.merges", "an array of pairs", merges);
        }
        m_file.merges.reserve(merges->size());
        for (std::size_t i = 0; i < merges->size(); ++i) {
            const auto sides = sidesOf((*merges)[i]);
            if (!sides) {
                return wrongValue(ErrorCode::badInput, fmt::format("model.merges[{}]", i),
                                  "two tokens", &(*merges)[i]);
            }
            const auto left = m_ids.find(sides->first);
            const auto right = m_ids.find(sides->second);
            const auto merged = m_ids.find(sides->first + sides->second);
            if (left == m_ids.end() || right == m_ids.end() || merged == m_ids.end()) {
                return wrongValue(ErrorCode::badInput, fmt::format("model.merges[{}]", i),
                                  "two tokens of model.vocab that together are one", &(*merges)[i]);
            }
            // Plain text must not become an added token, whatever the merges say.
            if (!m_addedIds.contains(merged->second)) {
                m_file.merges.push_back(
                    {left->second, right->second, merged->second, static_cast<std::uint32_t>(i)});
            }
        }
        return {};
    }

    /// A merge is written ["a", "b"] or "a b".
    static std::optional<std::pair<std::string, std::string>> sidesOf(const json& merge)
    {
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            return std::pair(merge[0].get<std::string>(), merge[1].get<std::string>());
        }
        if (!merge.is_string()) {
            return std::nullopt;
        }
        const auto& text = merge.get_ref<const std::string&>();
        const std::size_t space = text.find(' ');
        if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
            return std::nullopt;
        }
        return std::pair(text.substr(0, space), text.substr(space + 1));
    }

    /// False if the id is another token's already.
    bool setToken(TokenId id, std::string bytes)
    {
        const auto index = static_cast<std::size_t>(id);
        if (index >= m_file.tokens.size()) {
            m_file.tokens.resize(index + 1);
        }
        if (!m_file.tokens[index].empty()) {
            return false;
        }
        m_file.tokens[index] = std::move(bytes);
        return true;
    }

    const json& m_root;
    const json* m_model = nullptr;
    std::size_t m_idsEnd = 0;
    std::unordered_map<std::string, TokenId> m_ids; ///< by symbols, as the file writes them
    std::unordered_set<TokenId> m_addedIds;
    TokenizerFile m_file;
};

// That of DeepSeek-V4 has 8 MB.
constexpr std::size_t kLargestFile = std::size_t{512} << 20U;

} // namespace

Result<TokenizerFile> parseTokenizer(std::string_view text)
{
    const auto root = parseJson(text);
    return root ? Reader(*root).run() : tl::unexpected(root.error());
}

Result<TokenizerFile> readTokenizerFile(const std::filesystem::path& file)
{
    const auto text = readSmallFile(file, "a tokenizer.json", kLargestFile);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto result = parseTokenizer(*text);
    if (!result) {
        return fail(result.error().code,
                    fmt::format("{}: {}", file.string(), result.error().message));
    }
    return result;
}

} // namespace engine
