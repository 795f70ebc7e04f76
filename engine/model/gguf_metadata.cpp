// SPDX-License-Identifier: GPL-3.0-or-later
// What the metadata of a GGUF file means: configuration and tokenizer (reference section 4.4).
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/gguf.h"
#include "text/utf8.h"

namespace engine {

namespace {

using nlohmann::json;

constexpr const char* kArchitecture = "deepseek4";
constexpr std::int64_t kSqrtSoftplus = 4; // expert_gating_func

/// Kinds of tokens as `tokenizer.ggml.token_type` numbers them.
constexpr std::int64_t kControlToken = 3;
constexpr std::int64_t kUserDefinedToken = 4;

struct KeyPair
{
    const char* gguf; ///< behind "deepseek4."
    const char* config;
    bool required;
};

constexpr KeyPair kNumbers[] = {
    {"embedding_length", "hidden_size", true},
    {"attention.head_count", "num_attention_heads", true},
    {"attention.key_length", "head_dim", true},
    {"rope.dimension_count", "qk_rope_head_dim", true},
    {"attention.q_lora_rank", "q_lora_rank", true},
    {"attention.output_group_count", "o_groups", true},
    {"attention.output_lora_rank", "o_lora_rank", true},
    {"attention.sliding_window", "sliding_window", true},
    {"attention.indexer.head_count", "index_n_heads", false},
    {"attention.indexer.key_length", "index_head_dim", false},
    {"attention.indexer.top_k", "index_topk", false},
    {"expert_count", "n_routed_experts", true},
    {"expert_used_count", "num_experts_per_tok", true},
    {"expert_shared_count", "n_shared_experts", false},
    {"expert_feed_forward_length", "moe_intermediate_size", true},
    {"hash_layer_count", "num_hash_layers", false},
    {"hyper_connection.count", "hc_mult", false},
    {"hyper_connection.sinkhorn_iterations", "hc_sinkhorn_iters", false},
    {"context_length", "max_position_embeddings", false},
};

constexpr KeyPair kFractions[] = {
    {"rope.freq_base", "rope_theta", false},
    {"attention.compress_rope_freq_base", "compress_rope_theta", false},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps", false},
    {"hyper_connection.epsilon", "hc_eps", false},
    {"expert_weights_scale", "routed_scaling_factor", false},
};

constexpr KeyPair kYarn[] = {
    {"rope.scaling.factor", "factor", true},
    {"rope.scaling.original_context_length", "original_max_position_embeddings", false},
    {"rope.scaling.yarn_beta_fast", "beta_fast", false},
    {"rope.scaling.yarn_beta_slow", "beta_slow", false},
};

/// Copies values into a JSON object and remembers the first that is missing or of a wrong kind.
class ConfigMaker
{
public:
    explicit ConfigMaker(const GgufMetadata& metadata) : m_metadata(metadata) {}

    [[nodiscard]] const std::string& error() const { return m_error; }

    static std::string fullKey(const char* key) { return fmt::format("{}.{}", kArchitecture, key); }

    void copy(const KeyPair& pair, json& out)
    {
        const GgufValue* value = m_metadata.find(fullKey(pair.gguf));
        if (value == nullptr) {
            if (pair.required)
                note(pair.gguf, "a number", "nothing");
            return;
        }
        if (const auto* whole = std::get_if<std::int64_t>(value))
            out[pair.config] = *whole;
        else if (const auto* fraction = std::get_if<double>(value))
            out[pair.config] = shortest(*fraction);
        else
            note(pair.gguf, "a number", "something else");
    }

    /// A number, or an array with one a layer that are all the same.
    void copyUniform(const char* key, const char* target, json& out)
    {
        const GgufValue* value = m_metadata.find(fullKey(key));
        if (value == nullptr)
            return;
        if (const auto* fraction = std::get_if<double>(value))
            out[target] = shortest(*fraction);
        const auto* all = std::get_if<std::vector<double>>(value);
        if (all == nullptr || all->empty())
            return;
        if (std::adjacent_find(all->begin(), all->end(), std::not_equal_to<>()) != all->end())
            return note(key, "the same number for all layers", "different ones");
        out[target] = shortest(all->front());
    }

