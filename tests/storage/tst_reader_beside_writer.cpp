// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <thread>

#include "made_session.h"

using namespace storage;

class TestReaderBesideWriter final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsNeverFailWhileCommitsRun();
    void readerSeesWholeCommitsOnly();
    void longSearchDoesNotHoldCommitsUp();
};

void TestReaderBesideWriter::readsNeverFailWhileCommitsRun()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    const std::string text(400'000, 't');
    constexpr std::uint64_t kCommits = 60;
    auto writer = SessionFile::create(path, made::session());
    VERIFY_RESULT(writer);
    const SourceId id = (*writer)->addSource(made::source(), text, {}).value();

    std::atomic<bool> done = false;
    std::string failure;
    int reads = 0;
    std::vector<double> milliseconds;
    std::jthread reading([&] {
        auto reader = SessionFile::open(path, OpenMode::readOnly);
        if (!reader) {
            failure = reader.error().message;
            return;
        }
        while (!done && failure.empty()) {
            QElapsedTimer timer;
            timer.start();
            const std::uint64_t begin = static_cast<std::uint64_t>(reads) * 977 % 390'000;
            const auto part = (*reader)->sourceText(id, {begin, begin + 5000});
            const auto sources = (*reader)->sources();
            const auto tokens = (*reader)->tokensRead();
            milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
            if (!part || !sources || !tokens)
                failure = (!part      ? part.error()
                           : !sources ? sources.error()
                                      : tokens.error())
                              .message;
            else if (part->size() != 5000 || *tokens % 2048 != 0)
                failure = "half a commit";
            ++reads;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    });
    std::string writeFailure;
    for (std::uint64_t i = 0; i < kCommits && writeFailure.empty(); ++i) {
        const auto result =
            (*writer)->commitReading(made::Step(i * 2048, (i + 1) * 2048, 1'000'000).commit);
        if (!result)
            writeFailure = result.error().message;
    }
    done = true;
    reading.join();
    QCOMPARE(writeFailure, std::string());
    QCOMPARE(failure, std::string());
    QVERIFY(reads > 20);
    std::ranges::sort(milliseconds);
    qInfo("%d reads beside %d commits: median %.2f ms, longest %.1f ms", reads,
          static_cast<int>(kCommits), milliseconds[milliseconds.size() / 2], milliseconds.back());
}

void TestReaderBesideWriter::readerSeesWholeCommitsOnly()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    auto writer = SessionFile::create(path, made::session());
    VERIFY_RESULT(writer);
    auto reader = SessionFile::open(path, OpenMode::readOnly);
    VERIFY_RESULT(reader);
    for (std::uint64_t i = 0; i < 5; ++i) {
        VERIFY_RESULT((*writer)->commitReading(made::Step(i * 500, (i + 1) * 500).commit));
        QCOMPARE(made::differenceFrom(**reader, (i + 1) * 500), std::string());
    }
    VERIFY_RESULT((*writer)->rewindTo(0));
    QCOMPARE(made::differenceFrom(**reader, 0), std::string());
}

void TestReaderBesideWriter::longSearchDoesNotHoldCommitsUp()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    auto writer = SessionFile::create(path, made::session());
    VERIFY_RESULT(writer);
    VERIFY_RESULT((*writer)->addSource(made::source(), std::string(20'000'000, 'a'), {}));
    auto reader = SessionFile::open(path, OpenMode::readOnly);
    VERIFY_RESULT(reader);
    std::atomic<bool> started = false;
    Result<TextHits> hits;
    std::jthread reading([&] {
        started = true;
        hits = (*reader)->searchText("aaab", 1); // slow: nearly matches everywhere
    });
    while (!started)
        std::this_thread::yield();
    QElapsedTimer timer;
    timer.start();
    for (std::uint64_t i = 0; i < 5; ++i)
        VERIFY_RESULT((*writer)->commitReading(made::Step(i * 512, i * 512 + 512).commit));
    const auto committed = timer.elapsed();
    reading.join();
    qInfo("5 commits in %lld ms beside a search of %lld ms", static_cast<long long>(committed),
          static_cast<long long>(timer.elapsed()));
    VERIFY_RESULT(hits);
    QCOMPARE(hits->total, std::uint64_t{0});
}

QTEST_GUILESS_MAIN(TestReaderBesideWriter)
#include "tst_reader_beside_writer.moc"
