// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QRandomGenerator>
#include <QtTest>

#include "storage/session_file.h"
#include "support/program.h"
#include "support/sample_files.h"

// kill -9 at random moments: reading goes on from the last commit, nothing is read twice, and the
// cache ends up as if nothing had happened. Set LECTERN_KILLS for more than 10
// (docs/verification.md has the figures of 200).
class TestInterruptedReading : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void killsWhileReadingLoseNothing();
    void killsWhileAnsweringAndExportingLoseNothing();

private:
    static int kills()
    {
        const int wanted = qEnvironmentVariableIntValue("LECTERN_KILLS");
        return wanted > 0 ? wanted : 10;
    }
    /// Nothing that was committed has to be read again: the state after it is there.
    static bool goesOnFromTheLastCommit(const QString& session)
    {
        const auto file =
            storage::SessionFile::open(session.toStdString(), storage::OpenMode::readOnly);
        if (!file) { // killed before there was one
            return file.error().code == storage::ErrorCode::notFound;
        }
        const auto checkpoint = (*file)->loadCheckpoint();
        const quint64 length = (*file)->tokensRead().value_or(0);
        return checkpoint && (length == 0 || (*checkpoint && (*checkpoint)->tokenCount == length));
    }
    static quint64 tokensIn(const QString& session)
    {
        const auto file =
            storage::SessionFile::open(session.toStdString(), storage::OpenMode::readOnly);
        return file ? (*file)->tokensRead().value_or(0) : 0;
    }
    static void compare(storage::SessionFile& a, storage::SessionFile& b)
    {
        const auto length = a.tokensRead().value();
        QCOMPARE(length, b.tokensRead().value());
        QCOMPARE(a.readTokens({0, length}).value(), b.readTokens({0, length}).value());
        const auto rowsA = a.rowExtents().value();
        const auto rowsB = b.rowExtents().value();
        QCOMPARE(rowsA.size(), rowsB.size());
        for (std::size_t i = 0; i < rowsA.size(); ++i) {
            QCOMPARE(rowsA[i].rowCount, rowsB[i].rowCount);
            std::vector<std::byte> bytesA(rowsA[i].bytes);
            std::vector<std::byte> bytesB(rowsB[i].bytes);
            QVERIFY(a.readRows(rowsA[i].layer, rowsA[i].kind, 0, rowsA[i].rowCount, bytesA));
            QVERIFY(b.readRows(rowsB[i].layer, rowsB[i].kind, 0, rowsB[i].rowCount, bytesB));
            QVERIFY2(bytesA == bytesB, "cache rows differ from those of an uninterrupted reading");
        }
        QVERIFY(a.loadCheckpoint().value()->bytes == b.loadCheckpoint().value()->bytes);
    }
};

void TestInterruptedReading::killsWhileReadingLoseNothing()
{
    const int kKills = kills();
    Program program;
    sample::write(program.path("book.txt"), sample::prose(9'000));
    const QString killed = program.path("killed.lectern");
    const QString whole = program.path("whole.lectern");
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(program.run({"model", "info"}).exitCode, 0);
    const auto startMs = static_cast<int>(timer.restart());
    QCOMPARE(program.run({"add", whole, program.path("book.txt")}).exitCode, 0);
    const int readMs = std::max(static_cast<int>(timer.elapsed()) - startMs, kKills);

    const quint64 all = tokensIn(whole);
    const auto finish = [&] {
        const Run rest = program.run({"add", killed, program.path("book.txt"), "--json"});
        QVERIFY2(rest.exitCode == 0, rest.err);
        auto a =
            storage::SessionFile::open(killed.toStdString(), storage::OpenMode::readOnly).value();
        auto b =
            storage::SessionFile::open(whole.toStdString(), storage::OpenMode::readOnly).value();
        QCOMPARE(a->sources()->size(), std::size_t(1)); // added once, however often it was begun
        QVERIFY(a->verify());
        compare(*a, *b);
    };
    quint64 before = 0;
    quint64 committed = 0;
    int cutShort = 0;
    QRandomGenerator random(20260505);
    for (int kill = 0; kill < kKills; ++kill) {
        QProcess reading;
        program.start(reading, {"add", killed, program.path("book.txt")});
        // From the program's first moments to some commits later.
        QTest::qWait(random.bounded(startMs / 4, startMs + readMs / 6));
        reading.kill();
        QVERIFY(reading.state() == QProcess::NotRunning || reading.waitForFinished(30'000));
        cutShort += reading.exitStatus() == QProcess::CrashExit ? 1 : 0;
        const quint64 now = tokensIn(killed);
        QVERIFY2(now >= before, "a kill took back what had been committed");
        committed += now - before;
        before = now;
        QVERIFY2(goesOnFromTheLastCommit(killed), "committed tokens would be read again");
        if (now == all) { // there must be work for the next kill
            finish();
            QVERIFY(QFile::remove(killed));
            before = 0;
        }
    }
    qInfo("%d of %d runs were cut short; %llu tokens were committed by them", cutShort, kKills,
          committed);
    QVERIFY(cutShort >= kKills / 2);
    finish();
}

void TestInterruptedReading::killsWhileAnsweringAndExportingLoseNothing()
{
    Program program;
    sample::write(program.path("book.txt"), sample::prose(400));
    const QString session = program.path("book.lectern");
    QCOMPARE(program.run({"add", session, program.path("book.txt")}).exitCode, 0);
    const quint64 tokens = tokensIn(session);
    const QString question = "What stands in the book?";
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(program.run({"ask", session, question}).crashed, false);
    const auto askMs = static_cast<int>(timer.elapsed());
    std::size_t messages = 0;
    int cutShort = 0;
    QRandomGenerator random(20260506);
    for (int kill = 0; kill < kills(); ++kill) {
        QProcess running;
        if (kill % 2 == 0) {
            program.start(running, {"ask", session, question});
        } else {
            program.start(
                running, {"export", session, "--format", "md", "--output", program.path("out.md")});
        }
        QTest::qWait(random.bounded(1, askMs));
        running.kill();
        QVERIFY(running.state() == QProcess::NotRunning || running.waitForFinished(30'000));
        cutShort += running.exitStatus() == QProcess::CrashExit ? 1 : 0;
        const auto file =
            storage::SessionFile::open(session.toStdString(), storage::OpenMode::readOnly);
        QVERIFY(file);
        QVERIFY((*file)->verify());
        QCOMPARE((*file)->tokensRead().value(), tokens);
        const std::size_t now = (*file)->messages()->size();
        QVERIFY2(now >= messages && now % 2 == 0, "a question without its answer, or one less");
        messages = now;
    }
    qInfo("%d of %d runs were cut short", cutShort, kills());
    QVERIFY(goesOnFromTheLastCommit(session));
    const Run answered = program.run({"ask", session, question, "--json"});
    QVERIFY2(!answered.crashed && !answered.json().isEmpty(), answered.err);
}

QTEST_GUILESS_MAIN(TestInterruptedReading)
#include "tst_interrupted_reading.moc"
