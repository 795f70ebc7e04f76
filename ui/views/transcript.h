// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"
#include "ui/session_port.h"
#include "views/streamed_answer.h"

#include <QTextBrowser>
#include <QTimer>

#include <memory>

class QToolButton;

namespace ui {

class AnswerWriter;
class CitationCard;

/// The conversation as one document. Streaming appends; only the answer in hand is ever set again,
/// so its cost does not grow with the conversation.
class Transcript final : public QTextBrowser
{
    Q_OBJECT
public:
    explicit Transcript(QWidget* parent = nullptr);
    ~Transcript() override;

    void setAnswers(const QList<Answer>& answers);
    /// Another branch: what is the same at the beginning stays as it is, and in view.
    void changeAnswers(const QList<Answer>& answers);
    /// Behind Answer::follows; entries that stood there go.
    void begin(const Answer& answer);
    void setStage(const QString& answerId, AnswerStage stage, int done, int total);
    void append(const QString& answerId, const QString& delta);
    void addCitation(const QString& answerId, const Citation& citation);
    void finish(const Answer& answer);
    /// The last answer was running when the session was shown: its next text will come.
    void resume(const QString& answerId);

    /// Space left and right of the text in a view of this width.
    [[nodiscard]] int columnMargin(int width) const;
    void setTokensRead(qint64 tokens) { m_tokensRead = tokens; } ///< for the waiting line
    /// Their quotations are set as code, from the next answer or setAnswers() on.
    void setCodeSources(const QSet<QString>& sourceIds);
    [[nodiscard]] const QList<Answer>& answers() const { return m_answers; }
    [[nodiscard]] const Answer* answer(const QString& id) const;
    [[nodiscard]] const Citation* citation(const QString& answerId, int number) const;

Q_SIGNALS:
    void citationActivated(const QString& answerId, int number);
    void hitActivated(const ui::SearchHit& hit);
    void searchRequested(const QString& text);
    void askAgainRequested(const QString& answerId);
    void editRequested(const QString& answerId);
    void branchRequested(const QString& answerId);
    void versionRequested(const QString& answerId, ui::EntryPart part, int by);
    void copied(); ///< something went to the clipboard: worth a word

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    [[nodiscard]] QMimeData* createMimeDataFromSelection() const override;
    /// Nothing in an answer can make the window load a file or a page.
    QVariant loadResource(int type, const QUrl& name) override;

private:
    void followLink(const QUrl& url);
    void hoverLink(const QUrl& url);
    void showCard();
    void rebuild();
    void writeAll();
    void writeFrom(qsizetype first, qsizetype end);
    void writeSlice();
    void writeRest();
    void writeEntry(QTextCursor& cursor, qsizetype index);
    void cutBehind(qsizetype count);
    void updateStatus();
    void setColumn();
    [[nodiscard]] bool atBottom() const;
    void keepAtBottom(bool wasAtBottom);
    void updateJump();
    Answer* running();

    QList<Answer> m_answers;
    /// Where each entry begins in the document; a long conversation is written in slices, and the
    /// entries without a place are still to come.
    QList<int> m_begins;
    QTimer m_writeTimer;
    QSet<QString> m_codeSources;
    std::unique_ptr<AnswerWriter> m_writer;
    CitationCard* m_card = nullptr;
    QToolButton* m_jump = nullptr;
    QTimer m_hoverTimer;
    QUrl m_hovered;

    QString m_runningId;     ///< the running answer is always the last one
    StreamedAnswer m_stream; ///< and stands at the end of the document
    qint64 m_tokensRead = 0;
    QTimer m_statusTimer;
};

} // namespace ui
