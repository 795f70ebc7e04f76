// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary angles against the reference's check values and PyTorch's, and a layer of each kind at far
// positions, reached by jumping there.
#include <QtTest/QTest>

#include <cmath>
#include <cstring>

#include "kernels/cpu/kernel_sets.h"
#include "layer_run.h"
#include "model/checkpoint.h"

using namespace engine;

class TestAttentionPositions final : public QObject
{
    Q_OBJECT

private:
    static std::filesystem::path goldenFolder()
    {
        return std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
    }

    /// The fastest set that this machine has.
    static const Kernels& float32OnGrid() { return kernelsFor(supportedIsas().back()); }

    /// Rows and keys of all groups before `first`, and window rows for the tokens before it.
    static void fillOlder(LayerRun& run, std::uint64_t first)
    {
        const ActivationGrid grid(NumericMode::fast);
        std::vector<float> row(run.config.headDim);
        std::vector<float> key(run.config.indexHeadDim);
        std::uint32_t state = 1;
        const auto next = [&] {
            state = state * 1664525U + 1013904223U;
            return float(int(state >> 24U) - 128) / 128.0F;
        };
        const std::size_t window = run.config.windowTokens;
        for (std::uint64_t p = first > window ? first - window : 0; p < first; ++p) {
            std::generate(row.begin(), row.end(), next);
            grid.keyValueRow(row.data(), row.size(), run.config.ropeDim);
            run.cache.window.put(p, row.data());
        }
        const std::size_t ratio = run.config.compressRatios[run.layer];
        for (std::uint64_t i = 0; ratio != 0 && i < first / ratio; ++i) {
            std::generate(row.begin(), row.end(), next);
            grid.keyValueRow(row.data(), row.size(), run.config.ropeDim);
            run.cache.compressedRows.append(row.data());
            if (ratio != ModelConfig::kCsaRatio)
                continue;
            std::generate(key.begin(), key.end(), next);
            grid.indexVector(key.data(), key.size());
            run.cache.indexKeys.append(key.data());
        }
    }

    /// The same tokens in blocks of a third; `run` has room for all of them.
    void runCut(LayerRun& run, std::uint64_t first, const std::vector<TokenId>& tokens)
    {
        m_third = tokens.size() / 3 + 1;
        Rows all;
        all.reset(tokens.size(), run.streams.dim());
        makeStreams(run.layer, all, tokens.size());
        for (std::size_t at = 0; at < tokens.size(); at += m_third) {
            const std::size_t count = std::min(m_third, tokens.size() - at);
            for (std::size_t t = 0; t < count; ++t)
                std::copy_n(all.row(at + t), all.dim(), run.streams.row(t));
            run.run(float32OnGrid(), NumericMode::fast, first + at,
                    std::span(tokens).subspan(at, count));
        }
    }

    /// As many rows as there are whole groups, and of those the indexer's choice for the last
    /// token: top-k of them or all, in order, none from the future.
    void checkRows(LayerRun& run, std::uint64_t position, std::size_t lastToken) const
    {
        const std::size_t ratio = run.config.compressRatios[run.layer];
        if (ratio == 0)
            return;
        const std::uint64_t complete = (position + 1) / ratio;
        QCOMPARE(std::uint64_t(run.cache.compressedRows.size()), complete);
        if (ratio != ModelConfig::kCsaRatio)
            return;
        QCOMPARE(std::uint64_t(run.cache.indexKeys.size()), complete);
        const auto& chosen = run.attention.chosen()[lastToken];
        QCOMPARE(std::uint64_t(chosen.size()),
                 std::min<std::uint64_t>(run.config.indexTopK, complete));
        QVERIFY(std::is_sorted(chosen.begin(), chosen.end()));
        QVERIFY(chosen.back() < complete);
    }

    std::shared_ptr<const Model> m_model;
    ThreadPool m_pool{1};
    std::size_t m_third = 1;

    static ModelConfig published()
    {
        ModelConfig config;
        config.ropeDim = 64;
        config.ropeTheta = 10000.0;
        config.compressRopeTheta = 160000.0;
        config.yarnFactor = 16.0;
        return config;
    }

private slots:
    void initTestCase()
    {
        auto model = Model::open(goldenFolder());
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
    }

    void yarnFrequencies_data()
    {
        QTest::addColumn<int>("pair");
        QTest::addColumn<double>("wanted");
        QTest::newRow("untouched, first") << 0 << 1.0;
        QTest::newRow("untouched") << 1 << 0.687656;
        QTest::newRow("last untouched") << 15 << 3.635539e-3;
        QTest::newRow("on the ramp") << 16 << 2.265625e-3;
        QTest::newRow("middle of the ramp") << 20 << 2.969778e-4;
        QTest::newRow("first divided by 16") << 25 << 5.372312e-6;
        QTest::newRow("last") << 31 << 5.680529e-7;
    }
    void yarnFrequencies()
    {
        QFETCH(int, pair);
        QFETCH(double, wanted);
        const RopeTable table(published(), true);
        QCOMPARE(table.pairs(), std::size_t{32});
        const double found = double(table.frequencies()[std::size_t(pair)]);
        QVERIFY2(std::abs(found - wanted) < 1e-6 * wanted, qPrintable(QString::number(found)));
    }

    void windowLayersHaveNoYarn()
    {
        const RopeTable table(published(), false);
        QVERIFY(std::abs(double(table.frequencies()[31]) - std::pow(10000.0, -62.0 / 64.0)) <
                1e-10);
    }

