// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"
#include "reader/reader_view.h"
#include "ui/appearance.h"
#include "ui/main_window.h"
#include "views/sessions_pane.h"

#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

using namespace ui;
using test::FakeLibrary;
using test::FakePdfPages;
using test::FakeSession;

class TestMainWindow final : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<FakeLibrary> m_library;
    std::unique_ptr<MainWindow> m_window;
    FakeSession* m_thesis = nullptr;

    template <typename T = QWidget>
    T* child(const char* name) const
    {
        return m_window->findChild<T*>(QLatin1String(name));
    }
    void fill()
    {
        m_thesis = m_library->add(QStringLiteral("t"), QStringLiteral("Thesis"));
        m_library->add(QStringLiteral("l"), QStringLiteral("Linux sched"));
        m_thesis->m_sources = {
            test::makeSource(QStringLiteral("m"), QStringLiteral("Moby-Dick"), 274'310)};
        m_thesis->m_status = {274'400, 1'000'000, true};
        ReaderContent content;
        content.sourceId = QStringLiteral("m");
        content.title = QStringLiteral("Moby-Dick");
        content.format = SourceFormat::pdf;
        content.text = QStringLiteral("Call me Ishmael. ").repeated(400);
        content.pages = std::make_shared<FakePdfPages>(60);
        m_thesis->m_contents.insert(content.sourceId, content);
        Answer answer;
        answer.id = QStringLiteral("1");
        answer.question = QStringLiteral("Who?");
        answer.askedAt = QDateTime::currentDateTime();
        answer.state = AnswerState::found;
        answer.text = QStringLiteral("Ishmael.");
        answer.citations = {test::makeCitation(1, QStringLiteral("m"), QStringLiteral("Moby-Dick"),
                                               {8, 15}, QStringLiteral("Ishmael")),
                            test::makeCitation(2, QStringLiteral("m"), QStringLiteral("Moby-Dick"),
                                               {4'208, 4'215}, QStringLiteral("Ishmael"))};
        m_thesis->m_answers = {answer};
    }
    void start(int width = 1360, int height = 860)
    {
        m_window = std::make_unique<MainWindow>(*m_library);
        m_window->resize(width, height);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void openThesis()
    {
        m_window->openSession(QStringLiteral("t"));
        QTRY_COMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Thesis"));
    }
    [[nodiscard]] QStringList calls() const { return m_library->m_calls; }
    template <typename T = QDialog>
    T* dialog(const char* name) const
    {
        return qobject_cast<T*>(m_window->findChild<QDialog*>(QLatin1String(name)));
    }
    static AddPreview smallPreview(int request)
    {
        AddPreview preview;
        preview.request = request;
        preview.tokensFree = 1'000;
        preview.tokensLimit = 1'000'000;
        preview.tokensEstimated = false;
        for (int id = 0; id < 3; ++id) {
            AddItem item;
            item.id = id;
            item.name = QStringLiteral("file%1.txt").arg(id);
            item.tokens = 300;
            item.verdict = id == 2 ? AddVerdict::needsYou : AddVerdict::willBeAdded;
            item.need = id == 2 ? AddNeed::confirm : AddNeed::none;
            preview.items << item;
        }
        return preview;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QApplication::setOrganizationName(QStringLiteral("LecternTests"));
        QApplication::setApplicationName(QStringLiteral("tst_main_window"));
        applyAppearance(*qobject_cast<QApplication*>(QApplication::instance()), ColorScheme::light);
    }
    void init()
    {
        QSettings().clear();
        m_library = std::make_unique<FakeLibrary>();
        m_thesis = nullptr;
    }
    void cleanup()
    {
        m_window.reset();
        m_library.reset();
    }

    void the_first_run_offers_three_ways_in()
    {
        start();
        QVERIFY(child("firstRunPage")->isVisible());
        QVERIFY(!child("sideBar")->isVisible());
        QVERIFY(!child("readerView")->isVisible());
        QVERIFY(!child("contextMeter")->isVisible());
        QCOMPARE(child<QLabel>("modelLabel")->text(), QStringLiteral("Lectern built-in"));
        QCOMPARE(child<QLabel>("offlineLabel")->text(), QStringLiteral("Offline"));
        QTest::mouseClick(child("firstRunPage.tryExample"), Qt::LeftButton);
        QCOMPARE(calls(), QStringList{QStringLiteral("example")});
        QVERIFY(child("firstRunPage.addFiles")->isEnabled());
        QVERIFY(child("firstRunPage.addFolder")->isEnabled());
    }

    void without_an_example_nothing_offers_one()
    {
        m_library->m_hasExample = false;
        start();
        QVERIFY(child("firstRunPage.tryExample") == nullptr);
        QVERIFY(!child<QAction>("tryExample")->isVisible());
    }

    void an_unusable_model_is_said_at_once()
    {
        m_library->m_model = {};
        m_library->m_model.problem = QStringLiteral("The model file is missing.");
        start();
        QVERIFY(child("libraryNotice")->isVisible());
        QCOMPARE(child<QLabel>("modelLabel")->text(), QStringLiteral("No model"));
    }

    void a_new_session_says_what_to_do()
    {
        start();
        QTest::keyClick(m_window.get(), Qt::Key_N, Qt::ControlModifier);
        QTRY_VERIFY(child("emptySessionPage")->isVisible());
        QVERIFY(child("sideBar")->isVisible());
        QVERIFY(!child<QPushButton>("askButton")->isEnabled());
        QVERIFY(!child<QAction>("exportTranscript")->isEnabled());
    }

    void sessions_are_switched_and_released()
    {
        fill();
        start();
        openThesis();
        QVERIFY(child("transcript")->isVisible());
        QVERIFY(child("contextMeter")->isVisible());
        QCOMPARE(child("contextMeter")->accessibleName(),
                 QStringLiteral("274,400 of 1,000,000 tokens"));
        auto* view = child<QAbstractItemView>("sessionsView");
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                          view->visualRect(view->model()->index(1, 0)).center());
        QTRY_COMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Linux sched"));
        QVERIFY(calls().contains(QStringLiteral("release:t")));
        QVERIFY(child("emptySessionPage")->isVisible());
        QVERIFY(m_window->windowTitle().contains(QStringLiteral("Linux sched")));
    }

    void a_session_that_does_not_open_says_why_and_can_be_tried_again()
    {
        fill();
        m_library->m_openError = {ErrorCode::busy,
                                  QStringLiteral("Another window has this session open."),
                                  QStringLiteral("t.lectern: locked by process 42")};
        start();
        m_window->openSession(QStringLiteral("t"));
        QTRY_VERIFY(child("libraryNotice")->isVisible());
        m_library->m_openError = {};
        QTest::mouseClick(
            child("libraryNotice")->findChild<QPushButton*>(QStringLiteral("noticeAction")),
            Qt::LeftButton);
        QTRY_COMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Thesis"));
    }

    void a_session_file_is_opened_as_a_file()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("x.lectern"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        start();
        m_window->openSession(path);
        QCOMPARE(calls(), QStringList{QStringLiteral("openFile:") + path});
    }

    void renaming_in_the_title_and_in_the_list()
    {
        fill();
        start();
        openThesis();
        auto* title = child<QLineEdit>("titleEdit");
        title->setFocus();
        title->selectAll();
        QTest::keyClicks(title, QStringLiteral("Dissertation"));
        QTest::keyClick(title, Qt::Key_Return);
        QVERIFY(calls().contains(QStringLiteral("rename:t:Dissertation")));
        title->setFocus();
        title->selectAll();
        QTest::keyClicks(title, QStringLiteral("Never"));
        QTest::keyClick(title, Qt::Key_Escape);
        QCOMPARE(title->text(), QStringLiteral("Dissertation"));
        QTest::keyClick(m_window.get(), Qt::Key_F2);
        auto* editor = child("sessionsView")->findChild<QLineEdit*>();
        QVERIFY(editor != nullptr);
        QTest::keyClicks(editor, QStringLiteral("Paper")); // the title is selected
        Q_EMIT m_library->sessionsChanged();               // a refresh must not undo the typing
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_VERIFY(calls().contains(QStringLiteral("rename:t:Paper")));
    }

    void delete_can_be_undone()
    {
        fill();
        start();
        openThesis();
        auto* view = child<QAbstractItemView>("sessionsView");
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Delete);
        QVERIFY(calls().contains(QStringLiteral("trash:t")));
        QVERIFY(child("toast")->isVisible());
        QVERIFY(child<QLabel>("toastText")->text().contains(QStringLiteral("Thesis")));
        QTRY_COMPARE(view->model()->rowCount(), 1);
        QVERIFY(child("firstRunPage")->isVisible());
        QTest::mouseClick(child<QPushButton>("toastAction"), Qt::LeftButton);
        QVERIFY(calls().contains(QStringLiteral("restore:t")));
        QTRY_COMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Thesis"));
        QVERIFY(!child("toast")->isVisible());
    }

    void delete_in_a_text_field_deletes_text()
    {
        fill();
        start();
        openThesis();
        auto* question = child<QPlainTextEdit>("questionEdit");
        question->setPlainText(QStringLiteral("ab"));
        question->moveCursor(QTextCursor::Start);
        question->setFocus();
        QTest::keyClick(question, Qt::Key_Delete);
        QCOMPARE(question->toPlainText(), QStringLiteral("b"));
        QVERIFY(!calls().contains(QStringLiteral("trash:t")));
    }

    void files_are_previewed_before_they_are_added()
    {
        fill();
        start();
        openThesis();
        m_window->addPaths({QStringLiteral("/x/a.txt")});
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("preview:/x/a.txt")});
        auto* preview = dialog("addSourcesDialog");
        QVERIFY(preview != nullptr && preview->isVisible());
        auto* add = preview->findChild<QPushButton*>(QStringLiteral("addAndReadButton"));
        QVERIFY(!add->isEnabled());
        Q_EMIT m_thesis->addPreviewProgress(1, 1'204);
        QVERIFY(preview->findChild<QLabel*>(QStringLiteral("addWaiting"))
                    ->text()
                    .contains(QStringLiteral("1,204")));
        Q_EMIT m_thesis->addPreviewReady(smallPreview(1));
        QVERIFY(add->isEnabled());
        auto* total = preview->findChild<QLabel*>(QStringLiteral("addTotal"));
        QCOMPARE(total->text(), QStringLiteral("Adds 600 tokens."));
        // Ticking the doubtful one fits; a smaller room would not.
        auto* tree = preview->findChild<QTreeView*>(QStringLiteral("addPreviewView"));
        const QModelIndex doubtful = tree->model()->index(0, 0, tree->model()->index(1, 0));
        QVERIFY(tree->model()->setData(doubtful, Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(total->text(), QStringLiteral("Adds 900 tokens."));
        QTest::mouseClick(add, Qt::LeftButton);
        QCOMPARE(m_thesis->m_calls.constLast(), QStringLiteral("confirm:1:0,1,2"));
    }

    void too_much_is_not_added()
    {
        fill();
        start();
        openThesis();
        m_window->addPaths({QStringLiteral("/x")});
        AddPreview preview = smallPreview(1);
        preview.tokensFree = 500;
        Q_EMIT m_thesis->addPreviewReady(preview);
        auto* shown = dialog("addSourcesDialog");
        QVERIFY(!shown->findChild<QPushButton*>(QStringLiteral("addAndReadButton"))->isEnabled());
        QCOMPARE(shown->findChild<QLabel*>(QStringLiteral("addTotal"))->text(),
                 QStringLiteral("100 tokens too many."));
        shown->reject();
        QCOMPARE(m_thesis->m_calls.constLast(), QStringLiteral("cancelAdd:1"));
    }

    void a_password_is_asked_for()
    {
        fill();
        start();
        openThesis();
        m_window->addPaths({QStringLiteral("/x")});
        AddPreview preview = smallPreview(1);
        preview.items[2].need = AddNeed::password;
        Q_EMIT m_thesis->addPreviewReady(preview);
        auto* shown = dialog("addSourcesDialog");
        auto* tree = shown->findChild<QTreeView*>(QStringLiteral("addPreviewView"));
        auto* button = shown->findChild<QPushButton*>(QStringLiteral("passwordButton"));
        QVERIFY(button->isVisible());
        tree->setCurrentIndex(tree->model()->index(0, 0, tree->model()->index(1, 0)));
        QTest::mouseClick(button, Qt::LeftButton);
        auto* ask = shown->findChild<QDialog*>(QStringLiteral("passwordDialog"));
        QVERIFY(ask != nullptr);
        auto* field = ask->findChild<QLineEdit*>();
        QCOMPARE(field->echoMode(), QLineEdit::Password);
        QTest::keyClicks(field, QStringLiteral("sesame"));
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(m_thesis->m_calls.constLast(), QStringLiteral("password:1:2:sesame"));
    }

    void files_dropped_on_an_empty_window_make_a_session()
    {
        start();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(QStringLiteral("/x/a.pdf")),
                      QUrl::fromLocalFile(QStringLiteral("/x/b"))});
        QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(enter.isAccepted());
        QVERIFY(child("dropOverlay")->isVisible());
        QCOMPARE(child("dropOverlay")->accessibleName(), QStringLiteral("Drop to add 2 items"));
        QDropEvent drop(QPointF(400, 400), Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(m_window.get(), &drop);
        QVERIFY(!child("dropOverlay")->isVisible());
        QTRY_VERIFY(dialog("addSourcesDialog") != nullptr);
        FakeSession* made = m_library->session(QStringLiteral("new0"));
        QCOMPARE(made->m_calls, QStringList{QStringLiteral("preview:/x/a.pdf,/x/b")});
    }

    void text_that_is_dragged_is_left_alone()
    {
        start();
        QMimeData data;
        data.setText(QStringLiteral("hello"));
        QDragEnterEvent enter(QPoint(400, 400), Qt::CopyAction, &data, Qt::LeftButton, {});
        enter.ignore();
        QApplication::sendEvent(m_window.get(), &enter);
        QVERIFY(!enter.isAccepted());
        QVERIFY(!child("dropOverlay")->isVisible());
    }

    void nothing_but_the_window_takes_drops()
    {
        fill();
        start();
        openThesis();
        for (const QWidget* widget : child("mainSplitter")->findChildren<QWidget*>()) {
            QVERIFY2(!widget->acceptDrops(), qPrintable(widget->objectName()));
        }
    }

    void a_citation_opens_the_reader_at_the_passage()
    {
        fill();
        start();
        openThesis();
        QVERIFY(!child("readerView")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
        QTRY_VERIFY(child("readerView")->isVisible());
        auto* reader = child<ReaderView>("readerView");
        QTRY_VERIFY(reader->currentTab() != nullptr && reader->currentTab()->hasMark());
        QCOMPARE(reader->currentTab()->position().range, (TextRange{4'208, 4'215}));
        QTest::keyClick(m_window.get(), Qt::Key_Up, Qt::AltModifier);
        QTRY_COMPARE(reader->currentTab()->position().range, (TextRange{8, 15}));
        QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
        QTRY_COMPARE(reader->currentTab()->position().range, (TextRange{4'208, 4'215}));
        QTest::keyClick(m_window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("“Ishmael” (Moby-Dick)"));
        QTest::keyClick(m_window.get(), Qt::Key_Escape);
        QVERIFY(!reader->currentTab()->hasMark());
        QTest::keyClick(m_window.get(), Qt::Key_F9);
        QVERIFY(!child("readerView")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_F9);
        QVERIFY(child("readerView")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_W, Qt::ControlModifier);
        QVERIFY(!child("readerView")->isVisible());
    }

    void a_quote_that_is_not_there_marks_nothing()
    {
        fill();
        m_thesis->m_answers[0].citations[0].state = CitationState::missing;
        start();
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        auto* reader = child<ReaderView>("readerView");
        QTRY_VERIFY(reader->currentTab() != nullptr);
        QVERIFY(!reader->currentTab()->hasMark());
    }

    void a_narrow_window_shows_reader_or_conversation()
    {
        fill();
        start(900, 600);
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        QTRY_VERIFY(child("readerView")->isVisible());
        QVERIFY(!child("conversationView")->isVisible());
        QVERIFY(child("readerLeave")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_Escape); // the mark
        QTest::keyClick(m_window.get(), Qt::Key_Escape); // the reader
        QVERIFY(child("conversationView")->isVisible());
        QVERIFY(!child("readerView")->isVisible());
        m_window->resize(1360, 860);
        QTRY_VERIFY(child("readerView")->isVisible());
        QVERIFY(child("conversationView")->isVisible());
        QVERIFY(!child("readerLeave")->isVisible());
    }

    void escape_stops_the_answer()
    {
        fill();
        start();
        openThesis();
        auto* question = child<QPlainTextEdit>("questionEdit");
        question->setFocus();
        QTest::keyClicks(question, QStringLiteral("Why?"));
        QTest::keyClick(question, Qt::Key_Return);
        QTest::keyClick(question, Qt::Key_Escape);
        QCOMPARE(m_thesis->m_calls,
                 (QStringList{QStringLiteral("ask:Why?"), QStringLiteral("stop")}));
    }

    void ask_again_and_edit_the_last_question()
    {
        fill();
        start();
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_E, Qt::ControlModifier);
        QCOMPARE(child<QPlainTextEdit>("questionEdit")->toPlainText(), QStringLiteral("Who?"));
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("ask:Who?")});
        QVERIFY(!child<QAction>("askAgain")->isEnabled());
    }

    void find_in_all_sources_lists_hits_and_opens_them()
    {
        fill();
        m_thesis->m_onSearch = [this](int request, const QString& text) {
            SearchHit hit;
            hit.place.sourceId = QStringLiteral("m");
            hit.place.sourceTitle = QStringLiteral("Moby-Dick");
            hit.place.range = {25, 32};
            hit.snippet = QStringLiteral("Call me ") + text;
            hit.match = {8, 8 + text.size()};
            Q_EMIT m_thesis->searchFinished(request - 1, {}, 0); // a late answer to older words
            Q_EMIT m_thesis->searchFinished(request, {hit}, 1);
        };
        start();
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        auto* find = dialog("findAnywhereDialog");
        QVERIFY(find->isVisible());
        auto* edit = find->findChild<QLineEdit*>(QStringLiteral("findAnywhereEdit"));
        QTest::keyClicks(edit, QStringLiteral("Ishmael"));
        auto* view = find->findChild<QAbstractItemView*>(QStringLiteral("findAnywhereView"));
        QTRY_COMPARE(view->model()->rowCount(), 1);
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("search:Ishmael")});
        QCOMPARE(find->findChild<QLabel*>(QStringLiteral("findAnywhereCount"))->text(),
                 QStringLiteral("1 match"));
        QTest::keyClick(edit, Qt::Key_Return);
        auto* reader = child<ReaderView>("readerView");
        QTRY_VERIFY(reader->currentTab() != nullptr && reader->currentTab()->hasMark());
        QCOMPARE(reader->currentTab()->position().range, (TextRange{25, 32}));
    }

    void the_transcript_is_exported_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<ExportFormat>("format");
        QTest::addColumn<QString>("suffix");
        QTest::newRow("markdown") << 0 << ExportFormat::markdown << "md";
        QTest::newRow("html") << 1 << ExportFormat::html << "html";
        QTest::newRow("pdf") << 2 << ExportFormat::pdf << "pdf";
        QTest::newRow("json") << 3 << ExportFormat::json << "json";
    }
    void the_transcript_is_exported()
    {
        QFETCH(int, row);
        QFETCH(ExportFormat, format);
        QFETCH(QString, suffix);
        fill();
        start();
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_S, Qt::ControlModifier);
        auto* shown = dialog("exportDialog");
        QVERIFY(shown != nullptr);
        QTemporaryDir folder;
        auto* file = shown->findChild<QLineEdit*>(QStringLiteral("exportFile"));
        file->setText(folder.filePath(QStringLiteral("out.md")));
        shown->findChild<QComboBox*>(QStringLiteral("exportFormat"))->setCurrentIndex(row);
        const QString wanted = folder.filePath(QStringLiteral("out.") + suffix);
        QCOMPARE(file->text(), wanted);
        QTest::mouseClick(shown->findChild<QPushButton*>(QStringLiteral("exportButton")),
                          Qt::LeftButton);
        QCOMPARE(m_thesis->m_calls.constLast(),
                 QStringLiteral("export:%1:%2").arg(static_cast<int>(format)).arg(wanted));
        Q_EMIT m_thesis->exportFinished(wanted);
        QVERIFY(child<QLabel>("toastText")->text().contains(wanted));
    }

    void a_failed_export_can_go_elsewhere()
    {
        fill();
        start();
        openThesis();
        Q_EMIT m_thesis->exportFailed(
            {ErrorCode::io, QStringLiteral("The disk is full."), QStringLiteral("/x/out.md")});
        auto* notice = child("conversationView")->findChild<QWidget*>(QStringLiteral("noticeBar"));
        QVERIFY(notice->isVisible());
        QTest::mouseClick(notice->findChild<QPushButton*>(QStringLiteral("noticeDetails")),
                          Qt::LeftButton);
        auto* details = m_window->findChild<QMessageBox*>(QStringLiteral("noticeDetailsBox"));
        QCOMPARE(details->informativeText(), QStringLiteral("/x/out.md"));
        details->reject();
        QTest::mouseClick(notice->findChild<QPushButton*>(QStringLiteral("noticeAction")),
                          Qt::LeftButton);
        QVERIFY(dialog("exportDialog") != nullptr);
        QVERIFY(!notice->isVisible());
    }

    void removing_a_source_names_its_price()
    {
        fill();
        start();
        openThesis();
        auto* view = child<QAbstractItemView>("sourcesView");
        view->setCurrentIndex(view->model()->index(0, 0));
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Delete);
        auto* box = m_window->findChild<QMessageBox*>(QStringLiteral("removeSourceBox"));
        QVERIFY(box->informativeText().contains(QStringLiteral("90,000 tokens")));
        QVERIFY(box->informativeText().contains(QStringLiteral("about 9 minutes")));
        QTest::mouseClick(box->findChild<QPushButton*>(QStringLiteral("removeButton")),
                          Qt::LeftButton);
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("remove:m")});
    }

    void a_command_that_does_nothing_does_not_exist()
    {
        fill();
        m_thesis->m_canRemove = false;
        start();
        openThesis();
        QVERIFY(!child<QAction>("removeSource")->isVisible());
        auto* view = child<QAbstractItemView>("sourcesView");
        view->setCurrentIndex(view->model()->index(0, 0));
        view->setFocus();
        QTest::keyClick(view, Qt::Key_Delete);
        QVERIFY(m_window->findChild<QMessageBox*>(QStringLiteral("removeSourceBox")) == nullptr);
    }

    void quitting_while_reading_asks_first()
    {
        fill();
        start();
        openThesis();
        ReadingProgress progress;
        progress.state = ReadingState::reading;
        progress.tokensDone = 41;
        progress.tokensTotal = 100;
        m_thesis->setReading(progress);
        QVERIFY(!m_window->close());
        auto* box = m_window->findChild<QMessageBox*>(QStringLiteral("quitBox"));
        QVERIFY(box->text().contains(QStringLiteral("41 %")));
        QTest::mouseClick(box->findChild<QPushButton*>(QStringLiteral("keepReading")),
                          Qt::LeftButton);
        QVERIFY(m_window->isVisible());
        QVERIFY(!m_window->close());
        QTRY_VERIFY(m_window->findChild<QPushButton*>(QStringLiteral("quitAnyway")) != nullptr);
        QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("quitAnyway")),
                          Qt::LeftButton);
        QTRY_VERIFY(!m_window->isVisible());
    }

    void progress_reaches_the_lists()
    {
        fill();
        start();
        openThesis();
        Source source = m_thesis->m_sources.constFirst();
        source.state = SourceState::failed;
        source.detail = QStringLiteral("The file is damaged.");
        m_thesis->setSource(source);
        auto* view = child<QAbstractItemView>("sourcesView");
        QVERIFY(view->model()
                    ->index(0, 0)
                    .data(Qt::AccessibleTextRole)
                    .toString()
                    .contains(source.detail));
        view->setCurrentIndex(view->model()->index(0, 0));
        QVERIFY(child<QAction>("retrySource")->isEnabled());
        child<QAction>("retrySource")->trigger();
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("retry:m")});
        Q_EMIT m_thesis->readingFinished(812'406);
        QVERIFY(child<QLabel>("statusAnnouncer")
                    ->text()
                    .contains(QStringLiteral("Reading finished: Thesis (812,406 tokens)")));
    }

    void panes_are_walked_with_f6()
    {
        fill();
        start();
        openThesis();
        child("questionEdit")->setFocus();
        QStringList walk;
        for (int i = 0; i < 4; ++i) {
            QTest::keyClick(m_window.get(), Qt::Key_F6);
            walk << QApplication::focusWidget()->objectName();
        }
        QCOMPARE(walk, (QStringList{QStringLiteral("sessionsView"), QStringLiteral("sourcesView"),
                                    QStringLiteral("transcript"), QStringLiteral("questionEdit")}));
        QTest::keyClick(m_window.get(), Qt::Key_F6, Qt::ShiftModifier);
        QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("transcript"));
        QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
        QCOMPARE(QApplication::focusWidget()->objectName(), QStringLiteral("questionEdit"));
        QTest::keyClick(m_window.get(), Qt::Key_F7);
        QVERIFY(!child("sideBar")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_F7);
        QVERIFY(child("sideBar")->isVisible());
    }

    void shortcuts_are_unique_and_listed()
    {
        fill();
        start();
        openThesis();
        QHash<QString, QString> taken;
        QStringList listed;
        for (const QAction* action : m_window->findChildren<QAction*>()) {
            for (const QKeySequence& keys : action->shortcuts()) {
                const QString text = keys.toString();
                QVERIFY2(!taken.contains(text),
                         qPrintable(text + taken.value(text) + action->objectName()));
                taken.insert(text, action->objectName());
            }
        }
        for (const char* keys :
             {"Ctrl+O",    "Ctrl+Shift+O", "Ctrl+N",   "Ctrl+L",       "Ctrl+R", "Ctrl+E",
              "Ctrl+F",    "F3",           "Shift+F3", "Ctrl+Shift+F", "Ctrl+G", "Alt+Left",
              "Alt+Right", "Alt+Down",     "Alt+Up",   "Ctrl+1",       "Ctrl+9", "Ctrl+Shift+C",
              "Ctrl++",    "Ctrl+-",       "Ctrl+0",   "Ctrl+J",       "F7",     "F6",
              "Shift+F6",  "F9",           "F11",      "Ctrl+S",       "F2",     "F1",
              "Ctrl+?"}) {
            QVERIFY2(taken.contains(QLatin1String(keys)), keys);
        }
        QTest::keyClick(m_window.get(), Qt::Key_F1);
        auto* sheet = dialog("shortcutSheet");
        QVERIFY(sheet != nullptr && sheet->isVisible());
    }

    void everything_one_can_use_has_a_name()
    {
        fill();
        start();
        openThesis();
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        QTRY_VERIFY(child("readerView")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_F, Qt::ControlModifier);
        m_window->addPaths({QStringLiteral("/x")});
        Q_EMIT m_thesis->addPreviewReady(smallPreview(1));
        QTest::qWait(50);
        int checked = 0;
        for (QWidget* widget : m_window->findChildren<QWidget*>()) {
            const QString name = widget->objectName();
            if (name.startsWith(QLatin1String("qt_")) || !widget->isVisible()) {
                continue;
            }
            const bool usable = qobject_cast<QAbstractButton*>(widget) != nullptr ||
                                qobject_cast<QLineEdit*>(widget) != nullptr ||
                                qobject_cast<QComboBox*>(widget) != nullptr ||
                                qobject_cast<QAbstractItemView*>(widget) != nullptr ||
                                qobject_cast<QPlainTextEdit*>(widget) != nullptr ||
                                qobject_cast<QTextEdit*>(widget) != nullptr;
            if (!usable || widget->inherits("QHeaderView") ||
                widget->inherits("QLineEditIconButton") || widget->inherits("QToolBarExtension") ||
                widget->inherits("QTableCornerButton")) {
                continue;
            }
            QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
            const QString label = QStringLiteral("%1 in %2")
                                      .arg(QLatin1String(widget->metaObject()->className()),
                                           widget->parent()->objectName());
            QVERIFY2(face != nullptr && !face->text(QAccessible::Name).isEmpty(),
                     qPrintable(label + QLatin1Char(' ') + name));
            const bool ownedByQt =
                widget->inherits("QPushButton") && widget->parent()->inherits("QDialogButtonBox");
            const bool scrollButton = widget->parent()->inherits("QTabBar");
            QVERIFY2(!name.isEmpty() || ownedByQt || scrollButton, qPrintable(label));
            ++checked;
        }
        QVERIFY2(checked > 20, qPrintable(QString::number(checked)));
    }

    void no_words_are_cut_at_the_smallest_size()
    {
        fill();
        start(800, 560);
        openThesis();
        QCOMPARE(m_window->size(), QSize(800, 560));
        for (const QPushButton* button : m_window->findChildren<QPushButton*>()) {
            if (button->isVisible()) {
                QVERIFY2(button->width() >= button->minimumSizeHint().width(),
                         qPrintable(button->objectName()));
            }
        }
    }

    void text_size_is_kept()
    {
        fill();
        start();
        const double before = QApplication::font().pointSizeF();
        child<QAction>("textSize150")->trigger();
        QCOMPARE(QApplication::font().pointSizeF(), before * 1.5);
        QCOMPARE(QSettings().value(QStringLiteral("window/textSize")).toInt(), 150);
        child<QAction>("textSize100")->trigger();
        QCOMPARE(QApplication::font().pointSizeF(), before);
    }

    void the_window_comes_back_as_it_was()
    {
        fill();
        start(1200, 700);
        m_window->close();
        m_window = std::make_unique<MainWindow>(*m_library);
        QCOMPARE(m_window->size(), QSize(1200, 700));
    }

    void colours_can_change_while_the_window_is_open()
    {
        fill();
        start();
        openThesis();
        const QColor light = child("transcript")->grab().toImage().pixelColor(5, 5);
        applyAppearance(*qobject_cast<QApplication*>(QApplication::instance()), ColorScheme::dark);
        QTRY_VERIFY(child("transcript")->grab().toImage().pixelColor(5, 5).lightness() <
                    light.lightness() - 100);
        applyAppearance(*qobject_cast<QApplication*>(QApplication::instance()), ColorScheme::light);
    }

    void a_library_that_closes_the_session_empties_the_table()
    {
        fill();
        start();
        openThesis();
        Q_EMIT m_library->sessionClosed(QStringLiteral("t"));
        QVERIFY(child("firstRunPage")->isVisible());
        QVERIFY(!child("contextMeter")->isVisible());
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_main_window.moc"
