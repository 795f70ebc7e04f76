// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "engine/tokenizer.h"
#include "support/sample_files.h"
#include "usecases/addition_plan.h"

// What an addition would bring, before anything is stored. Needs the tokenizer, no model.
class TestAdditionPlan : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void listsWhatAFolderLeavesOut();
    void reportsWhatCannotBeRead_data();
    void reportsWhatCannotBeRead();
    void recognisesWhatIsThere();
    void recognisesAChangedFile();
    void takesEqualFilesOnce();
    void refusesWhatDoesNotFitAsAWhole();
    void namesCodeByItsPath();
    void stopsWhenAsked();

private:
    app::AddPlan plan(const QStringList& paths, const app::SessionSnapshot& session = {})
    {
        std::vector<std::filesystem::path> list;
        for (const QString& path : paths) {
            list.emplace_back(path.toStdString());
        }
        return app::planAddition(*m_tokenizer, list, session).value();
    }
    const app::AddItem* find(const app::AddPlan& plan, const QString& end)
    {
        for (const app::AddItem& item : plan.items) {
            if (QString::fromStdString(item.path.string()).endsWith(end)) {
                return &item;
            }
        }
        return nullptr;
    }
    static storage::Source asSource(const app::AddItem& item)
    {
        storage::Source source;
        source.id = 7;
        source.path = item.path.string();
        source.format = item.format;
        source.contentHash = item.document->contentHash;
        source.tokenCount = item.tokens;
        return source;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<const engine::Tokenizer> m_tokenizer;
};

void TestAdditionPlan::initTestCase()
{
    auto tokenizer = engine::Tokenizer::open(LECTERN_MODEL_DIR "/tokenizer.json");
    QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().message.c_str());
    m_tokenizer = *tokenizer;
    sample::writeCodeFolder(m_folder.filePath("ferry"));
}

void TestAdditionPlan::listsWhatAFolderLeavesOut()
{
    const app::AddPlan found = plan({m_folder.filePath("ferry")});
    const app::AddItem* code = find(found, "src/ticket_price.py");
    QVERIFY(code != nullptr);
    QVERIFY(code->verdict == app::AddVerdict::add);
    QCOMPARE(QString::fromStdString(code->format), QString("code"));
    QCOMPARE(code->lines, 7U);
    QVERIFY(*code->tokens > 20);
    QCOMPARE(QString::fromStdString(code->folder), QString("ferry"));
    QVERIFY(find(found, "Straße nach Åland.md") != nullptr);
    for (const char* left : {"debug.log", "/build", "picture.dat"}) {
        const app::AddItem* item = find(found, QString::fromUtf8(left));
        QVERIFY2(item != nullptr, left);
        QVERIFY2(item->verdict == app::AddVerdict::skipped, left);
        QVERIFY2(!item->reason.empty() && !item->reasonGroup.empty(), left);
    }
}

void TestAdditionPlan::reportsWhatCannotBeRead_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("no such file") << "gone.txt" << QByteArray();
    QTest::newRow("broken PDF") << "broken.pdf" << QByteArray("%PDF-1.4\nnothing of a PDF");
    QTest::newRow("binary") << "data.bin"
                            << QByteArray(4096, '\1').replace(7, 1, QByteArray(1, '\0'));
    QTest::newRow("only white space") << "blank.txt" << QByteArray("  \n \n");
}

void TestAdditionPlan::reportsWhatCannotBeRead()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    const QString path = m_folder.filePath("bad/" + name);
    if (!bytes.isEmpty()) {
        sample::write(path, bytes);
    }
    const app::AddPlan found = plan({path});
    QCOMPARE(found.items.size(), std::size_t(1));
    QVERIFY(found.items[0].verdict == app::AddVerdict::failed);
    QVERIFY2(QString::fromStdString(found.items[0].reason).contains(name),
             found.items[0].reason.c_str());
}

void TestAdditionPlan::recognisesWhatIsThere()
{
    const QString path = m_folder.filePath("ferry/src/timetable.cpp");
    app::SessionSnapshot session;
    session.sources.push_back(asSource(plan({path}).items[0]));
    const app::AddPlan again = plan({path}, session);
    QVERIFY(again.items[0].verdict == app::AddVerdict::present);
    QCOMPARE(*again.items[0].sourceId, storage::SourceId(7));
    QVERIFY(again.items[0].reason.find("unchanged") != std::string::npos);

    const QString copy = m_folder.filePath("copy of timetable.cpp");
    QVERIFY(QFile::copy(path, copy));
    const app::AddPlan copied = plan({copy}, session);
    QVERIFY(copied.items[0].verdict == app::AddVerdict::present);
    QVERIFY(copied.items[0].reason.find("timetable.cpp") != std::string::npos);
}

void TestAdditionPlan::recognisesAChangedFile()
{
    const QString path = m_folder.filePath("diary.txt");
    sample::write(path, "It rained.\n");
    app::SessionSnapshot session;
    session.sources.push_back(asSource(plan({path}).items[0]));
    sample::write(path, "It rained. Then it stopped.\n");
    const app::AddPlan changed = plan({path}, session);
    QVERIFY(changed.items[0].verdict == app::AddVerdict::add);
    QCOMPARE(*changed.items[0].replaces, storage::SourceId(7));
    QVERIFY(changed.items[0].reason.find("changed") != std::string::npos);
}

void TestAdditionPlan::takesEqualFilesOnce()
{
    sample::write(m_folder.filePath("one.txt"), "The very same words.\n");
    sample::write(m_folder.filePath("two.txt"), "The very same words.\n");
    const app::AddPlan found = plan({m_folder.filePath("one.txt"), m_folder.filePath("two.txt")});
    QVERIFY(found.items[0].verdict == app::AddVerdict::add);
    QVERIFY(found.items[1].verdict == app::AddVerdict::skipped);
    QVERIFY(found.items[1].reason.find("one.txt") != std::string::npos);
}

void TestAdditionPlan::refusesWhatDoesNotFitAsAWhole()
{
    app::SessionSnapshot session;
    session.tokensPlanned = app::kSessionTokens - 60;
    sample::write(m_folder.filePath("small.txt"), "Five words and no more.\n");
    app::AddPlan found =
        plan({m_folder.filePath("ferry"), m_folder.filePath("small.txt")}, session);
    app::refuseWhatDoesNotFit(found);
    QCOMPARE(found.tokensFree, std::uint64_t(60));
    // Each file of the folder would fit by itself; half a codebase is no codebase.
    const app::AddItem* code = find(found, "ticket_price.py");
    QVERIFY(code->verdict == app::AddVerdict::tooMuch);
    QVERIFY2(code->reason.find("60 of 1,000,000 are left") != std::string::npos,
             code->reason.c_str());
    QVERIFY(find(found, "small.txt")->verdict == app::AddVerdict::add);
}

void TestAdditionPlan::namesCodeByItsPath()
{
    const app::AddPlan found = plan({m_folder.filePath("ferry")});
    const app::AddItem* code = find(found, "src/ticket_price.py");
    QCOMPARE(app::sourceTitle(*code, *code->document), std::string("src/ticket_price.py"));
}

void TestAdditionPlan::stopsWhenAsked()
{
    std::stop_source stop;
    stop.request_stop();
    app::PlanOptions options;
    options.stop = stop.get_token();
    const auto found =
        app::planAddition(*m_tokenizer, {m_folder.filePath("ferry").toStdString()}, {}, options);
    QVERIFY(!found);
    QVERIFY(found.error().code == app::ErrorCode::cancelled);
}

QTEST_GUILESS_MAIN(TestAdditionPlan)
#include "tst_addition_plan.moc"
