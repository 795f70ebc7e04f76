// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"
#include "ui/error.h"
#include "ui/reader_content.h"
#include "ui/source.h"

#include <QObject>
#include <QStringList>

namespace ui {

enum class ExportFormat
{
    markdown,
    html,
    pdf,
    json,
};

enum class AnswerStage
{
    waiting, ///< another session is at work and goes first
    looking, ///< going through everything that was read
    reading, ///< reading the best passages again beside the question
};

struct SessionStatus
{
    qint64 tokensUsed = 0; ///< sources and conversation
    qint64 tokensLimit = 1'000'000;
    bool canAnswer = false; ///< the cache is loaded far enough; asking earlier is allowed and waits
};

/// What the window needs from one open session. Implemented by the application.
///
/// Thread rule: lives in the GUI thread. Every call is made there and returns at once; every signal
/// is emitted there. The getters give the last state known and never touch a disk. A signal never
/// fires from within the call that causes it (the window may still be setting itself up): queue it.
///
/// Order of signals of one answer:
///   answerStarted · answerStage* · (answerText | citationFound)* · answerFinished
/// and exactly one answerFinished for each answerStarted, also when stopped or failed
/// (Answer::state says so). answerFinished carries the whole answer and replaces what was streamed.
class SessionPort : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    [[nodiscard]] virtual QString id() const = 0;
    [[nodiscard]] virtual QString title() const = 0;
    [[nodiscard]] virtual SessionStatus status() const = 0;
    [[nodiscard]] virtual QList<Source> sources() const = 0;
    /// The branch that is shown, oldest first.
    [[nodiscard]] virtual QList<Answer> answers() const = 0;
    [[nodiscard]] virtual ReadingProgress reading() const = 0;

    // Adding: preview, then confirm or cancel.

    /// Looks at files and folders. Returns a request number; answered by addPreviewReady or
    /// addPreviewFailed, with addPreviewProgress before.
    virtual int previewAdd(const QStringList& paths) = 0;
    /// Answered by addItemChanged (opened, or still locked with the reason).
    virtual void providePassword(int request, int itemId, const QString& password) = 0;
    /// Adds the chosen items and starts reading; sourcesChanged and readingChanged follow.
    virtual void confirmAdd(int request, const QList<int>& itemIds) = 0;
    virtual void cancelAdd(int request) = 0;

    // Reading.

    virtual void pauseReading() = 0;
    virtual void resumeReading() = 0; ///< after a pause, a cancel, or an interrupted earlier run
    virtual void cancelReading() = 0; ///< keeps what has been read
    virtual void retrySource(const QString& sourceId) = 0; ///< for SourceState::failed

    // Sources that are there.

    /// What removeSource() would cost, and readSourceAgain(). Answered by removalPriced.
    virtual void priceRemoval(const QString& sourceId) = 0;
    /// Takes it out; what was read behind it is then read again, as readingChanged tells.
    virtual void removeSource(const QString& sourceId) = 0;
    /// Leaves it out of answers and searches, or takes it in again. Costs nothing.
    virtual void hideSource(const QString& sourceId, bool hidden) = 0;
    /// For SourceState::changed: reads the file as it is now, behind everything else. The version
    /// before is no longer answered from; `takeOut` also frees its room, at the price of removal.
    virtual void readSourceAgain(const QString& sourceId, bool takeOut) = 0;

    // Asking. One answer runs at a time: the window asks nothing while one is running. While
    // sources are being read the application interrupts the reading, answers, and reads on.

    /// Asks about what has been read so far, behind the last answer shown.
    virtual void ask(const QString& question) = 0;
    /// Behind that answer; what followed it stays as another branch.
    virtual void askAfter(const QString& answerId, const QString& question) = 0;
    /// In the place of that answer's question, which stays as another version.
    virtual void editQuestion(const QString& answerId, const QString& question) = 0;
    /// Another answer to the same question.
    virtual void askAgain(const QString& answerId) = 0;
    virtual void stopAnswer() = 0; ///< answerFinished(stopped) follows within 200 ms
    /// Shows the version `by` places on, with the branch behind it as it was last shown. Answered
    /// by answersChanged; nothing happens beyond the ends and while an answer is running.
    virtual void showVersion(const QString& answerId, ui::EntryPart part, int by) = 0;

    // Looking things up.

    /// Literal search in all texts, best `limit` hits in source order. Returns a request number.
    virtual int search(const QString& text, int limit) = 0;
    /// Answered by readerReady or readerFailed.
    virtual void requestReader(const QString& sourceId) = 0;
    /// Answered by exportFinished or exportFailed.
    /// Writes the branch shown, or all of them.
    virtual void exportTo(ui::ExportFormat format, const QString& file, bool allBranches) = 0;

Q_SIGNALS:
    void titleChanged(const QString& title);
    void statusChanged(const ui::SessionStatus& status);
    void sourcesChanged(); ///< added, removed, or many at once: ask sources()
    void sourceChanged(const ui::Source& source); ///< one row, at most about 10 times a second
    void readingChanged(const ui::ReadingProgress& progress);
    void readingFinished(qint64 tokens); ///< everything added has been read

    void addPreviewProgress(int request, int filesSeen);
    void addPreviewReady(const ui::AddPreview& preview);
    void addPreviewFailed(int request, const ui::Error& error);
    void addItemChanged(int request, const ui::AddItem& item);

    void removalPriced(const QString& sourceId, const ui::RemovalCost& cost);

    void answersChanged(); ///< another branch is shown: ask answers()
    /// Its id, question, askedAt and versions. Entries behind Answer::follows are no longer shown.
    void answerStarted(const ui::Answer& answer);
    void answerStage(const QString& answerId, ui::AnswerStage stage, int done, int total);
    void answerText(const QString& answerId, const QString& delta); ///< plain text, in order
    void citationFound(const QString& answerId, const ui::Citation& citation); ///< or changed state
    void answerFinished(const ui::Answer& answer);

    void searchFinished(int request, const QList<ui::SearchHit>& hits, qint64 totalHits);
    void readerReady(const ui::ReaderContent& content);
    void readerFailed(const QString& sourceId, const ui::Error& error);
    void exportFinished(const QString& file);
    void exportFailed(const ui::Error& error);

    void failed(const ui::Error& error); ///< anything else: shown in the banner
};

} // namespace ui

Q_DECLARE_METATYPE(ui::SessionStatus)
