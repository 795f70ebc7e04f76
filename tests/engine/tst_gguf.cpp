// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF: what is written, and what others write, holds the same numbers as the checkpoint it was
// made of. Files that are refused: tst_damaged_gguf.
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

#include <nlohmann/json.hpp>

#include "engine/check.h"
#include "engine/export_gguf.h"
#include "engine/model_tokenizer.h"
#include "engine/session.h"
#include "gguf_files.h"
#include "model/gguf.h"
#include "model/gguf_writer.h"
#include "model/half_float.h"
#include "model/model_files.h"
#include "model/weights.h"

using namespace engine;

namespace {

std::string textOf(const std::filesystem::path& file)
{
    const auto bytes = bytesOf(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

float floatOfHalf(std::uint16_t bits)
{
    const int exponent = (bits >> 10) & 0x1F;
    const int mantissa = bits & 0x3FF;
    const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
    return exponent == 0 ? sign * std::ldexp(static_cast<float>(mantissa), -24)
                         : sign * std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
}

template <typename Number>
Number numberAt(const TensorView& view, std::size_t index)
{
    Number number{};
    std::memcpy(&number, view.bytes.data() + index * sizeof number, sizeof number);
    return number;
}

/// Element `i` of a stored tensor, decoded from the format's description.
float elementOf(const TensorView& view, std::size_t i)
{
    static constexpr float kFp4[] = {0,    .5F,  1,  1.5F,  2,  3,  4,  6,
                                     -0.F, -.5F, -1, -1.5F, -2, -3, -4, -6};
    switch (view.type) {
    case DType::f32:
        return numberAt<float>(view, i);
    case DType::f16:
        return floatOfHalf(numberAt<std::uint16_t>(view, i));
    case DType::bf16:
        return std::bit_cast<float>(std::uint32_t{numberAt<std::uint16_t>(view, i)} << 16U);
    case DType::i32:
        return static_cast<float>(numberAt<std::int32_t>(view, i));
    case DType::mxfp4: {
        const auto* block = reinterpret_cast<const std::uint8_t*>(view.bytes.data()) + i / 32 * 17;
        const std::size_t j = i % 32;
        const unsigned code = j < 16 ? block[1 + j] & 0xFU : block[1 + j - 16] >> 4U;
        return std::ldexp(kFp4[code], block[0] - 127);
    }
    default:
        return NAN;
    }
}

std::vector<float> decoded(const TensorView& view)
{
    const BlockLayout block = blockLayout(view.type);
    std::vector<float> values(view.bytes.size() / block.bytes * block.elements);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = elementOf(view, i);
    return values;
}

/// The same tensor of the checkpoint, through the engine's own decoders.
std::vector<float> decodedOfficial(const Checkpoint& checkpoint, const std::string& name)
{
    const TensorView& view = *checkpoint.find(name);
    std::vector<float> values;
    if (view.type == DType::i64 || view.type == DType::i32) {
        for (std::size_t i = 0; i < view.bytes.size() / blockLayout(view.type).bytes; ++i)
            values.push_back(view.type == DType::i64
                                 ? static_cast<float>(numberAt<std::int64_t>(view, i))
                                 : static_cast<float>(numberAt<std::int32_t>(view, i)));
        return values;
    }
    const std::string scaleName = name.substr(0, name.size() - 6) + "scale";
    const TensorView* scale = name.ends_with(".weight") ? checkpoint.find(scaleName) : nullptr;
    const std::size_t rows = view.shape.size() > 1 ? view.shape[0] : 1;
    const std::size_t inputs = view.shape.back() * (view.type == DType::i8 ? 2 : 1);
    std::vector<float> row(inputs);
    for (std::size_t i = 0; i < rows; ++i) {
        dequantizeRow(view, scale, i, row);
        values.insert(values.end(), row.begin(), row.end());
    }
    return values;
}

/// All but lists of texts and flags.
void copyMetadata(const GgufMetadata& metadata, GgufHeader& header)
{
    for (const auto& [key, value] : metadata.values) {
        if (const auto* text = std::get_if<std::string>(&value))
            header.addText(key, *text);
        if (const auto* number = std::get_if<std::int64_t>(&value))
            header.addNumber(key, static_cast<std::uint32_t>(*number));
        if (const auto* fraction = std::get_if<double>(&value))
            header.addFraction(key, static_cast<float>(*fraction));
        if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&value))
            header.addNumbers(key, std::vector<std::int32_t>(numbers->begin(), numbers->end()));
        if (const auto* fractions = std::get_if<std::vector<double>>(&value))
            header.addFractions(key, std::vector<float>(fractions->begin(), fractions->end()));
    }
}

/// Q8_0 blocks in steps of 1/64, and `values` as they are then.
std::string quantised(std::vector<float>& values)
{
    std::string blocks;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i % 32 == 0)
            blocks += {'\x00', '\x24'}; // 2^-6
        const float code = std::clamp(std::round(values[i] * 64.0F), -127.0F, 127.0F);
        blocks.push_back(static_cast<char>(static_cast<std::int8_t>(code)));
        values[i] = code / 64.0F;
    }
    return blocks;
}

} // namespace

