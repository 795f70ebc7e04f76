// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/conversation_view.h"

#include "style/icons.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/citation_strip.h"
#include "views/message_page.h"
#include "views/notice_bar.h"
#include "views/question_box.h"
#include "views/question_edit.h"
#include "views/reading_banner.h"
#include "views/soft_label.h"
#include "views/transcript.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {
namespace {

bool isReading(const ReadingProgress& progress)
{
    return progress.state == ReadingState::preparing || progress.state == ReadingState::reading;
}

} // namespace

ConversationView::ConversationView(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("conversationView"));
    setMinimumWidth(360);
    m_banner = new ReadingBanner;
    m_notice = new NoticeBar;
    m_transcript = new Transcript;
    m_emptyPage = new MessagePage;
    m_emptyPage->setObjectName(QStringLiteral("emptySessionPage"));
    m_emptyPage->setLogoVisible(false);
    m_pages = new QStackedWidget;
    m_pages->addWidget(m_transcript);
    m_pages->addWidget(m_emptyPage);
    m_strip = new CitationStrip;
    buildQuestionBox();

    m_foot = new QVBoxLayout;
    m_foot->setSpacing(8);
    m_foot->addWidget(m_strip);
    m_foot->addWidget(m_queuedRow);
    m_foot->addWidget(buildAimRow());
    m_foot->addWidget(m_questionBox);
    m_foot->addWidget(m_hint);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_banner);
    layout->addWidget(m_notice);
    layout->addWidget(m_pages, 1);
    layout->addLayout(m_foot);
    connectTranscript();
    connect(m_strip, &CitationStrip::activated, this, &ConversationView::activateCitation);
    connectBanner();
    updateAsk();
}

void ConversationView::connectTranscript()
{
    connect(m_transcript, &Transcript::citationActivated, this,
            &ConversationView::activateCitation);
    connect(m_transcript, &Transcript::hitActivated, this, &ConversationView::hitOpened);
    connect(m_transcript, &Transcript::searchRequested, this, &ConversationView::searchRequested);
    connect(m_transcript, &Transcript::askAgainRequested, this,
            [this](const QString& answerId) { answerAgain(answerId); });
    connect(m_transcript, &Transcript::editRequested, this, &ConversationView::editQuestion);
    connect(m_transcript, &Transcript::branchRequested, this, &ConversationView::branchFrom);
    connect(m_transcript, &Transcript::versionRequested, this,
            [this](const QString& answerId, EntryPart part, int by) {
                if (m_session != nullptr && !isAnswering()) {
                    m_session->showVersion(answerId, part, by);
                }
            });
    connect(m_transcript, &Transcript::copied, this,
            [this] { Q_EMIT announcement(tr("Copied.")); });
}

void ConversationView::connectBanner()
{
    const auto call = [this](void (SessionPort::*what)()) {
        if (m_session != nullptr) {
            (m_session->*what)();
        }
    };
    connect(m_banner, &ReadingBanner::pauseRequested, this,
            [call] { call(&SessionPort::pauseReading); });
    connect(m_banner, &ReadingBanner::resumeRequested, this,
            [call] { call(&SessionPort::resumeReading); });
    connect(m_banner, &ReadingBanner::cancelRequested, this,
            [call] { call(&SessionPort::cancelReading); });
}

void ConversationView::buildQuestionBox()
{
    m_question = new QuestionEdit;
    m_ask = new QPushButton;
    m_ask->setObjectName(QStringLiteral("askButton"));
    m_ask->setAutoDefault(false);
    m_questionBox = new QuestionBox(m_question, m_ask);
    m_hint = new SoftLabel(SoftLabel::Kind::small);
    m_hint->setObjectName(QStringLiteral("questionHint"));
    m_hint->setAlignment(Qt::AlignHCenter);
    m_hint->setText(tr("Return asks, Shift+Return starts a new line. "
                       "Every quotation is checked against your sources."));
    m_hint->setWordWrap(true);

    m_queuedRow = new QWidget;
    m_queuedText = new SoftLabel(SoftLabel::Kind::small);
    m_queuedText->setObjectName(QStringLiteral("queuedText"));
    m_queuedText->setWordWrap(true);
    m_askNow = new QPushButton(tr("Ask now about what has been read"));
    m_askNow->setObjectName(QStringLiteral("askNowButton"));
    m_forget = new QPushButton(tr("Do not ask"));
    m_forget->setObjectName(QStringLiteral("forgetQuestionButton"));
    auto* queued = new QHBoxLayout(m_queuedRow);
    queued->setContentsMargins(0, 0, 0, 0);
    queued->addWidget(m_queuedText, 1);
    queued->addWidget(m_askNow);
    queued->addWidget(m_forget);
    m_queuedRow->hide();

    connect(m_ask, &QPushButton::clicked, this, &ConversationView::askOrStop);
    connect(m_question, &QuestionEdit::asked, this, [this] {
        if (!isAnswering()) {
            askOrStop();
        }
    });
    connect(m_question, &QuestionEdit::textChanged, this, &ConversationView::updateAsk);
    connect(m_question, &QuestionEdit::lastQuestionWanted, this,
            &ConversationView::recallLastQuestion);
    connect(m_question, &QuestionEdit::filesPasted, this, &ConversationView::filesOffered);
    connect(m_askNow, &QPushButton::clicked, this, [this] {
        const QString question = std::exchange(m_queued, QString());
        setQueued({});
        submit(question);
    });
    connect(m_forget, &QPushButton::clicked, this, [this] {
        m_question->setPlainText(m_queued);
        setQueued({});
    });
}

