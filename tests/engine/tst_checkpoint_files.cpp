// SPDX-License-Identifier: GPL-3.0-or-later
// Wrong checkpoints: the error names the file and the tensor, nothing crashes.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <cmath>
#include <functional>
#include <random>

#include <sys/stat.h>

#include "engine/model.h"
#include "safetensors_writer.h"

using namespace engine;

namespace {

const char* const kTiny = LECTERN_TEST_DATA "/golden/tiny-v4";

nlohmann::json tinyConfig()
{
    std::ifstream stream(std::string(kTiny) + "/config.json");
    return nlohmann::json::parse(stream);
}

void putBFloat16(SafetensorsWriter& weights, const char* name, std::uint16_t bits)
{
    std::memcpy(weights.tensors.at(name).bytes.data() + 2, &bits, sizeof bits);
}

void putFloat(SafetensorsWriter& weights, const char* name, float value)
{
    std::memcpy(weights.tensors.at(name).bytes.data() + 4, &value, sizeof value);
}

using EditWeights = std::function<void(SafetensorsWriter&)>;
using EditConfig = std::function<void(nlohmann::json&)>;

struct Case
{
    const char* name;
    EditWeights weights;
    EditConfig config;
    const char* wanted; ///< in the message
};

const std::vector<Case>& cases()
{
    static const std::vector<Case> all = {
        {"missing tensor",
         [](auto& w) { w.tensors.erase("layers.3.attn.wkv.weight"); },
         {},
         "layers.3.attn.wkv.weight is missing"},
        {"missing scale",
         [](auto& w) { w.tensors.erase("layers.1.attn.wq_b.scale"); },
         {},
         "layers.1.attn.wq_b.scale is missing"},
        {"other shape",
         [](auto& w) {
             w.tensors["layers.2.attn.wkv.weight"].shape = {256, 128};
         },
         {},
         "layers.2.attn.wkv.weight: wanted F8_E4M3 [128, 256], found [256, 128]"},
        {"other type",
         [](auto& w) {
             w.tensors["norm.weight"] = {"I32", {256}, std::vector<std::byte>(1024)};
         },
         {},
         "norm.weight: wanted F32, F16, BF16 or a block format, found I32"},
        {"NaN in an E4M3 matrix, positive",
         [](auto& w) { w.tensors["layers.0.attn.wq_a.weight"].bytes[77] = std::byte{0x7F}; },
         {},
         "layers.0.attn.wq_a.weight: wanted finite numbers"},
        {"NaN in an E4M3 matrix, negative",
         [](auto& w) { w.tensors["layers.5.attn.wo_b.weight"].bytes.back() = std::byte{0xFF}; },
         {},
         "layers.5.attn.wo_b.weight: wanted finite numbers"},
        {"NaN in an E8M0 scale of FP8",
         [](auto& w) { w.tensors["layers.0.attn.wq_a.scale"].bytes[1] = std::byte{0xFF}; },
         {},
         "layers.0.attn.wq_a.scale: wanted finite scales"},
        {"NaN in an E8M0 scale of FP4",
         [](auto& w) { w.tensors["layers.2.ffn.experts.7.w2.scale"].bytes[3] = std::byte{0xFF}; },
         {},
         "layers.2.ffn.experts.7.w2.scale: wanted finite scales"},
        {"NaN in a BF16 matrix",
         [](auto& w) { putBFloat16(w, "layers.3.attn.compressor.wkv.weight", 0x7FC0); },
         {},
         "layers.3.attn.compressor.wkv.weight: wanted finite numbers"},
        {"infinity in the BF16 head",
         [](auto& w) { putBFloat16(w, "head.weight", 0x7F80); },
         {},
         "head.weight: wanted finite numbers"},
        {"NaN in an F32 matrix",
         [](auto& w) { putFloat(w, "layers.1.hc_ffn_fn", NAN); },
         {},
         "layers.1.hc_ffn_fn: wanted finite numbers"},
        {"NaN in a norm",
         [](auto& w) { putBFloat16(w, "layers.4.ffn_norm.weight", 0xFFC1); },
         {},
         "layers.4.ffn_norm.weight: wanted finite numbers"},
        {"infinity in the router's bias",
         [](auto& w) { putFloat(w, "layers.3.ffn.gate.bias", INFINITY); },
         {},
         "layers.3.ffn.gate.bias: wanted finite numbers"},
        {"NaN in an attention sink",
         [](auto& w) { putFloat(w, "layers.0.attn.attn_sink", NAN); },
         {},
         "layers.0.attn.attn_sink: wanted finite numbers"},
        {"scale of another shape",
         [](auto& w) {
             auto& scale = w.tensors["layers.1.attn.wq_b.scale"];
             scale.shape = {1, scale.bytes.size()};
         },
         {},
         "layers.1.attn.wq_b.scale: wanted F8_E8M0"},
        {"scale as float32",
         [](auto& w) {
             auto& scale = w.tensors["layers.1.attn.wq_b.scale"];
             scale.type = "F32";
             scale.bytes.resize(scale.bytes.size() * 4);
         },
         {},
         "layers.1.attn.wq_b.scale: wanted F8_E8M0"},
        {"expert out of range",
         [](auto& w) { w.tensors["layers.0.ffn.gate.tid2eid"].bytes[0] = std::byte{200}; },
         {},
         "layers.0.ffn.gate.tid2eid: wanted expert ids below 8, found 200"},
        {"negative expert",
         [](auto& w) {
             auto& map = w.tensors["layers.1.ffn.gate.tid2eid"].bytes;
             std::fill_n(map.end() - 8, 8, std::byte{0xFF});
         },
         {},
         "layers.1.ffn.gate.tid2eid: wanted expert ids below 8, found -1"},
        {"expert table as BF16",
         [](auto& w) {
             auto& map = w.tensors["layers.0.ffn.gate.tid2eid"];
             map.type = "BF16";
             map.bytes.resize(map.bytes.size() / 4);
         },
         {},
         "layers.0.ffn.gate.tid2eid: wanted I64 or I32, found BF16"},
        {"surplus tensor",
         [](auto& w) { w.tensors["layers.3.attn.extra.weight"] = w.tensors["norm.weight"]; },
         {},
         "layers.3.attn.extra.weight: wanted only tensors of the deepseek_v4 layout"},
        {"router bias in a hash layer",
         [](auto& w) { w.tensors["layers.0.ffn.gate.bias"] = w.tensors["layers.3.ffn.gate.bias"]; },
         {},
         "layers.0.ffn.gate.bias: wanted only tensors of the deepseek_v4 layout"},
        {"vision variant",
         [](auto& w) {
             w.tensors["layers.3.ffn.gate.bias_vl"] = w.tensors["layers.3.ffn.gate.bias"];
         },
         {},
         "layers.3.ffn.gate.bias_vl: wanted a text model"},
        {"layers that the configuration leaves out",
         {},
         [](auto& c) {
             c["num_hidden_layers"] = 5;
             c["compress_ratios"] = {0, 0, 4, 128, 4};
         },
         "layers.5."},
        {"layers that the file leaves out",
         {},
         [](auto& c) {
             c["num_hidden_layers"] = 7;
             c["compress_ratios"] = {0, 0, 4, 128, 4, 128, 128};
         },
         "layers.6.hc_attn_fn is missing"},
        {"other vocabulary",
         {},
         [](auto& c) { c["vocab_size"] = 500; },
         "embed.weight: wanted BF16 [500, 256], found [512, 256]"},
        {"other architecture",
         {},
         [](auto& c) { c["model_type"] = "llama"; },
         "config.json: model_type: wanted deepseek_v4, found llama"},
    };
    return all;
}

} // namespace

