// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/model_config.h"

#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace engine {

namespace {

/// Reads keys of one JSON object and remembers the first thing that is wrong.
class KeyReader
{
public:
    KeyReader(const nlohmann::json& object, std::string file, std::string prefix = {})
        : m_object(object), m_file(std::move(file)), m_prefix(std::move(prefix))
    {
    }

    template <typename Number>
    void require(const char* key, Number& out)
    {
        if (!m_object.contains(key))
            note(key, "a number", "nothing");
        else
            take(key, out);
    }

    template <typename Number>
    void optional(const char* key, Number& out)
    {
        if (m_object.contains(key) && !m_object[key].is_null())
            take(key, out);
    }

    void note(const std::string& key, const std::string& wanted, const std::string& found)
    {
        if (m_error.empty())
            m_error =
                fmt::format("{}: {}{}: wanted {}, found {}", m_file, m_prefix, key, wanted, found);
    }

    [[nodiscard]] const std::string& error() const { return m_error; }

private:
    template <typename Number>
    void take(const char* key, Number& out)
    {
        const auto& value = m_object[key];
        if constexpr (std::is_floating_point_v<Number>) {
            if (!value.is_number())
                return note(key, "a number", value.dump());
        } else if (!value.is_number_integer() || value.get<double>() < 0 ||
                   value.get<double>() > 2147483647.0) {
            return note(key, "a whole number from 0", value.dump());
        }
        out = value.get<Number>();
    }

