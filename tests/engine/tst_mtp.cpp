// SPDX-License-Identifier: GPL-3.0-or-later
// The MTP block: loaded, told from other drafters, and its forward pass against a slow one.
#include <QtTest/QTest>

#include <filesystem>
#include <random>

#include <QTemporaryDir>

#include "safetensors_writer.h"
#include "session/session_impl.h"
#include "slow_mtp.h"

using namespace engine;

namespace {

namespace fs = std::filesystem;

fs::path tinyFolder()
{
    return fs::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
}

double relativeError(const float* found, const std::vector<double>& wanted)
{
    double difference = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        difference += std::pow(double(found[i]) - wanted[i], 2);
        size += wanted[i] * wanted[i];
    }
    return std::sqrt(difference / size);
}

} // namespace

class TestMtp final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(tinyFolder());
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
        auto checkpoint = Checkpoint::openDirectory(tinyFolder());
        QVERIFY(checkpoint);
        m_checkpoint = *checkpoint;
        std::mt19937 random(23);
        m_tokens.resize(160);
        for (TokenId& token : m_tokens)
            token = static_cast<TokenId>(random() % m_model->config().vocabSize);
        // Streams of the trunk, as a session leaves them.
        Session::Impl session(m_model, {CacheFormat::float32, 1});
        QVERIFY(session.append(m_tokens, {}, nullptr));
        const std::size_t width = kStreams * m_model->config().modelDim;
        for (std::size_t t = 0; t < m_tokens.size(); ++t)
            m_trunk.emplace_back(session.transformer.streams(t),
                                 session.transformer.streams(t) + width);
    }

    void isLoaded()
    {
        QVERIFY(m_model->hasMtp());
        QVERIFY(m_model->mtpNote().empty());
        std::uint64_t parameters = 0;
        for (const auto& [name, tensor] : m_checkpoint->tensors()) {
            if (name.rfind("mtp.", 0) != 0 || name.ends_with(".scale"))
                continue;
            std::uint64_t size = tensor.type == DType::i8 ? 2 : 1;
            for (const std::size_t extent : tensor.shape)
                size *= extent;
            parameters += size;
        }
        QCOMPARE(m_model->mtpParameterCount(), parameters);
    }

    /// 159 positions, so that the window of 128 moves; in one block, and token by token.
    void equalsASlowForwardPass_data()
    {
        QTest::addColumn<int>("chunk");
        QTest::newRow("one block") << 159;
        QTest::newRow("token by token") << 1;
        QTest::newRow("blocks of 7") << 7;
    }

    void equalsASlowForwardPass()
    {
        QFETCH(int, chunk);
        const ModelConfig& config = m_model->config();
        const std::size_t pairs = m_tokens.size() - 1;
        const std::vector<TokenId> next(m_tokens.begin() + 1, m_tokens.end());
        SlowMtp slow(*m_checkpoint, config);
        if (m_wanted.empty())
            m_wanted = slow.streams({m_trunk.begin(), m_trunk.end() - 1}, next);

        ThreadPool pool(1);
        Transformer transformer(*m_model, float32Kernels(), pool);
        LayerCache cache;
        cache.window = WindowRing(config.headDim, config.windowTokens + Transformer::kBlockTokens,
                                  CacheFormat::float32);
        double worstStreams = 0.0;
        double worstLogits = 0.0;
        std::vector<float> logits(config.vocabSize);
        for (std::size_t at = 0; at < pairs; at += std::size_t(chunk)) {
            const std::size_t count = std::min(std::size_t(chunk), pairs - at);
            std::vector<const float*> trunk;
            for (std::size_t t = at; t < at + count; ++t)
                trunk.push_back(m_trunk[t].data());
            transformer.predictNext(at, trunk, std::span(next).subspan(at, count), cache);
            for (std::size_t t = at; t < at + count; ++t) {
                worstStreams = std::max(worstStreams,
                                        relativeError(transformer.predicted(t - at), m_wanted[t]));
                if (t % 20 != 0)
                    continue;
                transformer.predictedLogits(transformer.predicted(t - at), logits.data());
                worstLogits =
                    std::max(worstLogits, relativeError(logits.data(), slow.logits(m_wanted[t])));
            }
        }
        qInfo("streams %.2g, logits %.2g", worstStreams, worstLogits);
        QVERIFY(worstStreams < 1e-5);
        QVERIFY(worstLogits < 1e-5);
    }

    /// A forward pass of PyTorch, float32: trunk and block from the same tokens, and the block
    /// alone from the streams that the file holds.
    void equalsStoredVectors()
    {
        auto file = Checkpoint::openFile(tinyFolder() / "mtp-float32.safetensors");
        QVERIFY2(file, file ? "" : file.error().message.c_str());
        const auto floats = [&](const char* name) {
            return reinterpret_cast<const float*>((*file)->find(name)->bytes.data());
        };
        std::vector<TokenId> tokens((*file)->find("tokens")->shape[0]);
        std::memcpy(tokens.data(), (*file)->find("tokens")->bytes.data(),
                    tokens.size() * sizeof(TokenId));
        const std::size_t width = kStreams * m_model->config().modelDim;
        Session::Impl session(m_model, {CacheFormat::float32, 1});
        session.referencePassTokens = tokens.size();
        QVERIFY(session.append(tokens, {}, nullptr));
        std::vector<std::vector<float>> trunk;
        for (std::size_t t = 0; t < tokens.size(); ++t)
            trunk.emplace_back(session.transformer.streams(t),
                               session.transformer.streams(t) + width);
        const auto logits = predictedLogits(trunk, tokens);
        const TensorView* places = (*file)->find("places");
        double worstStreams = 0.0;
        double worst = 0.0;
        for (std::size_t i = 0; i < places->shape[0]; ++i) {
            std::int32_t place = 0;
            std::memcpy(&place, places->bytes.data() + i * sizeof place, sizeof place);
            const auto t = static_cast<std::size_t>(place);
            worstStreams =
                std::max(worstStreams, relativeError(trunk[t].data(),
                                                     wide(floats("streams") + i * width, width)));
            worst = std::max(worst, relativeError(logits[t].data(),
                                                  wide(floats("mtp_logits") + i * logits[t].size(),
                                                       logits[t].size())));
        }
        std::vector<std::vector<float>> first;
        const std::size_t count = (*file)->find("first_streams")->shape[0];
        for (std::size_t t = 0; t < count; ++t)
            first.emplace_back(floats("first_streams") + t * width,
                               floats("first_streams") + (t + 1) * width);
        const auto alone = predictedLogits(first, std::span(tokens).first(count + 1));
        double worstAlone = 0.0;
        for (std::size_t t = 0; t < count; ++t)
            worstAlone = std::max(
                worstAlone, relativeError(alone[t].data(),
                                          wide(floats("first_mtp_logits") + t * alone[t].size(),
                                               alone[t].size())));
        qInfo("trunk %.2g, block's logits %.2g, block alone %.2g", worstStreams, worst, worstAlone);
        QVERIFY(worstStreams < 1e-5);
        QVERIFY(worst < 1e-5);
        QVERIFY(worstAlone < 1e-5);
    }

    /// What a session's drafter proposes does not depend on how the input was cut.
    void draftsDoNotDependOnCuts()
    {
        std::vector<std::vector<float>> drafts;
        for (const std::size_t chunk : {std::size_t{159}, std::size_t{1}, std::size_t{13}}) {
            Session::Impl session(m_model, {CacheFormat::compact, 1});
            session.drafter =
                std::make_unique<Drafter>(*m_model, session.transformer, CacheFormat::compact, 0);
            const std::span<const TokenId> all(m_tokens);
            for (std::size_t at = 0; at < 159; at += chunk)
                QVERIFY(session.append(all.subspan(at, std::min<std::size_t>(chunk, 159 - at)), {},
                                       nullptr));
            session.drafter->draft(158, session.lastStreams, m_tokens[159], drafts.emplace_back());
        }
        QCOMPARE(drafts[1], drafts[0]);
        QCOMPARE(drafts[2], drafts[0]);
    }

    void otherDraftersAreLeftOut()
    {
        auto writer = SafetensorsWriter::copyOf(*m_checkpoint);
        // As a checkpoint with DSpark has it: the prefix, other names.
        for (const char* name : {"mtp.0.enorm.weight", "mtp.0.hnorm.weight"}) {
            writer.tensors["mtp.0.markov_head.weight"] = writer.tensors[name];
            writer.tensors.erase(name);
        }
        const auto model = openWith(writer);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        QVERIFY(!(*model)->hasMtp());
        QVERIFY((*model)->mtpNote().find("DSpark") != std::string::npos);
        QCOMPARE((*model)->parameterCount(), m_model->parameterCount());
    }

    void noBlockIsNoFault()
    {
        auto writer = SafetensorsWriter::copyOf(*m_checkpoint);
        std::erase_if(writer.tensors, [](const auto& t) { return t.first.rfind("mtp.", 0) == 0; });
        const auto model = openWith(writer);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        QVERIFY(!(*model)->hasMtp());
        QVERIFY((*model)->mtpNote().empty());
    }

    void halfABlockIsRefused()
    {
        auto writer = SafetensorsWriter::copyOf(*m_checkpoint);
        writer.tensors.erase("mtp.0.h_proj.weight");
        const auto model = openWith(writer);
        QVERIFY(!model);
        QVERIFY(model.error().message.find("mtp.0.h_proj.weight") != std::string::npos);
    }

