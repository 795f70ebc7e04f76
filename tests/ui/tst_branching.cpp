// SPDX-License-Identifier: GPL-3.0-or-later
// The conversation as a tree: editing, asking again, branching, and the arrows between versions.
#include "fake_ports.h"
#include "views/citation_strip.h"
#include "views/conversation_view.h"
#include "views/question_edit.h"
#include "views/transcript.h"

#include <QPushButton>
#include <QScrollBar>
#include <QTest>
#include <QTextBlock>

using namespace ui;
using test::FakeSession;

namespace {

Answer entry(const QString& id, const QString& follows, const QString& question,
             const QString& text)
{
    Answer answer;
    answer.id = id;
    answer.follows = follows;
    answer.question = question;
    answer.text = text;
    answer.askedAt = QDateTime(QDate(2024, 5, 3), QTime(14, 2));
    answer.state = AnswerState::found;
    return answer;
}

QStringList links(const QTextDocument& document)
{
    QStringList all;
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next()) {
        for (auto it = block.begin(); !it.atEnd(); ++it) {
            const QTextCharFormat format = it.fragment().charFormat();
            if (format.isAnchor() && !all.contains(format.anchorHref())) {
                all << format.anchorHref();
            }
        }
    }
    return all;
}

} // namespace

class TestBranching final : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<FakeSession> m_session;
    std::unique_ptr<ConversationView> m_view;
    QuestionEdit* m_edit = nullptr;

    template <typename T>
    T* child(const char* name) const
    {
        return m_view->findChild<T*>(QLatin1String(name));
    }
    void click(const char* href)
    {
        Q_EMIT m_view->transcript().anchorClicked(QUrl(QLatin1String(href)));
    }
    [[nodiscard]] QStringList shownLinks() const { return links(*m_view->transcript().document()); }
    [[nodiscard]] QString shownText() const { return m_view->transcript().toPlainText(); }
    void ask(const char* text)
    {
        m_edit->setPlainText(QString::fromUtf8(text));
        m_edit->setFocus();
        QTest::keyClick(m_edit, Qt::Key_Return);
    }

