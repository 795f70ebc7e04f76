// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QFileSystemWatcher>
#include <QTimer>

#include "gui/job_thread.h"
#include "gui/session_adaptor.h"
#include "storage/session_library.h"
#include "ui/library_port.h"
#include "usecases/model_provider.h"

namespace app {

/// The library folder and the open sessions as the window sees them. Files are touched by a thread
/// of its own. A session's id is the path of its file.
class LibraryAdaptor final : public ui::LibraryPort
{
    Q_OBJECT
public:
    struct Options
    {
        std::filesystem::path folder;
        unsigned threads = 0;
    };

    LibraryAdaptor(Options options, std::shared_ptr<ModelProvider> models);
    ~LibraryAdaptor() override;

    [[nodiscard]] QList<ui::SessionSummary> sessions() const override;
    [[nodiscard]] ui::ModelInfo model() const override { return m_model; }
    [[nodiscard]] bool hasExample() const override { return m_hasExample; }

    int createSession(const QString& title) override;
    int openExample() override;
    int openSession(const QString& id) override;
    int openSessionFile(const QString& path) override;
    void releaseSession(const QString& id) override;
    void renameSession(const QString& id, const QString& title) override;
    void duplicateSession(const QString& id) override;
    void trashSession(const QString& id) override;
    void restoreSession(const QString& id) override;

private:
    struct Opened
    {
        std::unique_ptr<OpenSession> session;
        SessionState state;
    };
    using Opening = std::function<Result<std::unique_ptr<storage::SessionFile>>()>;

    void loadModel();
    void refresh();
    /// Runs `opening` on the library's thread and shows what comes of it.
    void open(int request, const QString& id, Opening opening, const QStringList& toAdd = {});
    void openKnown(int request, const QString& id);
    [[nodiscard]] Result<Opened> prepare(std::unique_ptr<storage::SessionFile> file) const;
    void show(int request, Opened opened, const QStringList& toAdd);
    [[nodiscard]] QString titleOf(const QString& id) const;
    /// `then` once the file is closed.
    void closeSession(const QString& id, std::function<void()> then = {});
    void closeIfReleased(const QString& id);
    void restoreTrashed(const QString& id);
    void fail(const Error& error);
    /// For the library's thread; also puts a call behind the one that is running.
    template <typename Call>
    void inGuiThread(Call call)
    {
        QMetaObject::invokeMethod(this, std::move(call), Qt::QueuedConnection);
    }

    Options m_options;
    std::shared_ptr<ModelProvider> m_models;
    ui::ModelInfo m_model;
    bool m_hasExample = false;
    QList<ui::SessionSummary> m_sessions;
    std::map<QString, std::unique_ptr<SessionAdaptor>> m_open;
    /// Being closed, with what is to be done then.
    struct Closing
    {
        std::unique_ptr<SessionAdaptor> session;
        std::vector<std::function<void()>> then;
    };
    std::map<QString, Closing> m_closing;
    std::map<QString, int> m_windows; ///< that show a session, by its id
    int m_lastRequest = 0;
    std::map<QString, std::filesystem::path> m_trashed; ///< id to the path in the trash
    std::shared_ptr<EngineTurns> m_turns = std::make_shared<EngineTurns>();
    std::shared_ptr<JobThread> m_renderThread;
    QFileSystemWatcher m_watcher;
    QTimer m_refreshTimer;
    JobThread m_thread;
};

} // namespace app
