// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints of other shapes against what transformers computes from them in float32, with every
// instruction set of this machine: tests/data/golden/other-shapes.
#include <QtTest/QTest>

#include <cmath>
#include <cstring>

#include "model/checkpoint.h"
#include "session/session_impl.h"

using namespace engine;

namespace {

/// Worst row of logits over a pass: norm of the difference by norm of the row.
class LogitsWorst final : public ForwardObserver
{
public:
    LogitsWorst(Transformer& transformer, const ModelConfig& config, const Checkpoint& expected)
        : m_transformer(transformer), m_config(config), m_logits(config.vocabSize)
    {
        for (const char* name : {"prefill_logits", "decode_logits"}) {
            const TensorView* tensor = expected.find(name);
            const std::size_t at = m_wanted.size();
            m_wanted.resize(at + tensor->bytes.size() / sizeof(float));
            std::memcpy(m_wanted.data() + at, tensor->bytes.data(), tensor->bytes.size());
        }
    }

    void layerDone(std::size_t layer, const Block& block, const Rows& streams) override
    {
        if (layer + 1 != m_config.numLayers)
            return;
        for (std::size_t t = 0; t < block.size(); ++t) {
            m_transformer.logits(streams.row(t), m_logits.data());
            const float* wanted =
                m_wanted.data() + (std::size_t(block.firstPosition) + t) * m_config.vocabSize;
            double difference = 0.0;
            double norm = 0.0;
            for (std::size_t i = 0; i < m_logits.size(); ++i) {
                difference += std::pow(double(m_logits[i]) - double(wanted[i]), 2);
                norm += std::pow(double(wanted[i]), 2);
            }
            const double error = std::sqrt(difference / norm);
            worst = std::isnan(error) ? INFINITY : std::max(worst, error);
            ++rows;
        }
    }
    void rowsChosen(std::size_t, const Block&,
                    const std::vector<std::vector<std::uint32_t>>&) override
    {
    }

    double worst = 0.0;
    std::size_t rows = 0;

private:
    Transformer& m_transformer;
    const ModelConfig& m_config;
    std::vector<float> m_logits;
    std::vector<float> m_wanted;
};

} // namespace

class TestOtherShapes final : public QObject
{
    Q_OBJECT

private slots:
    void logitsAgree_data()
    {
        QTest::addColumn<QString>("shape");
        QTest::addColumn<int>("isa");
        for (const char* shape : {"csa-first", "ratio-8"}) {
            for (const Isa isa : supportedIsas())
                QTest::addRow("%s, %s", shape, isaName(isa).data()) << QString(shape) << int(isa);
        }
    }
    void logitsAgree()
    {
        QFETCH(QString, shape);
        QFETCH(int, isa);
        const auto folder = std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "other-shapes" /
                            shape.toStdString();
        auto model = Model::open(folder);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        auto expected = Checkpoint::openFile(folder / "expected.safetensors");
        QVERIFY(expected);
        const TensorView* ids = (*expected)->find("tokens");
        std::vector<TokenId> tokens(ids->shape[0]);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            std::int64_t id = 0;
            std::memcpy(&id, ids->bytes.data() + i * sizeof id, sizeof id);
            tokens[i] = TokenId(id);
        }
        const std::size_t prefill = (*expected)->find("prefill_logits")->shape[0];
        Session::Impl session(*model, {CacheFormat::float32, 1});
        Transformer transformer(**model, kernelsFor(Isa(isa)), session.pool);
        LogitsWorst worst(transformer, (*model)->config(), **expected);
        const std::span<const TokenId> all(tokens);
        for (std::size_t at = 0; at < prefill; at += Transformer::kBlockTokens)
            transformer.forward(at,
                                all.subspan(at, std::min(Transformer::kBlockTokens, prefill - at)),
                                session.caches, &worst, prefill);
        for (std::size_t at = prefill; at < all.size(); ++at)
            transformer.forward(at, all.subspan(at, 1), session.caches, &worst, at + 1);
        QCOMPARE(worst.rows, tokens.size());
        qInfo("worst row %.2g", worst.worst);
        QVERIFY2(worst.worst < 1e-5, qPrintable(QString::number(worst.worst)));
    }
};

QTEST_GUILESS_MAIN(TestOtherShapes)
#include "tst_other_shapes.moc"
