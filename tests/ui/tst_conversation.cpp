// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"
#include "views/citation_card.h"
#include "views/citation_strip.h"
#include "views/conversation_view.h"
#include "views/question_edit.h"
#include "views/transcript.h"

#include <QClipboard>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTextBlock>

#include <ctime>

using namespace ui;
using test::FakeSession;

namespace {

Answer answerOf(const char* id, const char* question, const char* text)
{
    Answer answer;
    answer.id = QLatin1String(id);
    answer.question = QString::fromUtf8(question);
    answer.text = QString::fromUtf8(text);
    answer.askedAt = QDateTime(QDate(2024, 5, 3), QTime(14, 2));
    answer.state = AnswerState::found;
    return answer;
}

/// Every target that a click in the document can reach.
QStringList links(const QTextDocument& document)
{
    QStringList all;
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        for (auto it = block.begin(); !it.atEnd(); ++it) {
            const QTextCharFormat format = it.fragment().charFormat();
            if (format.isAnchor()) {
                all << format.anchorHref();
            }
        }
    }
    all.removeDuplicates();
    return all;
}

} // namespace

class TestConversation final : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<FakeSession> m_session;
    std::unique_ptr<ConversationView> m_view;
    QuestionEdit* m_edit = nullptr;
    QPushButton* m_ask = nullptr;

    template <typename T>
    T* child(const char* name) const
    {
        return m_view->findChild<T*>(QLatin1String(name));
    }
    [[nodiscard]] QString shownText() const { return m_view->transcript().toPlainText(); }
    void show(FakeSession& session)
    {
        m_view->setSession(&session);
        m_view->resize(700, 600);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }
    void type(const char* text)
    {
        m_edit->setFocus();
        QTest::keyClicks(m_edit, QLatin1String(text));
    }

