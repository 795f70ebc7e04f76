// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonDocument>
#include <QSignalSpy>
#include <QtTest>

#include "gui/library_adaptor.h"
#include "support/sample_files.h"
#include "usecases/session_argument.h"

// The window's ports over the real use cases and the built-in model, without a window.
class TestSessionAdaptor : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void addsReadsAnswersAndReopens();
    void stopAnswersWithin200Ms();
    void asksWhileReading();
    void pauseCancelAndResume();
    void continuesAfterTheWindowWasClosed();
    void refusesASessionThatIsOpenElsewhere();
    void opensPagesWithHighlights();
    void searchesAndExports();
    void namesASessionAfterItsFirstSource();
    void deletesAndRestores();

private:
    /// Makes a session and waits for it.
    ui::SessionPort* create(const QString& title)
    {
        QSignalSpy opened(m_library.get(), &ui::LibraryPort::sessionOpened);
        m_library->createSession(title);
        return opened.wait(20'000) ? opened[0][0].value<ui::SessionPort*>() : nullptr;
    }
    ui::SessionPort* openSession(const QString& id)
    {
        QSignalSpy opened(m_library.get(), &ui::LibraryPort::sessionOpened);
        m_library->openSession(id);
        return opened.wait(20'000) ? opened[0][0].value<ui::SessionPort*>() : nullptr;
    }
    /// Plans and confirms everything that can be added.
    void add(ui::SessionPort* session, const QStringList& paths)
    {
        QSignalSpy ready(session, &ui::SessionPort::addPreviewReady);
        const int request = session->previewAdd(paths);
        QVERIFY(ready.wait(30'000));
        const auto preview = ready[0][0].value<ui::AddPreview>();
        QCOMPARE(preview.request, request);
        QList<int> ids;
        for (const ui::AddItem& item : preview.items) {
            if (item.verdict == ui::AddVerdict::willBeAdded) {
                QVERIFY(item.tokens > 0);
                ids.append(item.id);
            }
        }
        session->confirmAdd(request, ids);
    }
    ui::Answer ask(ui::SessionPort* session, const QString& question)
    {
        QSignalSpy finished(session, &ui::SessionPort::answerFinished);
        session->ask(question);
        return finished.wait(60'000) ? finished[0][0].value<ui::Answer>() : ui::Answer();
    }
    QString long_() const { return m_folder.filePath("long.txt"); }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models =
        std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
    std::unique_ptr<app::LibraryAdaptor> m_library;
};

void TestSessionAdaptor::initTestCase()
{
    sample::writeHarbourPdf(m_folder.filePath("harbour.pdf"));
    sample::writeCodeFolder(m_folder.filePath("ferry"));
    // Some seconds of reading, on fast machines too.
    sample::write(long_(), sample::prose(5'000));
}

void TestSessionAdaptor::init()
{
    m_library = std::make_unique<app::LibraryAdaptor>(
        app::LibraryAdaptor::Options{m_folder.filePath("library").toStdString(), 0}, m_models);
}

void TestSessionAdaptor::cleanup()
{
    m_library.reset();
}

void TestSessionAdaptor::addsReadsAnswersAndReopens()
{
    ui::SessionPort* session = create("Ferry");
    QVERIFY(session != nullptr);
    QSignalSpy done(session, &ui::SessionPort::readingFinished);
    add(session, {m_folder.filePath("harbour.pdf"), m_folder.filePath("ferry")});
    QVERIFY(done.wait(60'000));
    QCOMPARE(session->reading().state, ui::ReadingState::idle);
    QCOMPARE(session->sources().size(), 4);
    for (const ui::Source& source : session->sources()) {
        QVERIFY2(source.state == ui::SourceState::ready, qPrintable(source.title));
    }
    QSignalSpy text(session, &ui::SessionPort::answerText);
    QSignalSpy started(session, &ui::SessionPort::answerStarted);
    const ui::Answer answer = ask(session, "Who founded the harbour of Velmora?");
    QCOMPARE(answer.state, ui::AnswerState::found);
    QCOMPARE(started.size(), 1);
    QVERIFY(!text.isEmpty());
    QVERIFY(answer.text.contains("Renfrew"));
    QVERIFY2(!answer.text.contains('['), qPrintable(answer.text)); // the number became a mark
    QCOMPARE(answer.citations[0].number, 1);
    QVERIFY(answer.citations[0].markAt > 0);
    QCOMPARE(answer.citations[0].state, ui::CitationState::exact);
    QCOMPARE(answer.citations[0].place.page, 1);
    QCOMPARE(answer.citations[0].place.pageCount, 4);

    const QString id = session->id();
    m_library.reset();
    init();
    session = openSession(id);
    QVERIFY(session != nullptr);
    QCOMPARE(session->answers().size(), 1);
    const ui::Answer kept = session->answers()[0];
    QCOMPARE(kept.id, answer.id);
    QCOMPARE(kept.text, answer.text);
    QCOMPARE(kept.citations[0].quote, answer.citations[0].quote);
    QCOMPARE(kept.citations[0].place.range.begin, answer.citations[0].place.range.begin);
    QCOMPARE(kept.citations[0].markAt, answer.citations[0].markAt);
    QCOMPARE(session->reading().state, ui::ReadingState::idle);
    QTRY_VERIFY_WITH_TIMEOUT(session->status().canAnswer, 20'000);
}

void TestSessionAdaptor::stopAnswersWithin200Ms()
{
    ui::SessionPort* session = openSession(m_folder.filePath("library/Ferry.lectern"));
    QVERIFY(session != nullptr);
    QSignalSpy finished(session, &ui::SessionPort::answerFinished);
    session->ask("How tall is the old lighthouse of the harbour?");
    QElapsedTimer timer;
    timer.start();
    session->stopAnswer();
    QVERIFY(finished.wait(5'000));
    QVERIFY2(timer.elapsed() < 200, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(finished[0][0].value<ui::Answer>().state, ui::AnswerState::stopped);
    // The next question is not confused by the one that was stopped.
    QCOMPARE(ask(session, "How tall is the old lighthouse?").state, ui::AnswerState::found);
    QCOMPARE(finished.size(), 2);
}

void TestSessionAdaptor::asksWhileReading()
{
    ui::SessionPort* session = create("While reading");
    QSignalSpy first(session, &ui::SessionPort::readingFinished);
    add(session, {m_folder.filePath("ferry")});
    QVERIFY(first.wait(60'000));
    QSignalSpy second(session, &ui::SessionPort::readingFinished);
    add(session, {long_()});
    QTRY_COMPARE_WITH_TIMEOUT(session->reading().state, ui::ReadingState::reading, 30'000);
    const ui::Answer answer = ask(session, "When does the last ferry leave?");
    QCOMPARE(answer.state, ui::AnswerState::found);
    QVERIFY(!answer.readInFull);
    QCOMPARE(second.size(), 0);
    QVERIFY(second.wait(120'000)); // and reading went on by itself
}

void TestSessionAdaptor::pauseCancelAndResume()
{
    ui::SessionPort* session = create("Pausing");
    add(session, {long_()});
    QTRY_COMPARE_WITH_TIMEOUT(session->reading().state, ui::ReadingState::reading, 30'000);
    session->pauseReading();
    QTRY_COMPARE_WITH_TIMEOUT(session->reading().state, ui::ReadingState::paused, 5'000);
    const qint64 done = session->reading().tokensDone;
    QTest::qWait(800);
    QCOMPARE(session->reading().tokensDone, done);
    session->resumeReading();
    QTRY_VERIFY_WITH_TIMEOUT(session->reading().tokensDone > done, 30'000);
    session->cancelReading();
    QTRY_COMPARE_WITH_TIMEOUT(session->reading().state, ui::ReadingState::stopped, 5'000);
    QCOMPARE(session->sources()[0].state, ui::SourceState::stopped);
    QSignalSpy finished(session, &ui::SessionPort::readingFinished);
    session->resumeReading();
    QVERIFY(finished.wait(120'000));
    QCOMPARE(session->sources()[0].state, ui::SourceState::ready);
}

void TestSessionAdaptor::continuesAfterTheWindowWasClosed()
{
    ui::SessionPort* session = create("Closing");
    add(session, {long_()});
    QTRY_VERIFY_WITH_TIMEOUT(session->reading().tokensDone > 1'000, 30'000);
    const QString id = session->id();
    QElapsedTimer timer;
    timer.start();
    m_library.reset(); // as closing the window does
    QVERIFY2(timer.elapsed() < 5'000, qPrintable(QString::number(timer.elapsed())));
    init();
    session = openSession(id);
    QSignalSpy finished(session, &ui::SessionPort::readingFinished);
    QVERIFY(finished.wait(120'000)); // without being asked to
    QCOMPARE(session->sources()[0].state, ui::SourceState::ready);
}

void TestSessionAdaptor::refusesASessionThatIsOpenElsewhere()
{
    const QString path = m_folder.filePath("library/Elsewhere.lectern");
    auto other = storage::SessionFile::create(path.toStdString(), {"Elsewhere", "1", {}});
    QVERIFY(other);
    QSignalSpy refused(m_library.get(), &ui::LibraryPort::sessionOpenFailed);
    m_library->openSession(path);
    QVERIFY(refused.wait(10'000));
    const auto error = refused[0][1].value<ui::Error>();
    QCOMPARE(error.code, ui::ErrorCode::busy);
    QVERIFY2(error.message.contains("Elsewhere.lectern"), qPrintable(error.message));
}

void TestSessionAdaptor::opensPagesWithHighlights()
{
    ui::SessionPort* session = openSession(m_folder.filePath("library/Ferry.lectern"));
    const ui::Citation citation = session->answers()[0].citations[0];
    QSignalSpy ready(session, &ui::SessionPort::readerReady);
    session->requestReader(citation.place.sourceId);
    QVERIFY(ready.wait(10'000));
    const auto content = ready[0][0].value<ui::ReaderContent>();
    QVERIFY(content.pages);
    QCOMPARE(content.pages->pageCount(), 4);
    QVERIFY(content.pages->pageSize(1).width() > 100);
    QCOMPARE(
        content.text.mid(static_cast<qsizetype>(citation.place.range.begin), citation.quote.size()),
        citation.quote);

    QSignalSpy rendered(content.pages.get(), &ui::PdfPageProvider::pageRendered);
    content.pages->requestPage(1, 1.5);
    QVERIFY(rendered.wait(10'000));
    const auto image = rendered[0][2].value<QImage>();
    QVERIFY(qAbs(image.width() - content.pages->pageSize(1).width() * 1.5) <= 2);

    QSignalSpy highlighted(content.pages.get(), &ui::PdfPageProvider::highlightReady);
    content.pages->requestHighlight(citation.place.range);
    QVERIFY(highlighted.wait(10'000));
    const auto highlights = highlighted[0][1].value<QList<ui::PageHighlight>>();
    QCOMPARE(highlights.size(), 1);
    QCOMPARE(highlights[0].page, 1);
    QVERIFY(QRectF(0, 0, 1, 1).contains(highlights[0].rects[0]));
}

void TestSessionAdaptor::searchesAndExports()
{
    ui::SessionPort* session = openSession(m_folder.filePath("library/Ferry.lectern"));
    QSignalSpy found(session, &ui::SessionPort::searchFinished);
    const int request = session->search("silver crowns", 10);
    QVERIFY(found.wait(10'000));
    QCOMPARE(found[0][0].toInt(), request);
    const auto hits = found[0][1].value<QList<ui::SearchHit>>();
    QCOMPARE(hits.size(), 1);
    QCOMPARE(hits[0].place.page, 4);
    QSignalSpy exported(session, &ui::SessionPort::exportFinished);
    QSignalSpy failed(session, &ui::SessionPort::exportFailed);
    const QString target = m_folder.filePath("transcript.pdf");
    session->exportTo(ui::ExportFormat::pdf, target, false);
    QVERIFY(exported.wait(20'000));
    QVERIFY(QFileInfo(target).size() > 1'000);
    session->exportTo(ui::ExportFormat::json, "/nonexistent/transcript.json", false);
    QVERIFY(failed.wait(10'000));
}

void TestSessionAdaptor::namesASessionAfterItsFirstSource()
{
    ui::SessionPort* session = create({});
    QSignalSpy done(session, &ui::SessionPort::readingFinished);
    add(session, {m_folder.filePath("harbour.pdf")});
    QVERIFY(done.wait(60'000));
    QCOMPARE(session->title(), QString("The Harbour of Velmora"));
}

void TestSessionAdaptor::deletesAndRestores()
{
    const QString id = m_folder.filePath("library/Elsewhere.lectern");
    const auto lists = [this, &id] {
        const auto all = m_library->sessions();
        return std::any_of(all.begin(), all.end(), [&id](const auto& one) { return one.id == id; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(lists(), 10'000);
    m_library->trashSession(id);
    QTRY_VERIFY_WITH_TIMEOUT(!lists(), 10'000);
    m_library->restoreSession(id);
    QTRY_VERIFY_WITH_TIMEOUT(lists(), 10'000);
}

QTEST_MAIN(TestSessionAdaptor)
#include "tst_session_adaptor.moc"
