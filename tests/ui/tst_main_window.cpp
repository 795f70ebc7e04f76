// SPDX-License-Identifier: GPL-3.0-or-later
#include "window_fixture.h"

#include "reader/reader_view.h"

#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTemporaryDir>

using namespace ui;
using namespace ui::test;

class TestMainWindow final : public WindowTest
{
    Q_OBJECT
private Q_SLOTS:
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

    void opening_a_document_opens_no_other_window()
    {
        fill();
        start();
        openThesis();
        int shown = 0;
        const auto top = [&] {
            int count = 0;
            for (const QWidget* widget : QApplication::topLevelWidgets()) {
                count += widget->isVisible() ? 1 : 0;
            }
            return count;
        };
        // A part that is shown before it has a parent flashes up as a window of its own.
        connect(qApp, &QGuiApplication::focusWindowChanged, m_window.get(), [&] { ++shown; });
        QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
        QTRY_VERIFY(child("readerView")->isVisible());
        QTest::qWait(50);
        QCOMPARE(top(), 1);
        QCOMPARE(shown, 0);
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
        QVERIFY(child("aimRow")->isVisible());
        QTest::keyClick(m_window.get(), Qt::Key_R, Qt::ControlModifier);
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("again:1")});
        QVERIFY(!child<QAction>("askAgain")->isEnabled());
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
        AddPreview preview;
        preview.request = 1;
        Q_EMIT m_thesis->addPreviewReady(preview);
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
