// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "support/sample_files.h"
#include "usecases/locations.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"
#include "usecases/text_search.h"
#include "usecases/transcript.h"

// The whole chain in one process: files, reading, asking, reopening. With the built-in model.
class TestOpenSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void answersWithCheckedSources();
    void answersTheSameAfterReopening();
    void saysWhenTheSourcesDoNotSayIt();
    void marksACorruptedQuotation();
    void findsTextLiterally();
    void readsOnAfterAStop();
    void usesTheNewVersionOfAChangedFile();
    void refusesACacheOfAnotherModel();
    void refusesASecondOpener();
    void emptySessionSaysSo();

private:
    std::unique_ptr<app::OpenSession> open(const QString& name)
    {
        const auto argument =
            app::resolveSession(m_folder.path().toStdString(), name.toStdString());
        auto file = app::openOrCreateSession(*argument);
        if (!file) {
            qWarning("%s", file.error().message.c_str());
            return nullptr;
        }
        return std::make_unique<app::OpenSession>(std::move(*file), m_models,
                                                  app::OpenSession::Options{});
    }
    /// Plans, stores and reads; gives what read() gave.
    app::Result<void> add(app::OpenSession& session, const QStringList& paths,
                          const std::stop_token& stop = {},
                          const app::ReadingObserver& observer = {})
    {
        std::vector<std::filesystem::path> list;
        for (const QString& path : paths) {
            list.emplace_back(path.toStdString());
        }
        const auto plan =
            app::planAddition(*m_models->get()->tokenizer, list, session.snapshot().value());
        std::vector<int> ids;
        for (const app::AddItem& item : plan->items) {
            if (item.verdict == app::AddVerdict::add) {
                ids.push_back(item.id);
            }
        }
        if (const auto stored = session.store(*plan, ids); !stored) {
            return tl::unexpected(stored.error());
        }
        return session.read(observer, stop);
    }
    app::Exchange ask(app::OpenSession& session, const std::string& question)
    {
        auto exchange = session.ask(question, {}, {}, {});
        if (!exchange) {
            qWarning("%s", exchange.error().message.c_str());
            return {};
        }
        return *exchange;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models;
};

void TestOpenSession::initTestCase()
{
    m_models = std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
    const auto model = m_models->get();
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    sample::writeHarbourPdf(m_folder.filePath("harbour.pdf"));
    sample::writeCodeFolder(m_folder.filePath("ferry"));
    auto session = open("main");
    QVERIFY(session);
    const auto added =
        add(*session, {m_folder.filePath("harbour.pdf"), m_folder.filePath("ferry")});
    QVERIFY2(added, added ? "" : added.error().message.c_str());
    const app::SessionSnapshot snapshot = session->snapshot().value();
    for (const storage::Source& source : snapshot.sources) {
        QVERIFY2(source.state == storage::SourceState::ready, source.path.c_str());
    }
}

void TestOpenSession::answersWithCheckedSources()
{
    auto session = open("main");
    QVERIFY(session);
    std::string streamed;
    app::AskObserver observer;
    observer.text = [&streamed](std::string_view piece) { streamed += piece; };
    const auto exchange = session->ask("Who founded the harbour of Velmora?", {}, observer, {});
    QVERIFY2(exchange, exchange ? "" : exchange.error().message.c_str());
    QVERIFY(exchange->state == storage::MessageState::complete);
    QCOMPARE(streamed, exchange->answer);
    QVERIFY(!exchange->citations.empty());
    const app::Citation& first = exchange->citations[0];
    QVERIFY(first.state == storage::CitationState::exact);
    QCOMPARE(first.place.document, std::string("The Harbour of Velmora"));
    QCOMPARE(*first.place.page, 1U);
    QVERIFY2(first.quote.find("Ilda Renfrew") != std::string::npos, first.quote.c_str());
    const std::string text = session->file().sourceText(first.place.sourceId).value();
    QCOMPARE(text.substr(first.place.text.begin, first.place.text.end - first.place.text.begin),
             first.quote);
    QVERIFY(exchange->cost.promptTokens > 0);
    QVERIFY(exchange->cost.generatedTokens > 0);
    QCOMPARE(exchange->cost.sessionTokens, session->sourceTokens());
}