class TestGguf : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase();
    void exportKeepsEveryNumber_data();
    void exportKeepsEveryNumber();
    void exportedModelGivesTheSameLogits();
    void quantisedTablesOfPositionsAreRead();
    void metadataGivesTheSameConfiguration();
    void tokenizerComesFromTheMetadata_data();
    void tokenizerComesFromTheMetadata();
    void splitFilesAreOneCheckpoint();
    void mtpBlockIsTranslated();
    void mtpBlockOfForksIsTranslated();
    void halfFloatsAreExactOrRefused();

private:
    [[nodiscard]] std::filesystem::path path(const char* name) const
    {
        return m_folder.filePath(name).toStdString();
    }

    QTemporaryDir m_folder;
};

void TestGguf::initTestCase()
{
    QVERIFY(m_folder.isValid());
    for (const auto& [name, types] : {std::pair{"compact.gguf", GgufTypes::compact},
                                      std::pair{"float32.gguf", GgufTypes::float32}}) {
        const auto report = exportGguf(kTiny, path(name), types);
        QVERIFY2(report, report ? "" : report.error().message.c_str());
        QCOMPARE(report->fileBytes, std::filesystem::file_size(path(name)));
        QVERIFY(report->mtpTensorsLeftOut > 0);
    }
}

void TestGguf::exportKeepsEveryNumber_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("compact types") << "compact.gguf";
    QTest::newRow("float32") << "float32.gguf";
}

void TestGguf::exportKeepsEveryNumber()
{
    QFETCH(QString, file);
    const auto official = Checkpoint::openDirectory(kTiny);
    const auto written = Checkpoint::open(path(file.toUtf8().constData()));
    QVERIFY2(written, written ? "" : written.error().message.c_str());
    std::size_t compared = 0;
    for (const auto& [name, view] : (*official)->tensors()) {
        if (name.starts_with("mtp.") || name.ends_with(".scale"))
            continue;
        const TensorView* found = (*written)->find(name);
        QVERIFY2(found != nullptr, name.c_str());
        const auto wanted = decodedOfficial(**official, name);
        const auto values = decoded(*found);
        QVERIFY2(std::equal(values.begin(), values.end(), wanted.begin(), wanted.end()),
                 qPrintable(QString("%1 as %2").arg(name.c_str(), dtypeName(found->type))));
        ++compared;
    }
    QCOMPARE(compared, (*written)->tensors().size());
    QVERIFY(compared > 200);
}

void TestGguf::exportedModelGivesTheSameLogits()
{
    std::vector<std::vector<float>> logits;
    for (const std::filesystem::path& from : {std::filesystem::path(kTiny), path("float32.gguf")}) {
        const auto model = Model::open(from);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        SessionOptions options;
        options.format = CacheFormat::float32;
        auto session = Session::create(*model, options);
        QVERIFY(session);
        std::vector<TokenId> tokens;
        for (int i = 0; i < 300; ++i)
            tokens.push_back(i * 37 % 512);
        QVERIFY((*session)->append(tokens));
        const auto found = (*session)->logits();
        QVERIFY(found);
        logits.emplace_back(found->begin(), found->end());
    }
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < logits[0].size(); ++i) {
        difference += std::pow(static_cast<double>(logits[0][i] - logits[1][i]), 2);
        norm += std::pow(static_cast<double>(logits[0][i]), 2);
    }
    QVERIFY2(std::sqrt(difference / norm) < 1e-4,
             qPrintable(QString::number(std::sqrt(difference / norm))));
}

