// SPDX-License-Identifier: GPL-3.0-or-later
// A cache that was drawn at random must look to the layers like one that was read.
#include <QtTest>

#include "engine/measure.h"
#include "session/synthetic_cache.h"

using namespace engine;

class TestSyntheticCache : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_TEST_DATA "/golden/tiny-v4");
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
    }
    void hasTheShapeOfAReadOne_data();
    void hasTheShapeOfAReadOne();
    void equalDepthsGiveEqualBits();
    void measuresWhatWasAskedFor();
    void refusesWhatDoesNotFit();

private:
    std::shared_ptr<const Model> m_model;
};

void TestSyntheticCache::hasTheShapeOfAReadOne_data()
{
    QTest::addColumn<int>("length");
    for (const int length : {0, 3, 4, 127, 128, 130, 517})
        QTest::newRow(std::to_string(length).c_str()) << length;
}

void TestSyntheticCache::hasTheShapeOfAReadOne()
{
    QFETCH(int, length);
    const auto count = static_cast<std::uint64_t>(length);
    Session::Impl drawn(m_model, {});
    fillSynthetically(drawn, count);
    Session::Impl read(m_model, {});
    const auto tokens = spreadTokens(m_model->config().vocabSize, count);
    QVERIFY(read.append(tokens, {}, nullptr));
    QCOMPARE(drawn.length, read.length);
    for (std::size_t layer = 0; layer < drawn.caches.size(); ++layer) {
        QCOMPARE(drawn.caches[layer].compressedRows.size(),
                 read.caches[layer].compressedRows.size());
        QCOMPARE(drawn.caches[layer].indexKeys.size(), read.caches[layer].indexKeys.size());
    }
}

void TestSyntheticCache::equalDepthsGiveEqualBits()
{
    std::vector<std::vector<float>> streams;
    for (const int depth : {300, 300, 301}) {
        Session::Impl session(m_model, {});
        fillSynthetically(session, static_cast<std::uint64_t>(depth));
        const std::vector<TokenId> tokens{5, 6, 7};
        QVERIFY(session.append(tokens, {}, nullptr));
        streams.push_back(session.lastStreams);
    }
    QVERIFY(streams[0] == streams[1]);
    QVERIFY(streams[0] != streams[2]);
}

void TestSyntheticCache::measuresWhatWasAskedFor()
{
    MeasureOptions options;
    options.depth = 600;
    options.tokens = 20;
    for (const CacheFill fill : {CacheFill::read, CacheFill::synthetic}) {
        options.fill = fill;
        for (const auto& found :
             {measurePrefill(m_model, options), measureDecode(m_model, options)}) {
            QVERIFY2(found, found ? "" : found.error().message.c_str());
            QVERIFY(found->seconds > 0.0 && found->medianSeconds > 0.0);
            QCOMPARE(found->layerSeconds.size(), m_model->config().numLayers);
            double layers = 0.0;
            for (const double seconds : found->layerSeconds)
                layers += seconds;
            QVERIFY(layers > 0.0 && layers <= found->seconds);
        }
    }
}

void TestSyntheticCache::refusesWhatDoesNotFit()
{
    MeasureOptions options;
    options.depth = m_model->config().maxPositions;
    options.tokens = 1;
    const auto found = measurePrefill(m_model, options);
    QVERIFY(!found);
    QVERIFY2(found.error().message.find("together") != std::string::npos,
             found.error().message.c_str());
    options.tokens = 0;
    QVERIFY(!measureDecode(m_model, options));
}

QTEST_APPLESS_MAIN(TestSyntheticCache)
#include "tst_synthetic_cache.moc"