void TestOpenSession::answersTheSameAfterReopening()
{
    const std::string question = "How tall is the old lighthouse?";
    app::Exchange before;
    {
        auto session = open("main");
        before = ask(*session, question);
    }
    auto session = open("main");
    const app::Exchange after = ask(*session, question);
    QCOMPARE(session->prefilledTokens(),
             std::uint64_t(0)); // no source token went through the model
    QCOMPARE(after.answer, before.answer);
    QVERIFY(!after.citations.empty());
    QCOMPARE(after.citations.size(), before.citations.size());
    for (std::size_t i = 0; i < after.citations.size(); ++i) {
        QCOMPARE(after.citations[i].quote, before.citations[i].quote);
        QCOMPARE(after.citations[i].score, before.citations[i].score);
    }
    const auto conversation = app::loadConversation(session->file(), session->places());
    QVERIFY(conversation->size() >= 2);
    QCOMPARE(conversation->back().question, question);
    QCOMPARE(conversation->back().citations[0].place.characters.begin,
             after.citations[0].place.characters.begin);
}

void TestOpenSession::saysWhenTheSourcesDoNotSayIt()
{
    auto session = open("main");
    const app::Exchange exchange =
        ask(*session, "Which enzyme unwinds zebrafish chromatin during meiosis?");
    QVERIFY(exchange.state == storage::MessageState::notFound);
    QVERIFY2(exchange.answer.find("do not seem to say") != std::string::npos,
             exchange.answer.c_str());
    QVERIFY(!exchange.searchTerm.empty());
    for (const app::Citation& citation : exchange.citations) {
        QVERIFY(citation.role == storage::CitationRole::literalMatch);
    }
}

void TestOpenSession::marksACorruptedQuotation()
{
    // Defect guarded against: a quotation shown as exact because it was stored as exact.
    auto session = open("main");
    const app::Exchange good = ask(*session, "Who keeps the green book of the weather?");
    QVERIFY(!good.citations.empty());
    QVERIFY(good.citations[0].state == storage::CitationState::exact);
    app::Exchange stored = good;
    stored.citations[0].quote =
        "Entirely other words stand in this quotation, and none of them fit.";
    QVERIFY(app::storeExchange(session->file(), stored));
    const auto transcript = app::loadTranscript(session->file(), session->places());
    const app::Citation& read = transcript->conversation.back().citations[0];
    QVERIFY(read.state == storage::CitationState::missing);
    QVERIFY(app::toMarkdown(*transcript).find("(not in the source)") != std::string::npos);
}

void TestOpenSession::findsTextLiterally()
{
    auto session = open("main");
    const auto hits = app::searchText(session->file(), session->places(), "NORTHERN pier", 10);
    QVERIFY(hits);
    QCOMPARE(hits->total, std::uint64_t(1));
    const app::SearchHit& hit = hits->hits[0];
    QCOMPARE(*hit.place.lineBegin, 3U);
    const std::u32string snippet = QString::fromStdString(hit.snippet).toStdU32String();
    QCOMPARE(
        QString::fromStdU32String(snippet.substr(hit.match.begin, hit.match.end - hit.match.begin)),
        QString("northern pier"));
    QCOMPARE(app::searchText(session->file(), session->places(), "no such words", 10)->total,
             std::uint64_t(0));
}

