// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"
#include "reader/find_bar.h"
#include "reader/pdf_pane.h"
#include "reader/reader_view.h"
#include "reader/text_pane.h"

#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTest>
#include <QTextBlock>
#include <QToolButton>
#include <QTreeWidget>

using namespace ui;
using test::FakePdfPages;
using test::FakeSession;

namespace {

ReaderContent textContent(const char* id, const QString& text,
                          SourceFormat format = SourceFormat::text)
{
    ReaderContent content;
    content.sourceId = QLatin1String(id);
    content.title = QLatin1String(id) + QStringLiteral(".txt");
    content.path = QStringLiteral("/x/") + content.title;
    content.format = format;
    content.text = text;
    return content;
}

Place placeOf(const char* id, TextRange range, int page = 0)
{
    Place place;
    place.sourceId = QLatin1String(id);
    place.range = range;
    place.page = page;
    return place;
}

/// The text under the extra selections of a pane: what is marked.
QStringList marked(const QPlainTextEdit& pane)
{
    QStringList all;
    for (const auto& selection : pane.extraSelections()) {
        all << selection.cursor.selectedText();
    }
    return all;
}

QString manyLines(int count)
{
    QString text;
    for (int i = 1; i <= count; ++i) {
        text += QStringLiteral("line %1\n").arg(i);
    }
    return text;
}

} // namespace

class TestReader final : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<FakeSession> m_session;
    std::unique_ptr<ReaderView> m_view;
    std::shared_ptr<FakePdfPages> m_pages;

    template <typename T>
    T* child(const char* name) const
    {
        T* found = m_view->currentTab()->findChild<T*>(QLatin1String(name));
        if (found == nullptr) {
            qFatal("no %s in the tab", name);
        }
        return found;
    }
    bool open(const Place& place)
    {
        m_view->openPlace(place);
        return QTest::qWaitFor([&] {
            return m_view->currentTab() != nullptr &&
                   m_view->currentTab()->sourceId() == place.sourceId;
        });
    }

