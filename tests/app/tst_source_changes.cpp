// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "support/sample_files.h"
#include "usecases/open_session.h"
#include "usecases/reading_pace.h"
#include "usecases/source_changes.h"
#include "usecases/text_search.h"

// Removing and hiding sources, and the branches of a conversation: what is read again, and what is
// not.
class TestSourceChanges : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void thePriceIsPutIntoWords_data();
    void thePriceIsPutIntoWords();
    void theLastSourceGoesForNothing();
    void anEarlierSourceCostsTheLaterOnes();
    void anOlderPaceIsRead();
    void readingGoesOnAfterAnInterruption();
    void aHiddenSourceIsLeftOut();
    void aSourceIsFoundByWhatAPersonTypes();
    void branchesReadNothingAndCopyNothing();
    void followUpsAreUnderstoodByTheirOwnBranch();

private:
    std::unique_ptr<app::OpenSession> open(const QString& name)
    {
        const std::filesystem::path path = m_folder.filePath(name + ".lectern").toStdString();
        auto file = std::filesystem::exists(path)
                        ? storage::SessionFile::open(path, storage::OpenMode::readWrite)
                        : storage::SessionFile::create(path, {name.toStdString(), "0", {}});
        return std::make_unique<app::OpenSession>(std::move(*file), m_models,
                                                  app::OpenSession::Options{});
    }
    void add(app::OpenSession& session, const QStringList& names)
    {
        for (const QString& name : names) { // one job each, as a person adds them
            const auto plan = app::planAddition(*m_models->get()->tokenizer,
                                                {m_folder.filePath(name).toStdString()},
                                                session.snapshot().value(), {});
            std::vector<int> ids;
            for (const app::AddItem& item : plan->items) {
                ids.push_back(item.id);
            }
            QVERIFY(session.store(*plan, ids));
            QVERIFY(session.read({}, {}));
        }
    }
    static storage::SourceId idOf(app::OpenSession& session, const std::string& document)
    {
        return app::findSource(session.file(), document).value().id;
    }
    static void compare(storage::SessionFile& a, storage::SessionFile& b)
    {
        const auto length = a.tokensRead().value();
        QCOMPARE(length, b.tokensRead().value());
        QCOMPARE(a.readTokens({0, length}).value(), b.readTokens({0, length}).value());
        const auto rows = a.rowExtents().value();
        QCOMPARE(rows.size(), b.rowExtents()->size());
        for (const storage::RowExtent& extent : rows) {
            std::vector<std::byte> bytesA(extent.bytes);
            std::vector<std::byte> bytesB(extent.bytes);
            QVERIFY(a.readRows(extent.layer, extent.kind, 0, extent.rowCount, bytesA));
            QVERIFY(b.readRows(extent.layer, extent.kind, 0, extent.rowCount, bytesB));
            QVERIFY(bytesA == bytesB);
        }
        const auto passagesA = a.passages().value();
        const auto passagesB = b.passages().value();
        QCOMPARE(passagesA.size(), passagesB.size());
        for (std::size_t i = 0; i < passagesA.size(); ++i) {
            QVERIFY(passagesA[i].tokens == passagesB[i].tokens);
        }
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models =
        std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
};

void TestSourceChanges::initTestCase()
{
    sample::write(m_folder.filePath("first.txt"), sample::prose(260, 1));
    sample::write(m_folder.filePath("second.txt"),
                  "The ferry to the island of Arnholm leaves at seven in the morning. Its captain "
                  "is Britta Sandoval.\n\n" +
                      sample::prose(200, 2));
    sample::write(m_folder.filePath("third.txt"), sample::prose(230, 3));
}