    const nlohmann::json& m_object;
    std::string m_file;
    std::string m_prefix;
    std::string m_error;
};

void readSizes(KeyReader& reader, ModelConfig& config)
{
    reader.require("vocab_size", config.vocabSize);
    reader.require("hidden_size", config.modelDim);
    reader.require("num_hidden_layers", config.numLayers);
    reader.require("num_attention_heads", config.numHeads);
    reader.require("head_dim", config.headDim);
    reader.require("qk_rope_head_dim", config.ropeDim);
    reader.require("q_lora_rank", config.queryRank);
    reader.require("o_groups", config.outputGroups);
    reader.require("o_lora_rank", config.outputRank);
    reader.require("sliding_window", config.windowTokens);
    reader.require("n_routed_experts", config.routedExperts);
    reader.require("num_experts_per_tok", config.expertsPerToken);
    reader.require("moe_intermediate_size", config.expertDim);
    reader.optional("index_n_heads", config.indexHeads);
    reader.optional("index_head_dim", config.indexHeadDim);
    reader.optional("index_topk", config.indexTopK);
    reader.optional("num_hash_layers", config.numHashLayers);
    config.sharedExperts = 1;
    reader.optional("n_shared_experts", config.sharedExperts);
    reader.optional("num_nextn_predict_layers", config.numMtpLayers);
    reader.optional("max_position_embeddings", config.maxPositions);
}

void readNumbers(KeyReader& reader, ModelConfig& config)
{
    reader.optional("rope_theta", config.ropeTheta);
    reader.optional("compress_rope_theta", config.compressRopeTheta);
    reader.optional("routed_scaling_factor", config.routedScale);
    reader.optional("swiglu_limit", config.swigluLimit);
    reader.optional("hc_mult", config.hcStreams);
    reader.optional("hc_sinkhorn_iters", config.hcSinkhornIterations);
    reader.optional("hc_eps", config.hcEps);
    reader.optional("rms_norm_eps", config.normEps);
    reader.optional("bos_token_id", config.bosToken);
    reader.optional("eos_token_id", config.eosToken);
}

/// One ratio per layer; published files carry one more for each MTP block.
void readRatios(KeyReader& reader, const nlohmann::json& json, ModelConfig& config)
{
    if (!json.contains("compress_ratios") || !json["compress_ratios"].is_array())
        return reader.note("compress_ratios", "an array with one ratio a layer", "none");
    for (const auto& ratio : json["compress_ratios"]) {
        if (!ratio.is_number_unsigned())
            return reader.note("compress_ratios", "whole numbers", ratio.dump());
        config.compressRatios.push_back(ratio.get<std::size_t>());
    }
    if (config.compressRatios.size() < config.numLayers)
        return reader.note("compress_ratios", fmt::format("{} ratios", config.numLayers),
                           std::to_string(config.compressRatios.size()));
    config.compressRatios.resize(config.numLayers);
    for (const std::size_t ratio : config.compressRatios) {
        if (ratio != 0 && (ratio < ModelConfig::kCsaRatio || ratio > ModelConfig::kLargestRatio))
            return reader.note(
                "compress_ratios",
                fmt::format("0, 4 or a ratio of at most {}", ModelConfig::kLargestRatio),
                std::to_string(ratio));
    }
}

void checkKinds(KeyReader& reader, const nlohmann::json& json)
{
    const auto textOf = [&](const char* key) {
        return json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                           : std::string();
    };
    if (const auto scoring = textOf("scoring_func"); !scoring.empty() && scoring != "sqrtsoftplus")
        reader.note("scoring_func", "sqrtsoftplus", scoring);
    if (const auto act = textOf("hidden_act"); !act.empty() && act != "silu")
        reader.note("hidden_act", "silu", act);
    if (json.contains("norm_topk_prob") && json["norm_topk_prob"] == false)
        reader.note("norm_topk_prob", "true", "false");
}

void checkConsistency(KeyReader& reader, const ModelConfig& config)
{
    const auto positive = [&](const char* key, std::size_t value) {
        if (value == 0)
            reader.note(key, "a positive number", "0");
    };
    positive("vocab_size", config.vocabSize);
    positive("hidden_size", config.modelDim);
    positive("num_hidden_layers", config.numLayers);
    positive("num_attention_heads", config.numHeads);
    positive("head_dim", config.headDim);
    positive("q_lora_rank", config.queryRank);
    positive("o_groups", config.outputGroups);
    positive("o_lora_rank", config.outputRank);
    positive("sliding_window", config.windowTokens);
    positive("n_routed_experts", config.routedExperts);
    positive("moe_intermediate_size", config.expertDim);
    if (config.hcStreams != 4)
        reader.note("hc_mult", "4", std::to_string(config.hcStreams));
    if (config.ropeDim % 2 != 0 || config.ropeDim > config.headDim ||
        config.ropeDim > ModelConfig::kLargestRopeDim)
        reader.note("qk_rope_head_dim",
                    fmt::format("an even number of at most head_dim {}", config.headDim),
                    std::to_string(config.ropeDim));
    if (config.outputGroups != 0 && config.numHeads % config.outputGroups != 0)
        reader.note("o_groups", fmt::format("a divisor of {} heads", config.numHeads),
                    std::to_string(config.outputGroups));
    if (config.expertsPerToken == 0 || config.expertsPerToken > config.routedExperts)
        reader.note("num_experts_per_tok", fmt::format("1 to {}", config.routedExperts),
                    std::to_string(config.expertsPerToken));
    const bool indexed = config.lastCsaLayer() < config.numLayers;
    if (indexed &&
        (config.indexHeads == 0 || config.indexTopK == 0 || config.indexHeadDim < config.ropeDim))
        reader.note(
            "index_n_heads, index_head_dim, index_topk",
            "positive numbers, the head no smaller than qk_rope_head_dim",
            fmt::format("{}, {}, {}", config.indexHeads, config.indexHeadDim, config.indexTopK));
}

void readScaling(KeyReader& outer, const nlohmann::json& json, const std::string& file,
                 ModelConfig& config)
{
    if (!json.contains("rope_scaling") || json["rope_scaling"].is_null())
        return;
    const auto& scaling = json["rope_scaling"];
    if (!scaling.is_object())
        return outer.note("rope_scaling", "an object", scaling.dump());
    for (const char* key : {"type", "rope_type"}) {
        if (scaling.contains(key) && scaling[key] != "yarn")
            return outer.note(std::string("rope_scaling.") + key, "yarn", scaling[key].dump());
    }
    KeyReader reader(scaling, file, "rope_scaling.");
    reader.require("factor", config.yarnFactor);
    reader.optional("original_max_position_embeddings", config.yarnOriginalPositions);
    reader.optional("beta_fast", config.yarnBetaFast);
    reader.optional("beta_slow", config.yarnBetaSlow);
    if (!reader.error().empty())
        outer.note("rope_scaling", "yarn numbers", reader.error());
}

void readNumerics(KeyReader& reader, const nlohmann::json& json, ModelConfig& config)
{
    if (json.contains("lectern_numerics")) {
        const auto& value = json["lectern_numerics"];
        const auto mode =
            value.is_string() ? numericModeNamed(value.get<std::string>()) : std::nullopt;
        if (!mode)
            return reader.note("lectern_numerics", "float32, fast or exact", value.dump());
        config.numerics = *mode;
        return;
    }
    const auto& quantization = json.value("quantization_config", nlohmann::json());
    if (quantization.is_object() &&
        quantization.value("activation_scheme", nlohmann::json()) == "dynamic")
        config.numerics = NumericMode::fast;
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

Result<ModelConfig> ModelConfig::read(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    if (!stream)
        return fail(ErrorCode::io, fmt::format("{}: wanted the model's configuration, found no "
                                               "readable file",
                                               file.string()));
    const auto json = nlohmann::json::parse(stream, nullptr, false);
    if (!json.is_object())
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted a JSON object, found something else", file.string()));
    const auto kind = json.value("model_type", nlohmann::json("nothing"));
    if (kind != "deepseek_v4") {
        const bool newer = kind == "deepseek_v41";
        return fail(ErrorCode::unsupported,
                    fmt::format("{}: model_type: wanted deepseek_v4, found {}{}", file.string(),
                                kind.is_string() ? kind.get<std::string>() : kind.dump(),
                                newer ? " (DeepSeek-V4.1 is not supported yet)" : ""));
    }
    ModelConfig config;
    KeyReader reader(json, file.string());
    readSizes(reader, config);
    readNumbers(reader, config);
    if (reader.error().empty())
        readRatios(reader, json, config);
    readScaling(reader, json, file.string(), config);
    readNumerics(reader, json, config);
    checkKinds(reader, json);
    if (reader.error().empty())
        checkConsistency(reader, config);
    if (!reader.error().empty())
        return fail(ErrorCode::badInput, reader.error());
    return config;
}

} // namespace engine