/// llama.cpp quantises the tables of positions too, which are two-dimensional.
void TestGguf::quantisedTablesOfPositionsAreRead()
{
    const auto bytes = bytesOf(path("float32.gguf"));
    const auto parsed = parseGguf(bytes);
    QVERIFY(parsed);
    std::vector<std::vector<float>> logits;
    for (const bool inBlocks : {true, false}) {
        GgufHeader header;
        copyMetadata(parsed->metadata, header);
        std::string data;
        for (const TensorView& tensor : parsed->tensors) {
            std::string stored(reinterpret_cast<const char*>(tensor.bytes.data()),
                               tensor.bytes.size());
            const bool isTable = tensor.name.find("_ape.") != std::string::npos;
            if (isTable) {
                auto values = decoded(tensor);
                const std::string blocks = quantised(values);
                stored = inBlocks ? blocks
                                  : std::string(reinterpret_cast<const char*>(values.data()),
                                                values.size() * sizeof(float));
            }
            header.addTensor(tensor.name, isTable && inBlocks ? DType::q8_0 : tensor.type,
                             tensor.shape);
            data += stored;
            data.resize((data.size() + 31) / 32 * 32);
        }
        std::ofstream(path("tables.gguf"), std::ios::binary) << header.bytes() << data;
        const auto report = checkModel(path("tables.gguf"), {});
        QVERIFY2(report, report ? "" : report.error().message.c_str());
        QVERIFY2(report->findings.empty(),
                 report->findings.empty() ? "" : report->findings.front().message.c_str());
        const auto model = Model::open(path("tables.gguf"));
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        auto session = Session::create(*model, SessionOptions::forModel((*model)->config()));
        QVERIFY(session);
        std::vector<TokenId> tokens;
        for (int i = 0; i < 300; ++i)
            tokens.push_back(i * 37 % 512);
        QVERIFY((*session)->append(tokens));
        const auto found = (*session)->logits();
        QVERIFY(found);
        logits.emplace_back(found->begin(), found->end());
    }
    QVERIFY(logits[0] == logits[1]);
}

void TestGguf::metadataGivesTheSameConfiguration()
{
    const auto official = openModelFiles(kTiny);
    const auto written = openModelFiles(path("compact.gguf"));
    QVERIFY2(written, written ? "" : written.error().message.c_str());
    const ModelConfig& a = official->config;
    const ModelConfig& b = written->config;
    QVERIFY(a.compressRatios == b.compressRatios);
    const auto numbers = [](const ModelConfig& c) {
        return std::vector<double>{static_cast<double>(c.vocabSize),
                                   static_cast<double>(c.modelDim),
                                   static_cast<double>(c.numLayers),
                                   static_cast<double>(c.numHeads),
                                   static_cast<double>(c.headDim),
                                   static_cast<double>(c.ropeDim),
                                   static_cast<double>(c.queryRank),
                                   static_cast<double>(c.outputGroups),
                                   static_cast<double>(c.outputRank),
                                   static_cast<double>(c.windowTokens),
                                   c.ropeTheta,
                                   c.compressRopeTheta,
                                   c.yarnFactor,
                                   c.yarnOriginalPositions,
                                   c.yarnBetaFast,
                                   c.yarnBetaSlow,
                                   static_cast<double>(c.indexHeads),
                                   static_cast<double>(c.indexHeadDim),
                                   static_cast<double>(c.indexTopK),
                                   static_cast<double>(c.routedExperts),
                                   static_cast<double>(c.sharedExperts),
                                   static_cast<double>(c.expertsPerToken),
                                   static_cast<double>(c.expertDim),
                                   static_cast<double>(c.numHashLayers),
                                   static_cast<double>(c.routedScale),
                                   static_cast<double>(c.swigluLimit),
                                   static_cast<double>(c.hcStreams),
                                   static_cast<double>(c.hcSinkhornIterations),
                                   static_cast<double>(c.hcEps),
                                   static_cast<double>(c.normEps),
                                   static_cast<double>(c.bosToken),
                                   static_cast<double>(c.eosToken),
                                   static_cast<double>(c.maxPositions)};
    };
    const auto wanted = numbers(a);
    const auto found = numbers(b);
    for (std::size_t i = 0; i < wanted.size(); ++i)
        QVERIFY2(wanted[i] == found[i], qPrintable(QString::number(i)));
    QCOMPARE(b.numMtpLayers, std::size_t{0});
    QVERIFY(a.numerics == b.numerics);
}

void TestGguf::tokenizerComesFromTheMetadata_data()
{
    QTest::addColumn<bool>("whole");
    QTest::newRow("tokenizer.json kept whole") << true;
    QTest::newRow("built from tokens, kinds and merges") << false;
}

