// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest/QTest>

#include <numeric>
#include <random>

#include "layers/stream_top_k.h"

using namespace engine;

/// The streaming selection equals a full sort, ties by the lower row, for every instruction set.
class TestStreamTopK final : public QObject
{
    Q_OBJECT

private slots:
    void equalsFullSort_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("k");
        QTest::addColumn<int>("levels");
        QTest::newRow("fewer than k") << 20 << 32 << 1000000;
        QTest::newRow("exactly k") << 32 << 32 << 1000000;
        QTest::newRow("many, hardly any ties") << 100000 << 512 << 1000000;
        QTest::newRow("many, only ten different scores") << 50000 << 512 << 10;
        QTest::newRow("all equal") << 9000 << 512 << 1;
        QTest::newRow("k of one") << 5000 << 1 << 100;
    }

    void equalsFullSort()
    {
        QFETCH(int, count);
        QFETCH(int, k);
        QFETCH(int, levels);
        std::mt19937 random(7);
        std::vector<float> scores(static_cast<std::size_t>(count));
        for (float& score : scores)
            score = static_cast<float>(int(random() % unsigned(levels)) - levels / 2);
        std::vector<std::uint32_t> wanted(scores.size());
        std::iota(wanted.begin(), wanted.end(), 0U);
        std::stable_sort(wanted.begin(), wanted.end(),
                         [&](auto a, auto b) { return scores[a] > scores[b]; });
        wanted.resize(std::min(wanted.size(), std::size_t(k)));
        std::sort(wanted.begin(), wanted.end());
        for (const Isa isa : supportedIsas()) {
            StreamTopK best;
            best.start(std::size_t(k));
            // Uneven pieces, as pages and visibility cut them.
            for (std::size_t at = 0; at < scores.size(); at += 1009)
                best.add(kernelsFor(isa), scores.data() + at,
                         std::min<std::size_t>(1009, scores.size() - at),
                         static_cast<std::uint32_t>(at));
            std::vector<std::uint32_t> rows;
            best.finish(kernelsFor(isa), rows);
            QVERIFY2(rows == wanted, isaName(isa).data());
        }
    }
};

QTEST_GUILESS_MAIN(TestStreamTopK)
#include "tst_stream_top_k.moc"
