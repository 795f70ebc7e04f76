// SPDX-License-Identifier: GPL-3.0-or-later
// Each operation of each layer in the publisher's number formats, from equal inputs, against
// tests/data/golden/tiny-v4/layers-ref.safetensors (tests/tools/reference_forward.py).
#include <QtTest/QTest>

#include <cmath>
#include <cstring>
#include <functional>

#include "engine/model.h"
#include "kernels/cpu/kernel_sets.h"
#include "layer_run.h"
#include "layers/transformer.h"
#include "model/checkpoint.h"

using namespace engine;

namespace {

constexpr std::size_t kTokens = 300;

std::filesystem::path goldenFolder()
{
    return std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
}

/// What a comparison found: elements that are equal, and the worst row.
struct Agreement
{
    std::size_t elements = 0;
    std::size_t equal = 0;
    double worst = 0.0; ///< norm of the difference by norm of the row

    void add(const float* found, const float* wanted, std::size_t size)
    {
        double difference = 0.0;
        double norm = 0.0;
        for (std::size_t i = 0; i < size; ++i) {
            difference += std::pow(double(found[i]) - double(wanted[i]), 2);
            norm += std::pow(double(wanted[i]), 2);
            equal += found[i] == wanted[i];
        }
        elements += size;
        const double error = norm > 0.0 ? std::sqrt(difference / norm) : std::sqrt(difference);
        worst = std::isnan(error) ? INFINITY : std::max(worst, error);
    }
    [[nodiscard]] double share() const { return double(equal) / double(elements); }
};

struct Tolerance
{
    double worst;
    double equalShare;
};

} // namespace

