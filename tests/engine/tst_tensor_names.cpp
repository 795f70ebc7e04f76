// SPDX-License-Identifier: GPL-3.0-or-later
// The same tensors under other names, in other files: what is opened must be the same bytes.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <fstream>
#include <map>

#include <fmt/format.h>

#include "engine/model.h"
#include "model/checkpoint.h"
#include "safetensors_writer.h"

using namespace engine;

namespace {

const char* const kTiny = LECTERN_TEST_DATA "/golden/tiny-v4";

using Table = std::vector<std::pair<std::string, std::string>>;

/// Official beginnings of what stands behind "layers.N." and what transformers writes for them.
const Table& transformersTable()
{
    static const Table table{
        {"attn_norm.", "input_layernorm."},
        {"ffn_norm.", "post_attention_layernorm."},
        {"hc_attn_", "attn_hc."},
        {"hc_ffn_", "ffn_hc."},
        {"attn.attn_sink", "self_attn.sinks"},
        {"attn.wq_a.", "self_attn.q_a_proj."},
        {"attn.q_norm.", "self_attn.q_a_norm."},
        {"attn.wq_b.", "self_attn.q_b_proj."},
        {"attn.wkv.", "self_attn.kv_proj."},
        {"attn.kv_norm.", "self_attn.kv_norm."},
        {"attn.wo_a.", "self_attn.o_a_proj."},
        {"attn.wo_b.", "self_attn.o_b_proj."},
        {"attn.compressor.wkv.", "self_attn.compressor.kv_proj."},
        {"attn.compressor.wgate.", "self_attn.compressor.gate_proj."},
        {"attn.compressor.norm.", "self_attn.compressor.kv_norm."},
        {"attn.compressor.ape", "self_attn.compressor.position_bias"},
        {"attn.indexer.wq_b.", "self_attn.compressor.indexer.q_b_proj."},
        {"attn.indexer.weights_proj.", "self_attn.compressor.indexer.scorer.weights_proj."},
        {"attn.indexer.compressor.wkv.", "self_attn.compressor.indexer.kv_proj."},
        {"attn.indexer.compressor.wgate.", "self_attn.compressor.indexer.gate_proj."},
        {"attn.indexer.compressor.norm.", "self_attn.compressor.indexer.kv_norm."},
        {"attn.indexer.compressor.ape", "self_attn.compressor.indexer.position_bias"},
        {"ffn.gate.bias", "mlp.gate.e_score_correction_bias"},
        {"ffn.gate.", "mlp.gate."},
        {"ffn.shared_experts.w1.", "mlp.shared_experts.gate_proj."},
        {"ffn.shared_experts.w2.", "mlp.shared_experts.down_proj."},
        {"ffn.shared_experts.w3.", "mlp.shared_experts.up_proj."},
        {"ffn.experts.", "mlp.experts."},
    };
    return table;
}

/// What save_pretrained of transformers 5.17 writes: some names translated back, some not.
const Table& mixedTable()
{
    static const Table table{
        {"attn.kv_norm.", "attn.norm."},
        {"attn.indexer.compressor.wkv.", "attn.compressor.indexer.wkv."},
        {"attn.indexer.compressor.wgate.", "attn.compressor.indexer.wgate."},
        {"attn.indexer.compressor.norm.", "attn.compressor.indexer.norm."},
        {"attn.indexer.compressor.ape", "attn.compressor.indexer.ape"},
        {"attn.indexer.weights_proj.", "attn.indexer.scorer.weights_proj."},
        {"hc_attn_", "attn_hc."},
    };
    return table;
}

std::string renamed(const std::string& official, const Table& layers, const Table& global)
{
    for (const auto& [from, to] : global) {
        if (official.rfind(from, 0) == 0)
            return to + official.substr(from.size());
    }
    if (official.rfind("layers.", 0) != 0)
        return official;
    const std::size_t dot = official.find('.', 7) + 1;
    const std::string rest = official.substr(dot);
    for (const auto& [from, to] : layers) {
        if (rest.rfind(from, 0) == 0)
            return "model." + official.substr(0, dot) + to + rest.substr(from.size());
    }
    return "model." + official;
}

/// Puts w1 and w3 of all experts of a layer into one tensor, and w2 likewise.
void fuseExperts(SafetensorsWriter& weights, const std::string& prefix, std::size_t experts,
                 const char* suffix, const char* fusedSuffix)
{
    for (const bool isGateUp : {true, false}) {
        SafetensorsWriter::Tensor fused;
        for (std::size_t e = 0; e < experts; ++e) {
            for (const char* matrix :
                 isGateUp ? std::vector<const char*>{"w1", "w3"} : std::vector<const char*>{"w2"}) {
                const auto at =
                    weights.tensors.find(fmt::format("{}{}.{}.{}", prefix, e, matrix, suffix));
                const SafetensorsWriter::Tensor& part = at->second;
                fused.type = part.type;
                fused.shape = {experts, part.shape[0] * (isGateUp ? 2 : 1), part.shape[1]};
                fused.bytes.insert(fused.bytes.end(), part.bytes.begin(), part.bytes.end());
                weights.tensors.erase(at);
            }
        }
        weights.tensors[prefix + (isGateUp ? "gate_up_proj" : "down_proj") + fusedSuffix] = fused;
    }
}

} // namespace

