// SPDX-License-Identifier: GPL-3.0-or-later
// The rows that the lightning indexer chooses among many: the same with compact keys as with
// float32 keys, and however tokens and threads part the work.
#include <QtTest/QTest>

#include <algorithm>
#include <random>

#include "layer_run.h"

using namespace engine;

class TestRowChoice final : public QObject
{
    Q_OBJECT

private:
    static constexpr std::uint64_t kNear = 60'000;
    /// In the middle of 80 tokens from here on, layer 6 begins to look at few directions first.
    static constexpr std::uint64_t kFar = 131'040;
    static constexpr std::size_t kTokens = 80; // enough for threads to part the tokens
    using Chosen = std::vector<std::vector<std::uint32_t>>;

    /// A key of noise; far back, one as few directions tell most of.
    void makeKey(std::mt19937& random, bool isFar, std::vector<float>& key) const
    {
        std::normal_distribution<float> normal;
        std::ranges::generate(key, [&] { return normal(random); });
        if (!isFar)
            return;
        constexpr float kRest = 0.01F;
        for (float& x : key)
            x *= kRest;
        const DirectionTable& table =
            m_model->weights().layers[m_layer].attention.indexer->directions->queries;
        for (std::size_t c = 0; c < IndexDirections::kCount; ++c) {
            const float weight = table.scale * normal(random);
            for (std::size_t d = 0; d < key.size(); ++d)
                key[d] += weight * float(table.codes[c * key.size() + d]);
        }
    }

    /// A layer that has seen `first` tokens of noise.
    std::unique_ptr<LayerRun> filledLayer(CacheFormat format, ThreadPool& pool,
                                          std::uint64_t first) const
    {
        auto run = std::make_unique<LayerRun>(*m_model, m_layer, kTokens, format, pool);
        std::mt19937 random(20261126);
        std::normal_distribution<float> normal;
        std::vector<float> row(run->config.headDim);
        std::vector<float> key(run->config.indexHeadDim);
        for (std::uint64_t p = first - run->config.windowTokens; p < first; ++p) {
            std::ranges::generate(row, [&] { return normal(random); });
            run->cache.window.put(p, row.data());
        }
        for (std::uint64_t i = 0; i < first / ModelConfig::kCsaRatio; ++i) {
            makeKey(random, first == kFar, key);
            run->cache.compressedRows.append(row.data());
            run->cache.indexKeys.append(key.data());
        }
        return run;
    }

    /// Rows chosen for each of kTokens tokens that come `together` at a time.
    Chosen choose(const Kernels& kernels, CacheFormat format, std::uint64_t first,
                  std::size_t together, unsigned threads) const
    {
        ThreadPool pool(threads);
        const auto run = filledLayer(format, pool, first);
        Rows all;
        all.reset(kTokens, run->streams.dim());
        makeStreams(m_layer, all, kTokens);
        const std::vector<TokenId> tokens(kTokens, 7);
        Chosen chosen;
        for (std::size_t at = 0; at < kTokens; at += together) {
            const std::size_t count = std::min(together, kTokens - at);
            for (std::size_t t = 0; t < count; ++t)
                std::copy_n(all.row(at + t), all.dim(), run->streams.row(t));
            run->run(kernels, NumericMode::float32, first + at,
                     std::span(tokens).subspan(at, count));
            const auto begin = run->attention.chosen().begin();
            chosen.insert(chosen.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
        }
        const bool looked = run->cache.indexKeys.coarseSize() != 0;
        if (looked != (first == kFar && format == CacheFormat::compact))
            qFatal("keys in few directions: wanted only far back");
        return chosen;
    }

    std::shared_ptr<const Model> m_model;
    std::size_t m_layer = 0;

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_MODEL_DIR);
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
        m_layer = m_model->config().lastCsaLayer();
    }

    void isThatOfFloat32_data()
    {
        QTest::addColumn<int>("isa");
        QTest::addColumn<quint64>("first");
        for (const Isa isa : supportedIsas())
            for (const std::uint64_t first : {kNear, kFar})
                if (isa != Isa::reference) // minutes
                    QTest::addRow("%s, %llu", isaName(isa).data(), qulonglong(first))
                        << int(isa) << quint64(first);
    }
    void isThatOfFloat32()
    {
        QFETCH(int, isa);
        QFETCH(quint64, first);
        const Kernels& kernels = kernelsFor(Isa(isa));
        const Chosen wanted = choose(kernels, CacheFormat::float32, first, kTokens, 2);
        const Chosen found = choose(kernels, CacheFormat::compact, first, kTokens, 2);
        std::size_t same = 0;
        std::size_t all = 0;
        for (std::size_t t = 0; t < kTokens; ++t) {
            QCOMPARE(found[t].size(), m_model->config().indexTopK);
            QVERIFY(std::ranges::is_sorted(found[t]));
            std::vector<std::uint32_t> both;
            std::ranges::set_intersection(wanted[t], found[t], std::back_inserter(both));
            same += both.size();
            all += wanted[t].size();
        }
        const double share = double(same) / double(all);
        qInfo("%.4f %% of %zu rows are those of float32", 100 * share, all);
        QVERIFY2(share >= 0.999, qPrintable(QString::number(share)));
    }

    void doesNotDependOnThePartition()
    {
        const Kernels& kernels = kernelsFor(supportedIsas().back());
        for (const std::uint64_t first : {kNear, kFar}) {
            const Chosen wanted = choose(kernels, CacheFormat::compact, first, kTokens, 1);
            for (const unsigned threads : {1U, 3U})
                for (const std::size_t together : {std::size_t{1}, std::size_t{7}, kTokens})
                    QVERIFY(choose(kernels, CacheFormat::compact, first, together, threads) ==
                            wanted);
        }
    }
};

QTEST_GUILESS_MAIN(TestRowChoice)
#include "tst_row_choice.moc"