    void note(const char* key, const std::string& wanted, const std::string& found)
    {
        if (m_error.empty())
            m_error = fmt::format("metadata {}: wanted {}, found {}", fullKey(key), wanted, found);
    }

    /// Metadata keeps float32: 0.1f must become 0.1, not 0.10000000149.
    static double shortest(double value)
    {
        return std::stod(fmt::format("{}", static_cast<float>(value)));
    }

private:
    const GgufMetadata& m_metadata;
    std::string m_error;
};

void copyRatios(const GgufMetadata& metadata, ConfigMaker& maker, json& config)
{
    constexpr const char* kKey = "attention.compress_ratios";
    const GgufValue* value = metadata.find(ConfigMaker::fullKey(kKey));
    const auto* ratios = value == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(value);
    if (ratios == nullptr)
        return maker.note(kKey, "an array with one ratio a layer", "none");
    config["compress_ratios"] = json::array();
    for (const std::int64_t ratio : *ratios) {
        if (ratio < 0)
            return maker.note(kKey, "whole numbers from 0", std::to_string(ratio));
        config["compress_ratios"].push_back(static_cast<std::uint64_t>(ratio));
    }
}

void copyVocabulary(const GgufMetadata& metadata, ConfigMaker& maker, json& config)
{
    const std::int64_t stated = metadata.number(ConfigMaker::fullKey("vocab_size"), 0);
    const GgufValue* tokens = metadata.find("tokenizer.ggml.tokens");
    const auto* texts = tokens == nullptr ? nullptr : std::get_if<std::vector<std::string>>(tokens);
    if (stated <= 0 && texts == nullptr)
        return maker.note("vocab_size", "a number", "nothing");
    config["vocab_size"] = stated > 0 ? stated : static_cast<std::int64_t>(texts->size());
    config["bos_token_id"] = metadata.number("tokenizer.ggml.bos_token_id", 0);
    config["eos_token_id"] = metadata.number("tokenizer.ggml.eos_token_id", 1);
}

/// The split rules behind a name of `tokenizer.ggml.pre` (reference section 5.1).
Result<json> splitRules(const std::string& name)
{
    static const std::set<std::string> kDeepSeek{"joyai-llm", "deepseek-v3"};
    if (!kDeepSeek.contains(name))
        return fail(
            ErrorCode::unsupported,
            fmt::format("metadata tokenizer.ggml.pre: wanted joyai-llm or deepseek-v3 (or a "
                        "tokenizer.json beside the file), found {}",
                        name.empty() ? "nothing" : name));
    json rules = json::array();
    for (const char* pattern :
         {R"(\p{N}{1,3})", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
          R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+)"
          R"(| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"})
        rules.push_back({{"type", "Split"},
                         {"pattern", {{"Regex", pattern}}},
                         {"behavior", "Isolated"},
                         {"invert", false}});
    rules.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
    return json{{"type", "Sequence"}, {"pretokenizers", std::move(rules)}};
}

template <typename Entry>
const std::vector<Entry>* arrayOf(const GgufMetadata& metadata, const char* key)
{
    const GgufValue* value = metadata.find(key);
    return value == nullptr ? nullptr : std::get_if<std::vector<Entry>>(value);
}

bool isUtf8(std::string_view text)
{
    return validUtf8Prefix(text) == text.size();
}

/// JSON holds well-formed text only, and a replaced character would make another token.
Result<void> wantUtf8(const char* key, const std::vector<std::string>& texts)
{
    const auto wrong = std::find_if_not(texts.begin(), texts.end(), isUtf8);
    if (wrong == texts.end())
        return {};
    return fail(ErrorCode::badInput,
                fmt::format("metadata {}: wanted texts in UTF-8, found other bytes at place {}",
                            key, wrong - texts.begin()));
}

} // namespace

