// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <QHash>

#include "gui/addition_desk.h"
#include "gui/answer_tree.h"
#include "gui/lookup_worker.h"
#include "gui/session_worker.h"
#include "ui/session_port.h"

namespace app {

/// What a session shows before any of its workers has said a word.
struct SessionState
{
    QString id; ///< the session file's path
    QString title;
    std::shared_ptr<const SessionSnapshot> snapshot;
    Conversation conversation;
};

/// One open session as the window sees it: keeps the last state known and passes calls on to three
/// workers, one that reads and answers, one that looks things up, one that plans additions.
class SessionAdaptor final : public ui::SessionPort
{
    Q_OBJECT
public:
    SessionAdaptor(SessionState state, std::unique_ptr<OpenSession> session,
                   std::shared_ptr<ModelProvider> models, std::shared_ptr<JobThread> renderThread,
                   QObject* parent);
    ~SessionAdaptor() override;

    [[nodiscard]] QString id() const override { return m_id; }
    [[nodiscard]] QString title() const override { return m_title; }
    [[nodiscard]] ui::SessionStatus status() const override { return m_status; }
    [[nodiscard]] QList<ui::Source> sources() const override { return m_sources; }
    [[nodiscard]] QList<ui::Answer> answers() const override { return m_tree.shown(); }
    [[nodiscard]] ui::ReadingProgress reading() const override { return m_reading; }

    int previewAdd(const QStringList& paths) override;
    void providePassword(int request, int itemId, const QString& password) override;
    void confirmAdd(int request, const QList<int>& itemIds) override;
    void cancelAdd(int request) override;

    void pauseReading() override;
    void resumeReading() override;
    void cancelReading() override;
    void retrySource(const QString& sourceId) override;

    void priceRemoval(const QString& sourceId) override;
    void removeSource(const QString& sourceId) override;
    void hideSource(const QString& sourceId, bool hidden) override;
    void readSourceAgain(const QString& sourceId, bool takeOut) override;

    void ask(const QString& question) override;
    void askAfter(const QString& answerId, const QString& question) override;
    void editQuestion(const QString& answerId, const QString& question) override;
    void askAgain(const QString& answerId) override;
    void stopAnswer() override;
    void showVersion(const QString& answerId, ui::EntryPart part, int by) override;

    int search(const QString& text, int limit) override;
    void requestReader(const QString& sourceId) override;
    void exportTo(ui::ExportFormat format, const QString& file, bool allBranches) override;

    /// Begins to load the cache, and to read on where an earlier run was interrupted. Call once the
    /// signals are connected.
    void start();
    void rename(const QString& title);
    /// Adds without asking: for the sample session.
    void addAll(const QStringList& paths);
    /// Ends its workers without waiting for them: one may be in the middle of a forward pass.
    /// `closed` is called when they have let go of the session file.
    void close(const std::function<void()>& closed);
    /// Whether closing now would interrupt something.
    [[nodiscard]] bool isBusy() const;

Q_SIGNALS:
    void busyChanged();

private:
    void connectReading();
    void connectAnswers();
    void connectLookups();
    void connectAdditions();

    void takeSources(const std::shared_ptr<const SessionSnapshot>& snapshot);
    void setReading(ui::ReadingState state);
    void showProgress(const ReadingProgress& progress);
    void changeSource(const QString& sourceId, const std::function<void(ui::Source&)>& change);
    void replaceBy(int request, const QList<int>& itemIds);
    void nameAfterFirstSource(const AddPlan& plan, const QList<int>& itemIds);
    void finishAnswer(const ui::Answer& answer);
    void begin(const AnswerTree::Begun& begun);
    [[nodiscard]] ui::Answer running() const;
    [[nodiscard]] bool isRunning(const QString& answerId) const;

    QString m_id;
    QString m_title;
    ui::SessionStatus m_status;
    QList<ui::Source> m_sources;
    QHash<QString, qsizetype> m_sourceAt; ///< into m_sources, by id
    AnswerTree m_tree;
    ui::ReadingProgress m_reading;
    ReadingPace m_pace; ///< last known, for previews
    std::shared_ptr<const SessionSnapshot> m_snapshot;
    QString m_runningAnswer;  ///< id; empty: none
    bool m_readAgain = false; ///< another model has read the session
    int m_lastSearch = 0;
    int m_addAllRequest = 0;
    QHash<int, storage::SourceId> m_replacing; ///< by request; 0: what is replaced stays
    std::shared_ptr<JobThread> m_renderThread;
    int m_workersOpen = 3;
    SessionWorker m_worker;
    LookupWorker m_lookup;
    AdditionDesk m_additions;
};

} // namespace app
