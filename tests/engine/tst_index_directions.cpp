// SPDX-License-Identifier: GPL-3.0-or-later
// The file of directions beside a model: what is taken from it, and what is refused with words.
#include <QtTest/QTest>

#include <QtCore/QTemporaryDir>

#include <cmath>
#include <random>

#include "engine/model.h"
#include "model/weights.h"
#include "safetensors_writer.h"
#include "session/checkpoint_codec.h"
#include "session/session_impl.h"

using namespace engine;

class TestIndexDirections final : public QObject
{
    Q_OBJECT

private:
    static constexpr std::size_t kDim = 48;
    const std::string m_fingerprint = std::string(32, 'a');

    template <typename T>
    static SafetensorsWriter::Tensor tensor(const char* type, std::vector<std::size_t> shape,
                                            const std::vector<T>& numbers)
    {
        SafetensorsWriter::Tensor made{type, std::move(shape), {}};
        made.bytes.resize(numbers.size() * sizeof(T));
        std::memcpy(made.bytes.data(), numbers.data(), made.bytes.size());
        return made;
    }

    /// A right file for a model whose layer 1 alone has an indexer.
    [[nodiscard]] SafetensorsWriter rightFile() const
    {
        SafetensorsWriter writer;
        std::mt19937 random(7);
        std::normal_distribution<float> normal;
        std::vector<float> numbers(IndexDirections::kCount * kDim);
        for (const char* name : {"layers.1.query_directions", "layers.1.key_directions"}) {
            std::ranges::generate(numbers, [&] { return normal(random); });
            writer.tensors[name] = tensor("F32", {IndexDirections::kCount, kDim}, numbers);
        }
        writer.tensors["layers.1.candidates"] = tensor<std::int32_t>("I32", {1}, {2048});
        writer.tensors["fingerprint"] =
            tensor<std::int8_t>("I8", {32}, {m_fingerprint.begin(), m_fingerprint.end()});
        return writer;
    }