class TestTensorNames : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        auto opened = Checkpoint::openDirectory(kTiny);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        m_official = *opened;
    }
    void otherNamesGiveTheSameTensors_data();
    void otherNamesGiveTheSameTensors();
    void shardsAreFoundThroughTheIndex();
    void brokenShardsAreNamed_data();
    void brokenShardsAreNamed();

private:
    void compare(const Checkpoint& found);
    [[nodiscard]] std::filesystem::path folder(const char* name) const
    {
        const std::filesystem::path path = m_folder.filePath(name).toStdString();
        std::filesystem::create_directories(path);
        std::filesystem::copy_file(std::string(kTiny) + "/config.json", path / "config.json",
                                   std::filesystem::copy_options::overwrite_existing);
        return path;
    }
    /// Two shards and their index, cut in the middle.
    [[nodiscard]] std::filesystem::path sharded(const char* name) const;

    QTemporaryDir m_folder;
    std::shared_ptr<const Checkpoint> m_official;
};

void TestTensorNames::compare(const Checkpoint& found)
{
    for (const auto& [name, wanted] : m_official->tensors()) {
        const TensorView* view = found.find(name);
        QVERIFY2(view != nullptr, name.c_str());
        QVERIFY2(view->type == wanted.type && view->shape == wanted.shape, name.c_str());
        QVERIFY2(std::equal(view->bytes.begin(), view->bytes.end(), wanted.bytes.begin(),
                            wanted.bytes.end()),
                 name.c_str());
    }
    QCOMPARE(found.tensors().size(), m_official->tensors().size());
}

void TestTensorNames::otherNamesGiveTheSameTensors_data()
{
    QTest::addColumn<bool>("isMixed");
    QTest::addColumn<bool>("isFused");
    QTest::addColumn<QString>("scale");
    QTest::newRow("names of transformers") << false << false << "scale";
    QTest::newRow("names of transformers, experts fused") << false << true << "scale";
    QTest::newRow("the mixture that save_pretrained writes") << true << true << "scale";
    QTest::newRow("scales named weight_scale_inv") << false << false << "weight_scale_inv";
}

