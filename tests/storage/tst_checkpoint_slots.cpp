// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint_slots.h"

#include <QTest>

#include <algorithm>
#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include "made_session.h"

using namespace storage;
namespace fs = std::filesystem;

namespace {

/// The slot files of a folder, by name.
std::vector<fs::path> slotsIn(const fs::path& folder)
{
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().filename().string().find(".state") != std::string::npos)
            found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

void flipBit(const fs::path& path, std::streamoff at)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const char byte = static_cast<char>(file.get() ^ 16);
    file.seekp(at);
    file.put(byte);
}

} // namespace

class TestCheckpointSlots final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void holdsTheLastTwo();
    void neverTouchesTheCommittedOne();
    void anyFlippedBitIsFound();
    void nowhereToWrite();
    void somebodyElsesLinkIsNotFollowed();
    void sessionWithoutRoomForTheSideFile();
    void strangersStateIsNotTaken();
    void closedSessionIsOneFile();
    void damagedSideFileCostsTheCommitsSinceTheFullOne();

private:
    std::unique_ptr<made::Folder> m_folder;
    fs::path m_session;
};

void TestCheckpointSlots::init()
{
    m_folder = std::make_unique<made::Folder>();
    m_session = m_folder->file("a.lectern");
    std::ofstream(m_session) << "x";
}

void TestCheckpointSlots::holdsTheLastTwo()
{
    CheckpointSlots side(m_session, {m_folder->path()});
    QVERIFY(side.read().empty());
    for (std::uint64_t length : {100U, 200U, 300U})
        QVERIFY(side.write({1, length, 7}, made::checkpointAt(length, 5000), length - 100));
    const auto found = CheckpointSlots(m_session, {m_folder->path()}).read();
    QCOMPARE(found.size(), std::size_t{2});
    QVERIFY(found[0].key == (SlotKey{1, 300, 7}));
    QVERIFY(found[1].key == (SlotKey{1, 200, 7}));
    QVERIFY(found[0].bytes == made::checkpointAt(300, 5000));
    side.remove();
    QVERIFY(side.read().empty());
    QVERIFY(slotsIn(m_folder->path()).empty());
}

/// A commit that fails is tried again: each try may only take the place of the one before.
void TestCheckpointSlots::neverTouchesTheCommittedOne()
{
    CheckpointSlots side(m_session, {m_folder->path()});
    QVERIFY(side.write({1, 100, 7}, made::checkpointAt(100, 50), 0));
    for (int attempt = 0; attempt < 3; ++attempt)
        QVERIFY(side.write({1, 200, 8}, made::checkpointAt(200, 50), 100));
    CheckpointSlots later(m_session, {m_folder->path()}); // after a kill
    QVERIFY(later.write({1, 150, 9}, made::checkpointAt(150, 50), 100));
    const auto found = later.read();
    QCOMPARE(found.size(), std::size_t{2});
    QCOMPARE(found[0].key.tokenCount, std::uint64_t{150});
    QCOMPARE(found[1].key.tokenCount, std::uint64_t{100});
}

void TestCheckpointSlots::anyFlippedBitIsFound()
{
    CheckpointSlots side(m_session, {m_folder->path()});
    QVERIFY(side.write({1, 100, 7}, made::checkpointAt(100, 200), 0));
    const fs::path file = slotsIn(m_folder->path()).front();
    const auto size = static_cast<std::streamoff>(fs::file_size(file));
    for (std::streamoff at = 0; at < size; ++at) {
        flipBit(file, at);
        QVERIFY(side.read().empty());
        flipBit(file, at);
    }
    QCOMPARE(side.read().size(), std::size_t{1});
    fs::resize_file(file, static_cast<std::uintmax_t>(size) - 1);
    QVERIFY(side.read().empty());
}

void TestCheckpointSlots::nowhereToWrite()
{
    CheckpointSlots side(m_session, {"/nowhere/at/all"});
    QVERIFY(!side.write({1, 100, 7}, made::checkpointAt(100, 200), 0));
    CheckpointSlots second(m_session, {"/nowhere/at/all", m_folder->path()});
    QVERIFY(second.write({1, 100, 7}, made::checkpointAt(100, 200), 0));
}