private:
    static std::vector<double> wide(const float* values, std::size_t count)
    {
        return {values, values + count};
    }

    /// Logits of the block at every position but the last, in one pass.
    std::vector<std::vector<float>> predictedLogits(const std::vector<std::vector<float>>& trunk,
                                                    std::span<const TokenId> tokens)
    {
        const ModelConfig& config = m_model->config();
        ThreadPool pool(1);
        Transformer transformer(*m_model, float32Kernels(), pool);
        LayerCache cache;
        cache.window = WindowRing(config.headDim, config.windowTokens + Transformer::kBlockTokens,
                                  CacheFormat::float32);
        std::vector<const float*> rows;
        for (std::size_t t = 0; t + 1 < tokens.size(); ++t)
            rows.push_back(trunk[t].data());
        transformer.predictNext(0, rows, tokens.subspan(1), cache);
        std::vector<std::vector<float>> logits;
        for (std::size_t t = 0; t < rows.size(); ++t) {
            logits.emplace_back(config.vocabSize);
            transformer.predictedLogits(transformer.predicted(t), logits.back().data());
        }
        return logits;
    }

    Result<std::shared_ptr<const Model>> openWith(const SafetensorsWriter& writer)
    {
        const fs::path folder = m_folder.path().toStdString();
        fs::copy_file(tinyFolder() / "config.json", folder / "config.json",
                      fs::copy_options::overwrite_existing);
        writer.write(folder / "model.safetensors");
        return Model::open(folder);
    }

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::vector<TokenId> m_tokens;
    std::vector<std::vector<float>> m_trunk;
    std::vector<SlowMtp::Vector> m_wanted;
};

QTEST_GUILESS_MAIN(TestMtp)
#include "tst_mtp.moc"