void TestSourceChanges::thePriceIsPutIntoWords_data()
{
    QTest::addColumn<quint64>("sources");
    QTest::addColumn<quint64>("tokens");
    QTest::addColumn<int>("seconds");
    QTest::addColumn<QString>("words");
    QTest::newRow("free") << quint64(0) << quint64(0) << -1 << "Nothing has to be read again.";
    QTest::newRow("not measured yet")
        << quint64(1) << quint64(5'000) << -1
        << "Later sources must be read again: 1 source, 5,000 tokens.";
    QTest::newRow("minutes")
        << quint64(3) << quint64(61'200) << 240
        << "Later sources must be read again: 3 sources, 61,200 tokens, about 4 minutes.";
}

void TestSourceChanges::thePriceIsPutIntoWords()
{
    QFETCH(quint64, sources);
    QFETCH(quint64, tokens);
    QFETCH(int, seconds);
    app::RemovalPrice price{sources, tokens, std::nullopt};
    if (seconds >= 0) {
        price.duration = std::chrono::seconds(seconds);
    }
    QTEST(QString::fromStdString(app::priceWords(price)), "words");
}

void TestSourceChanges::theLastSourceGoesForNothing()
{
    auto session = open("last");
    add(*session, {"first.txt", "second.txt"});
    const storage::SourceId last = idOf(*session, "second.txt");
    QCOMPARE(app::removalPrice(session->file(), last)->tokens, std::uint64_t(0));
    QVERIFY(session->removeSource(last));
    QVERIFY(session->read({}, {}));
    QCOMPARE(session->prefilledTokens(), std::uint64_t(0));
    auto alone = open("first alone");
    add(*alone, {"first.txt"});
    compare(session->file(), alone->file());
}

void TestSourceChanges::anEarlierSourceCostsTheLaterOnes()
{
    auto session = open("early");
    add(*session, {"first.txt", "second.txt", "third.txt"});
    const auto sources = session->snapshot()->sources;
    const auto price = app::removalPrice(session->file(), idOf(*session, "second.txt"));
    // At least the one behind it; in so short a session there is no place to rewind to in between.
    QVERIFY(price->laterSources >= 1);
    QVERIFY(price->tokens >= *sources[2].tokenCount);
    QVERIFY(price->duration.has_value()); // reading was measured
    // The price is for where the tokens stand, by the pace that the session remembers.
    storage::SessionFile& file = session->file();
    QVERIFY(app::rememberPace(file, {10.0, 100.0}));
    const auto end = static_cast<double>(file.tokensRead().value() - *sources[1].tokenCount);
    const auto again = static_cast<double>(price->tokens);
    const auto slow = app::removalPrice(file, idOf(*session, "second.txt"));
    const double units = again + again * (2.0 * end - again) / 200.0;
    QCOMPARE(slow->duration->count(), std::llround(std::ceil(units / 10.0)));
    QVERIFY(session->removeSource(idOf(*session, "second.txt")));
    QVERIFY(session->snapshot()->sources.back().state == storage::SourceState::waiting);
    QVERIFY(session->read({}, {}));
    QCOMPARE(session->prefilledTokens(), price->tokens);
    auto without = open("never there");
    add(*without, {"first.txt", "third.txt"});
    compare(session->file(), without->file());
}

/// Sessions of earlier versions remember the speed at the end alone.
void TestSourceChanges::anOlderPaceIsRead()
{
    auto session = open("older pace");
    QCOMPARE(app::measuredPace(session->file())->perSecond, 0.0);
    QVERIFY(session->file().setValue("reading.tokens_per_second", "120.5"));
    QCOMPARE(app::measuredPace(session->file())->perSecond, 120.5);
    QCOMPARE(app::measuredPace(session->file())->halvedAt, 0.0);
    QVERIFY(app::rememberPace(session->file(), {2'000.0, 250'000.0}));
    QCOMPARE(app::measuredPace(session->file())->perSecond, 2'000.0);
    QCOMPARE(app::measuredPace(session->file())->halvedAt, 250'000.0);
    QVERIFY(session->file().setValue("reading.pace", "nonsense"));
    QVERIFY(!app::measuredPace(session->file())->timeFor(0, 10));
}

void TestSourceChanges::readingGoesOnAfterAnInterruption()
{
    {
        auto session = open("interrupted");
        add(*session, {"first.txt", "second.txt", "third.txt"});
        QVERIFY(session->removeSource(idOf(*session, "first.txt")));
        // As if the program had been killed here: nothing is read, and the file says so.
        const auto snapshot = session->snapshot();
        QVERIFY(snapshot);
        for (const storage::Source& source : snapshot->sources) {
            QVERIFY(source.state == storage::SourceState::waiting);
        }
    }
    {
        auto session = open("interrupted");
        std::stop_source stop;
        app::ReadingObserver observer;
        observer.progress = [&stop](const app::ReadingProgress&) { stop.request_stop(); };
        const auto done = session->read(observer, stop.get_token());
        QVERIFY(!done && done.error().code == app::ErrorCode::cancelled);
    }
    auto session = open("interrupted");
    QVERIFY(session->read({}, {}));
    auto without = open("without the first");
    add(*without, {"second.txt", "third.txt"});
    compare(session->file(), without->file());
}

void TestSourceChanges::aHiddenSourceIsLeftOut()
{
    auto session = open("hiding");
    add(*session, {"first.txt", "second.txt"});
    const std::string question = "Who is the captain of the ferry to Arnholm?";
    const storage::SourceId ferry = idOf(*session, "second.txt");
    const auto cites = [&](const app::Exchange& exchange) {
        return std::any_of(exchange.citations.begin(), exchange.citations.end(),
                           [&](const auto& one) { return one.place.sourceId == ferry; });
    };
    QVERIFY(cites(session->ask(question, {}, {}, {}).value()));
    const auto found = [&] {
        return app::searchText(session->file(), session->places(), "Sandoval", 10)->total;
    };
    QCOMPARE(found(), std::uint64_t(1));
    QVERIFY(session->hideSource(ferry, true));
    const app::Exchange without = session->ask(question, {}, {}, {}).value();
    QVERIFY(!cites(without));
    QVERIFY(without.answer.find("Sandoval") == std::string::npos);
    QCOMPARE(found(), std::uint64_t(0));
    // A file that is hidden is there all the same.
    const auto plan = app::planAddition(*m_models->get()->tokenizer,
                                        {m_folder.filePath("second.txt").toStdString()},
                                        session->snapshot().value(), {});
    QVERIFY(plan->items[0].verdict == app::AddVerdict::present);
    const auto prefilled = session->prefilledTokens();
    QVERIFY(session->hideSource(ferry, false));
    QVERIFY(cites(session->ask(question, {}, {}, {}).value()));
    QCOMPARE(session->prefilledTokens(), prefilled);
}

void TestSourceChanges::aSourceIsFoundByWhatAPersonTypes()
{
    auto session = open("hiding");
    auto& file = session->file();
    const storage::SourceId first = idOf(*session, "#1");
    QCOMPARE(idOf(*session, "first.txt"), first);
    QCOMPARE(idOf(*session, m_folder.filePath("first.txt").toStdString()), first);
    for (const char* wrong : {"fourth.txt", "#0", "#3", "irst.txt", ""}) {
        const auto none = app::findSource(file, wrong);
        QVERIFY2(!none && none.error().code == app::ErrorCode::badInput, wrong);
    }
}

void TestSourceChanges::branchesReadNothingAndCopyNothing()
{
    {
        auto session = open("branches");
        add(*session, {"second.txt"});
    }
    auto session = open("branches");
    auto& file = session->file();
    const auto rows = file.rowExtents().value();
    const auto tokens = file.tokensRead().value();
    const auto ask = [&](const char* question, const std::optional<app::AskPlace>& place) {
        return session->ask(question, {}, {}, {}, place).value();
    };
    const auto first = ask("When does the ferry to Arnholm leave?", {});
    const auto second = ask("Who is its captain?", {});
    QVERIFY(second.followsId == first.answerId);
    // Edited, asked again, and branched from the first answer.
    const auto edited = ask("Who is the captain?", app::AskPlace{second.followsId, {}});
    const auto again = ask("Who is the captain?", app::AskPlace{{}, edited.questionId});
    const auto beside = ask("Where does the ferry go?", app::AskPlace{first.answerId, {}});
    QCOMPARE(edited.questionVersion.number, std::size_t(2));
    QCOMPARE(again.answerVersion.number, std::size_t(2));
    QCOMPARE(again.questionId, edited.questionId);
    QCOMPARE(beside.questionVersion.count, std::size_t(3));
    QCOMPARE(session->prefilledTokens(), std::uint64_t(0));
    QCOMPARE(file.tokensRead().value(), tokens);
    const auto after = file.rowExtents().value();
    QCOMPARE(after.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        QCOMPARE(after[i].rowCount, rows[i].rowCount);
        QCOMPARE(after[i].bytes, rows[i].bytes);
    }
    // What is shown is the newest; a choice is kept in the file.
    QCOMPARE(app::loadConversation(file, session->places())->back().question, beside.question);
    auto tree = app::loadTree(file).value();
    tree.choose(second.questionId);
    QVERIFY(app::storeChoices(file, tree));
    session.reset();
    session = open("branches");
    const auto shown = app::loadConversation(session->file(), session->places()).value();
    QCOMPARE(shown.size(), std::size_t(2));
    QCOMPARE(shown.back().answerId, second.answerId);
    QCOMPARE(app::loadBranches(session->file(), session->places())->exchanges.size(),
             std::size_t(5));
    const auto nowhere = session->ask("Anything?", {}, {}, {}, app::AskPlace{99, {}});
    QVERIFY(!nowhere && nowhere.error().code == app::ErrorCode::badInput);
}

void TestSourceChanges::followUpsAreUnderstoodByTheirOwnBranch()
{
    auto session = open("branches");
    const auto conversation = app::loadBranches(session->file(), session->places()).value();
    const app::Exchange& last = conversation.exchanges.back();
    const auto turns = app::earlierTurns(conversation.upTo(last.answerId));
    QCOMPARE(turns.size(), std::size_t(2));
    QCOMPARE(turns[0].question, std::string("When does the ferry to Arnholm leave?"));
    QCOMPARE(turns[1].question, std::string("Where does the ferry go?"));
    QCOMPARE(app::earlierTurns(conversation.upTo(*last.followsId)).size(), std::size_t(1));
}

QTEST_MAIN(TestSourceChanges)
#include "tst_source_changes.moc"
