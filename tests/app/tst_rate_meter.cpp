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

private:
    const app::RateMeter::Clock::time_point m_start{1h};
};

void TestRateMeter::saysNothingBeforeFiveSeconds()
{
    app::RateMeter meter(m_start);
    meter.update(1'000, m_start + 1s);
    QCOMPARE(meter.perSecond(), 1'000.0);
    QVERIFY(!meter.timeFor(10'000));
    meter.update(4'900, m_start + 4'900ms);
    QVERIFY(!meter.timeFor(10'000));
}

void TestRateMeter::foretellsFromTheAverage()
{
    app::RateMeter meter(m_start);
    meter.update(3'000, m_start + 5s);
    meter.update(10'000, m_start + 10s);
    QCOMPARE(meter.perSecond(), 1'000.0);
    QCOMPARE(meter.timeFor(60'000)->count(), 60);
    QCOMPARE(meter.timeFor(0)->count(), 0);
}

void TestRateMeter::forgetsAnOldPace()
{
    app::RateMeter meter(m_start);
    for (int second = 1; second <= 100; ++second) {
        // The first half at 1,000 tokens a second, the second half at 100.
        const int done = second <= 50 ? second * 1'000 : 50'000 + (second - 50) * 100;
        meter.update(static_cast<std::uint64_t>(done), m_start + std::chrono::seconds(second));
    }
    QCOMPARE(meter.perSecond(), 100.0);
}

void TestRateMeter::knowsNothingWithoutProgress()
{
    app::RateMeter meter(m_start);
    QCOMPARE(meter.perSecond(), 0.0);
    meter.update(0, m_start + 20s);
    QVERIFY(!meter.timeFor(100));
}

QTEST_GUILESS_MAIN(TestRateMeter)
#include "tst_rate_meter.moc"
