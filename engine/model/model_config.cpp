// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/model_config.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

#include "text/checked_json.h"
#include "text/json_message.h"

namespace engine {

namespace {

using nlohmann::json;

constexpr std::size_t kLargestFile = std::size_t{16} << 20U;
/// No memory is asked for by a number of this file alone, except for windows and chosen rows.
constexpr std::size_t kLargestWindow = 8192;
constexpr std::size_t kLargestTopK = 65536;

/// Reads keys of one JSON object and remembers the first thing that is wrong.
class KeyReader
{
public:
    KeyReader(const json& object, std::string prefix, Error& error)
        : m_object(object), m_prefix(std::move(prefix)), m_error(error)
    {
    }

    /// A whole number within bounds; `isNeeded`: it may not be left out.
    template <typename Number>
    void size(const char* key, Number& out, std::size_t least, std::size_t most,
              bool isNeeded = false)
    {
        const json* value = find(key);
        if (value == nullptr && !isNeeded)
            return;
        if (value == nullptr || !value->is_number_unsigned() ||
            value->get<std::uint64_t>() < least || value->get<std::uint64_t>() > most)
            return note(key, fmt::format("a whole number from {} to {}", least, most), value);
        out = static_cast<Number>(value->get<std::uint64_t>());
    }

    template <typename Number>
    void number(const char* key, Number& out, double least, double most, bool isNeeded = false)
    {
        const json* value = find(key);
        if (value == nullptr && !isNeeded)
            return;
        if (value == nullptr || !value->is_number() || !(value->get<double>() >= least) ||
            !(value->get<double>() <= most))
            return note(key, fmt::format("a number from {} to {}", least, most), value);
        out = value->get<Number>();
    }

    /// Where the key is there, its value must be one of these.
    void among(const char* key, std::initializer_list<json> allowed)
    {
        const json* value = find(key);
        if (value == nullptr || std::find(allowed.begin(), allowed.end(), *value) != allowed.end())
            return;
        std::string wanted;
        for (const json& one : allowed)
            wanted += (wanted.empty() ? "" : " or ") + plain(one);
        fail(ErrorCode::unsupported, key, wanted, plain(*value));
    }

    void note(const char* key, const std::string& wanted, const json* found)
    {
        fail(ErrorCode::badInput, key, wanted, found == nullptr ? "nothing" : plain(*found));
    }

    void note(const char* key, const std::string& wanted, std::size_t found)
    {
        fail(ErrorCode::badInput, key, wanted, std::to_string(found));
    }

    [[nodiscard]] bool failed() const { return !m_error.message.empty(); }

    /// null is how some writers say that a key is left out.
    [[nodiscard]] const json* find(const char* key) const
    {
        const json* value = member(m_object, key);
        return value == nullptr || value->is_null() ? nullptr : value;
    }

private:
    static std::string plain(const json& value)
    {
        return value.is_string() && value.get_ref<const std::string&>().size() < 60
                   ? value.get<std::string>()
                   : shown(&value);
    }

    void fail(ErrorCode code, const char* key, const std::string& wanted, const std::string& found)
    {
        if (!failed())
            m_error = {code,
                       fmt::format("{}{}: wanted {}, found {}", m_prefix, key, wanted, found)};
    }