class TestNumericModes final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(goldenFolder());
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
        auto golden = Checkpoint::openFile(goldenFolder() / "layers-ref.safetensors");
        QVERIFY(golden);
        m_golden = *golden;
        for (std::size_t t = 0; t < kTokens; ++t)
            m_tokens.push_back(TokenId(t * 7 + 3) % TokenId(m_model->config().vocabSize));
        const TensorView* places = m_golden->find("places");
        m_places.resize(places->shape[0]);
        std::memcpy(m_places.data(), places->bytes.data(), places->bytes.size());
        QCOMPARE(m_places.size(), std::size_t{4});
    }

    void exactAgreesLayerByLayer_data() { layerRows(); }
    /// Nothing but exp, log and division may differ, by a last float32 bit, before values are
    /// rounded to bfloat16 or coarser: nearly every element is equal.
    void exactAgreesLayerByLayer()
    {
        QFETCH(int, layer);
        LayerRun run(*m_model, std::size_t(layer), kTokens, CacheFormat::packed, m_pool);
        makeStreams(std::size_t(layer), run.streams, kTokens);
        run.run(exactKernels(), NumericMode::exact, 0, m_tokens);
        compareAll(run, [](const std::string&) { return Tolerance{1e-3, 0.998}; });
        compareChoice(run);
    }

    void fastAgreesWithTheSameFormats_data()
    {
        QTest::addColumn<int>("layer");
        QTest::addColumn<int>("isa");
        for (const Isa isa : supportedIsas()) {
            for (int layer = 0; layer < 6; ++layer)
                QTest::addRow("layer %d, %s", layer, isaName(isa).data()) << layer << int(isa);
        }
    }
    /// Sums in another order, float32 probabilities and index scores: a value near the middle of
    /// two FP8 or bfloat16 numbers may fall to the other side, and that is all.
    void fastAgreesWithTheSameFormats()
    {
        QFETCH(int, layer);
        QFETCH(int, isa);
        LayerRun run(*m_model, std::size_t(layer), kTokens, CacheFormat::packed, m_pool);
        makeStreams(std::size_t(layer), run.streams, kTokens);
        run.run(kernelsFor(Isa(isa)), NumericMode::fast, 0, m_tokens);
        compareAll(run, [](const std::string& name) {
            if (name == "attention_in" || name == "q_latent" || name == "kv" ||
                name == "compressed_rows")
                return Tolerance{2e-2, 0.95};
            if (name == "index_keys" || name == "index_q" || name == "index_weights")
                return Tolerance{1e-1, 0.97};
            return Tolerance{1e-1, 0.0};
        });
    }

    /// The MTP block from given streams of the trunk, against mtp-ref.safetensors.
    void mtpInExact()
    {
        const auto file = Checkpoint::openFile(goldenFolder() / "mtp-ref.safetensors");
        QVERIFY(file);
        const std::vector<float> streams = stored("first_streams", **file);
        const std::vector<float> wanted = stored("first_mtp_logits", **file);
        const ModelConfig& config = m_model->config();
        const std::size_t width = kStreams * config.modelDim;
        const std::size_t count = streams.size() / width;
        QCOMPARE(count, std::size_t{6});
        std::vector<TokenId> tokens(count + 1);
        std::memcpy(tokens.data(), (*file)->find("tokens")->bytes.data(),
                    tokens.size() * sizeof(TokenId));
        std::vector<const float*> trunk;
        for (std::size_t t = 0; t < count; ++t)
            trunk.push_back(streams.data() + t * width);
        Transformer transformer(*m_model, exactKernels(), m_pool, NumericMode::exact);
        LayerCache cache;
        cache.window = WindowRing(config.headDim, config.windowTokens + Transformer::kBlockTokens,
                                  CacheFormat::packed, config.ropeDim);
        transformer.predictNext(0, trunk, std::span(tokens).subspan(1), cache);
        Agreement found;
        std::vector<float> logits(config.vocabSize);
        for (std::size_t t = 0; t < count; ++t) {
            transformer.predictedLogits(transformer.predicted(t), logits.data());
            found.add(logits.data(), wanted.data() + t * logits.size(), logits.size());
        }
        qInfo("worst row %.2g, %.2f %% equal", found.worst, 100.0 * found.share());
        QVERIFY(found.worst < 1e-3);
    }

    void fastDiffersFromExactByOrderAlone_data()
    {
        QTest::addColumn<int>("layer");
        QTest::addColumn<int>("isa");
        for (const Isa isa : supportedIsas()) {
            for (const int layer : {0, 1, 3, 5}) // those whose index scores play no part
                QTest::addRow("layer %d, %s", layer, isaName(isa).data()) << layer << int(isa);
        }
    }
    /// With probabilities of both in float32 nothing but the order of sums is left: all but a few
    /// of 10,000 elements of a layer's first operation are equal. Each of those moves what follows.
    void fastDiffersFromExactByOrderAlone()
    {
        QFETCH(int, layer);
        QFETCH(int, isa);
        LayerRun exact(*m_model, std::size_t(layer), kTokens, CacheFormat::packed, m_pool);
        LayerRun fast(*m_model, std::size_t(layer), kTokens, CacheFormat::packed, m_pool);
        for (LayerRun* run : {&exact, &fast})
            makeStreams(std::size_t(layer), run->streams, kTokens);
        exact.run(exactKernelsWithPlainProbabilities(), NumericMode::exact, 0, m_tokens);
        fast.run(kernelsFor(Isa(isa)), NumericMode::fast, 0, m_tokens);
        const auto compareRows = [](const Rows& found, const Rows& wanted) {
            Agreement agreement;
            for (std::size_t t = 0; t < kTokens; ++t)
                agreement.add(found.row(t), wanted.row(t), wanted.dim());
            return agreement;
        };
        const Agreement input = compareRows(fast.attentionIn, exact.attentionIn);
        const Agreement heads =
            compareRows(fast.attention.headOutputs(), exact.attention.headOutputs());
        qInfo("attention_in %.3f %% equal, worst %.2g; heads %.2f %%, %.2g", 100.0 * input.share(),
              input.worst, 100.0 * heads.share(), heads.worst);
        QVERIFY(input.share() > 0.999 && input.worst < 4e-3); // one bfloat16 step here and there
        QVERIFY(heads.share() > 0.85 && heads.worst < 4e-2);
    }

    /// Without the modes' rounding the same layer is visibly somewhere else: the comparisons above
    /// would notice.
    void float32IsSomethingElse()
    {
        LayerRun run(*m_model, 2, kTokens, CacheFormat::float32, m_pool);
        makeStreams(2, run.streams, kTokens);
        run.run(float32Kernels(), NumericMode::float32, 0, m_tokens);
        QVERIFY(compare("layer2.kv", rowAt(run, "kv")).worst > 5e-3);
        QVERIFY(compare("layer2.moe_out", rowAt(run, "moe_out")).worst > 5e-3);
    }

    /// The publisher's own vectors of this variant keep probabilities in float32. With that the
    /// first layer, whose input is the embedding, comes out bit for bit: after one pass over 700
    /// tokens, and after 60 more one at a time, whose heads' roots PyTorch then rounds.
    void firstLayerEqualsThePublishersBits_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<std::size_t>("end");
        QTest::addColumn<bool>("roundedRoots");
        QTest::newRow("read in one pass") << "last_prefill_hidden" << std::size_t{700} << false;
        QTest::newRow("read alone") << "last_decode_hidden" << std::size_t{760} << true;
    }
    void firstLayerEqualsThePublishersBits()
    {
        QFETCH(QString, name);
        QFETCH(std::size_t, end);
        QFETCH(bool, roundedRoots);
        const std::vector<float> wanted = stored("published.layer0." + name.toStdString());
        const TensorView* tokens = m_golden->find("published.tokens");
        std::vector<TokenId> ids(tokens->shape[0]);
        std::memcpy(ids.data(), tokens->bytes.data(), tokens->bytes.size());
        // The window alone matters to layer 0: the last 128 tokens at their positions.
        const std::size_t first = end - m_model->config().windowTokens;
        const std::span<const TokenId> last = std::span(ids).subspan(first, end - first);
        LayerRun run(*m_model, 0, last.size(), CacheFormat::packed, m_pool);
        const RowTable& table = m_model->weights().embedding;
        const std::size_t dim = m_model->config().modelDim;
        for (std::size_t t = 0; t < last.size(); ++t) {
            dequantizeRow(table.weight, nullptr, std::size_t(last[t]), {run.streams.row(t), dim});
            for (std::size_t i = 1; i < kStreams; ++i)
                std::copy_n(run.streams.row(t), dim, run.streams.row(t) + i * dim);
        }
        const ActivationGrid grid(NumericMode::exact);
        run.run(exactKernelsWithPlainProbabilities(), roundedRoots ? grid.withRoundedRoots() : grid,
                first, last);
        Agreement found;
        found.add(run.streams.row(last.size() - 1), wanted.data(), wanted.size());
        qInfo("%zu of %zu elements equal", found.equal, found.elements);
        QCOMPARE(found.equal, found.elements);
    }