private Q_SLOTS:
    void init()
    {
        m_session = std::make_unique<FakeSession>(QStringLiteral("s"), QStringLiteral("Session"));
        m_session->m_sources = {test::makeSource(QStringLiteral("m"), QStringLiteral("Book"), 100)};
        m_session->m_answers = {
            entry(QStringLiteral("a1"), {}, QStringLiteral("Who?"), QStringLiteral("Ishmael.")),
            entry(QStringLiteral("a2"), QStringLiteral("a1"), QStringLiteral("Where?"),
                  QStringLiteral("At sea.")),
            entry(QStringLiteral("a3"), QStringLiteral("a2"), QStringLiteral("When?"),
                  QStringLiteral("Long ago."))};
        m_view = std::make_unique<ConversationView>();
        m_edit = child<QuestionEdit>("questionEdit");
        m_view->setSession(m_session.get());
        m_view->resize(700, 600);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }
    void cleanup()
    {
        m_view.reset();
        m_session.reset();
    }

    void every_answer_can_be_edited_asked_again_and_branched_from()
    {
        for (const char* id : {"a1", "a2", "a3"}) {
            for (const char* kind : {"again:", "edit:", "branch:"}) {
                QVERIFY(shownLinks().contains(QLatin1String(kind) + QLatin1String(id)));
            }
        }
        QVERIFY(!shownLinks().join(QLatin1Char(' ')).contains(QStringLiteral("older-")));
    }

    void an_edited_question_goes_in_its_place()
    {
        click("edit:a2");
        QCOMPARE(m_edit->toPlainText(), QStringLiteral("Where?"));
        QVERIFY(child<QWidget>("aimRow")->isVisible());
        ask("Where exactly?");
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("edit:a2:Where exactly?")});
        QVERIFY(!child<QWidget>("aimRow")->isVisible());
    }

    void an_edit_that_changes_nothing_asks_again()
    {
        click("edit:a2");
        ask("Where?");
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("again:a2")});
    }

    void an_edit_can_be_taken_back()
    {
        click("edit:a2");
        QTest::mouseClick(child<QPushButton>("cancelAimButton"), Qt::LeftButton);
        QVERIFY(m_edit->toPlainText().isEmpty());
        ask("What next?");
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("ask:What next?")});
    }

    void a_branch_follows_the_answer_it_was_begun_at()
    {
        click("branch:a1");
        ask("With whom?");
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("askAfter:a1:With whom?")});
    }

    void the_last_answer_is_simply_continued()
    {
        click("branch:a3");
        QVERIFY(!child<QWidget>("aimRow")->isVisible());
        ask("And then?");
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("ask:And then?")});
    }

    void what_followed_goes_when_a_branch_begins()
    {
        click("branch:a1");
        ask("With whom?");
        Answer begun =
            entry(QStringLiteral("a4"), QStringLiteral("a1"), QStringLiteral("With whom?"), {});
        begun.state = AnswerState::running;
        begun.questionVersion = {2, 2};
        Q_EMIT m_session->answerStarted(begun);
        QVERIFY(!shownText().contains(QStringLiteral("Where?")));
        QVERIFY(shownText().contains(QStringLiteral("Ishmael.")));
        QVERIFY(shownLinks().contains(QStringLiteral("older-question:a4")));
        QVERIFY(!shownLinks().contains(QStringLiteral("newer-question:a4")));
        begun.state = AnswerState::found;
        begun.text = QStringLiteral("With Queequeg.");
        Q_EMIT m_session->answerFinished(begun);
        QVERIFY(shownText().contains(QStringLiteral("With Queequeg.")));
        QVERIFY(shownText().contains(QStringLiteral("2 / 2")));
        QCOMPARE(m_view->transcript().answers().size(), 2);
    }

    void the_first_question_can_be_edited()
    {
        click("edit:a1");
        ask("Whose?");
        Answer begun = entry(QStringLiteral("a4"), {}, QStringLiteral("Whose?"), {});
        begun.state = AnswerState::running;
        begun.questionVersion = {2, 2};
        Q_EMIT m_session->answerStarted(begun);
        QCOMPARE(m_view->transcript().answers().size(), 1);
        QVERIFY(shownText().startsWith(QStringLiteral("You")));
        QVERIFY(!shownText().contains(QStringLiteral("Ishmael")));
    }

    void an_arrow_shows_another_version_and_leaves_the_rest()
    {
        m_session->m_answers[1].questionVersion = {1, 2};
        m_session->m_answers[1].answerVersion = {2, 3};
        Q_EMIT m_session->answersChanged();
        QCOMPARE(shownLinks().filter(QStringLiteral("er-question:")),
                 QStringList{QStringLiteral("newer-question:a2")});
        QCOMPARE(
            shownLinks().filter(QStringLiteral("er-answer:")),
            (QStringList{QStringLiteral("older-answer:a2"), QStringLiteral("newer-answer:a2")}));
        click("newer-question:a2");
        click("older-answer:a2");
        QCOMPARE(m_session->m_calls, (QStringList{QStringLiteral("version:a2:question:1"),
                                                  QStringLiteral("version:a2:answer:-1")}));
        m_session->m_answers = {m_session->m_answers[0],
                                entry(QStringLiteral("a5"), QStringLiteral("a1"),
                                      QStringLiteral("Why?"), QStringLiteral("For the whale."))};
        m_session->m_answers[1].questionVersion = {2, 2};
        Q_EMIT m_session->answersChanged();
        QVERIFY(shownText().contains(QStringLiteral("For the whale.")));
        QVERIFY(shownText().contains(QStringLiteral("Ishmael.")));
        QVERIFY(!shownText().contains(QStringLiteral("At sea.")));
        QCOMPARE(shownText().count(QStringLiteral("Who?")), 1);
    }

    void arrows_rest_while_an_answer_is_running()
    {
        m_session->m_answers[1].questionVersion = {1, 2};
        Q_EMIT m_session->answersChanged();
        ask("Next?");
        m_session->m_calls.clear();
        click("newer-question:a2");
        m_view->stepVersion(1);
        QVERIFY(m_session->m_calls.isEmpty());
    }

    void the_keyboard_reaches_the_last_branching_point()
    {
        QVERIFY(!m_view->hasVersions());
        m_session->m_answers[0].questionVersion = {1, 2};
        m_session->m_answers[1].answerVersion = {2, 2};
        Q_EMIT m_session->answersChanged();
        QVERIFY(m_view->hasVersions());
        m_view->stepVersion(-1);
        QCOMPARE(m_session->m_calls, QStringList{QStringLiteral("version:a2:answer:-1")});
    }

    void switching_keeps_the_place_in_view()
    {
        const QString longText = QStringLiteral("A long answer about the sea. ").repeated(60);
        m_session->m_answers.clear();
        for (int i = 1; i <= 12; ++i) {
            const QString before = i == 1 ? QString() : QStringLiteral("a%1").arg(i - 1);
            m_session->m_answers << entry(QStringLiteral("a%1").arg(i), before,
                                          QStringLiteral("Question %1?").arg(i), longText);
        }
        m_session->m_answers[5].questionVersion = {1, 2};
        Q_EMIT m_session->answersChanged();
        QList<Answer> other = m_session->m_answers.mid(0, 5);
        other << entry(QStringLiteral("b6"), QStringLiteral("a5"), QStringLiteral("Another?"),
                       longText);
        other.last().questionVersion = {2, 2};
        for (int i = 7; i <= 12; ++i) {
            other << entry(QStringLiteral("b%1").arg(i), QStringLiteral("b%1").arg(i - 1),
                           QStringLiteral("Other question %1?").arg(i), longText);
        }
        m_session->m_answers = other;
        Q_EMIT m_session->answersChanged();
        const QTextCursor at = m_view->transcript().document()->find(QStringLiteral("Another?"));
        QVERIFY(!at.isNull());
        QVERIFY(m_view->transcript().viewport()->rect().contains(
            m_view->transcript().cursorRect(at).center()));
    }
};

QTEST_MAIN(TestBranching)
#include "tst_branching.moc"