/// The built-in model's tokenizer, whose rules are those of joyai-llm.
void TestGguf::tokenizerComesFromTheMetadata()
{
    QFETCH(bool, whole);
    const std::string text = textOf(LECTERN_MODEL_DIR "/tokenizer.json");
    const auto json = nlohmann::json::parse(text);
    std::vector<std::string> tokens(16384);
    std::vector<std::int32_t> kinds(tokens.size(), 1);
    for (const auto& [token, id] : json["model"]["vocab"].items())
        tokens[id.get<std::size_t>()] = token;
    for (const auto& added : json["added_tokens"]) {
        tokens[added["id"].get<std::size_t>()] = added["content"].get<std::string>();
        kinds[added["id"].get<std::size_t>()] = 3;
    }
    std::vector<std::string> merges;
    for (const auto& merge : json["model"]["merges"])
        merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
    GgufHeader header;
    header.addText("general.architecture", "deepseek4");
    header.addText("tokenizer.ggml.model", "gpt2");
    header.addText("tokenizer.ggml.pre", "joyai-llm");
    header.addTexts("tokenizer.ggml.tokens", tokens);
    header.addNumbers("tokenizer.ggml.token_type", kinds);
    header.addTexts("tokenizer.ggml.merges", merges);
    if (whole)
        header.addText("tokenizer.huggingface.json", text);
    const auto file = path(whole ? "whole.gguf" : "built.gguf");
    const std::string bytes = header.bytes();
    std::ofstream(file, std::ios::binary) << bytes;

    const auto wanted = Tokenizer::open(LECTERN_MODEL_DIR "/tokenizer.json");
    const auto found = openModelTokenizer(file);
    QVERIFY2(found, found ? "" : found.error().message.c_str());
    QVERIFY(!found->digest.empty());
    for (const char* sample : {"Call me Ishmael. Some years ago - never mind how long precisely -",
                               "int main() { return 42; }\n\n",
                               "1234567 naïve 日本語テスト <|User|> <｜User｜> \t\t x  y", ""}) {
        QVERIFY2((*wanted)->encode(sample) == found->tokenizer->encode(sample), sample);
        QVERIFY2((*wanted)->encodeMarked(sample) == found->tokenizer->encodeMarked(sample), sample);
    }
    QCOMPARE(found->tokenizer->special("<｜User｜>").value_or(-1),
             (*wanted)->special("<｜User｜>").value());
}

/// Cuts a file in two as gguf-split does: the metadata in the first.
void TestGguf::splitFilesAreOneCheckpoint()
{
    const auto bytes = bytesOf(path("compact.gguf"));
    const auto parsed = parseGguf(bytes);
    QVERIFY(parsed);
    for (const int part : {0, 1}) {
        GgufHeader header;
        if (part == 0) {
            copyMetadata(parsed->metadata, header);
        }
        std::string data;
        const std::size_t half = parsed->tensors.size() / 2;
        for (std::size_t i = part == 0 ? 0 : half; i < (part == 0 ? half : parsed->tensors.size());
             ++i) {
            const TensorView& view = parsed->tensors[i];
            header.addTensor(view.name, view.type, view.shape);
            data.append(reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size());
            data.resize((data.size() + 31) / 32 * 32);
        }
        std::ofstream(path(part == 0 ? "split-00001-of-00002.gguf" : "split-00002-of-00002.gguf"),
                      std::ios::binary)
            << header.bytes() << data;
    }
    const auto whole = Checkpoint::open(path("compact.gguf"));
    // Any part stands for all.
    const auto split = Checkpoint::open(path("split-00002-of-00002.gguf"));
    QVERIFY2(split, split ? "" : split.error().message.c_str());
    QCOMPARE((*split)->numFiles(), std::size_t{2});
    QCOMPARE((*split)->tensors().size(), (*whole)->tensors().size());
    std::filesystem::remove(path("split-00002-of-00002.gguf"));
    const auto half = Checkpoint::open(path("split-00001-of-00002.gguf"));
    QVERIFY(!half);
    QVERIFY2(half.error().message.find("split-00002-of-00002.gguf") != std::string::npos,
             half.error().message.c_str());
}