private:
    static void layerRows()
    {
        QTest::addColumn<int>("layer");
        QTest::newRow("0: window, hash routing") << 0;
        QTest::newRow("1: window, hash routing") << 1;
        QTest::newRow("2: CSA") << 2;
        QTest::newRow("3: HCA") << 3;
        QTest::newRow("4: CSA") << 4;
        QTest::newRow("5: HCA") << 5;
    }

    std::vector<float> stored(const std::string& name) const { return stored(name, *m_golden); }

    static std::vector<float> stored(const std::string& name, const Checkpoint& file)
    {
        const TensorView* tensor = file.find(name);
        Q_ASSERT(tensor != nullptr);
        if (tensor->type == DType::bf16) {
            std::vector<float> values(tensor->bytes.size() / 2);
            for (std::size_t i = 0; i < values.size(); ++i) {
                BFloat16 half = 0;
                std::memcpy(&half, tensor->bytes.data() + i * 2, 2);
                values[i] = toFloat(half);
            }
            return values;
        }
        std::vector<float> values(tensor->bytes.size() / 4);
        std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
        return values;
    }

    std::vector<std::int32_t> storedIds(const std::string& name) const
    {
        const TensorView* tensor = m_golden->find(name);
        std::vector<std::int32_t> values(tensor->bytes.size() / 4);
        std::memcpy(values.data(), tensor->bytes.data(), tensor->bytes.size());
        return values;
    }

    using RowAt = std::function<const float*(std::size_t token)>;

    /// A tensor of a run by its name in the file.
    static RowAt rowAt(LayerRun& run, const std::string& name)
    {
        const auto of = [](const Rows& rows) {
            return [&rows](std::size_t t) { return rows.row(t); };
        };
        if (name == "attention_in")
            return of(run.attentionIn);
        if (name == "q_latent")
            return of(run.attention.queryLatent());
        if (name == "attention_heads")
            return of(run.attention.headOutputs());
        if (name == "attention_out")
            return of(run.attentionOut);
        if (name == "streams_between")
            return of(run.between);
        if (name == "moe_in")
            return of(run.moeIn);
        if (name == "moe_out")
            return of(run.moeOut);
        if (name == "streams")
            return of(run.streams);
        if (name == "index_q")
            return [&run](std::size_t t) { return run.attention.indexer().heads(t); };
        if (name == "index_weights")
            return [&run](std::size_t t) { return run.attention.indexer().weights(t); };
        Q_ASSERT(name == "kv");
        return [&run, row = std::vector<float>()](std::size_t t) mutable {
            std::vector<BFloat16> halves(run.config.headDim);
            run.cache.window.readRow(t, halves.data());
            row.assign(halves.size(), 0.0F);
            for (std::size_t d = 0; d < halves.size(); ++d)
                row[d] = toFloat(halves[d]);
            return row.data();
        };
    }

    Agreement compare(const std::string& name, const RowAt& rowAt) const
    {
        const std::vector<float> wanted = stored(name);
        const std::size_t width = wanted.size() / m_places.size();
        Agreement found;
        for (std::size_t i = 0; i < m_places.size(); ++i)
            found.add(rowAt(std::size_t(m_places[i])), wanted.data() + i * width, width);
        return found;
    }

    template <typename ToleranceOf>
    void compareAll(LayerRun& run, ToleranceOf toleranceOf)
    {
        const std::string prefix = "layer" + std::to_string(run.layer) + ".";
        const auto judge = [&](const std::string& name, const Agreement& found) {
            qInfo("%-16s worst row %.2g, %.2f %% of %zu equal", name.c_str(), found.worst,
                  100.0 * found.share(), found.elements);
            const Tolerance tolerance = toleranceOf(name);
            QVERIFY2(found.worst <= tolerance.worst, name.c_str());
            QVERIFY2(found.share() >= tolerance.equalShare, name.c_str());
        };
        for (const char* name :
             {"attention_in", "q_latent", "kv", "index_q", "index_weights", "attention_heads",
              "attention_out", "streams_between", "moe_in", "moe_out", "streams"}) {
            if (m_golden->find(prefix + name) != nullptr)
                judge(name, compare(prefix + name, rowAt(run, name)));
        }
        if (m_golden->find(prefix + "compressed_rows") != nullptr)
            judge("compressed_rows", compareRows(run, prefix + "compressed_rows"));
        if (m_golden->find(prefix + "index_keys") != nullptr)
            judge("index_keys", compareRows(run, prefix + "index_keys"));
        judge("router_weights", compareRouting(run, prefix));
    }

    Agreement compareRows(LayerRun& run, const std::string& name) const
    {
        const std::vector<float> wanted = stored(name);
        const auto which = storedIds(name + ".which");
        const std::size_t width = wanted.size() / which.size();
        std::vector<float> row(width);
        std::vector<std::byte> packed(run.cache.indexKeys.packedRowBytes());
        Agreement found;
        for (std::size_t i = 0; i < which.size(); ++i) {
            const auto at = std::size_t(which[i]);
            if (name.ends_with("index_keys")) {
                run.cache.indexKeys.packRows(at, 1, packed.data());
                PackedKeyLayout{width}.decode(packed.data(), row.data(), 1);
            } else {
                run.cache.compressedRows.readRow(at, row.data());
            }
            found.add(row.data(), wanted.data() + i * width, width);
        }
        return found;
    }

    /// Chosen experts by id, and their weights.
    Agreement compareRouting(LayerRun& run, const std::string& prefix) const
    {
        const auto ids = storedIds(prefix + "router_ids");
        const auto weights = stored(prefix + "router_weights");
        const std::size_t k = run.config.expertsPerToken;
        Agreement found;
        for (std::size_t i = 0; i < m_places.size(); ++i) {
            std::vector<float> mine(k, -1.0F);
            for (std::size_t c = 0; c < k; ++c) {
                const auto& choice = run.moe.choices()[std::size_t(m_places[i]) * k + c];
                for (std::size_t w = 0; w < k; ++w) {
                    if (ids[i * k + w] == std::int32_t(choice.expert))
                        mine[w] = choice.weight;
                }
            }
            std::vector<float> close = mine;
            for (std::size_t w = 0; w < k; ++w) { // equal means equal to a few float32 bits
                if (std::abs(mine[w] - weights[i * k + w]) < 1e-6F)
                    close[w] = weights[i * k + w];
            }
            found.add(close.data(), weights.data() + i * k, k);
        }
        return found;
    }

    /// The last token's index rows are the reference's, one by one.
    void compareChoice(LayerRun& run) const
    {
        const std::string name = "layer" + std::to_string(run.layer) + ".chosen";
        if (m_golden->find(name) == nullptr)
            return;
        const auto wanted = storedIds(name);
        const auto& found = run.attention.chosen()[kTokens - 1];
        QCOMPARE(std::vector<std::int32_t>(found.begin(), found.end()), wanted);
    }

    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const Checkpoint> m_golden;
    std::vector<TokenId> m_tokens;
    std::vector<std::int32_t> m_places;
    ThreadPool m_pool{1};
};

QTEST_GUILESS_MAIN(TestNumericModes)
#include "tst_numeric_modes.moc"