private Q_SLOTS:
    void init()
    {
        m_session = std::make_unique<FakeSession>(QStringLiteral("s"), QStringLiteral("Session"));
        m_session->m_sources = {
            test::makeSource(QStringLiteral("m"), QStringLiteral("Moby-Dick"), 274'310)};
        m_session->m_status.tokensUsed = 812'406;
        m_view = std::make_unique<ConversationView>();
        m_edit = child<QuestionEdit>("questionEdit");
        m_ask = child<QPushButton>("askButton");
        show(*m_session);
    }
    void cleanup()
    {
        m_view.reset();
        m_session.reset();
    }

    void return_asks_and_shift_return_breaks_the_line()
    {
        QVERIFY(!m_ask->isEnabled());
        type("Who?");
        QTest::keyClick(m_edit, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(m_edit, QStringLiteral("And why?"));
        QVERIFY(m_ask->isEnabled());
        QTest::keyClick(m_edit, Qt::Key_Return);
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("ask:Who?\nAnd why?")});
        QVERIFY(m_edit->toPlainText().isEmpty());
        QTest::keyClicks(m_edit, QStringLiteral("again"));
        QTest::keyClick(m_edit, Qt::Key_Return); // one answer at a time
        QCOMPARE(m_session->m_calls.size(), 1);
    }

    void an_empty_question_is_not_asked()
    {
        type("   ");
        QTest::keyClick(m_edit, Qt::Key_Return);
        QVERIFY(m_session->m_calls.isEmpty());
    }

    void the_box_grows_to_eight_lines()
    {
        const int one = m_edit->height();
        m_edit->setPlainText(QStringLiteral("1\n2\n3"));
        const int three = m_edit->height();
        QVERIFY(three > one);
        m_edit->setPlainText(QStringLiteral("x\n").repeated(30));
        const int many = m_edit->height();
        m_edit->setPlainText(QStringLiteral("x\n").repeated(60));
        QCOMPARE(m_edit->height(), many);
        QVERIFY(many <= one + 8 * m_edit->fontMetrics().lineSpacing());
    }

    void an_answer_streams_in()
    {
        type("Who commands?");
        QTest::mouseClick(m_ask, Qt::LeftButton);
        QCOMPARE(m_ask->text(), QStringLiteral("Stop"));
        Answer answer = answerOf("7", "Who commands?", "");
        answer.state = AnswerState::running;
        Q_EMIT m_session->answerStarted(answer);
        QVERIFY(shownText().contains(QStringLiteral("Looking through 812,406 tokens")));
        Q_EMIT m_session->answerStage(answer.id, AnswerStage::reading, 1, 6);
        QVERIFY(shownText().contains(QStringLiteral("passage 2 of 6")));
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("Captain "));
        QVERIFY(!shownText().contains(QStringLiteral("passage 2")));
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("Ahab.\n\n"));
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("He does."));
        QVERIFY(shownText().contains(QStringLiteral("Captain Ahab.\nHe does.")));
        Citation citation =
            test::makeCitation(1, QStringLiteral("m"), QStringLiteral("Moby-Dick"), {10, 20},
                               QStringLiteral("Captain\nAhab "), CitationState::checking);
        citation.markAt = 13;
        Q_EMIT m_session->citationFound(answer.id, citation);
        QVERIFY(shownText().contains(QStringLiteral("Checking…")));
        citation.state = CitationState::exact;
        Q_EMIT m_session->citationFound(answer.id, citation); // checked meanwhile
        QVERIFY(!shownText().contains(QStringLiteral("Checking…")));
        QVERIFY(shownText().contains(QStringLiteral("Exact quote")));
        QVERIFY(
            shownText().contains(QStringLiteral("“Captain Ahab”"))); // a broken line of the file
        Q_EMIT m_session->answerText(answer.id, QStringLiteral(" Always."));
        QVERIFY(shownText().contains(QStringLiteral("He does.")));
        answer.text = QStringLiteral("Captain Ahab.\n\nHe does. Always.");
        answer.citations = {citation};
        answer.state = AnswerState::found;
        answer.sourcesRead = 3;
        answer.tokensRead = 812'406;
        QSignalSpy said(m_view.get(), &ConversationView::announcement);
        Q_EMIT m_session->answerFinished(answer);
        QCOMPARE(m_ask->text(), QStringLiteral("Ask"));
        QVERIFY(!m_view->isAnswering());
        QVERIFY(shownText().contains(QStringLiteral("Read in full: 3 sources, 812,406 tokens")));
        QCOMPARE(shownText().count(QStringLiteral("Captain Ahab.")), 1);
        QCOMPARE(said.count(), 1);
        QCOMPARE(said.at(0).at(0).toString(),
                 QStringLiteral("Answer ready, 1 source, quoted exactly."));
    }

    void streamed_and_final_text_look_the_same()
    {
        Answer answer = answerOf("1", "Q", "");
        answer.state = AnswerState::running;
        Q_EMIT m_session->answerStarted(answer);
        const QString text = QStringLiteral("One.\nTwo.\n\n\nThree \U0001F600.\n\nFour.");
        for (const QChar c : text) {
            Q_EMIT m_session->answerText(answer.id, QString(c));
        }
        const QString streamed = shownText();
        answer.text = text;
        answer.state = AnswerState::found;
        Q_EMIT m_session->answerFinished(answer);
        QVERIFY(shownText().startsWith(streamed));
    }

    void stop_keeps_what_has_come()
    {
        Answer answer = answerOf("1", "Q", "");
        answer.state = AnswerState::running;
        type("Q");
        QTest::keyClick(m_edit, Qt::Key_Return);
        Q_EMIT m_session->answerStarted(answer);
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("Half an ans"));
        QTest::mouseClick(m_ask, Qt::LeftButton);
        QCOMPARE(m_session->m_calls.constLast(), QStringLiteral("stop"));
        answer.text = QStringLiteral("Half an ans");
        answer.state = AnswerState::stopped;
        Q_EMIT m_session->answerFinished(answer);
        QVERIFY(shownText().contains(QStringLiteral("Half an ans")));
        QVERIFY(shownText().contains(QStringLiteral("Stopped.")));
        QVERIFY(shownText().contains(QStringLiteral("Ask again")));
    }

    void a_failure_says_why()
    {
        Answer answer = answerOf("1", "Q", "Partly");
        answer.state = AnswerState::failed;
        answer.failure = QStringLiteral("The disk is full.");
        Q_EMIT m_session->answerFinished(answer);
        QVERIFY(shownText().contains(QStringLiteral("The disk is full.")));
        QVERIFY(shownText().contains(QStringLiteral("Partly")));
    }

    void not_found_offers_places_and_a_search()
    {
        Answer answer = answerOf("9", "Who is the mayor?", "");
        answer.state = AnswerState::notFound;
        answer.searchTerms = QStringLiteral("mayor");
        SearchHit hit;
        hit.place.sourceId = QStringLiteral("m");
        hit.place.sourceTitle = QStringLiteral("Moby-Dick");
        hit.place.range = {100, 105};
        hit.snippet = QStringLiteral("the mayor of");
        hit.match = {4, 9};
        answer.places = {hit};
        m_session->m_answers = {answer};
        show(*m_session);
        QVERIFY(shownText().contains(QStringLiteral("Your sources do not seem to say this.")));
        QVERIFY(shownText().contains(QStringLiteral("the mayor of")));
        QSignalSpy search(m_view.get(), &ConversationView::searchRequested);
        QSignalSpy opened(m_view.get(), &ConversationView::hitOpened);
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("search:9")));
        QCOMPARE(search.at(0).at(0).toString(), QStringLiteral("mayor"));
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("hit:9/0")));
        QCOMPARE(opened.at(0).at(0).value<SearchHit>().place.range, (TextRange{100, 105}));
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("hit:9/7")));
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("hit:nobody/0")));
        QCOMPARE(opened.count(), 1);
    }

    void markup_in_an_answer_stays_text()
    {
        const QString evil = QStringLiteral(
            "<b>bold</b> <a href=\"file:///etc/passwd\">x</a> <img src=\"file:///dev/zero\"> "
            "<script>alert(1)</script> &amp; [1](http://evil) std::vector<int>");
        Answer answer = answerOf("1", "", "");
        answer.question = evil;
        answer.text = evil;
        Citation citation = test::makeCitation(1, QStringLiteral("m"), evil, {0, 3}, evil);
        citation.place.chapter = evil;
        citation.stateDetail = evil;
        citation.before = evil;
        citation.state = CitationState::close;
        Citation also = citation;
        also.number = 2;
        also.role = CitationRole::alsoFound;
        answer.citations = {citation, also};
        Answer none = answerOf("2", "Q", "");
        none.state = AnswerState::notFound;
        none.searchTerms = evil;
        SearchHit hit;
        hit.snippet = evil;
        hit.place.sourceTitle = evil;
        none.places = {hit};
        Answer broken = answerOf("3", "Q", "");
        broken.state = AnswerState::failed;
        broken.failure = evil;
        m_session->m_answers = {answer, none, broken};
        show(*m_session);
        // Question, text, two citations' titles, quote, detail, hit's title, snippet, search,
        // failure.
        QVERIFY(shownText().count(QStringLiteral("std::vector<int>")) >= 6);
        QVERIFY(shownText().count(QStringLiteral("&amp;")) >= 6);
        const QStringList allowed{QStringLiteral("cite:1/1"), QStringLiteral("cite:1/2"),
                                  QStringLiteral("copy:1"),   QStringLiteral("copy-sources:1"),
                                  QStringLiteral("again:1"),  QStringLiteral("edit:1"),
                                  QStringLiteral("branch:1"), QStringLiteral("hit:2/0"),
                                  QStringLiteral("search:2"), QStringLiteral("again:2"),
                                  QStringLiteral("edit:2"),   QStringLiteral("branch:2"),
                                  QStringLiteral("again:3"),  QStringLiteral("edit:3"),
                                  QStringLiteral("branch:3")};
        QCOMPARE(links(*m_view->transcript().document()), allowed);
        for (const QTextFormat& format : m_view->transcript().document()->allFormats()) {
            QVERIFY(!format.isImageFormat());
        }
        // The hover card is the one place with markup of its own.
        CitationCard card(m_view.get());
        card.showFor(citation, QPoint(10, 10));
        for (const QLabel* label : card.findChildren<QLabel*>()) {
            QVERIFY(!label->text().contains(QStringLiteral("<b>bold")) ||
                    label->textFormat() == Qt::PlainText);
            QVERIFY(!label->text().contains(QStringLiteral("<img")) ||
                    label->textFormat() == Qt::PlainText);
        }
    }

    void copying_spells_the_marks_out()
    {
        Answer answer = answerOf("1", "Q", "He does.");
        Citation citation = test::makeCitation(1, QStringLiteral("m"), QStringLiteral("Moby-Dick"),
                                               {0, 3}, QStringLiteral("Ahab"));
        citation.markAt = 8;
        answer.citations = {citation};
        m_session->m_answers = {answer};
        show(*m_session);
        m_view->transcript().selectAll();
        m_view->transcript().copy();
        const QString copied = QApplication::clipboard()->text();
        QVERIFY(copied.contains(QStringLiteral("He does.\u00a0[1]")));
        QVERIFY(!copied.contains(QChar(QChar::ObjectReplacementCharacter)));
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("copy-sources:1")));
        QCOMPARE(QApplication::clipboard()->text(),
                 QStringLiteral("He does.\n[1] “Ahab” (Moby-Dick) (Exact quote)"));
    }

    void a_question_waits_for_the_reading()
    {
        ReadingProgress progress;
        progress.state = ReadingState::reading;
        progress.tokensTotal = 100;
        m_session->setReading(progress);
        type("Who?");
        QTest::keyClick(m_edit, Qt::Key_Return);
        QVERIFY(m_session->m_calls.isEmpty());
        QVERIFY(child<QWidget>("queuedText")->isVisible());
        progress.state = ReadingState::idle;
        m_session->setReading(progress);
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("ask:Who?")});
        QVERIFY(!child<QWidget>("queuedText")->isVisible());
    }

    void a_waiting_question_can_be_asked_now_or_taken_back()
    {
        ReadingProgress progress;
        progress.state = ReadingState::reading;
        m_session->setReading(progress);
        type("Who?");
        QTest::keyClick(m_edit, Qt::Key_Return);
        QTest::mouseClick(child<QPushButton>("forgetQuestionButton"), Qt::LeftButton);
        QCOMPARE(m_edit->toPlainText(), QStringLiteral("Who?"));
        QTest::keyClick(m_edit, Qt::Key_Return);
        QTest::mouseClick(child<QPushButton>("askNowButton"), Qt::LeftButton);
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("ask:Who?")});
    }

    void the_banner_says_tokens_rate_and_time()
    {
        ReadingProgress progress;
        progress.state = ReadingState::reading;
        progress.sourceName = QStringLiteral("Moby-Dick");
        progress.sourcesTotal = 3;
        progress.tokensDone = 182'000;
        progress.tokensTotal = 443'000;
        progress.tokensPerSecond = 5'100.4;
        progress.secondsLeft = 14 * 60;
        m_session->setReading(progress);
        QVERIFY(child<QWidget>("readingBanner")->isVisible());
        QCOMPARE(child<QLabel>("readingTitle")->text(),
                 QStringLiteral("Reading 3 sources: 41 %, about 14 minutes left"));
        QCOMPARE(child<QLabel>("readingDetail")->text(),
                 QStringLiteral("Moby-Dick · 182,000 of 443,000 tokens · 5,100 tokens/s"));
        QTest::mouseClick(child<QPushButton>("pauseButton"), Qt::LeftButton);
        progress.state = ReadingState::paused;
        m_session->setReading(progress);
        QCOMPARE(child<QPushButton>("pauseButton")->text(), QStringLiteral("Continue"));
        QTest::mouseClick(child<QPushButton>("pauseButton"), Qt::LeftButton);
        QTest::mouseClick(child<QPushButton>("cancelReadingButton"), Qt::LeftButton);
        QCOMPARE(m_session->m_calls, (QStringList{QStringLiteral("pause"), QStringLiteral("resume"),
                                                  QStringLiteral("cancel")}));
        m_session->setReading({});
        QVERIFY(!child<QWidget>("readingBanner")->isVisible());
    }

    void up_in_an_empty_box_brings_the_last_question_back()
    {
        m_session->m_answers = {answerOf("1", "First?", "A"), answerOf("2", "Second?", "B")};
        show(*m_session);
        m_edit->setFocus();
        QTest::keyClick(m_edit, Qt::Key_Up);
        QCOMPARE(m_edit->toPlainText(), QStringLiteral("Second?"));
    }

    void chips_and_links_open_the_same_citation()
    {
        Answer answer = answerOf("1", "Q", "A");
        answer.citations = {test::makeCitation(1, QStringLiteral("m"), QStringLiteral("M"), {5, 9},
                                               QStringLiteral("x")),
                            test::makeCitation(2, QStringLiteral("m"), QStringLiteral("M"),
                                               {50, 59}, QStringLiteral("y"))};
        m_session->m_answers = {answer};
        show(*m_session);
        QSignalSpy opened(m_view.get(), &ConversationView::citationOpened);
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QStringLiteral("cite:1/2")));
        auto* chips = child<QListView>("citationsView");
        QTest::mouseClick(chips->viewport(), Qt::LeftButton, {},
                          chips->visualRect(chips->model()->index(0, 0)).center());
        chips->setFocus();
        QTest::keyClick(chips, Qt::Key_Right);
        QTest::keyClick(chips, Qt::Key_Return);
        QCOMPARE(opened.count(), 3);
        QCOMPARE(opened.at(0).at(0).value<Citation>().number, 2);
        QCOMPARE(opened.at(1).at(0).value<Citation>().number, 1);
        QCOMPARE(opened.at(2).at(0).value<Citation>().number, 2);
        m_view->stepCitation(-1);
        QCOMPARE(opened.at(3).at(0).value<Citation>().number, 1);
    }

    void signals_of_a_session_left_behind_change_nothing()
    {
        FakeSession other(QStringLiteral("o"), QStringLiteral("Other"));
        other.m_answers = {answerOf("1", "Other question", "Other answer")};
        show(other);
        Q_EMIT m_session->answerStarted(answerOf("x", "Lost", ""));
        Q_EMIT m_session->answerText(QStringLiteral("1"), QStringLiteral("intruder"));
        Q_EMIT m_session->answerFinished(answerOf("x", "Lost", "text"));
        QVERIFY(!shownText().contains(QStringLiteral("Lost")));
        QVERIFY(!shownText().contains(QStringLiteral("intruder")));
        QVERIFY(shownText().contains(QStringLiteral("Other answer")));
        m_view->setSession(nullptr);
    }

    void a_running_answer_is_taken_up_again()
    {
        Answer answer = answerOf("5", "Q", "So far");
        answer.state = AnswerState::running;
        m_session->m_answers = {answer};
        show(*m_session);
        QVERIFY(m_view->isAnswering());
        Q_EMIT m_session->answerText(answer.id, QStringLiteral(" so good"));
        QVERIFY(shownText().contains(QStringLiteral("So far so good")));
    }

    void scrolling_up_is_respected_while_text_comes()
    {
        QList<Answer> answers;
        for (int i = 0; i < 20; ++i) {
            Answer answer = answerOf("", "Question", "Some text of an answer.");
            answer.id = QString::number(i);
            answers << answer;
        }
        m_session->m_answers = answers;
        show(*m_session);
        Answer answer = answerOf("run", "Q", "");
        answer.follows = answers.constLast().id;
        answer.state = AnswerState::running;
        Q_EMIT m_session->answerStarted(answer);
        QScrollBar* bar = m_view->transcript().verticalScrollBar();
        QCOMPARE(bar->value(), bar->maximum());
        bar->setValue(10);
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("line\n\n").repeated(30));
        QCOMPARE(bar->value(), 10);
        auto* jump = child<QWidget>("jumpToNewest");
        QVERIFY(jump->isVisible());
        QTest::mouseClick(jump, Qt::LeftButton);
        QCOMPARE(bar->value(), bar->maximum());
        Q_EMIT m_session->answerText(answer.id, QStringLiteral("line\n\n").repeated(30));
        QCOMPARE(bar->value(), bar->maximum());
    }

    void a_long_conversation_streams_as_fast_as_a_short_one()
    {
        QList<Answer> answers;
        const QString text = QStringLiteral("word ").repeated(300);
        for (int i = 0; i < 200; ++i) {
            Answer answer = answerOf("", "Question", "");
            answer.id = QString::number(i);
            answer.text = text;
            answers << answer;
        }
        m_session->m_answers = answers;
        show(*m_session);
        Answer answer = answerOf("run", "Q", "");
        answer.follows = answers.constLast().id;
        answer.state = AnswerState::running;
        Q_EMIT m_session->answerStarted(answer);
        const std::clock_t begin = std::clock(); // of this process: the machine may be busy
        constexpr int kTokens = 400;
        for (int i = 0; i < kTokens; ++i) {
            Q_EMIT m_session->answerText(answer.id, QStringLiteral("token "));
        }
        const double each =
            static_cast<double>(std::clock() - begin) * 1e3 / CLOCKS_PER_SEC / kTokens;
        qInfo("%.3f ms per token after %d words", each, 200 * 300);
        // Setting all of it again would take about 100 ms.
        QVERIFY2(each < 5.0, qPrintable(QString::number(each)));
    }
};

QTEST_MAIN(TestConversation)
#include "tst_conversation.moc"
