// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "gui/answer_tree.h"
#include "gui/job_thread.h"
#include "usecases/open_session.h"

namespace app {

/// Runs one open session on a thread of its own: adding, reading, asking. Reading goes on whenever
/// nothing else is to be done; a question interrupts it.
///
/// Thread rule: lives in the GUI thread and is called there; every call returns at once. Signals
/// come from the worker's thread: connect with a receiver, so that they are queued.
class SessionWorker final : public QObject
{
    Q_OBJECT
public:
    SessionWorker(std::unique_ptr<OpenSession> session, QObject* parent);
    /// Stops what runs and waits for it: what was read is committed.
    ~SessionWorker() override;

    /// Stops and lets go of the session without waiting; `closed` is called when it is done.
    void close(std::function<void()> closed);

    void load();
    void add(std::shared_ptr<const AddPlan> plan, std::vector<int> itemIds);
    void setTitle(std::string title);

    void startReading();
    /// Reads everything again with the model at hand.
    void readAgain();
    void pauseReading();
    void cancelReading();

    /// Takes a source out, or hides it; announces the sources, and reads on where it has to.
    void removeSource(storage::SourceId id);
    void hideSource(storage::SourceId id, bool hidden);
    /// Adds what a plan holds and, if asked to, takes out what that replaces.
    void replace(std::shared_ptr<const AddPlan> plan, storage::SourceId old);

    void ask(AnswerTree::Begun begun);
    void stopAnswer();
    /// Keeps which branches are shown.
    void storeChoices(const Branches& branches);

Q_SIGNALS:
    void loaded();
    void loadFailed(const app::Error& error);
    void sourcesChanged(const std::shared_ptr<const app::SessionSnapshot>& snapshot);
    void readingProgressed(const app::ReadingProgress& progress);
    void readingWaits(bool waiting); ///< for another session
    void sourceReady(qulonglong sourceId);
    void readingDone();
    void readingPaused();
    void readingStopped();
    void answerStage(const QString& answerId, app::AskStage stage, int done, int total);
    void answerText(const QString& answerId, const QString& piece);
    void citationFound(const QString& answerId, const app::Citation& citation);
    /// The messages of a question are in the session file now, also where it was stopped.
    void stored(const app::AnswerTree::Begun& begun, qint64 questionId, qint64 answerId);
    void answered(const QString& answerId, const app::Exchange& exchange);
    void answerFailed(const QString& answerId, const app::Error& error);
    void failed(const app::Error& error);

private:
    [[nodiscard]] bool readSome(const std::stop_token& stop);
    void addNow(const AddPlan& plan, const std::vector<int>& itemIds, const std::stop_token& stop);
    void askNow(const AnswerTree::Begun& begun, const std::stop_token& stop);
    /// The number under which a message was stored, for one that had none when it was named.
    [[nodiscard]] std::optional<storage::MessageId>
    numberOf(const std::optional<storage::MessageId>& message) const;
    void announceSources();

    std::unique_ptr<OpenSession> m_session; ///< touched by the worker's thread alone
    /// Messages that were named before they were stored; those of a question that failed lead to
    /// the message before it.
    std::map<storage::MessageId, std::optional<storage::MessageId>> m_numbers;
    std::stop_source m_answerStop;
    std::chrono::steady_clock::time_point m_lastProgress;
    JobThread m_thread; ///< last: its jobs use all of the above
};

} // namespace app