class TestCheckpointFiles final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto checkpoint = Checkpoint::openDirectory(kTiny);
        QVERIFY(checkpoint);
        m_good = SafetensorsWriter::copyOf(**checkpoint);
    }

    void wrongCheckpoint_data()
    {
        QTest::addColumn<int>("index");
        for (std::size_t i = 0; i < cases().size(); ++i)
            QTest::newRow(cases()[i].name) << int(i);
    }

    void wrongCheckpoint()
    {
        QFETCH(int, index);
        const Case& wrong = cases()[std::size_t(index)];
        SafetensorsWriter weights = m_good;
        nlohmann::json config = tinyConfig();
        if (wrong.weights)
            wrong.weights(weights);
        if (wrong.config)
            wrong.config(config);
        QTemporaryDir folder;
        const auto message = openMessage(folder, weights, config);
        QVERIFY2(message.find(wrong.wanted) != std::string::npos, message.c_str());
        QVERIFY2(message.find(folder.path().toStdString()) != std::string::npos, message.c_str());
    }

    void unchangedCopyOpens()
    {
        QTemporaryDir folder;
        QCOMPARE(openMessage(folder, m_good, tinyConfig()), std::string());
    }

    /// Shards named by an index, cut anywhere, are one checkpoint with one fingerprint.
    void shards()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        SafetensorsWriter first;
        SafetensorsWriter second;
        nlohmann::json map;
        int i = 0;
        for (const auto& [name, tensor] : m_good.tensors) {
            const bool toFirst = ++i % 3 == 0;
            (toFirst ? first : second).tensors[name] = tensor;
            map[name] = toFirst ? "a.safetensors" : "b.safetensors";
        }
        first.write(path / "a.safetensors");
        second.write(path / "b.safetensors");
        std::ofstream(path / "config.json") << tinyConfig();
        std::ofstream(path / "model.safetensors.index.json") << nlohmann::json{{"weight_map", map}};
        const auto sharded = Model::open(path);
        QVERIFY2(sharded, sharded ? "" : sharded.error().message.c_str());
        QCOMPARE((*sharded)->fingerprint(), (*Model::open(kTiny))->fingerprint());
        std::filesystem::remove(path / "b.safetensors");
        const auto missing = Model::open(path);
        QVERIFY(!missing);
        QVERIFY(missing.error().message.find("b.safetensors") != std::string::npos);
    }

    /// A named pipe would be waited for without end.
    void pipesAreRefused_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"model.safetensors", "config.json", "model.safetensors.index.json"})
            QTest::newRow(name) << QString(name);
    }
    void pipesAreRefused()
    {
        QFETCH(QString, name);
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        if (name != "config.json")
            std::ofstream(path / "config.json") << tinyConfig();
        QCOMPARE(::mkfifo((path / name.toStdString()).c_str(), 0600), 0);
        const auto model = Model::open(path);
        QVERIFY(!model);
        QVERIFY2(model.error().message.find(name.toStdString()) != std::string::npos,
                 model.error().message.c_str());
    }

    void truncatedAnywhere()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        std::ofstream(path / "config.json") << tinyConfig();
        m_good.write(path / "model.safetensors");
        const auto size = std::filesystem::file_size(path / "model.safetensors");
        for (const double part : {0.999, 0.5, 0.1, 0.001, 0.0}) {
            std::filesystem::resize_file(path / "model.safetensors",
                                         static_cast<std::uintmax_t>(double(size) * part));
            const auto model = Model::open(path);
            QVERIFY(!model);
            QVERIFY(model.error().message.find("model.safetensors") != std::string::npos);
        }
    }

    /// Random damage to the header never crashes the reader.
    void damagedHeaders()
    {
        QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        SafetensorsWriter small;
        small.tensors["norm.weight"] = m_good.tensors.at("norm.weight");
        small.tensors["embed.weight"] = m_good.tensors.at("embed.weight");
        small.write(path / "good");
        std::ifstream stream(path / "good", std::ios::binary);
        std::ostringstream buffer;
        buffer << stream.rdbuf();
        const std::string good = buffer.str();
        std::mt19937 random(5);
        for (int round = 0; round < 400; ++round) {
            std::string bad = good;
            for (unsigned i = 0; i <= random() % 4; ++i)
                bad[random() % 220] = static_cast<char>(random());
            std::ofstream(path / "bad", std::ios::binary | std::ios::trunc) << bad;
            const auto opened = Checkpoint::openFile(path / "bad");
            if (!opened)
                QVERIFY(!opened.error().message.empty());
        }
    }

private:
    static std::string openMessage(const QTemporaryDir& folder, const SafetensorsWriter& weights,
                                   const nlohmann::json& config)
    {
        const std::filesystem::path path = folder.path().toStdString();
        weights.write(path / "model.safetensors");
        std::ofstream(path / "config.json") << config;
        const auto model = Model::open(path);
        return model ? std::string() : model.error().message;
    }

    SafetensorsWriter m_good;
};

QTEST_GUILESS_MAIN(TestCheckpointFiles)
#include "tst_checkpoint_files.moc"
