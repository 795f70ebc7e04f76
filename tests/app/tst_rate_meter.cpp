// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "usecases/rate_meter.h"

using namespace std::chrono_literals;

class TestRateMeter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysNothingBeforeFiveSeconds();
    void foretellsFromTheAverage();
    void forgetsAnOldPace();
    void knowsNothingWithoutProgress();
    void foretellsSlowerPlaces();
    void priceKnowsThePlace();

private:
    const app::RateMeter::Clock::time_point m_start{1h};
};

void TestRateMeter::saysNothingBeforeFiveSeconds()
{
    app::RateMeter meter(m_start, 0, 0.0);
    meter.update(1'000, m_start + 1s);
    QCOMPARE(meter.perSecond(), 1'000.0);
    QVERIFY(!meter.timeUntil(14'900));
    meter.update(4'900, m_start + 4'900ms);
    QVERIFY(!meter.timeUntil(14'900));
}

void TestRateMeter::foretellsFromTheAverage()
{
    app::RateMeter meter(m_start, 0, 0.0);
    meter.update(3'000, m_start + 5s);
    meter.update(10'000, m_start + 10s);
    QCOMPARE(meter.perSecond(), 1'000.0);
    QCOMPARE(meter.timeUntil(70'000)->count(), 60);
    QCOMPARE(meter.timeUntil(10'000)->count(), 0);
}

void TestRateMeter::forgetsAnOldPace()
{
    app::RateMeter meter(m_start, 0, 0.0);
    for (int second = 1; second <= 100; ++second) {
        // The first half at 1,000 tokens a second, the second half at 100.
        const int done = second <= 50 ? second * 1'000 : 50'000 + (second - 50) * 100;
        meter.update(static_cast<std::uint64_t>(done), m_start + std::chrono::seconds(second));
    }
    QCOMPARE(meter.perSecond(), 100.0);
}

void TestRateMeter::knowsNothingWithoutProgress()
{
    app::RateMeter meter(m_start, 0, 0.0);
    QCOMPARE(meter.perSecond(), 0.0);
    meter.update(0, m_start + 20s);
    QVERIFY(!meter.timeUntil(100));
}

/// Half as fast behind 100,000 tokens: what is ahead takes longer than what was read.
void TestRateMeter::foretellsSlowerPlaces()
{
    app::RateMeter meter(m_start, 100'000, 100'000.0);
    // 40,000 tokens, and 48,000 units of work more for what stands before them.
    meter.update(120'000, m_start + 2s);
    meter.update(140'000, m_start + 5s);
    QCOMPARE(meter.perSecond(), 8'000.0);
    QCOMPARE(meter.pace().perSecond, 17'600.0);
    // From 140,000 to 1,000,000: 860,000 tokens, and 4,902,000 units for what stands before them.
    const double units = meter.pace().work(140'000, 1'000'000);
    QCOMPARE(qRound64(units), qint64(5'762'000));
    QCOMPARE(meter.timeUntil(1'000'000)->count(), 328); // 108 at the speed of before
}

void TestRateMeter::priceKnowsThePlace()
{
    const app::ReadingPace pace{1'000.0, 250'000.0};
    QCOMPARE(pace.timeFor(0, 10'000)->count(), 11);          // 10.2
    QCOMPARE(pace.timeFor(990'000, 1'000'000)->count(), 50); // 49.8
    QVERIFY(!app::ReadingPace().timeFor(0, 10));
    QCOMPARE(app::ReadingPace({10.0, 0.0}).timeFor(90, 100)->count(), 1);
}

QTEST_GUILESS_MAIN(TestRateMeter)
#include "tst_rate_meter.moc"