void TestCheckpointSlots::somebodyElsesLinkIsNotFollowed()
{
    CheckpointSlots side(m_session, {m_folder->path()});
    QVERIFY(side.write({1, 100, 7}, made::checkpointAt(100, 200), 0));
    const fs::path file = slotsIn(m_folder->path()).front();
    const fs::path target = m_folder->file("precious");
    std::ofstream(target) << "precious";
    fs::remove(file);
    fs::create_symlink(target, file);
    QVERIFY(!side.write({1, 100, 7}, made::checkpointAt(100, 200), 0));
    QCOMPARE(fs::file_size(target), std::uintmax_t{8});
}

/// Where the side file cannot grow, checkpoints go into the session file as they always did.
void TestCheckpointSlots::sessionWithoutRoomForTheSideFile()
{
    fs::remove(m_session);
    auto file = SessionFile::create(m_session, made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 512).commit));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before = {};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 2'000; // less than a checkpoint, and than the session file
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto refused = (*file)->commitReading(made::Step(512, 1024).commit);
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &before), 0);
    VERIFY_ERROR(refused, ErrorCode::diskFull);
    QCOMPARE(made::differenceFrom(**file, 512), std::string());
    VERIFY_RESULT((*file)->commitReading(made::Step(512, 1024).commit));
    QCOMPARE(made::differenceFrom(**file, 1024), std::string());
}

/// A side file of a timeline that is no more: its key does not fit.
void TestCheckpointSlots::strangersStateIsNotTaken()
{
    fs::remove(m_session);
    auto file = SessionFile::create(m_session, made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 512).commit));
    QCOMPARE((*file)->loadCheckpoint().value()->tokenCount, std::uint64_t{512});
    const ModelIdentity other{"Other", "fingerprint-2", "compact", "avx2"};
    VERIFY_RESULT((*file)->clearReading(other));
    const std::vector<std::int32_t> tokens(512, 3);
    ReadingCommit commit;
    commit.tokens = tokens;
    VERIFY_RESULT((*file)->commitReading(commit)); // no checkpoint of its own
    QVERIFY(!(*file)->loadCheckpoint().value().has_value());
}

void TestCheckpointSlots::closedSessionIsOneFile()
{
    fs::remove(m_session);
    {
        auto file = SessionFile::create(m_session, made::session());
        file->reset();
        auto opened = SessionFile::open(m_session, OpenMode::readWrite);
        VERIFY_RESULT(opened);
        VERIFY_RESULT((*opened)->commitReading(made::Step(0, 512).commit));
        QVERIFY(!CheckpointSlots(m_session).read().empty());
    }
    QVERIFY(CheckpointSlots(m_session).read().empty());
    QCOMPARE(std::distance(fs::directory_iterator(m_folder->path()), {}), std::ptrdiff_t{1});
    auto again = SessionFile::open(m_session, OpenMode::readOnly);
    VERIFY_RESULT(again);
    QCOMPARE(made::differenceFrom(**again, 512), std::string());
}

void TestCheckpointSlots::damagedSideFileCostsTheCommitsSinceTheFullOne()
{
    fs::remove(m_session);
    auto file = SessionFile::create(m_session, made::session());
    VERIFY_RESULT(file);
    for (std::uint64_t begin = 0; begin < 40'960; begin += 4096)
        VERIFY_RESULT((*file)->commitReading(made::Step(begin, begin + 4096).commit));
    QCOMPARE((*file)->loadCheckpoint().value()->tokenCount, std::uint64_t{40'960});
    CheckpointSlots(m_session).remove(); // a loss of power
    QCOMPARE((*file)->loadCheckpoint().value()->tokenCount, std::uint64_t{32'768});
    QCOMPARE((*file)->rewindTo(40'960).value(), std::uint64_t{32'768});
    QCOMPARE(made::differenceFrom(**file, 32'768), std::string());
    VERIFY_RESULT((*file)->verify());
}

QTEST_GUILESS_MAIN(TestCheckpointSlots)
#include "tst_checkpoint_slots.moc"