    const json& m_object;
    std::string m_prefix;
    Error& m_error;
};

void readSizes(KeyReader& reader, ModelConfig& config)
{
    constexpr bool kNeeded = true;
    reader.size("vocab_size", config.vocabSize, 1, 1U << 24U, kNeeded);
    reader.size("hidden_size", config.modelDim, 1, 1U << 18U, kNeeded);
    reader.size("num_hidden_layers", config.numLayers, 1, 1024, kNeeded);
    reader.size("num_attention_heads", config.numHeads, 1, 4096, kNeeded);
    reader.size("head_dim", config.headDim, 1, 8192, kNeeded);
    reader.size("qk_rope_head_dim", config.ropeDim, 2, ModelConfig::kLargestRopeDim, kNeeded);
    reader.size("q_lora_rank", config.queryRank, 1, 1U << 16U, kNeeded);
    reader.size("o_groups", config.outputGroups, 1, 4096, kNeeded);
    reader.size("o_lora_rank", config.outputRank, 1, 1U << 16U, kNeeded);
    reader.size("sliding_window", config.windowTokens, 1, kLargestWindow, kNeeded);
    reader.size("n_routed_experts", config.routedExperts, 1, 1U << 14U, kNeeded);
    reader.size("num_experts_per_tok", config.expertsPerToken, 1, 1024, kNeeded);
    reader.size("moe_intermediate_size", config.expertDim, 1, 1U << 18U, kNeeded);
    config.sharedExperts = 1;
    reader.size("n_shared_experts", config.sharedExperts, 0, 64);
    reader.size("num_hash_layers", config.numHashLayers, 0, 1024);
    reader.size("num_nextn_predict_layers", config.numMtpLayers, 0, 64);
    reader.size("max_position_embeddings", config.maxPositions, 1, 1U << 31U);
    std::size_t sharedLatents = 1;
    reader.size("num_key_value_heads", sharedLatents, 1, 1);
    reader.size("hc_mult", config.hcStreams, 4, 4);
    reader.size("hc_sinkhorn_iters", config.hcSinkhornIterations, 1, 1000);
    reader.size("bos_token_id", config.bosToken, 0, config.vocabSize - 1);
    reader.size("eos_token_id", config.eosToken, 0, config.vocabSize - 1);
}

void readNumbers(KeyReader& reader, ModelConfig& config)
{
    reader.number("rope_theta", config.ropeTheta, 2.0, 1e12);
    reader.number("compress_rope_theta", config.compressRopeTheta, 2.0, 1e12);
    reader.number("routed_scaling_factor", config.routedScale, 1e-6, 1e6);
    reader.number("swiglu_limit", config.swigluLimit, 0.0, 1e6);
    reader.number("hc_eps", config.hcEps, 1e-30, 1.0);
    reader.number("rms_norm_eps", config.normEps, 1e-30, 1.0);
}

/// One ratio per layer, and a zero for each block that drafts.
void readRatios(KeyReader& reader, ModelConfig& config)
{
    const char* key = "compress_ratios";
    const json* list = reader.find(key);
    if (list == nullptr || !list->is_array())
        return reader.note(key, "an array with one ratio a layer", list);
    if (list->size() < config.numLayers || list->size() > config.numLayers + 64)
        return reader.note(key, fmt::format("{} ratios", config.numLayers), list->size());
    for (const json& ratio : *list) {
        const bool isDrafter = config.compressRatios.size() >= config.numLayers;
        const auto value = ratio.is_number_unsigned() ? ratio.get<std::size_t>() : 1;
        if (isDrafter && value != 0)
            return reader.note(key, fmt::format("{} ratios and zeros", config.numLayers), &ratio);
        if (value != 0 && (value < ModelConfig::kCsaRatio || value > ModelConfig::kLargestRatio))
            return reader.note(
                key, fmt::format("0, 4 or a ratio of at most {}", ModelConfig::kLargestRatio),
                &ratio);
        config.compressRatios.push_back(value);
    }
    config.compressRatios.resize(config.numLayers);
}

/// Only where a layer has an indexer.
void readIndexer(KeyReader& reader, ModelConfig& config)
{
    const bool indexed = config.lastCsaLayer() < config.numLayers;
    reader.size("index_n_heads", config.indexHeads, indexed ? 1 : 0, 4096, indexed);
    reader.size("index_head_dim", config.indexHeadDim, indexed ? config.ropeDim : 0, 8192, indexed);
    reader.size("index_topk", config.indexTopK, indexed ? 1 : 0, kLargestTopK, indexed);
}

void checkKinds(KeyReader& reader)
{
    reader.among("scoring_func", {"sqrtsoftplus"});
    reader.among("topk_method", {"noaux_tc"});
    reader.among("norm_topk_prob", {true});
    reader.among("hidden_act", {"silu"});
    reader.among("tie_word_embeddings", {false});
    reader.among("attention_bias", {false});
    // The tensors' own types decide; a name that is none of these promises a layout unknown here.
    reader.among("expert_dtype", {"fp4", "fp8", "bf16", "bfloat16", "fp32", "float32"});
}

void checkConsistency(KeyReader& reader, const ModelConfig& config)
{
    if (config.ropeDim % 2 != 0 || config.ropeDim > config.headDim)
        reader.note("qk_rope_head_dim",
                    fmt::format("an even number of at most head_dim {}", config.headDim),
                    config.ropeDim);
    if (config.numHeads % config.outputGroups != 0)
        reader.note("o_groups", fmt::format("a divisor of {} heads", config.numHeads),
                    config.outputGroups);
    if (config.expertsPerToken > config.routedExperts)
        reader.note("num_experts_per_tok", fmt::format("1 to {}", config.routedExperts),
                    config.expertsPerToken);
    if (config.numHashLayers > config.numLayers)
        reader.note("num_hash_layers", fmt::format("at most {} layers", config.numLayers),
                    config.numHashLayers);
}

void readScaling(KeyReader& outer, ModelConfig& config, Error& error)
{
    const json* scaling = outer.find("rope_scaling");
    if (scaling == nullptr)
        return;
    if (!scaling->is_object())
        return outer.note("rope_scaling", "an object", scaling);
    KeyReader reader(*scaling, "rope_scaling.", error);
    reader.among("type", {"yarn"});
    reader.among("rope_type", {"yarn"});
    reader.number("factor", config.yarnFactor, 1.0, 1e6, true);
    reader.number("original_max_position_embeddings", config.yarnOriginalPositions, 1.0, 1e12);
    reader.number("beta_fast", config.yarnBetaFast, 1e-6, 1e6);
    reader.number("beta_slow", config.yarnBetaSlow, 1e-6, 1e6);
}

void checkQuantization(KeyReader& outer, Error& error)
{
    const json* quantization = outer.find("quantization_config");
    if (quantization == nullptr)
        return;
    if (!quantization->is_object())
        return outer.note("quantization_config", "an object", quantization);
    KeyReader reader(*quantization, "quantization_config.", error);
    reader.among("quant_method", {"fp8"});
    reader.among("fmt", {"e4m3"});
    reader.among("scale_fmt", {"ue8m0"});
    reader.among("weight_block_size", {json::array({128, 128})});
}

/// Empty, or what is wrong with the kind of model.
std::string wrongKind(const json& root)
{
    const json* kind = member(root, "model_type");
    const json* nested = member(root, "text_config");
    if (kind == nullptr && nested != nullptr)
        kind = member(*nested, "model_type");
    const std::string name = kind != nullptr && kind->is_string() ? kind->get<std::string>() : "";
    const auto wanted = [&](const char* why) {
        return fmt::format("model_type: wanted deepseek_v4, found {}{}",
                           name.empty() || name.size() > 60 ? shown(kind) : name, why);
    };
    if (name.rfind("deepseek_v41", 0) == 0)
        return wanted(" (DeepSeek-V4.1 is not supported yet)");
    if (name != "deepseek_v4")
        return wanted("");
    for (const char* key : {"vision_config", "text_config"}) {
        if (member(root, key) != nullptr)
            return fmt::format("{}: wanted a text model, found one with images (DeepSeek-V4 with "
                               "vision is not supported)",
                               key);
    }
    return {};
}

void readNumerics(KeyReader& reader, ModelConfig& config)
{
    if (const json* value = reader.find("lectern_numerics")) {
        const auto mode =
            value->is_string() ? numericModeNamed(value->get<std::string>()) : std::nullopt;
        if (!mode)
            return reader.note("lectern_numerics", "float32, fast or exact", value);
        config.numerics = *mode;
        return;
    }
    const json* quantization = reader.find("quantization_config");
    if (quantization != nullptr && quantization->is_object() &&
        quantization->value("activation_scheme", json()) == "dynamic")
        config.numerics = NumericMode::fast;
}

void readKeptForm(KeyReader& reader, const char* key, KeptForm& form)
{
    const json* value = reader.find(key);
    if (value == nullptr)
        return;
    const auto found = value->is_string() ? keptFormNamed(value->get<std::string>()) : std::nullopt;
    if (!found)
        return reader.note(key, "bfloat16, int8, fp8 or fp4", value);
    form = *found;
}

} // namespace

std::size_t ModelConfig::lastCsaLayer() const
{
    for (std::size_t layer = numLayers; layer-- > 0;) {
        if (isCsa(layer))
            return layer;
    }
    return numLayers;
}

Result<ModelConfig> ModelConfig::parse(std::string_view text)
{
    const auto root = parseJson(text);
    if (!root)
        return tl::unexpected(root.error());
    if (!root->is_object())
        return fail(ErrorCode::badInput,
                    fmt::format("wanted a JSON object, found {}", shown(&*root)));
    if (auto wrong = wrongKind(*root); !wrong.empty())
        return fail(ErrorCode::unsupported, std::move(wrong));
    ModelConfig config;
    Error error{ErrorCode::badInput, {}};
    KeyReader reader(*root, {}, error);
    readSizes(reader, config);
    readNumbers(reader, config);
    if (!reader.failed())
        readRatios(reader, config);
    if (!reader.failed())
        readIndexer(reader, config);
    readScaling(reader, config, error);
    readNumerics(reader, config);
    readKeptForm(reader, "lectern_kept_rows", config.keptRows);
    readKeptForm(reader, "lectern_kept_keys", config.keptKeys);
    checkKinds(reader);
    checkQuantization(reader, error);
    if (!reader.failed())
        checkConsistency(reader, config);
    if (reader.failed())
        return tl::unexpected(error);
    return config;
}

Result<ModelConfig> ModelConfig::read(const std::filesystem::path& file)
{
    const auto text = readSmallFile(file, "the model's configuration", kLargestFile);
    if (!text)
        return tl::unexpected(text.error());
    auto config = parse(*text);
    if (!config)
        return fail(config.error().code,
                    fmt::format("{}: {}", file.string(), config.error().message));
    return config;
}

} // namespace engine
