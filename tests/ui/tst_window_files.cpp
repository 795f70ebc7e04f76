// SPDX-License-Identifier: GPL-3.0-or-later
#include "window_fixture.h"

#include "reader/reader_view.h"

#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTreeView>

using namespace ui;
using namespace ui::test;

class TestWindowFiles final : public WindowTest
{
    Q_OBJECT
private:
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
};

QTEST_MAIN(TestWindowFiles)
#include "tst_window_files.moc"
