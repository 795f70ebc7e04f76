// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "made_session.h"
#include "sqlite/database.h"
#include "sqlite/statement.h"

using namespace storage;

namespace {

/// Flips one bit of a stored blob, as a failing disk would.
void flipBit(const std::filesystem::path& path, const std::string& table, const std::string& column,
             std::int64_t row)
{
    Database database(path, Access::readWrite);
    std::vector<std::byte> bytes;
    {
        Statement select(database, "SELECT " + column + " FROM " + table + " WHERE id = ?1");
        QVERIFY(select.bind(row).step());
        const auto found = select.bytes(0);
        bytes.assign(found.begin(), found.end());
    }
    bytes[bytes.size() / 2] ^= std::byte{4};
    Statement(database, "UPDATE " + table + " SET " + column + " = ?2 WHERE id = ?1")
        .bind(row, std::span<const std::byte>{bytes})
        .run();
}

std::int64_t oneNumber(const std::filesystem::path& path, const std::string& sql)
{
    Database database(path, Access::readOnly);
    Statement statement(database, sql);
    return statement.step() ? statement.integer(0) : -1;
}

} // namespace

class TestTimeline final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void newSessionIsEmpty();
    void holdsWhatWasCommitted_data();
    void holdsWhatWasCommitted();
    void survivesReopening();
    void anyRangeOfTokens();
    void anyRangeOfRows();
    void blobsAreSmallAndWhole();
    void largeRowsAndLongCommits();
    void sourcesMoveWithTheCommit();
    void wrongBeginIsRefused();
    void gapInRowsIsRefused();
    void otherRowSizeIsRefused();
    void failedCommitLeavesNothing();
    void missingRowsAreNotFound();
    void wrongRoomIsRefused();
    void onlyTheNewestCheckpointStays();
    void boundariesAreKeptApart();
    void commitWithoutCheckpoint();
    void checkpointAloneReplacesTheOneThere();
    void rewindGoesToACheckpoint();
    void rewindToNothing();
    void readingGoesOnAfterARewind();
    void clearReadingForgetsEverything();
    void flippedBitInRowsIsNamed();
    void flippedBitIsFoundWhenAPartIsRead();
    void flippedBitInTokensIsFound();
    void flippedBitInCheckpointIsFound();
    void missingBlockIsFoundByVerify();

private:
    void commit(std::uint64_t begin, std::uint64_t end,
                CheckpointKeep keep = CheckpointKeep::untilNext);
    void reopen();

    std::unique_ptr<made::Folder> m_folder;
    std::unique_ptr<SessionFile> m_file;
    std::filesystem::path m_path;
};

