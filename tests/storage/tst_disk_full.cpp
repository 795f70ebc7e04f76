// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <csignal>

#include <sys/resource.h>

#include "failing_vfs.h"
#include "made_session.h"

using namespace storage;

class TestDiskFull final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { failing::install(); }
    void cleanup() { failing::heal(); }

    void everyWriteOfACommit_data();
    void everyWriteOfACommit();
    void addingASource();
    void rewinding();
    void creating();
    void sizeLimitOfTheSystem();
};

void TestDiskFull::everyWriteOfACommit_data()
{
    QTest::addColumn<int>("failure");
    QTest::addColumn<int>("code");
    QTest::newRow("disk full") << static_cast<int>(failing::Failure::diskFull)
                               << static_cast<int>(ErrorCode::diskFull);
    QTest::newRow("write error") << static_cast<int>(failing::Failure::writeError)
                                 << static_cast<int>(ErrorCode::io);
    QTest::newRow("sync error") << static_cast<int>(failing::Failure::syncError)
                                << static_cast<int>(ErrorCode::io);
}

void TestDiskFull::everyWriteOfACommit()
{
    QFETCH(int, failure);
    QFETCH(int, code);
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    auto file = SessionFile::create(path, made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 1024).commit));

    std::uint64_t tokens = 1024;
    int failures = 0;
    for (int call = 0;; ++call) {
        made::Step step(tokens, tokens + 256);
        failing::failAfter(call, static_cast<failing::Failure>(failure));
        const auto result = (*file)->commitReading(step.commit);
        failing::heal();
        if (!failing::hasFailed()) {
            VERIFY_RESULT(result);
            break; // the commit needs fewer calls than this
        }
        ++failures;
        VERIFY_ERROR(result, static_cast<ErrorCode>(code));
        // The same object goes on as if nothing had been asked. Only when the very last flush
        // fails has the commit been kept.
        const std::uint64_t kept = (*file)->tokensRead().value();
        const bool isLastFlush =
            static_cast<failing::Failure>(failure) == failing::Failure::syncError &&
            kept == tokens + 256;
        QVERIFY(kept == tokens || isLastFlush);
        tokens = kept;
        QCOMPARE(made::differenceFrom(**file, tokens), std::string());
        if (call % 5 == 0) { // and when there is room again, the commit succeeds
            VERIFY_RESULT((*file)->commitReading(made::Step(tokens, tokens + 256).commit));
            tokens += 256;
        }
    }
    QVERIFY(failures > 2);
    tokens = (*file)->tokensRead().value();
    file->reset();
    auto reopened = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_RESULT(reopened);
    VERIFY_RESULT((*reopened)->verify());
    QCOMPARE(made::differenceFrom(**reopened, tokens), std::string());
    qInfo("%d places of failure", failures);
}

void TestDiskFull::addingASource()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    const std::string text(300'000, 'x');
    for (const int call : {0, 1, 5, 20, 40}) {
        failing::failAfter(call, failing::Failure::diskFull);
        VERIFY_ERROR((*file)->addSource(made::source(), text, {}), ErrorCode::diskFull);
        failing::heal();
        QVERIFY((*file)->sources().value().empty());
    }
    VERIFY_RESULT((*file)->addSource(made::source(), text, {}));
    VERIFY_RESULT((*file)->verify());
}

void TestDiskFull::rewinding()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 2048).commit));
    failing::failAfter(1, failing::Failure::diskFull);
    VERIFY_ERROR((*file)->rewindTo(0), ErrorCode::diskFull);
    failing::heal();
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
    QCOMPARE((*file)->rewindTo(0).value(), std::uint64_t{0});
}

void TestDiskFull::creating()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    failing::failAfter(3, failing::Failure::diskFull);
    VERIFY_ERROR(SessionFile::create(path, made::session()), ErrorCode::diskFull);
    failing::heal();
    QVERIFY2(std::filesystem::is_empty(folder.path()), "a failed creation leaves files behind");
    VERIFY_RESULT(SessionFile::create(path, made::session()));
}

void TestDiskFull::sizeLimitOfTheSystem()
{
    // Not SQLite's word for it but the operating system's: the file may not grow any more.
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 1024).commit));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before = {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = std::filesystem::file_size((*file)->path()) + 50'000;
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto result = (*file)->commitReading(made::Step(1024, 3072).commit);
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    VERIFY_ERROR(result, ErrorCode::diskFull);
    QVERIFY(result.error().message.find("a.lectern") != std::string::npos);
    QCOMPARE(made::differenceFrom(**file, 1024), std::string());
    VERIFY_RESULT((*file)->commitReading(made::Step(1024, 3072).commit));
    VERIFY_RESULT((*file)->verify());
}

QTEST_GUILESS_MAIN(TestDiskFull)
#include "tst_disk_full.moc"