    /// The angle is the float32 product, whatever its granularity far out.
    void farPositionsAreFloat32()
    {
        const RopeTable table(published(), true);
        std::vector<float> cosines(32);
        std::vector<float> sines(32);
        for (const std::uint64_t position : {std::uint64_t{65535}, std::uint64_t{1048575}}) {
            table.angles(position, cosines.data(), sines.data());
            for (std::size_t j = 0; j < 32; ++j) {
                const float angle = static_cast<float>(position) * table.frequencies()[j];
                QVERIFY(std::abs(double(cosines[j]) - std::cos(double(angle))) < 1e-7);
                QVERIFY(std::abs(double(sines[j]) - std::sin(double(angle))) < 1e-7);
            }
        }
    }

    /// float32 cosines and sines of PyTorch. Its angles at 1,048,575 are float32 numbers up to
    /// 1,048,575 radians, so only a full-range reduction gives the same.
    void anglesAreThoseOfPyTorch()
    {
        const auto file = Checkpoint::openFile(goldenFolder() / "far-angles.safetensors");
        QVERIFY(file);
        const auto values = [&](const std::string& name) {
            const TensorView* tensor = (*file)->find(name);
            std::vector<float> numbers(tensor->bytes.size() / sizeof(float));
            std::memcpy(numbers.data(), tensor->bytes.data(), tensor->bytes.size());
            return numbers;
        };
        const TensorView* positions = (*file)->find("positions");
        std::vector<std::int32_t> where(positions->shape[0]);
        std::memcpy(where.data(), positions->bytes.data(), positions->bytes.size());
        QCOMPARE(where.back(), 1048575);
        for (const bool compressed : {false, true}) {
            const std::string prefix = compressed ? "compressed" : "window";
            const RopeTable table(published(), compressed);
            QCOMPARE(values(prefix + ".frequencies"), table.frequencies());
            const auto wantedCos = values(prefix + ".cos");
            const auto wantedSin = values(prefix + ".sin");
            std::vector<float> cosines(32);
            std::vector<float> sines(32);
            double worst = 0.0;
            for (std::size_t i = 0; i < where.size(); ++i) {
                table.angles(std::uint64_t(where[i]), cosines.data(), sines.data());
                for (std::size_t j = 0; j < 32; ++j) {
                    worst = std::max(worst, std::abs(double(cosines[j] - wantedCos[i * 32 + j])));
                    worst = std::max(worst, std::abs(double(sines[j] - wantedSin[i * 32 + j])));
                }
            }
            qInfo("%s: largest difference %.2g", prefix.c_str(), worst);
            QVERIFY(worst <= 0x1p-23); // one unit in the last place at 1
        }
    }

    /// Angles computed in float64 are something else out there: the check above would see it.
    void doubleAnglesDiffer()
    {
        const RopeTable table(published(), true);
        double largest = 0.0;
        for (const float f : table.frequencies())
            largest = std::max(largest, std::abs(1048575.0 * double(f) - double(1048575.0F * f)));
        QVERIFY(largest > 1e-2);
    }

    void layersFarOut_data()
    {
        QTest::addColumn<int>("layer");
        QTest::addColumn<qulonglong>("position");
        for (const qulonglong position :
             {127ULL, 128ULL, 129ULL, 2047ULL, 2048ULL, 2049ULL, 65535ULL, 1048575ULL}) {
            for (const int layer : {0, 2, 3})
                QTest::addRow("layer %d at %llu", layer, position) << layer << position;
        }
    }
    /// Window, compressor and indexer around the limits of blocks and groups, and at the last
    /// position there is: the layer jumps to a group shortly before `position`, is
    /// given made-up rows for everything older, and reads up to it, once in a single block and once
    /// cut in three. What it sees must be what the rules say, and both must give the same bits.
    void layersFarOut()
    {
        QFETCH(int, layer);
        QFETCH(qulonglong, position);
        // Back to the start of the group before the last one, of rows or of a few tokens.
        const std::uint64_t step = layer == 3 ? 128 : 4;
        const std::uint64_t first = position < 256 ? 0 : (position / step - 1) * step;
        const auto count = std::size_t(position + 1 - first);
        std::vector<TokenId> tokens;
        for (std::size_t t = 0; t < count; ++t)
            tokens.push_back(TokenId((first + t) % 512));
        std::vector<std::vector<float>> last;
        for (const bool cut : {false, true}) {
            LayerRun run(*m_model, std::size_t(layer), count, CacheFormat::packed, m_pool);
            fillOlder(run, first);
            makeStreams(std::size_t(layer), run.streams, count);
            if (!cut) {
                run.run(float32OnGrid(), NumericMode::fast, first, tokens);
            } else {
                runCut(run, first, tokens);
            }
            const std::size_t at = cut ? (count - 1) % m_third : count - 1;
            checkRows(run, position, at);
            last.emplace_back(run.streams.row(at), run.streams.row(at) + run.streams.dim());
        }
        QVERIFY(last[0] == last[1]);
    }

    void rotationIsUndone()
    {
        const RopeTable table(published(), true);
        std::vector<float> cosines(32);
        std::vector<float> sines(32);
        table.angles(12345, cosines.data(), sines.data());
        std::vector<float> x(64);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = float(i) - 20.0F;
        const auto before = x;
        rotate(x.data(), cosines.data(), sines.data(), 32);
        // Interleaved pairs: element 0 turns with element 1, not with element 32.
        QVERIFY(std::abs(x[0] - (before[0] * cosines[0] - before[1] * sines[0])) < 1e-5F);
        rotateBack(x.data(), cosines.data(), sines.data(), 32);
        for (std::size_t i = 0; i < x.size(); ++i)
            QVERIFY(std::abs(x[i] - before[i]) < 1e-4F);
    }
};

QTEST_GUILESS_MAIN(TestAttentionPositions)
#include "tst_attention_positions.moc"