    Result<ModelWeights> open(const SafetensorsWriter& writer) const
    {
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        writer.write(path / kIndexDirectionsFile);
        ModelConfig config;
        config.indexHeadDim = kDim;
        config.indexTopK = 512;
        ModelWeights weights;
        weights.layers.resize(3);
        weights.layers[1].attention.indexer.emplace();
        if (auto added = addIndexDirections(path, m_fingerprint, config, weights); !added)
            return tl::unexpected(added.error());
        return weights;
    }

private slots:
    void areWhatTheFileHolds()
    {
        const SafetensorsWriter file = rightFile();
        const auto weights = open(file);
        QVERIFY2(weights, weights ? "" : weights.error().message.c_str());
        const auto& directions = weights->layers[1].attention.indexer->directions;
        QVERIFY(directions.has_value());
        QCOMPARE(directions->candidates, std::size_t{2048});
        const auto& bytes = file.tensors.at("layers.1.key_directions").bytes;
        std::vector<float> wanted(bytes.size() / sizeof(float));
        std::memcpy(wanted.data(), bytes.data(), bytes.size());
        const DirectionTable& found = directions->keys;
        for (std::size_t c = 0; c < IndexDirections::kCount; ++c) {
            std::int64_t sum = 0;
            for (std::size_t d = 0; d < kDim; ++d) {
                const std::int16_t code = found.codes[c * 64 + d];
                sum += std::abs(code);
                QVERIFY(std::abs(found.scale * float(code) - wanted[c * kDim + d]) <=
                        0.51F * found.scale);
            }
            QVERIFY(sum < 65'536);
            for (std::size_t d = kDim; d < 64; ++d)
                QCOMPARE(found.codes[c * 64 + d], std::int16_t{0});
        }
    }

    void noFileIsNoError()
    {
        const QTemporaryDir folder;
        ModelWeights weights;
        weights.layers.resize(1);
        weights.layers[0].attention.indexer.emplace();
        QVERIFY(addIndexDirections(folder.path().toStdString(), m_fingerprint, {}, weights));
        QVERIFY(!weights.layers[0].attention.indexer->directions.has_value());
    }

    void wrongFilesAreRefused_data()
    {
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("words");
        QTest::newRow("another model") << "fingerprint"
                                       << "made for another model";
        QTest::newRow("no fingerprint") << "no fingerprint"
                                        << "wanted a tensor fingerprint";
        QTest::newRow("no layer") << "no layer"
                                  << "wanted a tensor layers.1.query_directions";
        QTest::newRow("shape") << "shape"
                               << "layers.1.key_directions: wanted F32 [64, 48]";
        QTest::newRow("NaN") << "nan"
                             << "wanted finite numbers";
        QTest::newRow("few candidates") << "candidates"
                                        << "wanted at least 512 rows, found 100";
    }
    void wrongFilesAreRefused()
    {
        QFETCH(QString, change);
        QFETCH(QString, words);
        SafetensorsWriter file = rightFile();
        if (change == "fingerprint")
            file.tensors["fingerprint"].bytes[3] = std::byte{'b'};
        else if (change == "no fingerprint")
            file.tensors.erase("fingerprint");
        else if (change == "no layer")
            file.tensors.erase("layers.1.query_directions");
        else if (change == "shape")
            file.tensors["layers.1.key_directions"].shape = {kDim, IndexDirections::kCount};
        else if (change == "nan")
            std::ranges::fill(file.tensors["layers.1.key_directions"].bytes, std::byte{0xFF});
        else
            file.tensors["layers.1.candidates"] = tensor<std::int32_t>("I32", {1}, {100});
        const auto weights = open(file);
        QVERIFY(!weights);
        const QString message = QString::fromStdString(weights.error().message);
        QVERIFY2(message.contains(words), qPrintable(message));
        QVERIFY2(message.contains(kIndexDirectionsFile), qPrintable(message));
    }

    /// Behind a head's codes stand zeros up to the width of a key, whatever was prepared before.
    void wholeQueriesFollowThoseInFewDirections()
    {
        const auto weights = open(rightFile());
        QVERIFY(weights);
        const IndexDirections& directions = *weights->layers[1].attention.indexer->directions;
        constexpr std::size_t kHeads = 4;
        const KeyStore keys(kDim, CacheFormat::compact);
        QVERIFY(keys.paddedDim() > kDim);
        std::mt19937 random(5);
        std::normal_distribution<float> normal;
        std::vector<float> heads(kHeads * kDim);
        std::ranges::generate(heads, [&] { return normal(random); });
        const std::vector<float> headWeights(kHeads, 1.0F);
        PreparedQueries queries;
        const ScoreKeysParams few =
            queries.fillCoarse(kernelsFor(Isa::reference), directions, kHeads, kDim, {heads.data()},
                               {headWeights.data()});
        QVERIFY(std::any_of(few.queryCodes, few.queryCodes + kHeads * few.dim,
                            [](std::int8_t code) { return code != 0; }));
        const ScoreKeysParams whole =
            queries.fill(keys, kHeads, kDim, {heads.data()}, {headWeights.data()});
        QCOMPARE(whole.dim, keys.paddedDim());
        for (std::size_t h = 0; h < kHeads; ++h)
            for (std::size_t d = kDim; d < whole.dim; ++d)
                QCOMPARE(int(whole.queryCodes[h * whole.dim + d]), 0);
    }

    /// What a session chose once it would choose again: its checkpoint tells.
    void sessionsBegunWithoutStayWithout()
    {
        const auto model = Model::open(LECTERN_MODEL_DIR);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        const bool used = compactKernels().isa() != Isa::amx;
        const SessionOptions options{.threads = 1};
        const std::size_t layer = (*model)->config().lastCsaLayer();
        Session::Impl begun(*model, options);
        QVERIFY(begun.append(std::vector<TokenId>(16, 7), {}, nullptr));
        std::vector<std::byte> bytes = encodeCheckpoint(begun);
        Session::Impl same(*model, options);
        QVERIFY(decodeCheckpoint(bytes, same));
        QCOMPARE(same.caches[layer].indexKeys.directions() != nullptr, used);
        constexpr std::size_t kFeaturesAt = 12;
        const std::uint32_t remaindersAndExactWindow = 5;
        std::memcpy(bytes.data() + kFeaturesAt, &remaindersAndExactWindow, sizeof(std::uint32_t));
        Session::Impl without(*model, options);
        QVERIFY(decodeCheckpoint(bytes, without));
        QVERIFY(without.caches[layer].indexKeys.directions() == nullptr);
        QVERIFY(without.caches[layer].indexKeys.keepsRemainders());
        QCOMPARE(encodeCheckpoint(without), bytes);
    }

    /// The built-in model's own file fits it, or opening it would have failed.
    void theBuiltInModelHasThem()
    {
        const auto model = Model::open(LECTERN_MODEL_DIR);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        for (const LayerWeights& layer : (*model)->weights().layers)
            if (layer.attention.indexer)
                QVERIFY(layer.attention.indexer->directions.has_value());
    }
};

QTEST_GUILESS_MAIN(TestIndexDirections)
#include "tst_index_directions.moc"
