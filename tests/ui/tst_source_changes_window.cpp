// SPDX-License-Identifier: GPL-3.0-or-later
// Removing, hiding, reading again, and copying a session: what the window asks first and passes on.
#include "window_fixture.h"

#include <QAbstractItemView>
#include <QAction>
#include <QLabel>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>

using namespace ui;
using namespace ui::test;

class TestSourceChangesWindow final : public WindowTest
{
    Q_OBJECT
private:
    void chooseFirstSource()
    {
        auto* view = child<QAbstractItemView>("sourcesView");
        view->setCurrentIndex(view->model()->index(0, 0));
        view->setFocus();
    }
    QMessageBox* box(const char* name)
    {
        const QString wanted = QLatin1String(name);
        if (!QTest::qWaitFor(
                [&] { return m_window->findChild<QMessageBox*>(wanted) != nullptr; })) {
            return nullptr;
        }
        return m_window->findChild<QMessageBox*>(wanted);
    }
    static void press(QMessageBox* of, const char* button)
    {
        QTest::mouseClick(of->findChild<QPushButton*>(QLatin1String(button)), Qt::LeftButton);
    }
    QMessageBox* startRemoving()
    {
        fill();
        start();
        openThesis();
        chooseFirstSource();
        QTest::keyClick(child("sourcesView"), Qt::Key_Delete);
        return box("removeSourceBox");
    }

private Q_SLOTS:
    void removing_names_its_price()
    {
        QMessageBox* asked = startRemoving();
        QVERIFY(asked != nullptr);
        QCOMPARE(asked->informativeText(),
                 QStringLiteral("Later sources must be read again, about 9 minutes (2 sources, "
                                "90,000 tokens)."));
        press(asked, "removeButton");
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("remove:m")});
    }

    void hiding_is_offered_instead()
    {
        QMessageBox* asked = startRemoving();
        QVERIFY(asked != nullptr);
        press(asked, "hideInsteadButton");
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("hide:m")});
    }

    void nothing_is_removed_without_a_word()
    {
        QMessageBox* asked = startRemoving();
        QVERIFY(asked != nullptr);
        QTest::keyClick(asked, Qt::Key_Return); // the default is to leave everything as it is
        QVERIFY(m_thesis->m_calls.isEmpty());
    }

    void removing_the_last_costs_nothing()
    {
        fill();
        m_thesis->m_cost = {};
        start();
        openThesis();
        chooseFirstSource();
        QTest::keyClick(child("sourcesView"), Qt::Key_Delete);
        QMessageBox* asked = box("removeSourceBox");
        QVERIFY(asked != nullptr);
        QCOMPARE(asked->informativeText(), QStringLiteral("Nothing has to be read again."));
    }

    void a_hidden_source_says_so_and_comes_back()
    {
        fill();
        m_thesis->m_sources[0].hidden = true;
        start();
        openThesis();
        chooseFirstSource();
        const auto* view = child<QAbstractItemView>("sourcesView");
        QVERIFY(view->currentIndex()
                    .data(Qt::AccessibleTextRole)
                    .toString()
                    .contains(QStringLiteral("Hidden from answers")));
        auto* hide = child<QAction>("hideSource");
        QVERIFY(hide->isChecked());
        hide->trigger();
        QCOMPARE(m_thesis->m_calls, QStringList{QStringLiteral("show:m")});
    }

    void a_changed_file_can_be_read_again_data()
    {
        QTest::addColumn<QByteArray>("button");
        QTest::addColumn<QString>("call");
        QTest::newRow("the old one keeps its place")
            << QByteArray("readNewButton") << QStringLiteral("readAgain:m");
        QTest::newRow("the old one is taken out")
            << QByteArray("replaceButton") << QStringLiteral("replace:m");
    }

    void a_changed_file_can_be_read_again()
    {
        QFETCH(QByteArray, button);
        QFETCH(QString, call);
        fill();
        start();
        openThesis();
        chooseFirstSource();
        QVERIFY(!child<QAction>("readSourceAgain")->isEnabled());
        Source source = m_thesis->m_sources.constFirst();
        source.state = SourceState::changed;
        m_thesis->setSource(source);
        QVERIFY(child<QAction>("readSourceAgain")->isEnabled());
        child<QAction>("readSourceAgain")->trigger();
        QMessageBox* asked = box("readAgainBox");
        QVERIFY(asked != nullptr);
        QVERIFY(asked->informativeText().contains(QStringLiteral("about 9 minutes")));
        press(asked, button.constData());
        QCOMPARE(m_thesis->m_calls, QStringList{call});
    }

    void a_session_is_copied()
    {
        fill();
        start();
        openThesis();
        child<QAction>("duplicateSession")->trigger();
        QVERIFY(calls().contains(QStringLiteral("duplicate:t")));
        QTRY_VERIFY(child<QLabel>("toastText") != nullptr &&
                    child<QLabel>("toastText")->text().contains(QStringLiteral("“Copy”")));
        QTest::mouseClick(child<QPushButton>("toastAction"), Qt::LeftButton);
        QVERIFY(calls().contains(QStringLiteral("open:t-copy")));
    }

    void a_second_window_leaves_the_first_alone()
    {
        // Defect guarded against: a session that one window opens appears in all of them.
        fill();
        start();
        openThesis();
        QSignalSpy wanted(m_window.get(), &MainWindow::newWindowRequested);
        child<QAction>("openInNewWindow")->trigger();
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].toString(), QStringLiteral("t"));
        MainWindow second(*m_library);
        second.show();
        second.openSession(QStringLiteral("l"));
        QTRY_COMPARE(second.findChild<QLineEdit*>(QStringLiteral("titleEdit"))->text(),
                     QStringLiteral("Linux sched"));
        QCOMPARE(child<QLineEdit>("titleEdit")->text(), QStringLiteral("Thesis"));
        QVERIFY(!calls().contains(QStringLiteral("release:t")));
        // Closing one of two asks nothing, and lets go of its session.
        ReadingProgress progress;
        progress.state = ReadingState::reading;
        m_thesis->setReading(progress);
        QVERIFY(m_window->close());
        QVERIFY(calls().contains(QStringLiteral("release:t")));
    }
};

QTEST_MAIN(TestSourceChangesWindow)
#include "tst_source_changes_window.moc"