/// As llama.cpp has it: e_proj and h_proj are the left and right half of eh_proj.
void TestGguf::mtpBlockIsTranslated()
{
    GgufHeader header = headerOf("deepseek4");
    header.addNumber("deepseek4.nextn_predict_layers", 1);
    std::vector<float> matrix(4 * 8);
    for (std::size_t i = 0; i < matrix.size(); ++i)
        matrix[i] = static_cast<float>(i);
    header.addTensor("blk.1.nextn.eh_proj.weight", DType::f32, std::vector<std::size_t>{4, 8});
    header.addTensor("blk.1.nextn.enorm.weight", DType::f32, std::vector<std::size_t>{8});
    header.addTensor("blk.1.attn_norm.weight", DType::f32, std::vector<std::size_t>{8});
    header.addTensor("blk.0.attn_norm.weight", DType::f32, std::vector<std::size_t>{8});
    header.addTensor("output_norm.weight", DType::f32, std::vector<std::size_t>{8});
    std::string data(reinterpret_cast<const char*>(matrix.data()), matrix.size() * sizeof(float));
    data.resize(data.size() + 4 * 32);
    std::ofstream(path("mtp.gguf"), std::ios::binary) << header.bytes() << data;
    const auto opened = Checkpoint::open(path("mtp.gguf"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QCOMPARE((*opened)->numMtpBlocks(), std::size_t{1});
    for (const char* name : {"mtp.0.enorm.weight", "mtp.0.attn_norm.weight",
                             "layers.0.attn_norm.weight", "mtp.0.norm.weight", "norm.weight"})
        QVERIFY2((*opened)->find(name) != nullptr, name);
    for (const bool isE : {true, false}) {
        const TensorView* half =
            (*opened)->find(isE ? "mtp.0.e_proj.weight" : "mtp.0.h_proj.weight");
        QVERIFY(half != nullptr);
        QVERIFY((half->shape == std::vector<std::size_t>{4, 4}));
        for (std::size_t row = 0; row < 4; ++row) {
            for (std::size_t k = 0; k < 4; ++k)
                QCOMPARE(elementOf(*half, row * 4 + k), matrix[row * 8 + k + (isE ? 0 : 4)]);
        }
    }
}

/// Forks of llama.cpp keep the two projections apart and the block's own collapse of the streams.
void TestGguf::mtpBlockOfForksIsTranslated()
{
    const std::pair<const char*, const char*> names[] = {
        {"nextn.e_proj.weight", "e_proj.weight"},
        {"nextn.h_proj.weight", "h_proj.weight"},
        {"nextn.enorm.weight", "enorm.weight"},
        {"nextn.hnorm.weight", "hnorm.weight"},
        {"nextn.shared_head_norm.weight", "norm.weight"},
        {"nextn.hc_head_fn.weight", "hc_head_fn"},
        {"nextn.hc_head_base.weight", "hc_head_base"},
        {"nextn.hc_head_scale.weight", "hc_head_scale"},
    };
    GgufHeader header = headerOf("deepseek4");
    header.addNumber("deepseek4.nextn_predict_layers", 1);
    std::vector<float> data;
    const auto add = [&](const std::string& name) {
        header.addTensor(name, DType::f32, std::vector<std::size_t>{8});
        data.insert(data.end(), 8, static_cast<float>(data.size()));
    };
    for (const char* trunk : {"output_norm.weight", "output_hc_fn.weight", "output_hc_base.weight",
                              "output_hc_scale.weight", "blk.0.attn_norm.weight"})
        add(trunk);
    for (const auto& [stored, official] : names)
        add(std::string("blk.1.") + stored);
    std::ofstream(path("fork.gguf"), std::ios::binary)
        << header.bytes()
        << std::string(reinterpret_cast<const char*>(data.data()), data.size() * sizeof(float));
    const auto opened = Checkpoint::open(path("fork.gguf"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QCOMPARE((*opened)->numMtpBlocks(), std::size_t{1});
    float wanted = 5 * 8;
    for (const auto& [stored, official] : names) {
        const TensorView* tensor = (*opened)->find(std::string("mtp.0.") + official);
        QVERIFY2(tensor != nullptr, official);
        QCOMPARE(elementOf(*tensor, 0), wanted);
        wanted += 8;
    }
}

void TestGguf::halfFloatsAreExactOrRefused()
{
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<std::uint16_t>(bits);
        if ((half & 0x7C00) == 0x7C00)
            continue;
        const auto found = exactHalf(floatOfHalf(half));
        QVERIFY2(found && *found == half, qPrintable(QString::number(bits, 16)));
    }
    for (const float value : {65536.0F, 0x1p-25F, 1.0F + 0x1p-11F, 0x1.8p-24F, INFINITY, NAN})
        QVERIFY2(!exactHalf(value), qPrintable(QString::number(static_cast<double>(value))));
}

QTEST_APPLESS_MAIN(TestGguf)
#include "tst_gguf.moc"
