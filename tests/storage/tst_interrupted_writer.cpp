// SPDX-License-Identifier: GPL-3.0-or-later
// A child process reads into a session and is killed at random moments. Whatever the moment, the
// file and the state beside it hold exactly a beginning of the timeline, to go on from at once. Set
// LECTERN_KILLS for more than 20.
#include <QCoreApplication>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <cstring>

#include "made_session.h"
#include "session_lock.h"
#include "sqlite/database.h"
#include "sqlite/statement.h"

using namespace storage;

namespace {

constexpr std::size_t kCheckpointBytes = 200'000;
constexpr std::uint64_t kStepTokens = 512;

/// The child: goes on from wherever the file stands, and says when it has begun.
int readOnAndOn(const char* path)
{
    auto file = SessionFile::open(path, OpenMode::readWrite);
    if (!file) {
        std::fprintf(stderr, "%s\n", file.error().message.c_str());
        return 1;
    }
    const SourceId id = (*file)->sources().value().front().id;
    std::uint64_t at = (*file)->tokensRead().value();
    std::puts("reading");
    std::fflush(stdout);
    for (;; at += kStepTokens) {
        made::Step step(at, at + kStepTokens, kCheckpointBytes);
        const std::vector<SourceProgress> progress = {
            {id, SourceState::reading, TokenRange{0, at + kStepTokens}}};
        step.commit.sources = progress;
        if (const auto result = (*file)->commitReading(step.commit); !result) {
            std::fprintf(stderr, "%s\n", result.error().message.c_str());
            return 1;
        }
        NewMessage message; // a second kind of write between the commits
        message.text = std::to_string(at);
        if (!(*file)->addMessage(message))
            return 1;
    }
}

} // namespace

class TestInterruptedWriter final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void killedAtRandomMoments();
    void killedInTheMiddleOfACommit();
};

void TestInterruptedWriter::killedAtRandomMoments()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    {
        auto file = SessionFile::create(path, made::session());
        VERIFY_RESULT(file);
        VERIFY_RESULT((*file)->addSource(made::source(), "text", {}));
    }
    std::uint64_t before = 0;
    int rolledBack = 0;
    int roundsThatRead = 0;
    int longestLifeMs = 120;
    const int wanted = qEnvironmentVariableIntValue("LECTERN_KILLS");
    const int rounds = wanted > 0 ? wanted : 20;
    for (int round = 0; round < rounds; ++round) {
        QProcess child;
        child.setProcessChannelMode(QProcess::SeparateChannels);
        child.start(QCoreApplication::applicationFilePath(),
                    {"--read-on", QString::fromStdString(path.string())});
        QVERIFY(child.waitForReadyRead(20'000));
        QCOMPARE(child.readAllStandardOutput().trimmed(), QByteArray("reading"));
        // From "in the first commit" to "after many".
        QTest::qSleep(static_cast<int>(QRandomGenerator::global()->bounded(1, longestLifeMs)));
        child.kill();
        QVERIFY(child.waitForFinished());
        QVERIFY(child.exitStatus() == QProcess::CrashExit); // killed, not failed
        const auto journal = path.string() + "-journal";
        if (std::filesystem::exists(journal) && std::filesystem::file_size(journal) > 0)
            ++rolledBack;

        auto file = SessionFile::open(path, OpenMode::readWrite); // no stale lock
        VERIFY_RESULT(file);
        const auto tokens = (*file)->tokensRead();
        VERIFY_RESULT(tokens);
        QVERIFY(*tokens >= before && *tokens % kStepTokens == 0);
        VERIFY_RESULT((*file)->verify());
        QCOMPARE(made::differenceFrom(**file, *tokens, kCheckpointBytes), std::string());
        const Source source = (*file)->sources().value().front();
        if (*tokens > 0)
            QVERIFY(source.tokens == (TokenRange{0, *tokens}));
        if (*tokens > before)
            ++roundsThatRead;
        else
            longestLifeMs = std::min(longestLifeMs * 3 / 2, 3000); // a slow or busy machine
        before = *tokens;
    }
    QVERIFY2(roundsThatRead >= 3, "the child hardly came to write");
    qInfo("killed %d times: %llu tokens kept, %d commits were in flight", rounds,
          static_cast<unsigned long long>(before), rolledBack);
}

/// The same with certainty rather than by chance: a hot journal lies beside the file, and the
/// reader that finds it first must put things right.
void TestInterruptedWriter::killedInTheMiddleOfACommit()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    {
        auto file = SessionFile::create(path, made::session());
        VERIFY_RESULT(file);
        VERIFY_RESULT((*file)->commitReading(made::Step(0, 2048).commit));
    }
    const auto copy = folder.file("crashed.lectern");
    {
        Database database(path, Access::readWrite);
        // Spills the half-done transaction into the file, as a commit does page by page.
        database.execute("PRAGMA cache_size = 10; BEGIN IMMEDIATE;"
                         "UPDATE row_block SET rows = randomblob(length(rows));"
                         "UPDATE token_block SET tokens = randomblob(length(tokens))");
        std::filesystem::copy_file(path, copy);
        std::filesystem::copy_file(path.string() + "-journal", copy.string() + "-journal");
        database.execute("ROLLBACK");
    }
    auto file = SessionFile::open(copy, OpenMode::readOnly);
    VERIFY_RESULT(file);
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
    VERIFY_RESULT((*file)->verify());
}

int main(int argc, char** argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--read-on") == 0)
        return readOnAndOn(argv[2]);
    QCoreApplication application(argc, argv);
    TestInterruptedWriter test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_interrupted_writer.moc"
