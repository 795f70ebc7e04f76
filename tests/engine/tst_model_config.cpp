// SPDX-License-Identifier: GPL-3.0-or-later
// config.json: the published ones are read, wrong ones are refused with key, wanted and found.
#include <QtTest/QTest>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "engine/model_config.h"

using namespace engine;

namespace {

using Edit = std::function<void(nlohmann::json&)>;

std::string textOf(const std::string& file)
{
    std::ifstream stream(std::string(LECTERN_TEST_DATA) + "/" + file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// Sets one key of the published Flash configuration.
Edit set(const char* key, nlohmann::json value)
{
    return [key, value = std::move(value)](nlohmann::json& c) { c[key] = value; };
}

Edit setIn(const char* outer, const char* key, nlohmann::json value)
{
    return [=](nlohmann::json& c) { c[outer][key] = value; };
}

struct Row
{
    const char* name;
    Edit edit;
    const char* wanted; ///< in the message
};

const std::vector<Row>& wrongKinds()
{
    static const std::vector<Row> rows = {
        {"other architecture", set("model_type", "llama"), "wanted deepseek_v4, found llama"},
        {"no architecture", [](auto& c) { c.erase("model_type"); }, "model_type: wanted"},
        {"architecture as number", set("model_type", 4), "model_type: wanted deepseek_v4, found 4"},
        {"V4.1", set("model_type", "deepseek_v41"), "DeepSeek-V4.1 is not supported yet"},
        {"V4.1, its text part", set("model_type", "deepseek_v41_text"),
         "DeepSeek-V4.1 is not supported yet"},
        {"V4.1 nested as published",
         [](auto& c) {
             nlohmann::json text = c;
             text["model_type"] = "deepseek_v41";
             c = {{"text_config", text}, {"vision_config", nlohmann::json::object()}};
         },
         "DeepSeek-V4.1 is not supported yet"},
        {"with vision", set("vision_config", nlohmann::json::object()),
         "vision_config: wanted a text model"},
        {"other scoring", set("scoring_func", "sigmoid"),
         "scoring_func: wanted sqrtsoftplus, found sigmoid"},
        {"expert groups", set("topk_method", "group_limited_greedy"),
         "topk_method: wanted noaux_tc"},
        {"weights not normalised", set("norm_topk_prob", false), "norm_topk_prob: wanted true"},
        {"other activation", set("hidden_act", "gelu"), "hidden_act: wanted silu, found gelu"},
        {"head is the embedding", set("tie_word_embeddings", true),
         "tie_word_embeddings: wanted false"},
        {"biases", set("attention_bias", true), "attention_bias: wanted false, found true"},
        {"unknown expert format", set("expert_dtype", "int4"), "expert_dtype: wanted fp4 or fp8"},
        {"other float format", setIn("quantization_config", "fmt", "e5m2"),
         "quantization_config.fmt: wanted e4m3, found e5m2"},
        {"float32 scales", setIn("quantization_config", "scale_fmt", "float32"),
         "quantization_config.scale_fmt: wanted ue8m0"},
        {"other blocks", setIn("quantization_config", "weight_block_size", {32, 32}),
         "quantization_config.weight_block_size: wanted [128,128], found [32,32]"},
        {"linear scaling", setIn("rope_scaling", "type", "linear"),
         "rope_scaling.type: wanted yarn, found linear"},
    };
    return rows;
}

const std::vector<Row>& wrongNumbers()
{
    static const std::vector<Row> rows = {
        {"missing size", [](auto& c) { c.erase("head_dim"); }, "head_dim: wanted a whole number"},
        {"size as text", set("hidden_size", "4096"), "hidden_size: wanted a whole number"},
        {"unknown form of keys", set("lectern_kept_keys", "fp6"),
         "lectern_kept_keys: wanted bfloat16, int8, fp8 or fp4, found fp6"},
        {"form of rows as number", set("lectern_kept_rows", 8), "lectern_kept_rows: wanted"},
        {"fraction", set("hidden_size", 4096.5), "hidden_size: wanted a whole number"},
        {"zero", set("num_hidden_layers", 0), "num_hidden_layers: wanted a whole number from 1"},
        {"negative", set("n_routed_experts", -1),
         "n_routed_experts: wanted a whole number from 1 to 16384, found -1"},
        {"huge", set("vocab_size", std::uint64_t{1} << 60U),
         "vocab_size: wanted a whole number from 1 to 16777216, found 1152921504606846976"},
        {"past 64 bits", set("hidden_size", 1e300), "hidden_size: wanted a whole number"},
        {"window as large as memory", set("sliding_window", 2000000000),
         "sliding_window: wanted a whole number from 1 to 8192, found 2000000000"},
        {"four streams only", set("hc_mult", 2), "hc_mult: wanted a whole number from 4 to 4"},
        {"two latents", set("num_key_value_heads", 2), "num_key_value_heads: wanted"},
        {"odd groups", set("o_groups", 3), "o_groups: wanted a divisor of 64 heads, found 3"},
        {"rope larger than the head", set("head_dim", 32),
         "qk_rope_head_dim: wanted an even number of at most head_dim 32, found 64"},
        {"odd rope", set("qk_rope_head_dim", 63), "qk_rope_head_dim: wanted an even number"},
        {"more experts than there are", set("num_experts_per_tok", 257),
         "num_experts_per_tok: wanted 1 to 256, found 257"},
        {"no expert", set("num_experts_per_tok", 0), "num_experts_per_tok: wanted"},
        {"more hash layers than layers", set("num_hash_layers", 44),
         "num_hash_layers: wanted at most 43 layers, found 44"},
        {"nothing chosen", set("index_topk", 0), "index_topk: wanted a whole number from 1"},
        {"no index head", set("index_n_heads", 0), "index_n_heads: wanted a whole number from 1"},
        {"index head under rope", set("index_head_dim", 32),
         "index_head_dim: wanted a whole number from 64"},
        {"no index key at all", [](auto& c) { c.erase("index_topk"); },
         "index_topk: wanted a whole number from 1 to 65536, found nothing"},
        {"no ratios", [](auto& c) { c.erase("compress_ratios"); },
         "compress_ratios: wanted an array"},
        {"ratios as text", set("compress_ratios", "0, 4"), "compress_ratios: wanted an array"},
        {"too few ratios", set("compress_ratios", {0, 4}),
         "compress_ratios: wanted 43 ratios, found 2"},
        {"a ratio too many", [](auto& c) { c["compress_ratios"].push_back(4); },
         "compress_ratios: wanted 43 ratios and zeros, found 4"},
        {"ratio of V4.1", [](auto& c) { c["compress_ratios"][5] = 2; },
         "compress_ratios: wanted 0, 4 or a ratio of at most 512, found 2"},
        {"negative ratio", [](auto& c) { c["compress_ratios"][5] = -4; },
         "compress_ratios: wanted 0, 4 or a ratio of at most 512, found -4"},
        {"huge ratio", [](auto& c) { c["compress_ratios"][5] = 1U << 30U; },
         "compress_ratios: wanted 0, 4 or a ratio of at most 512"},
        {"begin token outside", set("bos_token_id", 129280), "bos_token_id: wanted"},
        {"end token negative", set("eos_token_id", -1), "eos_token_id: wanted"},
        {"angles that do not turn", set("rope_theta", 1), "rope_theta: wanted a number from 2"},
        {"negative theta", set("compress_rope_theta", -160000), "compress_rope_theta: wanted"},
        {"epsilon of zero", set("rms_norm_eps", 0.0), "rms_norm_eps: wanted a number from"},
        {"epsilon as text", set("hc_eps", "1e-6"), "hc_eps: wanted a number from"},
        {"negative clamp", set("swiglu_limit", -1), "swiglu_limit: wanted a number from 0"},
        {"scale of zero", set("routed_scaling_factor", 0), "routed_scaling_factor: wanted"},
        {"endless normalisation", set("hc_sinkhorn_iters", 1000000000),
         "hc_sinkhorn_iters: wanted"},
        {"scaling without a factor", [](auto& c) { c["rope_scaling"].erase("factor"); },
         "rope_scaling.factor: wanted a number from 1"},
        {"scaling as a list", set("rope_scaling", {1, 2}), "rope_scaling: wanted an object"},
        {"factor of zero", setIn("rope_scaling", "factor", 0), "rope_scaling.factor: wanted"},
    };
    return rows;
}

} // namespace

class TestModelConfig final : public QObject
{
    Q_OBJECT

private:
    static void refuse(const Row& row, ErrorCode code)
    {
        auto json = nlohmann::json::parse(textOf("configs/flash.json"));
        row.edit(json);
        const auto config = ModelConfig::parse(json.dump());
        QVERIFY(!config);
        QVERIFY2(config.error().message.find(row.wanted) != std::string::npos,
                 config.error().message.c_str());
        QCOMPARE(config.error().code, code);
    }

    static void addRows(const std::vector<Row>& rows)
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < rows.size(); ++i)
            QTest::newRow(rows[i].name) << int(i);
    }

private slots:
    void publishedFlash()
    {
        const auto config = ModelConfig::parse(textOf("configs/flash.json"));
        QVERIFY2(config, config ? "" : config.error().message.c_str());
        QCOMPARE(config->numLayers, std::size_t{43});
        QCOMPARE(config->compressRatios.size(), std::size_t{43});
        QCOMPARE(std::ranges::count(config->compressRatios, 4U), 21);
        QCOMPARE(std::ranges::count(config->compressRatios, 128U), 20);
        QCOMPARE(config->compressRatios[1], std::size_t{0});
        QCOMPARE(config->lastCsaLayer(), std::size_t{42});
        QCOMPARE(config->numHashLayers, std::size_t{3});
        QCOMPARE(config->routedScale, 1.5F);
        QCOMPARE(config->yarnFactor, 16.0);
        QCOMPARE(config->maxPositions, std::size_t{1048576});
    }

