// SPDX-License-Identifier: GPL-3.0-or-later
// The algorithm against the publisher's reference in float32: tests/data/golden/tiny-v4.
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/verify.h"
#include "model/checkpoint.h"
#include "session/session_impl.h"

using namespace engine;

namespace {

constexpr std::size_t kPrefillTokens = 700;
constexpr double kTolerance = 1e-5; // relative, norm of the difference by norm of the row

std::filesystem::path goldenFolder()
{
    return std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
}

double relativeError(const float* found, const float* wanted, std::size_t size)
{
    double difference = 0.0;
    double norm = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
        difference += std::pow(double(found[i]) - double(wanted[i]), 2);
        norm += std::pow(double(wanted[i]), 2);
    }
    return std::sqrt(difference / norm);
}

/// Compares every block with the golden file while the pass runs.
class GoldenObserver final : public ForwardObserver
{
public:
    GoldenObserver(const Checkpoint& golden, Transformer& transformer, std::size_t vocab,
                   std::size_t numLayers)
        : m_golden(golden), m_transformer(transformer), m_vocab(vocab), m_numLayers(numLayers),
          m_logits(vocab)
    {
    }

    void layerDone(std::size_t layer, const Block& block, const Rows& streams) override
    {
        const std::uint64_t last = block.firstPosition + block.size() - 1;
        if (last == kPrefillTokens - 1 || last == 759) {
            const auto name = "layer" + std::to_string(layer) +
                              (last == 759 ? ".last_decode_hidden" : ".last_prefill_hidden");
            hiddenWorst = std::max(hiddenWorst, relativeError(streams.row(block.size() - 1),
                                                              values(name), streams.dim()));
            ++hiddenCompared;
        }
        if (layer + 1 != m_numLayers)
            return;
        for (std::size_t t = 0; t < block.size(); ++t) {
            const auto position = static_cast<std::size_t>(block.firstPosition) + t;
            const float* wanted =
                position < kPrefillTokens
                    ? values("prefill_logits") + position * m_vocab
                    : values("decode_logits") + (position - kPrefillTokens) * m_vocab;
            m_transformer.logits(streams.row(t), m_logits.data());
            logitsWorst = std::max(logitsWorst, relativeError(m_logits.data(), wanted, m_vocab));
            const auto best = std::max_element(m_logits.begin(), m_logits.end());
            argmaxDiffers +=
                best - m_logits.begin() != std::max_element(wanted, wanted + m_vocab) - wanted;
            ++positions;
        }
    }

    void rowsChosen(std::size_t layer, const Block& block,
                    const std::vector<std::vector<std::uint32_t>>& chosen) override
    {
        const auto name = "layer" + std::to_string(layer) + ".prefill_topk";
        const TensorView* tensor = m_golden.find(name);
        const auto* ids = reinterpret_cast<const std::int32_t*>(tensor->bytes.data());
        const std::size_t k = tensor->shape[1];
        for (std::size_t t = 0; t < block.size(); ++t) {
            const auto position = static_cast<std::size_t>(block.firstPosition) + t;
            if (position >= kPrefillTokens)
                return;
            std::set<std::uint32_t> wanted;
            for (std::size_t i = 0; i < k; ++i) {
                if (ids[position * k + i] >= 0)
                    wanted.insert(static_cast<std::uint32_t>(ids[position * k + i]));
            }
            topKDiffers += wanted != std::set(chosen[t].begin(), chosen[t].end());
        }
    }

    const float* values(const std::string& name) const
    {
        return reinterpret_cast<const float*>(m_golden.find(name)->bytes.data());
    }

    double hiddenWorst = 0.0;
    double logitsWorst = 0.0;
    int hiddenCompared = 0;
    int positions = 0;
    int argmaxDiffers = 0;
    int topKDiffers = 0;

private:
    const Checkpoint& m_golden;
    Transformer& m_transformer;
    std::size_t m_vocab;
    std::size_t m_numLayers;
    std::vector<float> m_logits;
};

} // namespace