Result<json> configFromGguf(const GgufMetadata& metadata, std::size_t numMtpBlocks)
{
    const std::string architecture = metadata.text("general.architecture");
    if (architecture != kArchitecture)
        return fail(ErrorCode::unsupported,
                    fmt::format("metadata general.architecture: wanted {}, found {}", kArchitecture,
                                architecture.empty() ? "nothing" : architecture));
    json config{{"model_type", "deepseek_v4"}};
    ConfigMaker maker(metadata);
    for (const KeyPair& pair : kNumbers)
        maker.copy(pair, config);
    for (const KeyPair& pair : kFractions)
        maker.copy(pair, config);
    maker.copyUniform("swiglu_clamp_exp", "swiglu_limit", config);
    copyRatios(metadata, maker, config);
    copyVocabulary(metadata, maker, config);
    const auto blocks = metadata.number(ConfigMaker::fullKey("block_count"), 0);
    const auto mtp = static_cast<std::int64_t>(numMtpBlocks);
    if (blocks <= mtp)
        maker.note("block_count", fmt::format("a number above {}", mtp), std::to_string(blocks));
    else
        config["num_hidden_layers"] = blocks - mtp;
    config["num_nextn_predict_layers"] = mtp;
    if (metadata.text(ConfigMaker::fullKey("rope.scaling.type")) == "yarn") {
        config["rope_scaling"] = {{"type", "yarn"}};
        for (const KeyPair& pair : kYarn)
            maker.copy(pair, config["rope_scaling"]);
    }
    // The published models are trained on their activation grid; a file of ours says it.
    const std::string numerics = metadata.text("lectern.numerics");
    if (auto checked = wantUtf8("lectern.numerics", {numerics}); !checked)
        return tl::unexpected(checked.error());
    config["lectern_numerics"] = numerics.empty() ? "fast" : numerics;
    const auto gating = metadata.number(ConfigMaker::fullKey("expert_gating_func"), kSqrtSoftplus);
    if (gating != kSqrtSoftplus)
        maker.note("expert_gating_func", "4 (sqrtsoftplus)", std::to_string(gating));
    if (!maker.error().empty())
        return fail(ErrorCode::badInput, maker.error());
    return config;
}

Result<json> tokenizerFromGguf(const GgufMetadata& metadata)
{
    if (const auto whole = metadata.text("tokenizer.huggingface.json"); !whole.empty()) {
        auto parsed = json::parse(whole, nullptr, false);
        if (!parsed.is_object())
            return fail(ErrorCode::badInput, "metadata tokenizer.huggingface.json: wanted a JSON "
                                             "object, found something else");
        return parsed;
    }
    if (const auto model = metadata.text("tokenizer.ggml.model"); model != "gpt2")
        return fail(ErrorCode::unsupported,
                    fmt::format("metadata tokenizer.ggml.model: wanted gpt2, found {}",
                                model.empty() ? "nothing" : model));
    const auto* tokens = arrayOf<std::string>(metadata, "tokenizer.ggml.tokens");
    const auto* merges = arrayOf<std::string>(metadata, "tokenizer.ggml.merges");
    const auto* kinds = arrayOf<std::int64_t>(metadata, "tokenizer.ggml.token_type");
    if (tokens == nullptr || merges == nullptr)
        return fail(ErrorCode::badInput, "metadata tokenizer.ggml.tokens and .merges: wanted "
                                         "arrays of texts, found none");
    if (kinds != nullptr && kinds->size() != tokens->size())
        return fail(ErrorCode::badInput,
                    fmt::format("metadata tokenizer.ggml.token_type: wanted {} kinds, found {}",
                                tokens->size(), kinds->size()));
    if (auto checked = wantUtf8("tokenizer.ggml.tokens", *tokens); !checked)
        return tl::unexpected(checked.error());
    if (auto checked = wantUtf8("tokenizer.ggml.merges", *merges); !checked)
        return tl::unexpected(checked.error());
    auto rules = splitRules(metadata.text("tokenizer.ggml.pre"));
    if (!rules)
        return tl::unexpected(rules.error());
    json vocabulary = json::object();
    json added = json::array();
    for (std::size_t id = 0; id < tokens->size(); ++id) {
        const std::int64_t kind = kinds == nullptr ? 1 : (*kinds)[id];
        if (kind == kControlToken || kind == kUserDefinedToken)
            added.push_back({{"id", id}, {"content", (*tokens)[id]}, {"normalized", false}});
        else
            vocabulary[(*tokens)[id]] = id;
    }
    return json{
        {"added_tokens", std::move(added)},
        {"normalizer", nullptr},
        {"pre_tokenizer", std::move(*rules)},
        {"model", {{"type", "BPE"}, {"vocab", std::move(vocabulary)}, {"merges", *merges}}}};
}

} // namespace engine
