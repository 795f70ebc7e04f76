// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <thread>
#include <vector>

#include <QtTest>

#include "usecases/engine_turns.h"

using app::EngineTurns;
using Work = EngineTurns::Work;

class TestEngineTurns : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneAtATime();
    void answersGoBeforeReading();
    void readersAlternate();
    void aStopEndsTheWait();
    void aLongWaitIsAnnounced();
};

namespace {

/// Holds the turn until it is told to let go.
class Holder
{
public:
    explicit Holder(EngineTurns& turns) : m_turn(turns.take(Work::reading, {}).value()) {}
    void letGo() { m_turn = EngineTurns::Turn(); }

private:
    EngineTurns::Turn m_turn;
};

} // namespace

void TestEngineTurns::oneAtATime()
{
    EngineTurns turns;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < 200; ++round) {
                const auto turn = turns.take(i % 2 == 0 ? Work::reading : Work::answering, {});
                const int now = ++inside;
                most = std::max(most.load(), now);
                --inside;
            }
        });
    }
    threads.clear();
    QCOMPARE(most.load(), 1);
}

void TestEngineTurns::answersGoBeforeReading()
{
    EngineTurns turns;
    Holder holder(turns);
    std::mutex mutex;
    QStringList order;
    std::atomic<int> begun = 0;
    const auto worker = [&](Work work, const QString& name) {
        return std::jthread([&, work, name] {
            ++begun;
            const auto turn = turns.take(work, {});
            const std::scoped_lock lock(mutex);
            order << name;
        });
    };
    {
        const auto reader = worker(Work::reading, "reader");
        QTRY_COMPARE(begun.load(), 1);
        QTest::qWait(50); // it stands in line by now
        const auto answer = worker(Work::answering, "answer");
        QTRY_COMPARE(begun.load(), 2);
        QTest::qWait(50);
        holder.letGo();
    }
    QCOMPARE(order, (QStringList{"answer", "reader"}));
}

void TestEngineTurns::readersAlternate()
{
    // Defect guarded against: a session that reads for half an hour lets no other one read.
    EngineTurns turns;
    std::mutex mutex;
    QString order;
    Holder holder(turns);
    const auto reader = [&](QChar name) {
        return std::jthread([&, name] {
            for (int slice = 0; slice < 20; ++slice) {
                const auto turn = turns.take(Work::reading, {});
                {
                    const std::scoped_lock lock(mutex);
                    order += name;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
    };
    {
        const auto first = reader('a');
        const auto second = reader('b');
        QTest::qWait(100);
        holder.letGo();
    }
    QCOMPARE(order.size(), 40);
    QVERIFY2(order.left(24).count('a') >= 8 && order.left(24).count('b') >= 8, qPrintable(order));
}

void TestEngineTurns::aStopEndsTheWait()
{
    EngineTurns turns;
    Holder holder(turns);
    std::stop_source stop;
    std::optional<app::ErrorCode> code;
    {
        const std::jthread waiting([&] {
            const auto turn = turns.take(Work::answering, stop.get_token());
            code = turn ? std::nullopt : std::optional(turn.error().code);
        });
        QTest::qWait(50);
        stop.request_stop();
    }
    QVERIFY(code == app::ErrorCode::cancelled);
    holder.letGo();
    QVERIFY(turns.take(Work::reading, {})); // nobody is left in line
}

void TestEngineTurns::aLongWaitIsAnnounced()
{
    EngineTurns turns;
    QVERIFY(turns.take(Work::reading, {}, [](bool) { QFAIL("nobody waits here"); }));
    Holder holder(turns);
    std::atomic<int> said = 0;
    {
        const std::jthread waiting([&] {
            const auto turn = turns.take(Work::answering, {},
                                         [&](bool waits) { said = said * 10 + (waits ? 1 : 2); });
        });
        QTRY_COMPARE(said.load(), 1);
        holder.letGo();
    }
    QCOMPARE(said.load(), 12);
}

QTEST_GUILESS_MAIN(TestEngineTurns)
#include "tst_engine_turns.moc"
