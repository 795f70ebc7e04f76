// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/split_rules.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "text/json_message.h"

namespace engine {

namespace {

using nlohmann::json;

// What GPT-2 splits by; a ByteLevel step with use_regex stands for it.
constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::size_t kMaxNesting = 8; // a Sequence in a Sequence; real files have one

class Reader final
{
public:
    Result<void> read(const json* step, const std::string& key, std::size_t nesting)
    {
        const json* type = step == nullptr ? nullptr : member(*step, "type");
        const std::string name =
            type != nullptr && type->is_string() ? type->get<std::string>() : std::string();
        if (name == "Sequence" && nesting < kMaxNesting) {
            return readSequence(*step, key, nesting);
        }
        if (m_byteLevel) {
            return wrongValue(ErrorCode::unsupported, key, "nothing after the ByteLevel step",
                              step);
        }
        if (name == "Split") {
            return readSplit(*step, key);
        }
        if (name == "ByteLevel") {
            return readByteLevel(*step, key);
        }
        return wrongValue(ErrorCode::badInput, key + ".type", "Sequence, Split or ByteLevel", type);
    }

    [[nodiscard]] bool hasByteLevel() const { return m_byteLevel; }
    std::vector<SplitRule> takeRules() { return std::move(m_rules); }

private:
    Result<void> readSequence(const json& step, const std::string& key, std::size_t nesting)
    {
        const json* parts = member(step, "pretokenizers");
        const std::string partsKey = key + ".pretokenizers";
        if (parts == nullptr || !parts->is_array()) {
            return wrongValue(ErrorCode::badInput, partsKey, "an array of steps", parts);
        }
        for (std::size_t i = 0; i < parts->size(); ++i) {
            auto done = read(&(*parts)[i], fmt::format("{}[{}]", partsKey, i), nesting + 1);
            if (!done) {
                return done;
            }
        }
        return {};
    }

    Result<void> readSplit(const json& step, const std::string& key)
    {
        const json* behavior = member(step, "behavior");
        // With Isolated, matches and the text between are cut alike, so `invert` changes nothing.
        if (behavior == nullptr || *behavior != "Isolated") {
            return wrongValue(ErrorCode::unsupported, key + ".behavior", "\"Isolated\"", behavior);
        }
        const json* pattern = member(step, "pattern");
        for (const char* kind : {"Regex", "String"}) {
            const json* text = pattern == nullptr ? nullptr : member(*pattern, kind);
            if (text != nullptr && text->is_string() &&
                !text->get_ref<const std::string&>().empty()) {
                m_rules.push_back({fmt::format("{}.pattern.{}", key, kind),
                                   text->get<std::string>(), kind == std::string_view("String")});
                return {};
            }
        }
        return wrongValue(ErrorCode::badInput, key + ".pattern", "a Regex or a String", pattern);
    }

    Result<void> readByteLevel(const json& step, const std::string& key)
    {
        // A space in front would be a token of a text that does not hold it.
        const json* prefix = member(step, "add_prefix_space");
        if (prefix == nullptr || *prefix != false) {
            return wrongValue(ErrorCode::unsupported, key + ".add_prefix_space", "false", prefix);
        }
        const json* regex = member(step, "use_regex");
        if (regex != nullptr && !regex->is_boolean()) {
            return wrongValue(ErrorCode::badInput, key + ".use_regex", "true or false", regex);
        }
        if (regex == nullptr || regex->get<bool>()) { // absent means true
            m_rules.push_back({key + ".use_regex", kGpt2Pattern, false});
        }
        m_byteLevel = true;
        return {};
    }

    std::vector<SplitRule> m_rules;
    bool m_byteLevel = false;
};

} // namespace

Result<std::vector<SplitRule>> readSplitRules(const json& root)
{
    Reader reader;
    const json* step = member(root, "pre_tokenizer");
    if (auto done = reader.read(step, "pre_tokenizer", 0); !done) {
        return tl::unexpected(done.error());
    }
    if (!reader.hasByteLevel()) {
        return wrongValue(ErrorCode::unsupported, "pre_tokenizer", "a ByteLevel step at the end",
                          step);
    }
    return reader.takeRules();
}

} // namespace engine
