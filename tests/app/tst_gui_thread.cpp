// SPDX-License-Identifier: GPL-3.0-or-later
// The window never waits for a disk or a model: whatever is done in it, no statement of SQLite and
// no token of the engine runs on the GUI thread. The linker puts counters before both (--wrap).
#include <atomic>
#include <span>
#include <stop_token>

#include <QAbstractItemView>
#include <QAction>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QtTest>

#include <sqlite3.h>

#include "engine/session.h"
#include "gui/library_adaptor.h"
#include "support/sample_files.h"
#include "ui/main_window.h"

namespace {

struct Count
{
    std::atomic<int> inGuiThread = 0;
    std::atomic<int> elsewhere = 0;

    void note()
    {
        const bool gui = QCoreApplication::instance() != nullptr &&
                         QThread::currentThread() == QCoreApplication::instance()->thread();
        ++(gui ? inGuiThread : elsewhere);
    }
};

Count statements;
Count tokens;

} // namespace

extern "C" {
int __real_sqlite3_step(sqlite3_stmt* statement);
int __wrap_sqlite3_step(sqlite3_stmt* statement);
int __wrap_sqlite3_step(sqlite3_stmt* statement)
{
    statements.note();
    return __real_sqlite3_step(statement);
}

// engine::Session::append
engine::Result<void>
__real__ZN6engine7Session6appendESt4spanIKiLm18446744073709551615EESt10stop_token(
    engine::Session* session, std::span<const engine::TokenId> list, std::stop_token stop);
engine::Result<void>
__wrap__ZN6engine7Session6appendESt4spanIKiLm18446744073709551615EESt10stop_token(
    engine::Session* session, std::span<const engine::TokenId> list, std::stop_token stop);
engine::Result<void>
__wrap__ZN6engine7Session6appendESt4spanIKiLm18446744073709551615EESt10stop_token(
    engine::Session* session, std::span<const engine::TokenId> list, std::stop_token stop)
{
    tokens.note();
    return __real__ZN6engine7Session6appendESt4spanIKiLm18446744073709551615EESt10stop_token(
        session, list, stop);
}
}

class TestGuiThread : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aWholeDayOfWorkTouchesNeitherDiskNorModel();

private:
    template <typename Signal, typename Call>
    static bool answered(const ui::SessionPort* port, Signal signal, Call call)
    {
        QSignalSpy spy(port, signal);
        call();
        return !spy.isEmpty() || spy.wait(180'000);
    }

    QTemporaryDir m_folder;
};

void TestGuiThread::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    sample::write(m_folder.filePath("book.txt"), sample::prose(60));
    sample::writeHarbourPdf(m_folder.filePath("harbour.pdf"));
}

void TestGuiThread::aWholeDayOfWorkTouchesNeitherDiskNorModel()
{
    app::LibraryAdaptor library({m_folder.filePath("library").toStdString(), 0},
                                std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR));
    ui::MainWindow window(library);
    window.show();
    QSignalSpy opened(&library, &ui::LibraryPort::sessionOpened);
    window.findChild<QAction*>("newSession")->trigger();
    QVERIFY(opened.wait(60'000));
    auto* session = opened[0][0].value<ui::SessionPort*>();
    const auto add = [&](const QString& file) {
        QSignalSpy ready(session, &ui::SessionPort::addPreviewReady);
        const int request = session->previewAdd({m_folder.filePath(file)});
        QVERIFY(ready.wait(180'000));
        QVERIFY(answered(session, &ui::SessionPort::readingFinished, [&] {
            session->confirmAdd(request, {ready[0][0].value<ui::AddPreview>().items[0].id});
        }));
    };
    add("book.txt");
    add("harbour.pdf");
    const auto ask = [&](auto call) {
        return answered(session, &ui::SessionPort::answerFinished, call);
    };
    QVERIFY(ask([&] { session->ask("Who founded the harbour of Velmora?"); }));
    QVERIFY(ask([&] { session->editQuestion("a1", "How tall is the old lighthouse?"); }));
    QVERIFY(ask([&] { session->askAgain("a2"); }));
    QCOMPARE(session->answers().size(), 1);
    QCOMPARE(session->answers()[0].answerVersion.count, 2);
    QVERIFY(answered(session, &ui::SessionPort::answersChanged,
                     [&] { session->showVersion("a3", ui::EntryPart::question, -1); }));
    QCOMPARE(session->answers()[0].question, "Who founded the harbour of Velmora?");
    QVERIFY(answered(session, &ui::SessionPort::searchFinished,
                     [&] { (void)session->search("Velmora", 10); }));
    auto* sources = window.findChild<QAbstractItemView*>("sourcesView");
    sources->setCurrentIndex(sources->model()->index(1, 0));
    QVERIFY(answered(session, &ui::SessionPort::readerReady,
                     [&] { window.findChild<QAction*>("openSource")->trigger(); }));
    QVERIFY(answered(session, &ui::SessionPort::exportFinished, [&] {
        session->exportTo(ui::ExportFormat::markdown, m_folder.filePath("out.md"), true);
    }));
    const QString first = session->sources()[0].id;
    QVERIFY(answered(session, &ui::SessionPort::sourcesChanged,
                     [&] { session->hideSource(first, true); }));
    QVERIFY(session->sources()[0].hidden);
    QVERIFY(
        answered(session, &ui::SessionPort::removalPriced, [&] { session->priceRemoval(first); }));
    QVERIFY(answered(session, &ui::SessionPort::readingFinished,
                     [&] { session->removeSource(first); }));
    QCOMPARE(session->sources().size(), 1);
    library.renameSession(session->id(), "Another name");
    QSignalSpy copied(&library, &ui::LibraryPort::sessionDuplicated);
    library.duplicateSession(session->id());
    QVERIFY(copied.wait(60'000));
    QSignalSpy closed(&library, &ui::LibraryPort::sessionClosed);
    library.trashSession(session->id());
    QTRY_COMPARE(closed.size(), 1);
    QTest::qWait(300);

    QCOMPARE(statements.inGuiThread.load(), 0);
    QCOMPARE(tokens.inGuiThread.load(), 0);
    QVERIFY(statements.elsewhere > 0); // the counters are in their places
    QVERIFY(tokens.elsewhere > 0);
}

QTEST_MAIN(TestGuiThread)
#include "tst_gui_thread.moc"
