// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QWidget>

class QAction;
class QPushButton;
class QStackedWidget;
class QVBoxLayout;

namespace ui {

class CitationStrip;
class MessagePage;
class NoticeBar;
class QuestionEdit;
class ReadingBanner;
class SoftLabel;
class Transcript;

/// The middle of the window: banners, the conversation, the sources of the answer in hand and the
/// question box. Drives the asking and reading of one session.
class ConversationView final : public QWidget
{
    Q_OBJECT
public:
    explicit ConversationView(QWidget* parent = nullptr);

    void setSession(SessionPort* session); ///< null: nothing is open
    [[nodiscard]] bool isAnswering() const { return !m_runningId.isEmpty(); }
    [[nodiscard]] bool hasQuestion() const;
    [[nodiscard]] NoticeBar& notice() { return *m_notice; }
    void
    setAddActions(const QList<QAction*>& actions); ///< offered while there is nothing to ask about
    [[nodiscard]] Transcript& transcript() { return *m_transcript; }
    [[nodiscard]] CitationStrip& strip() { return *m_strip; }

    void focusQuestion();
    void askAgain();         ///< the last question
    void editLastQuestion(); ///< puts it into the box, to be asked in its place
    void branchHere();       ///< behind the answer whose sources are shown
    /// Another version of the last entry that has several; `by` places on.
    void stepVersion(int by);
    [[nodiscard]] bool hasVersions() const;
    void stop();
    /// Opens citation `number` of the answer in hand, where there is one.
    void openCitation(int number);
    void stepCitation(int by);

Q_SIGNALS:
    void citationOpened(const ui::Citation& citation);
    void hitOpened(const ui::SearchHit& hit);
    void searchRequested(const QString& text);
    void filesOffered(const QStringList& paths);
    void announcement(const QString& text); ///< for the status line and screen readers
    void stateChanged();                    ///< isAnswering or the history has changed

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// Where the question in the box goes.
    struct Aim
    {
        enum class Kind
        {
            behindAll,
            behindAnswer,
            inPlaceOf, ///< that answer's question
        };
        Kind kind = Kind::behindAll;
        QString answerId;
    };

    /// Stands for the answer's id before that is known.
    [[nodiscard]] static QString askedId() { return QStringLiteral("?"); }

    void buildQuestionBox();
    QWidget* buildAimRow();
    void connectTranscript();
    void setAim(Aim::Kind kind, const QString& answerId);
    void editQuestion(const QString& answerId);
    void branchFrom(const QString& answerId);
    void answerAgain(const QString& answerId);
    void recallLastQuestion();
    void showAnswers();
    [[nodiscard]] bool beginAsking();
    void connectSession();
    void connectBanner();
    void noteCodeSources();
    void askOrStop();
    void submit(const QString& question);
    void startAnswer(const Answer& answer);
    void finishAnswer(const Answer& answer);
    void showReading(const ReadingProgress& progress);
    void setQueued(const QString& question);
    void updateAsk();
    void updatePage();
    void fillEmptyPage();
    void activateCitation(const QString& answerId, int number);

    SessionPort* m_session = nullptr; ///< not owned; let go of when the library closes it
    ReadingBanner* m_banner = nullptr;
    NoticeBar* m_notice = nullptr;
    QStackedWidget* m_pages = nullptr;
    Transcript* m_transcript = nullptr;
    MessagePage* m_emptyPage = nullptr;
    CitationStrip* m_strip = nullptr;
    QWidget* m_aimRow = nullptr;
    SoftLabel* m_aimText = nullptr;
    Aim m_aim;
    QWidget* m_queuedRow = nullptr;
    SoftLabel* m_queuedText = nullptr;
    QPushButton* m_askNow = nullptr;
    QPushButton* m_forget = nullptr;
    QWidget* m_questionBox = nullptr;
    QVBoxLayout* m_foot = nullptr;
    QuestionEdit* m_question = nullptr;
    QPushButton* m_ask = nullptr;
    SoftLabel* m_hint = nullptr;
    QList<QAction*> m_addActions;
    QString m_queued;    ///< asked while reading: goes out when reading has finished
    QString m_runningId; ///< askedId() between ask() and answerStarted
};

} // namespace ui