class TestGoldenTiny final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(goldenFolder(), {Residency::panels});
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
        auto mapped = Model::open(goldenFolder(), {Residency::mapped});
        QVERIFY2(mapped, mapped ? "" : mapped.error().message.c_str());
        m_mapped = *mapped;
        QVERIFY(m_mapped->isMapped() && !m_model->isMapped());
        QCOMPARE(m_mapped->fingerprint(), m_model->fingerprint());
        auto golden = Checkpoint::openFile(goldenFolder() / "expected-f32.safetensors");
        QVERIFY(golden);
        m_golden = *golden;
        const TensorView* tokens = m_golden->find("tokens");
        QCOMPARE(tokens->shape[0], std::size_t{760});
        m_tokens.resize(760);
        std::memcpy(m_tokens.data(), tokens->bytes.data(), tokens->bytes.size());
    }

    void everyTensorAgrees_data()
    {
        QTest::addColumn<int>("chunk");
        QTest::addColumn<bool>("mapped");
        QTest::newRow("one pass") << 700 << false;
        QTest::newRow("one pass, mapped") << 700 << true;
        for (const int chunk : {1, 7, 64, 128, 300})
            QTest::addRow("chunks of %d", chunk) << chunk << false;
        QTest::newRow("chunks of 7, mapped") << 7 << true;
    }

    /// Prefill in chunks, then 60 tokens one by one: everything the golden file holds.
    void everyTensorAgrees()
    {
        QFETCH(int, chunk);
        QFETCH(bool, mapped);
        Session::Impl session(mapped ? m_mapped : m_model, {CacheFormat::float32, 1});
        const ModelConfig& config = m_model->config();
        GoldenObserver observer(*m_golden, session.transformer, config.vocabSize, config.numLayers);
        session.referencePassTokens = kPrefillTokens;
        const std::span<const TokenId> all(m_tokens);
        for (std::size_t at = 0; at < kPrefillTokens; at += std::size_t(chunk)) {
            const std::size_t count = std::min(std::size_t(chunk), kPrefillTokens - at);
            QVERIFY(session.append(all.subspan(at, count), {}, &observer));
        }
        for (std::size_t at = kPrefillTokens; at < all.size(); ++at) {
            session.referencePassTokens = at + 1;
            QVERIFY(session.append(all.subspan(at, 1), {}, &observer));
        }
        QCOMPARE(observer.positions, 760);
        QCOMPARE(observer.hiddenCompared, 12);
        QCOMPARE(observer.argmaxDiffers, 0);
        QCOMPARE(observer.topKDiffers, 0);
        qInfo("logits %.2g, hidden %.2g", observer.logitsWorst, observer.hiddenWorst);
        QVERIFY2(observer.logitsWorst < kTolerance,
                 qPrintable(QString::number(observer.logitsWorst)));
        QVERIFY2(observer.hiddenWorst < kTolerance,
                 qPrintable(QString::number(observer.hiddenWorst)));
        compareRows(session);
    }

    /// Every logit of reading and of decoding has the same bits in both residencies.
    void residencyDoesNotChangeBits()
    {
        for (const unsigned threads : {1U, 3U}) {
            const SessionOptions options{CacheFormat::compact, threads};
            auto resident = Session::create(m_model, options);
            auto mapped = Session::create(m_mapped, options);
            QVERIFY(resident && mapped);
            const std::span<const TokenId> all(m_tokens);
            for (const std::size_t count : {300U, 47U, 20U, 1U, 1U, 1U}) {
                const auto at = std::size_t((*mapped)->length());
                QVERIFY((*resident)->append(all.subspan(at, count)));
                QVERIFY((*mapped)->append(all.subspan(at, count)));
                QVERIFY(std::ranges::equal(*(*resident)->logits(), *(*mapped)->logits()));
            }
        }
    }

    /// Golden vectors hold ties at score 0; with the session's own rule the lower row wins, and
    /// that must not depend on how the input is cut either.
    void ownTieRuleDoesNotDependOnChunks()
    {
        std::vector<std::vector<float>> last;
        for (const std::size_t chunk : {std::size_t{760}, std::size_t{13}}) {
            auto session = Session::create(m_model, {CacheFormat::float32, 1});
            QVERIFY(session);
            for (std::size_t at = 0; at < m_tokens.size(); at += chunk) {
                const std::size_t count = std::min(chunk, m_tokens.size() - at);
                QVERIFY((*session)->append(std::span<const TokenId>(m_tokens).subspan(at, count)));
            }
            const auto logits = (*session)->logits();
            QVERIFY(logits);
            last.emplace_back(logits->begin(), logits->end());
        }
        QCOMPARE(last[0], last[1]);
    }

    void verifyCommandAgrees()
    {
        const auto report =
            verifyCheckpoint(goldenFolder(), goldenFolder() / "expected-f32.safetensors");
        QVERIFY(report);
        QVERIFY(report->prefillWorst < kTolerance);
        QVERIFY(report->decodeWorst < kTolerance);
        QVERIFY(report->argmaxEqual);
        QCOMPARE(report->prefillRows, kPrefillTokens);
    }

private:
    void compareRows(const Session::Impl& session)
    {
        const ModelConfig& config = m_model->config();
        std::vector<float> row(std::max(config.headDim, config.indexHeadDim));
        for (std::size_t layer = 0; layer < config.numLayers; ++layer) {
            const LayerCache& cache = session.caches[layer];
            const auto prefix = "layer" + std::to_string(layer);
            if (const TensorView* rows = m_golden->find(prefix + ".compressed_rows")) {
                QCOMPARE(cache.compressedRows.size(), rows->shape[0]);
                const auto* wanted = reinterpret_cast<const float*>(rows->bytes.data());
                for (std::size_t i = 0; i < rows->shape[0]; ++i) {
                    cache.compressedRows.readRow(i, row.data());
                    QVERIFY(relativeError(row.data(), wanted + i * config.headDim, config.headDim) <
                            kTolerance);
                }
            }
            if (const TensorView* keys = m_golden->find(prefix + ".index_keys")) {
                QCOMPARE(cache.indexKeys.size(), keys->shape[0]);
                const auto* wanted = reinterpret_cast<const float*>(keys->bytes.data());
                for (std::size_t i = 0; i < keys->shape[0]; ++i) {
                    cache.indexKeys.packRows(i, 1, reinterpret_cast<std::byte*>(row.data()));
                    QVERIFY(relativeError(row.data(), wanted + i * config.indexHeadDim,
                                          config.indexHeadDim) < kTolerance);
                }
            }
        }
    }

    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Model> m_mapped; ///< the same, weights as stored
    std::shared_ptr<const Checkpoint> m_golden;
    std::vector<TokenId> m_tokens;
};

QTEST_GUILESS_MAIN(TestGoldenTiny)
#include "tst_golden_tiny.moc"
