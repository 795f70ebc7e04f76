// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the conversation that decides where a question goes: behind everything, behind an
// answer, or in the place of another question.
#include "text/wording.h"
#include "views/citation_strip.h"
#include "views/conversation_view.h"
#include "views/question_edit.h"
#include "views/soft_label.h"
#include "views/transcript.h"

#include <QHBoxLayout>
#include <QPushButton>

#include <algorithm>

namespace ui {

QWidget* ConversationView::buildAimRow()
{
    m_aimRow = new QWidget;
    m_aimRow->setObjectName(QStringLiteral("aimRow"));
    m_aimText = new SoftLabel(SoftLabel::Kind::small);
    m_aimText->setObjectName(QStringLiteral("aimText"));
    m_aimText->setWordWrap(true);
    auto* cancel = new QPushButton(tr("Cancel"));
    cancel->setObjectName(QStringLiteral("cancelAimButton"));
    auto* row = new QHBoxLayout(m_aimRow);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_aimText, 1);
    row->addWidget(cancel);
    m_aimRow->hide();
    connect(cancel, &QPushButton::clicked, this, [this] {
        if (m_aim.kind == Aim::Kind::inPlaceOf) {
            m_question->clear();
        }
        setAim(Aim::Kind::behindAll, {});
        focusQuestion();
    });
    return m_aimRow;
}

void ConversationView::setAim(Aim::Kind kind, const QString& answerId)
{
    m_aim = kind == Aim::Kind::behindAll ? Aim() : Aim{kind, answerId};
    const Answer* answer = m_transcript->answer(answerId);
    m_aimRow->setVisible(kind != Aim::Kind::behindAll);
    if (answer == nullptr || kind == Aim::Kind::behindAll) {
        return;
    }
    const QString question = oneLine(answer->question, 80);
    m_aimText->setText(
        kind == Aim::Kind::inPlaceOf
            ? tr("Editing “%1”. The earlier version stays, with what followed it.").arg(question)
            : tr("Your question will follow the answer to “%1”. What followed until now stays as "
                 "another branch.")
                  .arg(question));
}

void ConversationView::submit(const QString& question)
{
    if (question.isEmpty() || !beginAsking()) {
        return;
    }
    const Aim aim = m_aim;
    setAim(Aim::Kind::behindAll, {});
    const Answer* at = m_transcript->answer(aim.answerId);
    if (at == nullptr) {
        m_session->ask(question);
    } else if (aim.kind == Aim::Kind::behindAnswer) {
        m_session->askAfter(aim.answerId, question);
    } else if (question == at->question) {
        m_session->askAgain(aim.answerId); // an edit that changed nothing
    } else {
        m_session->editQuestion(aim.answerId, question);
    }
    Q_EMIT stateChanged();
}

/// The next Return must not ask twice.
bool ConversationView::beginAsking()
{
    if (m_session == nullptr || isAnswering()) {
        return false;
    }
    m_runningId = askedId();
    updateAsk();
    return true;
}

void ConversationView::answerAgain(const QString& answerId)
{
    if (beginAsking()) {
        m_session->askAgain(answerId);
        Q_EMIT stateChanged();
    }
}

/// Another branch is shown.
void ConversationView::showAnswers()
{
    const QList<Answer> answers = m_session->answers();
    m_transcript->changeAnswers(answers);
    if (answers.isEmpty()) {
        m_strip->setAnswer({}, {});
    } else {
        m_strip->setAnswer(answers.constLast().id, answers.constLast().citations);
    }
    setAim(Aim::Kind::behindAll, {});
    updatePage();
    Q_EMIT stateChanged();
}

void ConversationView::askAgain()
{
    if (hasQuestion()) {
        answerAgain(m_transcript->answers().constLast().id);
    }
}

void ConversationView::recallLastQuestion()
{
    if (hasQuestion()) {
        m_question->setPlainText(m_transcript->answers().constLast().question);
        m_question->moveCursor(QTextCursor::End);
        focusQuestion();
    }
}

void ConversationView::editLastQuestion()
{
    if (hasQuestion()) {
        editQuestion(m_transcript->answers().constLast().id);
    }
}

void ConversationView::editQuestion(const QString& answerId)
{
    const Answer* answer = m_transcript->answer(answerId);
    if (answer == nullptr || !m_queued.isEmpty()) {
        return;
    }
    m_question->setPlainText(answer->question);
    m_question->moveCursor(QTextCursor::End);
    setAim(Aim::Kind::inPlaceOf, answerId);
    focusQuestion();
}

void ConversationView::branchHere()
{
    branchFrom(m_strip->answerId());
}

void ConversationView::branchFrom(const QString& answerId)
{
    if (m_transcript->answer(answerId) == nullptr || !m_queued.isEmpty()) {
        return;
    }
    const bool isLast = m_transcript->answers().constLast().id == answerId;
    setAim(isLast ? Aim::Kind::behindAll : Aim::Kind::behindAnswer, answerId);
    if (isLast) { // nothing follows it yet
        Q_EMIT announcement(tr("Your next question continues from here."));
    }
    focusQuestion();
}

bool ConversationView::hasVersions() const
{
    const QList<Answer>& answers = m_transcript->answers();
    return std::any_of(answers.begin(), answers.end(), [](const Answer& one) {
        return one.questionVersion.count > 1 || one.answerVersion.count > 1;
    });
}

void ConversationView::stepVersion(int by)
{
    const QList<Answer>& answers = m_transcript->answers();
    for (qsizetype i = answers.size(); m_session != nullptr && !isAnswering() && i > 0; --i) {
        const Answer& answer = answers.at(i - 1);
        const EntryPart part =
            answer.answerVersion.count > 1 ? EntryPart::answer : EntryPart::question;
        if (answer.answerVersion.count > 1 || answer.questionVersion.count > 1) {
            m_session->showVersion(answer.id, part, by);
            return;
        }
    }
}

} // namespace ui
