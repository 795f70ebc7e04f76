// SPDX-License-Identifier: GPL-3.0-or-later
// A flipped bit in each kind of part of a session: it is found, put right from what is left, and
// the person is told. With the built-in model.
#include <QtTest>

#include "ingest/document_maps.h"
#include "sqlite/database.h"
#include "sqlite/statement.h"
#include "support/sample_files.h"
#include "usecases/open_session.h"

class TestDamagedSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void flippedBitIsPutRight_data();
    void flippedBitIsPutRight();
    void askingMendsWhatItMeets();
    void damagedCheckpointIsReadAgain();

private:
    static void flipBit(const std::filesystem::path& path, const std::string& table,
                        const std::string& column, const std::string& where)
    {
        storage::Database database(path, storage::Access::readWrite);
        std::vector<std::byte> bytes;
        std::int64_t id = 0;
        bool isText = false;
        {
            storage::Statement select(database, "SELECT id, " + column + " FROM " + table +
                                                    " WHERE " + where + " LIMIT 1");
            QVERIFY(select.step());
            id = select.integer(0);
            const auto found = select.bytes(1);
            bytes.assign(found.begin(), found.end());
            isText = table == "source_text";
        }
        bytes.at(bytes.size() / 2) ^= std::byte{1};
        storage::Statement update(database, "UPDATE " + table + " SET " + column +
                                                (isText ? " = CAST(?2 AS TEXT)" : " = ?2") +
                                                " WHERE id = ?1");
        update.bind(id, std::span<const std::byte>(bytes)).run();
    }
    std::unique_ptr<app::OpenSession> open(const std::filesystem::path& path)
    {
        auto session = app::OpenSession::open(path, m_models, {});
        return session ? std::move(*session) : nullptr;
    }
    std::filesystem::path copyOfWhole(const char* name)
    {
        const std::filesystem::path copy = m_folder.filePath(name).toStdString();
        std::filesystem::remove(copy);
        std::filesystem::copy_file(m_whole, copy);
        return copy;
    }
    /// All rows of a session, one after another.
    static std::vector<std::byte> rowsOf(storage::SessionFile& file)
    {
        std::vector<std::byte> all;
        const auto extents = file.rowExtents().value();
        for (const storage::RowExtent& extent : extents) {
            std::vector<std::byte> rows(extent.bytes);
            if (!file.readRows(extent.layer, extent.kind, 0, extent.rowCount, rows)) {
                return {};
            }
            all.insert(all.end(), rows.begin(), rows.end());
        }
        return all;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models;
    std::filesystem::path m_whole;
    std::vector<std::byte> m_rows;
};

void TestDamagedSession::initTestCase()
{
    m_models = std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
    const auto model = m_models->get();
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    m_whole = m_folder.filePath("whole.lectern").toStdString();
    QByteArray text;
    for (const QString& page : sample::harbourPages()) {
        text += page.toUtf8() + "\n\n";
    }
    auto file = storage::SessionFile::create(m_whole, {"Whole", "test", model->identity});
    QVERIFY(file);
    storage::NewSource source;
    source.path = "/harbour.txt";
    source.format = "text";
    source.title = "The Harbour of Velmora";
    ingest::DocumentMaps maps;
    const auto id = (*file)->addSource(source, text.toStdString(), ingest::encodeMaps(maps));
    QVERIFY(id);
    app::OpenSession session(std::move(*file), m_models, {});
    const auto read = session.read(app::ReadingObserver{}, {});
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    m_rows = rowsOf(session.file());
    QVERIFY(!m_rows.empty());
}

void TestDamagedSession::flippedBitIsPutRight_data()
{
    QTest::addColumn<QString>("table");
    QTest::addColumn<QString>("column");
    QTest::addColumn<QString>("where");
    const auto row = [](const char* name, const char* table, const char* column,
                        const char* where) {
        QTest::newRow(name) << QString(table) << QString(column) << QString(where);
    };
    row("rows chosen by the indexer", "row_block", "rows", "layer = 4 AND kind = 0");
    row("index keys", "row_block", "rows", "layer = 6 AND kind = 1");
    row("rows of a large ratio", "row_block", "rows", "layer = 3 AND kind = 2");
    row("tokens", "token_block", "tokens", "1");
    row("text", "source_text", "text", "1");
}

void TestDamagedSession::flippedBitIsPutRight()
{
    QFETCH(QString, table);
    QFETCH(QString, column);
    QFETCH(QString, where);
    const auto path = copyOfWhole("damaged.lectern");
    flipBit(path, table.toStdString(), column.toStdString(), where.toStdString());
    auto session = open(path);
    QVERIFY(session);
    QVERIFY(!session->file().verify());
    const std::uint64_t length = session->file().tokensRead().value();
    const auto repaired = session->repair({});
    QVERIFY2(repaired, repaired ? "" : repaired.error().message.c_str());
    const auto notices = session->takeNotices();
    QCOMPARE(notices.size(), std::size_t{1});
    QVERIFY2(notices[0].find("damaged") != std::string::npos, notices[0].c_str());
    const auto verified = session->file().verify();
    QVERIFY2(verified, verified ? "" : verified.error().message.c_str());
    QCOMPARE(session->file().tokensRead().value(), length); // everything else was kept
    QVERIFY(rowsOf(session->file()) == m_rows);
    QVERIFY(session->load());
    QCOMPARE(session->prefilledTokens(), std::uint64_t{0});
}

void TestDamagedSession::askingMendsWhatItMeets()
{
    const auto path = copyOfWhole("asked.lectern");
    flipBit(path, "row_block", "rows", "layer = 6 AND kind = 1"); // the keys that locating needs
    auto session = open(path);
    const auto exchange = session->ask("Who founded the harbour of Velmora?", {}, {}, {});
    QVERIFY2(exchange, exchange ? "" : exchange.error().message.c_str());
    QVERIFY(exchange->state == storage::MessageState::complete);
    const auto notices = session->takeNotices();
    QCOMPARE(notices.size(), std::size_t{1});
    QVERIFY(notices[0].find("were read again") != std::string::npos);
    QVERIFY(session->file().verify());
}

void TestDamagedSession::damagedCheckpointIsReadAgain()
{
    const auto path = copyOfWhole("state.lectern");
    flipBit(path, "checkpoint", "state", "1");
    auto session = open(path);
    QVERIFY(session->load());
    QCOMPARE(session->takeNotices().size(), std::size_t{1});
    const auto read = session->read(app::ReadingObserver{}, {});
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QVERIFY(session->file().verify());
    QVERIFY(rowsOf(session->file()) == m_rows);
}

QTEST_GUILESS_MAIN(TestDamagedSession)
#include "tst_damaged_session.moc"