void ConversationView::setSession(SessionPort* session)
{
    if (m_session != nullptr) {
        m_session->disconnect(this);
        m_session->disconnect(m_transcript);
    }
    m_session = session;
    m_runningId.clear();
    setQueued({});
    setAim(Aim::Kind::behindAll, {});
    m_notice->hide();
    m_question->clear();
    if (session == nullptr) {
        m_transcript->setAnswers({});
        m_strip->setAnswer({}, {});
        m_banner->setProgress({});
        updatePage();
        updateAsk();
        return;
    }
    noteCodeSources();
    const QList<Answer> answers = session->answers();
    m_transcript->setAnswers(answers);
    if (answers.isEmpty()) {
        m_strip->setAnswer({}, {});
    } else {
        m_strip->setAnswer(answers.constLast().id, answers.constLast().citations);
        if (answers.constLast().state == AnswerState::running) {
            m_transcript->resume(answers.constLast().id);
            m_runningId = answers.constLast().id;
        }
    }
    connectSession();
    showReading(session->reading());
    updatePage();
    updateAsk();
    Q_EMIT stateChanged();
}

void ConversationView::connectSession()
{
    SessionPort* session = m_session;
    connect(session, &SessionPort::answersChanged, this, &ConversationView::showAnswers);
    connect(session, &SessionPort::answerStarted, this, &ConversationView::startAnswer);
    connect(session, &SessionPort::answerStage, m_transcript, &Transcript::setStage);
    connect(session, &SessionPort::answerText, m_transcript, &Transcript::append);
    connect(session, &SessionPort::citationFound, this,
            [this](const QString& answerId, const Citation& citation) {
                m_transcript->addCitation(answerId, citation);
                if (m_strip->answerId() == answerId) {
                    m_strip->add(citation);
                }
            });
    connect(session, &SessionPort::answerFinished, this, &ConversationView::finishAnswer);
    connect(session, &SessionPort::readingChanged, this, &ConversationView::showReading);
    connect(session, &SessionPort::sourcesChanged, this, &ConversationView::noteCodeSources);
    connect(session, &SessionPort::sourcesChanged, this, &ConversationView::updatePage);
    connect(session, &SessionPort::sourcesChanged, this, &ConversationView::updateAsk);
}

void ConversationView::noteCodeSources()
{
    QSet<QString> code;
    for (const Source& source : m_session->sources()) {
        if (source.format == SourceFormat::code) {
            code.insert(source.id);
        }
    }
    m_transcript->setCodeSources(code);
}

bool ConversationView::hasQuestion() const
{
    return !m_transcript->answers().isEmpty();
}

void ConversationView::focusQuestion()
{
    m_question->setFocus(Qt::ShortcutFocusReason);
}

void ConversationView::askOrStop()
{
    if (isAnswering()) {
        stop();
        return;
    }
    const QString question = m_question->toPlainText().trimmed();
    if (question.isEmpty() || m_session == nullptr || m_session->sources().isEmpty()) {
        return;
    }
    m_question->clear();
    if (isReading(m_session->reading())) {
        setQueued(question);
    } else {
        submit(question);
    }
}

void ConversationView::stop()
{
    if (m_session != nullptr && isAnswering()) {
        m_session->stopAnswer();
    }
}

void ConversationView::startAnswer(const Answer& answer)
{
    m_runningId = answer.id;
    m_transcript->setTokensRead(m_session->status().tokensUsed);
    m_transcript->begin(answer);
    m_strip->setAnswer(answer.id, {});
    updatePage();
    updateAsk();
    Q_EMIT stateChanged();
}