private Q_SLOTS:
    void init()
    {
        m_session = std::make_unique<FakeSession>(QStringLiteral("s"), QStringLiteral("Session"));
        m_pages = std::make_shared<FakePdfPages>(60);
        ReaderContent pdf = textContent("book", QStringLiteral("abc def ").repeated(500));
        pdf.format = SourceFormat::pdf;
        pdf.pages = m_pages;
        pdf.outline = {{QStringLiteral("Part one"), 0, 3, 0},
                       {QStringLiteral("Chapter 1"), 1, 5, 100},
                       {QStringLiteral("Part two"), 0, 30, 900}};
        m_session->m_contents.insert(pdf.sourceId, pdf);
        m_session->m_contents.insert(QStringLiteral("text"), textContent("text", manyLines(400)));
        m_session->m_contents.insert(
            QStringLiteral("code"),
            textContent("code", QStringLiteral("/* \U0001F600\r\n*/\r\nint f() { return 42; }\r\n"),
                        SourceFormat::code));
        m_session->m_contents[QStringLiteral("code")].path = QStringLiteral("/x/code.cpp");
        m_session->m_sources = {test::makeSource(QStringLiteral("book"), QStringLiteral("B"), 1),
                                test::makeSource(QStringLiteral("text"), QStringLiteral("T"), 1),
                                test::makeSource(QStringLiteral("code"), QStringLiteral("C"), 1)};
        m_view = std::make_unique<ReaderView>();
        m_view->setSession(m_session.get());
        m_view->resize(600, 500);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }
    void cleanup()
    {
        m_view.reset();
        m_session.reset();
    }

    void a_passage_of_a_text_is_marked_and_in_sight()
    {
        const QString text = manyLines(400);
        const qint64 begin = text.indexOf(QStringLiteral("line 300"));
        QVERIFY(open(placeOf("text", {begin, begin + 8})));
        auto* pane = child<TextPane>("textPane");
        QCOMPARE(marked(*pane), QStringList{QStringLiteral("line 300")});
        const int first = pane->currentLine();
        QVERIFY2(first < 300 && first > 280, qPrintable(QString::number(first)));
    }

    void offsets_count_characters_and_survive_carriage_returns()
    {
        const QString text = m_session->m_contents[QStringLiteral("code")].text;
        const qint64 at = text.indexOf(QStringLiteral("return")) - 1; // one pair before it
        QVERIFY(open(placeOf("code", {at, at + 9})));
        QCOMPARE(marked(*child<TextPane>("codePane")), QStringList{QStringLiteral("return 42")});
    }

    void code_is_coloured_where_it_is_seen()
    {
        QVERIFY(open(placeOf("code", {0, 2})));
        auto* pane = child<TextPane>("codePane");
        QTRY_VERIFY(!pane->document()->findBlockByNumber(2).layout()->formats().isEmpty());
        QCOMPARE(pane->document()->findBlockByNumber(1).layout()->formats().constFirst().length, 2);
    }

    void a_long_file_is_coloured_only_near_the_window()
    {
        ReaderContent content = textContent(
            "long", QStringLiteral("int x = 1; /* a */\n").repeated(20'000), SourceFormat::code);
        content.path = QStringLiteral("/x/long.cpp");
        m_session->m_contents.insert(content.sourceId, content);
        Place place = placeOf("long", {});
        place.lineBegin = 15'000;
        QVERIFY(open(place));
        auto* pane = child<TextPane>("codePane");
        QTRY_COMPARE(pane->blockCount(), 20'001); // it comes in slices
        QCOMPARE(child<QLabel>("positionLabel")->text(), QStringLiteral("of 20,001"));
        QTRY_VERIFY(!pane->document()->findBlockByNumber(15'000).layout()->formats().isEmpty());
        QVERIFY(pane->document()->findBlockByNumber(5'000).layout()->formats().isEmpty());
        QVERIFY(pane->document()->findBlockByNumber(19'990).layout()->formats().isEmpty());
    }

    void a_citation_opens_the_page_and_marks_the_passage()
    {
        QVERIFY(open(placeOf("book", {2'450, 2'470}, 25)));
        auto* pane = child<PdfPane>("pdfPane");
        QCOMPARE(m_pages->m_asked, (QList<TextRange>{{2'450, 2'470}}));
        QTRY_COMPARE(pane->passage().size(), 1);
        QCOMPARE(pane->passage().constFirst().page, 25);
        QCOMPARE(pane->currentPage(), 25);
        QCOMPARE(child<QLineEdit>("positionEdit")->text(), QStringLiteral("25"));
        QTRY_VERIFY(m_pages->m_requested.contains(25));
        QVERIFY2(m_pages->m_requested.size() < 12, "only what is near is rendered");
        m_view->currentTab()->clearMark();
        QVERIFY(pane->passage().isEmpty());
    }

    void the_mark_is_painted_on_the_page()
    {
        QVERIFY(open(placeOf("book", {2'450, 2'470}, 25)));
        auto* pane = child<PdfPane>("pdfPane");
        QTRY_COMPARE(pane->passage().size(), 1);
        QTest::qWait(1'100); // the pulse
        const auto yellow = [](const QImage& image) {
            int count = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const QColor color = image.pixelColor(x, y);
                    count += color.red() > 240 && color.green() > 200 && color.blue() < 150 ? 1 : 0;
                }
            }
            return count;
        };
        QVERIFY(yellow(pane->viewport()->grab().toImage()) > 500);
        m_view->currentTab()->clearMark();
        QCOMPARE(yellow(pane->viewport()->grab().toImage()), 0);
    }

    void pages_are_reached_by_number_and_label()
    {
        QVERIFY(open(placeOf("book", {}, 1)));
        auto* edit = child<QLineEdit>("positionEdit");
        auto* pane = child<PdfPane>("pdfPane");
        edit->setFocus();
        edit->setText(QStringLiteral("41"));
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(pane->currentPage(), 41);
        QCOMPARE(child<QLabel>("positionLabel")->text(), QStringLiteral("of 60 [27]"));
        edit->setText(QStringLiteral("999"));
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(pane->currentPage(), 60);
    }

    void zoom_holds_the_place()
    {
        QVERIFY(open(placeOf("book", {}, 30)));
        auto* pane = child<PdfPane>("pdfPane");
        const double before = pane->position();
        m_view->currentTab()->zoomBy(3);
        QVERIFY(qAbs(pane->position() - before) < 2.0);
        QVERIFY(pane->fit() == PdfPane::Fit::none);
        m_view->currentTab()->fitPage();
        QVERIFY(pane->zoom() > 0.1);
        m_view->currentTab()->resetZoom();
        QCOMPARE(pane->zoom(), 1.0);
    }

    void the_outline_is_a_tree_that_leads_to_pages()
    {
        QVERIFY(open(placeOf("book", {}, 1)));
        auto* outline = child<QTreeWidget>("outlineView");
        QCOMPARE(outline->topLevelItemCount(), 2);
        QCOMPARE(outline->topLevelItem(0)->childCount(), 1);
        QVERIFY(!outline->isVisible());
        child<QToolButton>("outlineButton")->click();
        QVERIFY(outline->isVisible());
        Q_EMIT outline->itemClicked(outline->topLevelItem(1), 0);
        QCOMPARE(child<PdfPane>("pdfPane")->currentPage(), 30);
    }

    void the_text_as_read_is_one_click_away()
    {
        QVERIFY(open(placeOf("book", {8, 11}, 1)));
        child<QToolButton>("asTextButton")->click();
        auto* pane = child<TextPane>("textPane");
        QVERIFY(pane->isVisible());
        QCOMPARE(marked(*pane), QStringList{QStringLiteral("abc")});
    }

    void find_walks_through_the_matches()
    {
        QVERIFY(open(placeOf("text", {})));
        m_view->currentTab()->startFind();
        auto* edit = child<QLineEdit>("findEdit");
        QTest::keyClicks(edit, QStringLiteral("LINE 39"));
        QCOMPARE(child<QLabel>("findCount")->text(), QStringLiteral("1 of 11")); // 39, 390..399
        m_view->currentTab()->findNext(1);
        QCOMPARE(child<QLabel>("findCount")->text(), QStringLiteral("2 of 11"));
        m_view->currentTab()->findNext(-1);
        m_view->currentTab()->findNext(-1);
        QCOMPARE(child<QLabel>("findCount")->text(), QStringLiteral("11 of 11"));
        QVERIFY(child<TextPane>("textPane")->currentLine() > 350);
        child<QAbstractButton>("findWords")->click();
        QCOMPARE(child<QLabel>("findCount")->text(), QStringLiteral("1 of 1"));
        child<QAbstractButton>("findCase")->click();
        QCOMPARE(child<QLabel>("findCount")->text(), QStringLiteral("No matches"));
        QTest::keyClick(edit, Qt::Key_Escape);
        QVERIFY(!child<FindBar>("findBar")->isVisible());
        QVERIFY(child<TextPane>("textPane")->extraSelections().isEmpty());
    }

    void a_phrase_is_found_over_a_line_end_and_on_the_page()
    {
        ReaderContent& pdf = m_session->m_contents[QStringLiteral("book")];
        pdf.text = QStringLiteral("the quick\nbrown fox (sic)");
        QVERIFY(open(placeOf("book", {}, 1)));
        m_pages->m_asked.clear();
        m_view->currentTab()->startFind();
        QTest::keyClicks(child<QLineEdit>("findEdit"), QStringLiteral("quick brown"));
        QCOMPARE(m_pages->m_asked.constLast(), (TextRange{4, 15}));
        QTest::keyClicks(child<QLineEdit>("findEdit"), QStringLiteral(" fox (sic"));
        QCOMPARE(m_pages->m_asked.constLast(), (TextRange{4, 24})); // no pattern characters
    }

    void back_and_forward_follow_the_jumps()
    {
        QVERIFY(!m_view->canGoBack());
        QVERIFY(open(placeOf("text", {0, 4})));
        QVERIFY(open(placeOf("book", {2'450, 2'470}, 25)));
        QVERIFY(open(placeOf("book", {450, 470}, 5)));
        auto* pane = child<PdfPane>("pdfPane");
        QTRY_COMPARE(pane->currentPage(), 5);
        QTRY_COMPARE(pane->passage().size(), 1);
        m_view->goBack();
        QTRY_COMPARE(pane->currentPage(), 25);
        m_view->goBack();
        QCOMPARE(m_view->currentTab()->sourceId(), QStringLiteral("text"));
        QVERIFY(!m_view->canGoBack());
        m_view->goForward();
        QCOMPARE(m_view->currentTab()->sourceId(), QStringLiteral("book"));
        m_view->goForward();
        QTRY_COMPARE(pane->currentPage(), 5);
        QVERIFY(!m_view->canGoForward());
    }

    void back_reopens_what_was_closed()
    {
        QVERIFY(open(placeOf("text", {0, 4})));
        QVERIFY(open(placeOf("code", {0, 2})));
        m_view->findChild<QTabWidget*>()->setCurrentIndex(0);
        m_view->closeCurrent();
        QCOMPARE(m_view->currentTab()->sourceId(), QStringLiteral("code"));
        m_view->goBack();
        QTRY_COMPARE(m_view->currentTab()->sourceId(), QStringLiteral("text"));
        QCOMPARE(marked(*child<TextPane>("textPane")), QStringList{QStringLiteral("line")});
    }

    void a_source_opens_once()
    {
        QVERIFY(open(placeOf("text", {0, 4})));
        QVERIFY(open(placeOf("text", {5, 6})));
        m_view->openSource(QStringLiteral("text"));
        QCOMPARE(m_view->findChild<QTabWidget*>()->count(), 1);
        QCOMPARE(m_session->m_calls.count(QStringLiteral("reader:text")), 1);
    }

    void what_cannot_be_opened_is_said()
    {
        QSignalSpy failed(m_view.get(), &ReaderView::failed);
        m_view->openSource(QStringLiteral("nothing"));
        QTRY_COMPARE(failed.count(), 1);
        QVERIFY(m_view->isEmpty());
    }

    void a_removed_source_is_closed()
    {
        QVERIFY(open(placeOf("text", {0, 4})));
        QSignalSpy emptied(m_view.get(), &ReaderView::emptied);
        m_session->m_sources.removeAt(1);
        Q_EMIT m_session->sourcesChanged();
        QVERIFY(m_view->isEmpty());
        QCOMPARE(emptied.count(), 1);
    }

    void a_note_is_shown_over_the_text()
    {
        m_session->m_contents[QStringLiteral("text")].note =
            QStringLiteral("The original file is not there any more.");
        QVERIFY(open(placeOf("text", {})));
        QVERIFY(child<QLabel>("readerNote")->isVisible());
    }
};

QTEST_MAIN(TestReader)
#include "tst_reader.moc"