void TestTimeline::init()
{
    m_folder = std::make_unique<made::Folder>();
    m_path = m_folder->file("a.lectern");
    auto file = SessionFile::create(m_path, made::session());
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestTimeline::cleanup()
{
    m_file.reset();
    m_folder.reset();
}

void TestTimeline::commit(std::uint64_t begin, std::uint64_t end, CheckpointKeep keep)
{
    made::Step step(begin, end);
    step.commit.keep = keep;
    VERIFY_RESULT(m_file->commitReading(step.commit));
}

void TestTimeline::reopen()
{
    m_file.reset();
    auto file = SessionFile::open(m_path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestTimeline::newSessionIsEmpty()
{
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{0});
    QVERIFY(m_file->readTokens({0, 0}).value().empty());
    QVERIFY(!m_file->loadCheckpoint().value().has_value());
    QVERIFY(m_file->rowExtents().value().empty());
    QCOMPARE(made::differenceFrom(*m_file, 0), std::string());
    VERIFY_RESULT(m_file->readRows(2, 0, 0, 0, {}));
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::holdsWhatWasCommitted_data()
{
    QTest::addColumn<QList<int>>("ends");
    QTest::newRow("one token") << QList<int>{1};
    QTest::newRow("before the first row") << QList<int>{3};
    QTest::newRow("at a row") << QList<int>{4};
    QTest::newRow("around 128") << QList<int>{127, 128, 129};
    QTest::newRow("commits of 2,048") << QList<int>{2048, 4096, 6144};
    QTest::newRow("odd commits") << QList<int>{7, 8, 2047, 2049, 5000, 5001};
}

void TestTimeline::holdsWhatWasCommitted()
{
    QFETCH(QList<int>, ends);
    std::uint64_t begin = 0;
    for (const int end : ends) {
        commit(begin, static_cast<std::uint64_t>(end));
        begin = static_cast<std::uint64_t>(end);
        QCOMPARE(m_file->tokensRead().value(), begin);
        QCOMPARE(made::differenceFrom(*m_file, begin), std::string());
    }
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::survivesReopening()
{
    commit(0, 2048);
    commit(2048, 4001);
    reopen();
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{4001});
    QCOMPARE(made::differenceFrom(*m_file, 4001), std::string());
    commit(4001, 6000);
    QCOMPARE(made::differenceFrom(*m_file, 6000), std::string());
}

void TestTimeline::anyRangeOfTokens()
{
    commit(0, 2048);
    commit(2048, 2050);
    commit(2050, 30'000);
    for (const TokenRange range : {TokenRange{0, 1}, TokenRange{2047, 2049}, TokenRange{2040, 2100},
                                   TokenRange{20'000, 30'000}, TokenRange{29'999, 30'000}}) {
        const auto tokens = m_file->readTokens(range);
        VERIFY_RESULT(tokens);
        QCOMPARE(tokens->size(), range.end - range.begin);
        for (std::uint64_t at = range.begin; at < range.end; ++at)
            QCOMPARE((*tokens)[at - range.begin], made::tokenAt(at));
    }
    VERIFY_ERROR(m_file->readTokens({0, 30'001}), ErrorCode::notFound);
    VERIFY_ERROR(m_file->readTokens({5, 4}), ErrorCode::notFound);
}

void TestTimeline::anyRangeOfRows()
{
    commit(0, 2048);
    commit(2048, 5000);
    for (int pass = 0; pass < 2; ++pass) { // the second reads blocks that were checked before
        for (const made::Layer& layer : made::layers()) {
            const std::uint64_t count = 5000 / layer.tokensPerRow;
            for (std::uint64_t begin = 0; begin < count; begin += count / 5 + 1) {
                for (const std::uint64_t size : {std::uint64_t{1}, count / 3, count - begin}) {
                    if (begin + size > count)
                        continue;
                    std::vector<std::byte> out(size * layer.bytesPerRow);
                    VERIFY_RESULT(m_file->readRows(layer.layer, layer.kind, begin, size, out));
                    QVERIFY(out == made::rows(layer, begin, begin + size));
                }
            }
        }
    }
}

void TestTimeline::blobsAreSmallAndWhole()
{
    commit(0, 20'000);
    QCOMPARE(oneNumber(m_path, "SELECT max(length(rows)) <= 65536 FROM row_block"), 1);
    QCOMPARE(oneNumber(m_path, "SELECT count(*) FROM row_block "
                               "WHERE length(rows) % row_count <> 0"),
             0);
    // No splinters: a block is cut into parts of equal size, give or take one row.
    QVERIFY(oneNumber(m_path, "SELECT min(length(rows)) FROM row_block WHERE layer = 2") > 32'000);
}

void TestTimeline::largeRowsAndLongCommits()
{
    const std::vector<std::int32_t> tokens(50'000, 17);
    const std::vector<std::byte> bytes = made::checkpointAt(1, 3 * 200'000);
    const std::vector<RowBlock> blocks = {{0, 9, 0, 3, bytes}}; // rows larger than a blob may be
    ReadingCommit commit;
    commit.tokens = tokens;
    commit.blocks = blocks;
    VERIFY_RESULT(m_file->commitReading(commit));
    QVERIFY(m_file->readTokens({0, 50'000}).value() == tokens);
    std::vector<std::byte> out(bytes.size());
    VERIFY_RESULT(m_file->readRows(0, 9, 0, 3, out));
    QVERIFY(out == bytes);
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::sourcesMoveWithTheCommit()
{
    const SourceId id = m_file->addSource(made::source(), "text", {}).value();
    made::Step first(0, 2048);
    const std::vector<SourceProgress> begun = {{id, SourceState::reading, TokenRange{1, 4000}}};
    first.commit.sources = begun;
    VERIFY_RESULT(m_file->commitReading(first.commit));
    Source source = m_file->source(id).value();
    QVERIFY(source.state == SourceState::reading);
    QVERIFY(source.tokens == (TokenRange{1, 4000}));
    QVERIFY(!source.readAt);

    made::Step second(2048, 4000);
    const std::vector<SourceProgress> done = {{id, SourceState::ready, std::nullopt}};
    second.commit.sources = done;
    VERIFY_RESULT(m_file->commitReading(second.commit));
    source = m_file->source(id).value();
    QVERIFY(source.state == SourceState::ready);
    QVERIFY(source.tokens == (TokenRange{1, 4000}));
    QVERIFY(source.readAt.has_value());
}

void TestTimeline::wrongBeginIsRefused()
{
    commit(0, 2048);
    for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{2044}, std::uint64_t{2052}}) {
        VERIFY_ERROR(m_file->commitReading(made::Step(begin, begin + 8).commit),
                     ErrorCode::badInput);
    }
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
}

void TestTimeline::gapInRowsIsRefused()
{
    commit(0, 2048);
    made::Step step(2048, 4096);
    std::vector<RowBlock> blocks(step.commit.blocks.begin(), step.commit.blocks.end());
    blocks[3].rowBegin += 1;
    step.commit.blocks = blocks;
    VERIFY_ERROR(m_file->commitReading(step.commit), ErrorCode::badInput);
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
}

void TestTimeline::otherRowSizeIsRefused()
{
    commit(0, 2048);
    made::Step step(2048, 4096);
    std::vector<RowBlock> blocks(step.commit.blocks.begin(), step.commit.blocks.end());
    blocks[0].bytes = blocks[0].bytes.first(blocks[0].bytes.size() / 2);
    step.commit.blocks = blocks;
    VERIFY_ERROR(m_file->commitReading(step.commit), ErrorCode::badInput);
    blocks[0].rowCount = 0; // bytes without rows
    VERIFY_ERROR(m_file->commitReading(step.commit), ErrorCode::badInput);
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
}

void TestTimeline::failedCommitLeavesNothing()
{
    commit(0, 2048);
    made::Step step(2048, 4096);
    const std::vector<SourceProgress> unknown = {{99, SourceState::ready, std::nullopt}};
    step.commit.sources = unknown; // fails after tokens and rows were written
    VERIFY_ERROR(m_file->commitReading(step.commit), ErrorCode::notFound);
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{2048});
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
    step.commit.sources = {};
    VERIFY_RESULT(m_file->commitReading(step.commit));
}

void TestTimeline::missingRowsAreNotFound()
{
    commit(0, 2048);
    std::vector<std::byte> out(256);
    VERIFY_ERROR(m_file->readRows(2, 0, 512, 1, out), ErrorCode::notFound);
    VERIFY_ERROR(m_file->readRows(7, 0, 0, 1, out), ErrorCode::notFound);
    out.resize(513 * 256);
    const auto result = m_file->readRows(2, 0, 0, 513, out);
    VERIFY_ERROR(result, ErrorCode::notFound);
    QVERIFY(result.error().message.find("layer 2, kind 0") != std::string::npos);
}

void TestTimeline::wrongRoomIsRefused()
{
    commit(0, 2048);
    std::vector<std::byte> out(255);
    VERIFY_ERROR(m_file->readRows(2, 0, 0, 1, out), ErrorCode::badInput);
    VERIFY_ERROR(m_file->readRows(2, 0, 0, 1, {}), ErrorCode::badInput);
}

void TestTimeline::onlyTheNewestCheckpointStays()
{
    commit(0, 2048);
    commit(2048, 4096, CheckpointKeep::always);
    commit(4096, 6144);
    commit(6144, 8192);
    QCOMPARE(oneNumber(m_path, "SELECT count(*) FROM checkpoint"), 2);
    QCOMPARE(m_file->loadCheckpoint().value()->tokenCount, std::uint64_t{8192});
    QCOMPARE(m_file->loadCheckpoint(8191).value()->tokenCount, std::uint64_t{4096});
    QVERIFY(m_file->loadCheckpoint(8191).value()->bytes == made::checkpointAt(4096, 5000));
    QVERIFY(!m_file->loadCheckpoint(4095).value().has_value());
}

void TestTimeline::boundariesAreKeptApart()
{
    std::uint64_t begin = 0;
    for (const std::uint64_t end : {10'000U, 70'000U, 80'000U, 140'000U, 141'000U, 142'000U}) {
        commit(begin, end, CheckpointKeep::boundary);
        begin = end;
    }
    commit(begin, 143'000);
    QCOMPARE(m_file->loadCheckpoint().value()->tokenCount, std::uint64_t{143'000});
    QCOMPARE(m_file->loadCheckpoint(142'999).value()->tokenCount, std::uint64_t{142'000});
    QCOMPARE(m_file->loadCheckpoint(141'999).value()->tokenCount, std::uint64_t{140'000});
    QCOMPARE(m_file->loadCheckpoint(139'999).value()->tokenCount, std::uint64_t{70'000});
    QVERIFY(!m_file->loadCheckpoint(69'999).value().has_value());
}

void TestTimeline::commitWithoutCheckpoint()
{
    commit(0, 2048);
    made::Step step(2048, 4096, 0);
    VERIFY_RESULT(m_file->commitReading(step.commit));
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{4096});
    QCOMPARE(m_file->loadCheckpoint().value()->tokenCount, std::uint64_t{2048});
    QCOMPARE(m_file->rewindTo(4096).value(), std::uint64_t{2048});
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
}

void TestTimeline::checkpointAloneReplacesTheOneThere()
{
    commit(0, 2048);
    const std::vector<std::byte> other = made::checkpointAt(1, 77);
    ReadingCommit alone;
    alone.tokenBegin = 2048;
    alone.checkpoint = other;
    VERIFY_RESULT(m_file->commitReading(alone));
    QVERIFY(m_file->loadCheckpoint().value()->bytes == other);
    QCOMPARE(oneNumber(m_path, "SELECT count(*) FROM checkpoint"), 1);
}

void TestTimeline::rewindGoesToACheckpoint()
{
    const SourceId first = m_file->addSource(made::source("/1"), "one", {}).value();
    const SourceId second = m_file->addSource(made::source("/2"), "two", {}).value();
    const SourceId third = m_file->addSource(made::source("/3"), "three", {}).value();
    commit(0, 2048, CheckpointKeep::always);
    commit(2048, 4096);
    made::Step step(4096, 6144);
    const std::vector<SourceProgress> all = {{first, SourceState::ready, TokenRange{0, 1000}},
                                             {second, SourceState::ready, TokenRange{1000, 3000}},
                                             {third, SourceState::ready, TokenRange{3000, 6144}}};
    step.commit.sources = all;
    VERIFY_RESULT(m_file->commitReading(step.commit));

    QCOMPARE(m_file->rewindTo(5000).value(), std::uint64_t{2048});
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{2048});
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
    QVERIFY(m_file->source(first).value().state == SourceState::ready);
    QVERIFY(m_file->source(second).value().state == SourceState::stopped);
    QVERIFY(m_file->source(third).value().state == SourceState::waiting);
    QVERIFY(!m_file->source(third).value().readAt);
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::rewindToNothing()
{
    commit(0, 2048);
    commit(2048, 4096);
    QCOMPARE(m_file->rewindTo(4095).value(), std::uint64_t{0});
    QCOMPARE(made::differenceFrom(*m_file, 0), std::string());
    QVERIFY(m_file->rowExtents().value().empty());
}

void TestTimeline::readingGoesOnAfterARewind()
{
    commit(0, 2048, CheckpointKeep::always);
    commit(2048, 6144);
    std::vector<std::byte> out(256);
    VERIFY_RESULT(m_file->readRows(2, 0, 600, 1, out)); // a block that is known to be right
    QCOMPARE(m_file->rewindTo(3000).value(), std::uint64_t{2048});
    // Other rows under the same numbers: what is known about the old ones must not count.
    const made::Layer& other = made::layers()[2];
    const std::vector<std::byte> bytes = made::rows(other, 512, 1024);
    const std::vector<RowBlock> blocks = {{2, 0, 512, 512, bytes}};
    const std::vector<std::int32_t> tokens(2048, 5);
    ReadingCommit changed;
    changed.tokenBegin = 2048;
    changed.tokens = tokens;
    changed.blocks = blocks;
    VERIFY_RESULT(m_file->commitReading(changed));
    VERIFY_RESULT(m_file->readRows(2, 0, 600, 1, out));
    QVERIFY(out == made::rows(other, 600, 601));
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::clearReadingForgetsEverything()
{
    const SourceId id = m_file->addSource(made::source(), "some text", {}).value();
    const std::vector<NewPassage> passages = {{{0, 9}, {0, 2}, ""}};
    VERIFY_RESULT(m_file->appendPassages(id, passages));
    made::Step step(0, 2048);
    const std::vector<SourceProgress> done = {{id, SourceState::ready, TokenRange{0, 2048}}};
    step.commit.sources = done;
    step.commit.keep = CheckpointKeep::always;
    VERIFY_RESULT(m_file->commitReading(step.commit));

    const ModelIdentity other{"Other model", "fingerprint-2", "float32", "scalar"};
    VERIFY_RESULT(m_file->clearReading(other));
    QCOMPARE(made::differenceFrom(*m_file, 0), std::string());
    QVERIFY(m_file->passages().value().empty());
    QVERIFY(m_file->info().value().model == other);
    const Source source = m_file->source(id).value();
    QVERIFY(source.state == SourceState::waiting);
    QVERIFY(!source.tokens && !source.readAt);
    const std::vector<std::string> terms = {"text"};
    QVERIFY(m_file->rankPassages(terms).value().passages.empty());
    QCOMPARE(m_file->sourceText(id).value(), std::string("some text"));
    VERIFY_RESULT(m_file->appendPassages(id, passages));
    QCOMPARE(m_file->rankPassages(terms).value().passages.size(), std::size_t{1});
    commit(0, 128);
    VERIFY_RESULT(m_file->verify());
}

void TestTimeline::flippedBitInRowsIsNamed()
{
    commit(0, 2048);
    commit(2048, 4096);
    m_file.reset();
    const std::int64_t block = oneNumber(
        m_path, "SELECT id FROM row_block WHERE layer = 4 AND kind = 1 AND row_begin = 512");
    flipBit(m_path, "row_block", "rows", block);
    reopen();
    std::vector<std::byte> out(1024 * 132);
    const auto result = m_file->readRows(4, 1, 0, 1024, out);
    VERIFY_ERROR(result, ErrorCode::damaged);
    QVERIFY2(result.error().message.find("layer 4, kind 1, rows 512-768") != std::string::npos,
             result.error().message.c_str());
    VERIFY_ERROR(m_file->verify(), ErrorCode::damaged);
    // The rest stays usable, and so does the file.
    out.resize(512 * 132);
    VERIFY_RESULT(m_file->readRows(4, 1, 0, 512, out));
    commit(4096, 4100);
}

void TestTimeline::flippedBitIsFoundWhenAPartIsRead()
{
    commit(0, 2048);
    m_file.reset();
    flipBit(m_path, "row_block", "rows", 1);
    reopen();
    // The flipped bit is in the middle; the first row itself is right.
    std::vector<std::byte> out(256);
    VERIFY_ERROR(m_file->readRows(2, 0, 0, 1, out), ErrorCode::damaged);
}

void TestTimeline::flippedBitInTokensIsFound()
{
    commit(0, 2048);
    commit(2048, 4096);
    m_file.reset();
    flipBit(m_path, "token_block", "tokens", 2);
    reopen();
    VERIFY_RESULT(m_file->readTokens({0, 2048}));
    VERIFY_ERROR(m_file->readTokens({2048, 2049}), ErrorCode::damaged);
    VERIFY_ERROR(m_file->verify(), ErrorCode::damaged);
}

void TestTimeline::flippedBitInCheckpointIsFound()
{
    commit(0, 2048);
    m_file.reset();
    flipBit(m_path, "checkpoint", "state", 1);
    reopen();
    VERIFY_ERROR(m_file->loadCheckpoint(), ErrorCode::damaged);
    VERIFY_ERROR(m_file->verify(), ErrorCode::damaged);
}

void TestTimeline::missingBlockIsFoundByVerify()
{
    commit(0, 2048);
    commit(2048, 4096);
    VERIFY_RESULT(m_file->verify());
    m_file.reset();
    Database(m_path, Access::readWrite)
        .execute("DELETE FROM row_block WHERE layer = 4 AND kind = 0 AND row_begin = 0");
    reopen();
    VERIFY_ERROR(m_file->verify(), ErrorCode::damaged);
    std::vector<std::byte> out(10 * 256);
    VERIFY_ERROR(m_file->readRows(4, 0, 0, 10, out), ErrorCode::notFound);
}

QTEST_GUILESS_MAIN(TestTimeline)
#include "tst_timeline.moc"