void ConversationView::finishAnswer(const Answer& answer)
{
    m_transcript->finish(answer);
    if (m_runningId == answer.id || m_runningId == askedId()) {
        m_runningId.clear();
    }
    m_strip->setAnswer(answer.id, answer.citations);
    updatePage();
    updateAsk();
    if (answer.state == AnswerState::found) {
        const QString facts = answerHeadline(answer);
        Q_EMIT announcement(facts.isEmpty() ? tr("Answer ready.")
                                            : tr("Answer ready, %1.").arg(facts));
    } else if (answer.state == AnswerState::notFound) {
        Q_EMIT announcement(tr("Your sources do not seem to say this."));
    }
    Q_EMIT stateChanged();
}

void ConversationView::showReading(const ReadingProgress& progress)
{
    m_banner->setProgress(progress);
    const bool done =
        progress.state == ReadingState::idle || progress.state == ReadingState::stopped;
    if (done && !m_queued.isEmpty() && !isAnswering()) {
        const QString question = m_queued;
        setQueued({});
        submit(question);
    }
    updatePage();
}

void ConversationView::setQueued(const QString& question)
{
    m_queued = question;
    m_queuedRow->setVisible(!question.isEmpty());
    m_queuedText->setText(
        tr("“%1” will be answered when reading is finished.").arg(oneLine(question, 120)));
    updateAsk();
}

void ConversationView::updateAsk()
{
    const bool answering = isAnswering();
    m_ask->setText(answering ? tr("Stop") : tr("Ask"));
    m_ask->setIcon(lineIcon(answering ? QStringLiteral("stop") : QStringLiteral("ask")));
    m_ask->setAccessibleName(answering ? tr("Stop the answer") : tr("Ask"));
    m_ask->setToolTip(answering ? tr("Stop (Esc)") : tr("Ask (Return)"));
    const bool hasSources = m_session != nullptr && !m_session->sources().isEmpty();
    const bool hasText = !m_question->document()->isEmpty();
    m_ask->setEnabled(answering || (hasSources && hasText && m_queued.isEmpty()));
    m_ask->setDefault(!answering && m_ask->isEnabled());
    m_question->setEnabled(m_session != nullptr);
    m_question->setPlaceholderText(hasSources ? tr("Ask a question about your sources")
                                              : tr("Add something first, then ask about it"));
}

void ConversationView::updatePage()
{
    const bool empty = m_session == nullptr || m_transcript->answers().isEmpty();
    m_pages->setCurrentWidget(empty ? static_cast<QWidget*>(m_emptyPage) : m_transcript);
    m_hint->setVisible(empty && m_session != nullptr && !m_session->sources().isEmpty());
    if (empty) {
        fillEmptyPage();
    }
}

void ConversationView::fillEmptyPage()
{
    if (m_session == nullptr || m_session->sources().isEmpty()) {
        m_emptyPage->setText(tr("Add what you want to ask about"),
                             tr("Whole documents are read once, from the first page to the last. "
                                "Answers come with passages that you can check."),
                             tr("You can also drop files anywhere in this window: PDF, Markdown, "
                                "text, source code and whole folders."));
        m_emptyPage->setActions(m_addActions);
        return;
    }
    m_emptyPage->setText(tr("What would you like to know?"),
                         tr("Answers come with the passages that they rest on."),
                         isReading(m_session->reading())
                             ? tr("You can ask already: the answer comes when reading is finished, "
                                  "or at once from what has been read.")
                             : QString());
    m_emptyPage->setActions({});
}

void ConversationView::setAddActions(const QList<QAction*>& actions)
{
    m_addActions = actions;
    updatePage();
}

void ConversationView::activateCitation(const QString& answerId, int number)
{
    const Citation* citation = m_transcript->citation(answerId, number);
    if (citation == nullptr) {
        return;
    }
    if (m_strip->answerId() != answerId) {
        m_strip->setAnswer(answerId, m_transcript->answer(answerId)->citations);
    }
    m_strip->setCurrentNumber(number);
    Q_EMIT citationOpened(*citation);
}

void ConversationView::openCitation(int number)
{
    activateCitation(m_strip->answerId(), number);
}

void ConversationView::stepCitation(int by)
{
    if (const int number = m_strip->step(by); number > 0) {
        openCitation(number);
    }
}

/// The question stands under the answers, in the same column.
void ConversationView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int margin = std::max(18, m_transcript->columnMargin(width()) - 10);
    m_foot->setContentsMargins(margin, 8, margin, 10);
}

void ConversationView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
}

} // namespace ui