void TestOpenSession::readsOnAfterAStop()
{
    sample::write(m_folder.filePath("long.txt"), sample::prose(3'000));
    auto whole = open("whole");
    QVERIFY(add(*whole, {m_folder.filePath("long.txt")}));
    const std::uint64_t tokens = whole->sourceTokens();
    QCOMPARE(whole->prefilledTokens(), tokens + 1);

    std::uint64_t prefilled = 0;
    {
        auto session = open("stopped");
        std::stop_source stop;
        app::ReadingObserver observer;
        observer.progress = [&stop](const app::ReadingProgress& progress) {
            if (progress.tokensDone > 2'500) {
                stop.request_stop();
            }
        };
        const auto done =
            add(*session, {m_folder.filePath("long.txt")}, stop.get_token(), observer);
        QVERIFY(!done);
        QVERIFY(done.error().code == app::ErrorCode::cancelled);
        prefilled = session->prefilledTokens();
        QCOMPARE(session->file().tokensRead().value(), prefilled);
    }
    auto session = open("stopped");
    QVERIFY(session->read({}, {}));
    QCOMPARE(prefilled + session->prefilledTokens(), tokens + 1);
    // Where it was interrupted must not show: same tokens, same rows, bit for bit.
    const auto ours = session->file().rowExtents().value();
    const auto theirs = whole->file().rowExtents().value();
    QCOMPARE(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        QCOMPARE(ours[i].rowCount, theirs[i].rowCount);
        std::vector<std::byte> a(ours[i].bytes);
        std::vector<std::byte> b(theirs[i].bytes);
        QVERIFY(session->file().readRows(ours[i].layer, ours[i].kind, 0, ours[i].rowCount, a));
        QVERIFY(whole->file().readRows(theirs[i].layer, theirs[i].kind, 0, theirs[i].rowCount, b));
        QVERIFY(a == b);
    }
}

void TestOpenSession::usesTheNewVersionOfAChangedFile()
{
    const QString path = m_folder.filePath("price.txt");
    sample::write(path, "A ticket to the island costs 17 crowns.\n");
    auto session = open("changing");
    QVERIFY(add(*session, {path}));
    sample::write(path, "A ticket to the island costs 23 crowns.\n");
    QVERIFY(add(*session, {path}));
    const auto sources = session->snapshot()->sources;
    QCOMPARE(sources.size(), std::size_t(2));
    QVERIFY(sources[0].hidden);
    QVERIFY(!sources[1].hidden);
    const app::Exchange exchange = ask(*session, "How much does a ticket to the island cost?");
    QVERIFY(!exchange.citations.empty());
    QVERIFY(exchange.citations[0].quote.find("23") != std::string::npos);
}

void TestOpenSession::refusesACacheOfAnotherModel()
{
    {
        auto session = open("foreign");
        QVERIFY(add(*session, {m_folder.filePath("ferry/src/timetable.cpp")}));
        storage::ModelIdentity other{"Another (1B)", "0123456789abcdef", "compact-1", "cpu"};
        // As if it had been read by another model: same tokens, other name.
        const auto tokens = session->file().readTokens({0, session->file().tokensRead().value()});
        QVERIFY(session->file().clearReading(other));
        storage::ReadingCommit commit;
        commit.tokens = *tokens;
        QVERIFY(session->file().commitReading(commit));
    }
    auto session = open("foreign");
    const auto refused = session->ask("When does the last ferry leave?", {}, {}, {});
    QVERIFY(!refused);
    QVERIFY(refused.error().code == app::ErrorCode::mismatch);
    QVERIFY2(refused.error().message.find("Another (1B)") != std::string::npos,
             refused.error().message.c_str());
    QVERIFY(session->readAgain());
    QVERIFY(session->read({}, {}));
    QVERIFY(session->ask("When does the last ferry leave?", {}, {}, {}));
}

void TestOpenSession::refusesASecondOpener()
{
    auto first = open("main");
    QVERIFY(first);
    const auto second = app::OpenSession::open(first->file().path(), m_models, {});
    QVERIFY(!second);
    QVERIFY(second.error().code == app::ErrorCode::busy);
    QVERIFY(storage::SessionFile::open(first->file().path(), storage::OpenMode::readOnly));
}

void TestOpenSession::emptySessionSaysSo()
{
    auto session = open("empty");
    const auto refused = session->ask("Anything?", {}, {}, {});
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.find("no sources") != std::string::npos,
             refused.error().message.c_str());
}

QTEST_MAIN(TestOpenSession)
#include "tst_open_session.moc"