void TestTensorNames::otherNamesGiveTheSameTensors()
{
    QFETCH(bool, isMixed);
    QFETCH(bool, isFused);
    QFETCH(QString, scale);
    SafetensorsWriter weights = SafetensorsWriter::copyOf(*m_official);
    if (isFused) {
        for (int layer = 0; layer < 6; ++layer) {
            const std::string prefix = fmt::format("layers.{}.ffn.experts.", layer);
            fuseExperts(weights, prefix, 8, "weight", "");
            fuseExperts(weights, prefix, 8, "scale", "_scale_inv");
        }
    }
    const Table plain{{"embed.", "model.embed_tokens."},
                      {"head.", "lm_head."},
                      {"norm.", "model.norm."},
                      {"hc_head_", "model.hc_head.hc_"}};
    const Table mixed{{"embed.", "model.embed_tokens."},
                      {"norm.", "model.norm."},
                      {"hc_head_", "model.hc_head.hc_"}};
    SafetensorsWriter foreign;
    for (auto& [official, tensor] : weights.tensors) {
        std::string name = renamed(official, isMixed ? mixedTable() : transformersTable(),
                                   isMixed ? mixed : plain);
        if (scale != "scale" && official.ends_with(".scale"))
            name = name.substr(0, name.size() - 5) + scale.toStdString();
        foreign.tensors[name] = tensor;
    }
    const auto path = folder("foreign");
    foreign.write(path / "model.safetensors");
    auto opened = Checkpoint::openDirectory(path);
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    compare(**opened);
    const auto model = Model::open(path);
    QVERIFY2(model, model ? "" : model.error().message.c_str());
}

std::filesystem::path TestTensorNames::sharded(const char* name) const
{
    const auto path = folder(name);
    const SafetensorsWriter all = SafetensorsWriter::copyOf(*m_official);
    nlohmann::json index;
    SafetensorsWriter parts[2];
    std::size_t i = 0;
    for (const auto& [tensor, value] : all.tensors) {
        const std::size_t part = i++ * 2 / all.tensors.size();
        parts[part].tensors[tensor] = value;
        index["weight_map"][tensor] = fmt::format("model-0000{}-of-00002.safetensors", part + 1);
    }
    parts[0].write(path / "model-00001-of-00002.safetensors");
    parts[1].write(path / "model-00002-of-00002.safetensors");
    std::ofstream(path / "model.safetensors.index.json") << index.dump();
    return path;
}

void TestTensorNames::shardsAreFoundThroughTheIndex()
{
    auto opened = Checkpoint::openDirectory(sharded("shards"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QCOMPARE((*opened)->numFiles(), std::size_t{2});
    compare(**opened);
}

void TestTensorNames::brokenShardsAreNamed_data()
{
    QTest::addColumn<QString>("defect");
    QTest::addColumn<QStringList>("wanted");
    QTest::newRow("shard missing")
        << "missing"
        << QStringList{"weight_map.", "model-00002-of-00002.safetensors", "found none"};
    QTest::newRow("shard cut off")
        << "truncated" << QStringList{"model-00002-of-00002.safetensors", "wanted"};
    QTest::newRow("tensor not in its shard")
        << "moved" << QStringList{"weight_map.layers.9.attn.wkv.weight", "00002", "nowhere"};
}

void TestTensorNames::brokenShardsAreNamed()
{
    QFETCH(QString, defect);
    QFETCH(QStringList, wanted);
    const auto path = sharded(QTest::currentDataTag());
    const auto second = path / "model-00002-of-00002.safetensors";
    if (defect == "missing")
        std::filesystem::remove(second);
    if (defect == "truncated")
        std::filesystem::resize_file(second, std::filesystem::file_size(second) - 1000);
    if (defect == "moved") {
        const auto index = path / "model.safetensors.index.json";
        std::ifstream stream(index);
        auto json = nlohmann::json::parse(stream);
        json["weight_map"]["layers.9.attn.wkv.weight"] = second.filename().string();
        std::ofstream(index) << json.dump();
    }
    const auto opened = Checkpoint::openDirectory(path);
    QVERIFY(!opened);
    for (const QString& part : wanted)
        QVERIFY2(QString::fromStdString(opened.error().message).contains(part),
                 opened.error().message.c_str());
    // The check goes on behind it.
    std::vector<Error> problems;
    const auto tolerant = Checkpoint::openDirectory(path, &problems);
    QVERIFY(tolerant);
    QCOMPARE(problems.size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestTensorNames)
#include "tst_tensor_names.moc"
