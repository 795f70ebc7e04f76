// SPDX-License-Identifier: GPL-3.0-or-later
// A session of 200,000 tokens with the shapes of the built-in model: how long it takes to be
// written and opened, and how many bytes go to the disk. The limits are generous; the figures
// printed are what docs/adr/0003 is about.
#include <QElapsedTimer>
#include <QTest>

#include <fstream>

#include "made_session.h"

using namespace storage;

namespace {

/// Bytes that this process has had written, as the operating system counts them.
std::uint64_t bytesWritten()
{
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:")
            return value;
    }
    return 0;
}

double milliseconds(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

} // namespace

class TestSessionSize final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void opensQuickly();
    void rowsAreReadQuickly();
    void rewindsQuickly();

private:
    void fill(SessionFile& file);

    static constexpr std::uint64_t kTokens = 200'000;
    static constexpr std::uint64_t kStep = 2048;
    static constexpr std::size_t kCheckpointBytes = 1'000'000;
    made::Folder m_folder;
    std::filesystem::path m_path;
};

void TestSessionSize::fill(SessionFile& file)
{
    const std::string line = "Some years ago, never mind how long precisely, I thought I would "
                             "sail about a little and see the watery part of the world.\n";
    for (int book = 0; book < 4; ++book) {
        std::string text;
        std::vector<NewPassage> passages;
        for (std::uint64_t i = 0; i < 600; ++i) {
            const std::uint64_t begin = text.size();
            for (int sentence = 0; sentence < 3; ++sentence)
                text += line;
            const std::uint64_t token = static_cast<std::uint64_t>(book) * 50'000 + i * 83;
            passages.push_back({{begin, text.size()}, {token, token + 83}, "Loomings"});
        }
        const auto id = file.addSource(made::source(), text, std::vector<std::byte>(200'000));
        VERIFY_RESULT(id);
        VERIFY_RESULT(file.appendPassages(*id, passages));
    }
}

void TestSessionSize::initTestCase()
{
    m_path = m_folder.file("big.lectern");
    auto file = SessionFile::create(m_path, made::session());
    VERIFY_RESULT(file);
    fill(**file);
    const std::uint64_t before = bytesWritten();
    const std::uint64_t sizeBefore = std::filesystem::file_size(m_path);
    double spent = 0.0;
    double longest = 0.0;
    for (std::uint64_t begin = 0; begin < kTokens; begin += kStep) {
        const std::uint64_t end = std::min(kTokens, begin + kStep);
        const made::Step step(begin, end, kCheckpointBytes);
        QElapsedTimer timer;
        timer.start();
        VERIFY_RESULT((*file)->commitReading(step.commit));
        spent += milliseconds(timer);
        longest = std::max(longest, milliseconds(timer));
    }
    const auto grown = static_cast<double>(std::filesystem::file_size(m_path) - sizeBefore);
    qInfo("98 commits: %.1f ms each, longest %.1f ms; file grew by %.1f MB, %.2f times that was "
          "written",
          spent / 98, longest, grown / 1e6, static_cast<double>(bytesWritten() - before) / grown);
    QVERIFY2(spent / 98 < 500.0, "a commit takes more than half a second");
}

void TestSessionSize::opensQuickly()
{
    QElapsedTimer timer;
    timer.start();
    auto file = SessionFile::open(m_path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    const double opened = milliseconds(timer);
    const auto info = (*file)->info();
    const auto sources = (*file)->sources();
    const auto messages = (*file)->messages();
    const double listed = milliseconds(timer);
    const auto passages = (*file)->passages();
    const auto checkpoint = (*file)->loadCheckpoint();
    const double ready = milliseconds(timer);
    VERIFY_RESULT(info);
    VERIFY_RESULT(sources);
    VERIFY_RESULT(messages);
    VERIFY_RESULT(passages);
    VERIFY_RESULT(checkpoint);
    QCOMPARE(passages->size(), std::size_t{2400});
    QCOMPARE((*checkpoint)->tokenCount, kTokens);
    qInfo("open %.2f ms; with head, sources and messages %.2f ms; with passages and checkpoint "
          "%.2f ms",
          opened, listed, ready);
    QVERIFY2(ready < 500.0, "opening takes more than half a second");
}

void TestSessionSize::rowsAreReadQuickly()
{
    auto file = SessionFile::open(m_path, OpenMode::readOnly);
    VERIFY_RESULT(file);
    for (const char* pass : {"checked", "again"}) {
        QElapsedTimer timer;
        timer.start();
        double bytes = 0.0;
        for (const made::Layer& layer : made::layers()) {
            const std::uint64_t count = kTokens / layer.tokensPerRow;
            std::vector<std::byte> out(count * layer.bytesPerRow);
            VERIFY_RESULT((*file)->readRows(layer.layer, layer.kind, 0, count, out));
            bytes += static_cast<double>(out.size());
        }
        qInfo("%s: %.1f MB of rows in %.1f ms, %.2f GB/s", pass, bytes / 1e6, milliseconds(timer),
              bytes / 1e6 / milliseconds(timer));
    }
    QCOMPARE(made::differenceFrom(**file, kTokens, kCheckpointBytes), std::string());
    VERIFY_RESULT((*file)->verify());
}

void TestSessionSize::rewindsQuickly()
{
    const auto copy = m_folder.file("copy.lectern");
    auto file = SessionFile::open(m_path, OpenMode::readOnly);
    VERIFY_RESULT(file);
    QElapsedTimer timer;
    timer.start();
    VERIFY_RESULT((*file)->duplicate(copy));
    qInfo("duplicated in %.1f ms", milliseconds(timer));
    auto copied = SessionFile::open(copy, OpenMode::readWrite);
    VERIFY_RESULT(copied);
    timer.start();
    // Back to the last place that is kept within a long source, then to nothing.
    QCOMPARE((*copied)->rewindTo(kTokens - 1).value(),
             kTokens / kMilestoneSpacing * kMilestoneSpacing);
    QCOMPARE((*copied)->rewindTo(1).value(), std::uint64_t{0});
    qInfo("emptied in %.1f ms", milliseconds(timer));
    VERIFY_RESULT((*copied)->verify());
}

QTEST_GUILESS_MAIN(TestSessionSize)
#include "tst_session_size.moc"
