// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

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

    void load();
    void add(std::shared_ptr<const AddPlan> plan, std::vector<int> itemIds);
    void setTitle(std::string title);

    void startReading();
    /// Reads everything again with the model at hand.
    void readAgain();
    void pauseReading();
    void cancelReading();

    void ask(const QString& answerId, std::string question, std::vector<answering::Turn> earlier);
    void stopAnswer();

Q_SIGNALS:
    void loaded();
    void loadFailed(const app::Error& error);
    void sourcesChanged(const std::shared_ptr<const app::SessionSnapshot>& snapshot);
    void preparing(qulonglong sourceId);
    void readingProgressed(const app::ReadingProgress& progress);
    void sourceReady(qulonglong sourceId);
    void readingDone();
    void readingPaused();
    void readingStopped();
    void answerStage(const QString& answerId, app::AskStage stage, int done, int total);
    void answerText(const QString& answerId, const QString& piece);
    void citationFound(const QString& answerId, const app::Citation& citation);
    void answered(const QString& answerId, const app::Exchange& exchange);
    void answerFailed(const QString& answerId, const app::Error& error);
    void failed(const app::Error& error);

private:
    [[nodiscard]] bool readSome(const std::stop_token& stop);
    void addNow(const AddPlan& plan, const std::vector<int>& itemIds, const std::stop_token& stop);
    void askNow(const QString& answerId, const std::string& question,
                const std::vector<answering::Turn>& earlier, const std::stop_token& stop);
    void announceSources();

    std::unique_ptr<OpenSession> m_session; ///< touched by the worker's thread alone
    std::stop_source m_answerStop;
    std::chrono::steady_clock::time_point m_lastProgress;
    JobThread m_thread; ///< last: its jobs use all of the above
};

} // namespace app