    void publishedPro()
    {
        const auto config = ModelConfig::parse(textOf("configs/pro.json"));
        QVERIFY2(config, config ? "" : config.error().message.c_str());
        QCOMPARE(config->numLayers, std::size_t{61});
        QCOMPARE(std::ranges::count(config->compressRatios, 4U), 30);
        QCOMPARE(std::ranges::count(config->compressRatios, 128U), 31);
        QCOMPARE(config->compressRatios[0], std::size_t{128});
        QCOMPARE(config->indexTopK, std::size_t{1024});
        QCOMPARE(config->outputGroups, std::size_t{16});
        QCOMPARE(config->routedScale, 2.5F);
    }

    /// What refreshed and older files have more or less of changes nothing.
    void harmlessDifferences_data()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < 4; ++i)
            QTest::newRow(kHarmless[std::size_t(i)].name) << i;
    }
    void harmlessDifferences()
    {
        QFETCH(int, index);
        auto json = nlohmann::json::parse(textOf("configs/flash.json"));
        kHarmless[std::size_t(index)].edit(json);
        const auto config = ModelConfig::parse(json.dump());
        QVERIFY2(config, config ? "" : config.error().message.c_str());
        QCOMPARE(config->compressRatios.size(), std::size_t{43});
    }

    void otherKindsAreUnsupported_data() { addRows(wrongKinds()); }
    void otherKindsAreUnsupported()
    {
        QFETCH(int, index);
        refuse(wrongKinds()[std::size_t(index)], ErrorCode::unsupported);
    }

    void wrongNumbersAreRefused_data() { addRows(wrongNumbers()); }
    void wrongNumbersAreRefused()
    {
        QFETCH(int, index);
        refuse(wrongNumbers()[std::size_t(index)], ErrorCode::badInput);
    }

    void whatIsNoJson_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("cut off") << QByteArray(
            "{\"model_type\": \"deepseek_v4\", \"vocab_size\": 1");
        QTest::newRow("a list") << QByteArray("[1]");
        QTest::newRow("bytes") << QByteArray("\x7f\x45\x4c\x46");
        QTest::newRow("a million brackets") << QByteArray(1000000, '[');
        QTest::newRow("a million objects") << QByteArray("{\"a\":").repeated(1000000);
    }
    void whatIsNoJson()
    {
        QFETCH(QByteArray, text);
        const auto config = ModelConfig::parse({text.constData(), std::size_t(text.size())});
        QVERIFY(!config);
        QVERIFY2(config.error().message.find("wanted") != std::string::npos,
                 config.error().message.c_str());
        QVERIFY(config.error().message.size() < 300);
    }

private:
    static inline const std::vector<Row> kHarmless = {
        {"expert_dtype named", set("expert_dtype", "fp4"), ""},
        {"DSpark drafter of three blocks",
         [](nlohmann::json& c) {
             c["dspark_block_size"] = 5;
             c["dspark_target_layer_ids"] = {40, 41, 42};
             c["compress_ratios"].push_back(0);
             c["compress_ratios"].push_back(0);
         },
         ""},
        {"no entry for drafters", [](nlohmann::json& c) { c["compress_ratios"].erase(43); }, ""},
        {"keys set to null", set("swiglu_limit", nullptr), ""},
    };
};

QTEST_GUILESS_MAIN(TestModelConfig)
#include "tst_model_config.moc"
