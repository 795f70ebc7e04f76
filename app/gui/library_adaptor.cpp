// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/library_adaptor.h"

#include <thread>
#include <utility>

#include <QFileInfo>

#include <spdlog/spdlog.h>

#include "gui/ui_values.h"
#include "usecases/error_mapping.h"
#include "usecases/locations.h"

namespace app {
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kRefreshDelay{300};
constexpr std::chrono::hours kTrashAge{24 * 30};
constexpr const char* kExampleTitle = "Example";

// The library's work, each to be run on its thread.

Result<storage::SessionLibrary> openLibrary(const fs::path& folder)
{
    auto library = storage::SessionLibrary::open(folder);
    if (!library) {
        return passOn(library.error());
    }
    return std::move(*library);
}

Result<QList<ui::SessionSummary>> listSessions(const fs::path& folder)
{
    const auto library = openLibrary(folder);
    if (!library) {
        return tl::unexpected(library.error());
    }
    const auto entries = library->sessions();
    if (!entries) {
        return passOn(entries.error());
    }
    QList<ui::SessionSummary> list;
    for (const storage::LibraryEntry& entry : *entries) {
        list.append(toUi(entry));
    }
    return list;
}

Result<std::unique_ptr<storage::SessionFile>> createIn(const fs::path& folder,
                                                       const std::string& title)
{
    const auto library = openLibrary(folder);
    if (!library) {
        return tl::unexpected(library.error());
    }
    auto file = library->create({title, LECTERN_VERSION, {}});
    if (!file) {
        return passOn(file.error());
    }
    return std::move(*file);
}

Result<std::unique_ptr<storage::SessionFile>> openFile(const fs::path& path)
{
    auto file = storage::SessionFile::open(path, storage::OpenMode::readWrite);
    if (!file) {
        return passOn(file.error());
    }
    return std::move(*file);
}

Result<void> renameFile(const fs::path& path, const std::string& title)
{
    auto file = openFile(path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    if (const auto done = (*file)->setTitle(title); !done) {
        return passOn(done.error());
    }
    return {};
}

Result<fs::path> trashFile(const fs::path& folder, const fs::path& session)
{
    const auto library = openLibrary(folder);
    if (!library) {
        return tl::unexpected(library.error());
    }
    auto moved = library->moveToTrash(session);
    if (!moved) {
        return passOn(moved.error());
    }
    return std::move(*moved);
}

Result<void> restoreFile(const fs::path& folder, const fs::path& trashed)
{
    const auto library = openLibrary(folder);
    if (!library) {
        return tl::unexpected(library.error());
    }
    if (const auto back = library->restore(trashed); !back) {
        return passOn(back.error());
    }
    return {};
}

void emptyTrash(const fs::path& folder)
{
    const auto library = openLibrary(folder);
    const auto emptied = library ? library->emptyTrash(kTrashAge) : storage::Result<std::size_t>(0);
    if (!emptied) {
        spdlog::warn("the trash was not emptied: {}", emptied.error().message);
    }
}

} // namespace

LibraryAdaptor::LibraryAdaptor(Options options, std::shared_ptr<ModelProvider> models)
    : m_options(std::move(options)), m_models(std::move(models)),
      m_renderThread(std::make_shared<JobThread>())
{
    m_model.name = tr("Loading the model");
    m_refreshTimer.setSingleShot(true);
    m_refreshTimer.setInterval(kRefreshDelay);
    connect(&m_refreshTimer, &QTimer::timeout, this, &LibraryAdaptor::refresh);
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, &m_refreshTimer,
            qOverload<>(&QTimer::start));
    refresh();
    m_thread.post([folder = m_options.folder](const std::stop_token&) { emptyTrash(folder); });
    loadModel();
}

LibraryAdaptor::~LibraryAdaptor() = default;

void LibraryAdaptor::loadModel()
{
    const unsigned threads =
        m_options.threads == 0 ? std::thread::hardware_concurrency() : m_options.threads;
    m_thread.post([this, threads](const std::stop_token&) {
        const auto loaded = m_models->get();
        ui::ModelInfo info;
        info.contextTokens = static_cast<qint64>(kSessionTokens);
        if (loaded) {
            info.name = toQt(loaded->identity.name);
            info.device = tr("CPU, %n thread(s)", nullptr, static_cast<int>(threads));
        } else {
            info.problem = toQt(loaded.error().message);
            spdlog::error("no model: {}", loaded.error().message);
        }
        inGuiThread([this, info] {
            m_model = info;
            Q_EMIT modelChanged();
        });
    });
}

void LibraryAdaptor::refresh()
{
    m_thread.post([this](const std::stop_token&) {
        const auto list = listSessions(m_options.folder);
        inGuiThread([this, list] {
            if (!list) {
                fail(list.error());
                return;
            }
            m_sessions = *list;
            m_watcher.addPath(toQt(m_options.folder.string()));
            Q_EMIT sessionsChanged();
        });
    });
}

QList<ui::SessionSummary> LibraryAdaptor::sessions() const
{
    QList<ui::SessionSummary> list = m_sessions;
    for (ui::SessionSummary& summary : list) {
        if (const auto open = m_open.find(summary.id); open != m_open.end()) {
            const ui::ReadingState state = open->second->reading().state;
            summary.title = open->second->title();
            summary.reading =
                state == ui::ReadingState::reading || state == ui::ReadingState::preparing;
        }
    }
    return list;
}

bool LibraryAdaptor::hasExample() const
{
    return !findSamples().empty();
}

void LibraryAdaptor::createSession(const QString& title)
{
    const std::string wanted = (title.isEmpty() ? tr("New session") : title).toStdString();
    open({}, [folder = m_options.folder, wanted] { return createIn(folder, wanted); });
}

void LibraryAdaptor::openExample()
{
    QStringList samples;
    for (const std::filesystem::path& sample : findSamples()) {
        samples.append(toQt(sample.string()));
    }
    const auto path = m_options.folder / (kExampleTitle + std::string(storage::kSessionSuffix));
    if (QFileInfo::exists(toQt(path.string()))) {
        openSession(toQt(path.string()));
        return;
    }
    open(
        {}, [folder = m_options.folder] { return createIn(folder, kExampleTitle); }, samples);
}

void LibraryAdaptor::openSession(const QString& id)
{
    if (const auto found = m_open.find(id); found != m_open.end()) {
        m_released.erase(id);
        inGuiThread([this, id] {
            if (const auto still = m_open.find(id); still != m_open.end()) {
                Q_EMIT sessionOpened(still->second.get());
            }
        });
        return;
    }
    open(id, [path = id.toStdString()] { return openFile(path); });
}

void LibraryAdaptor::openSessionFile(const QString& path)
{
    openSession(QFileInfo(path).exists() ? QFileInfo(path).canonicalFilePath() : path);
}

void LibraryAdaptor::open(const QString& id, Opening opening, const QStringList& toAdd)
{
    m_thread.post([this, id, opening = std::move(opening), toAdd](const std::stop_token&) {
        auto file = opening();
        auto opened = file ? prepare(std::move(*file)) : tl::unexpected(file.error());
        // Through a shared pointer, since a queued call must be copyable.
        auto result = std::make_shared<Result<Opened>>(std::move(opened));
        inGuiThread([this, id, result, toAdd] {
            if (*result) {
                show(std::move(**result), toAdd);
                return;
            }
            spdlog::error("a session was not opened: {}", result->error().message);
            id.isEmpty() ? fail(result->error())
                         : Q_EMIT sessionOpenFailed(id, toUi(result->error()));
        });
    });
}

Result<LibraryAdaptor::Opened>
LibraryAdaptor::prepare(std::unique_ptr<storage::SessionFile> file) const
{
    Opened opened;
    const auto info = file->info();
    if (!info) {
        return passOn(info.error());
    }
    opened.state.id = toQt(file->path().string());
    opened.state.title =
        info->title.empty() ? toQt(file->path().stem().string()) : toQt(info->title);
    opened.session = std::make_unique<OpenSession>(std::move(file), m_models,
                                                   OpenSession::Options{m_options.threads, true});
    auto snapshot = opened.session->snapshot();
    if (!snapshot) {
        return tl::unexpected(snapshot.error());
    }
    opened.state.snapshot = std::make_shared<const SessionSnapshot>(std::move(*snapshot));
    auto conversation = loadConversation(opened.session->file(), opened.session->places());
    if (!conversation) {
        return tl::unexpected(conversation.error());
    }
    opened.state.conversation = std::move(*conversation);
    return opened;
}

void LibraryAdaptor::show(Opened opened, const QStringList& toAdd)
{
    const QString id = opened.state.id;
    auto adaptor = std::make_unique<SessionAdaptor>(
        std::move(opened.state), std::move(opened.session), m_models, m_renderThread, nullptr);
    SessionAdaptor* port = adaptor.get();
    m_open[id] = std::move(adaptor);
    m_released.erase(id);
    connect(port, &SessionAdaptor::busyChanged, this, [this, id] {
        closeIfReleased(id);
        m_refreshTimer.start();
    });
    connect(port, &SessionAdaptor::titleChanged, &m_refreshTimer, qOverload<>(&QTimer::start));
    connect(port, &SessionAdaptor::sourcesChanged, &m_refreshTimer, qOverload<>(&QTimer::start));
    Q_EMIT sessionOpened(port);
    port->start();
    if (!toAdd.isEmpty()) {
        port->addAll(toAdd);
    }
    m_refreshTimer.start();
}

void LibraryAdaptor::releaseSession(const QString& id)
{
    m_released.insert(id);
    inGuiThread([this, id] { closeIfReleased(id); });
}

void LibraryAdaptor::closeIfReleased(const QString& id)
{
    const auto open = m_open.find(id);
    if (open != m_open.end() && m_released.count(id) > 0 && !open->second->isBusy()) {
        closeSession(id);
    }
}

void LibraryAdaptor::closeSession(const QString& id)
{
    const auto open = m_open.find(id);
    if (open == m_open.end()) {
        return;
    }
    Q_EMIT sessionClosed(id);
    // Not at once: this may be running inside one of its signals.
    open->second.release()->deleteLater();
    m_open.erase(open);
    m_released.erase(id);
}

void LibraryAdaptor::renameSession(const QString& id, const QString& title)
{
    if (const auto open = m_open.find(id); open != m_open.end()) {
        open->second->rename(title);
        return;
    }
    m_thread.post(
        [this, path = id.toStdString(), title = title.toStdString()](const std::stop_token&) {
            if (const auto done = renameFile(path, title); !done) {
                inGuiThread([this, error = done.error()] { fail(error); });
            }
        });
    refresh();
}

void LibraryAdaptor::trashSession(const QString& id)
{
    if (const auto open = m_open.find(id); open != m_open.end()) {
        Q_EMIT sessionClosed(id);
        m_open.erase(open); // at once: the file must be closed before it is moved
    }
    m_thread.post([this, id](const std::stop_token&) {
        const auto moved = trashFile(m_options.folder, id.toStdString());
        inGuiThread([this, id, moved] {
            if (!moved) {
                fail(moved.error());
                return;
            }
            m_trashed[id] = *moved;
        });
    });
    refresh();
}

void LibraryAdaptor::restoreSession(const QString& id)
{
    m_thread.post([this, id](const std::stop_token&) {
        // Looked up in the GUI thread, behind the answer of the deletion.
        inGuiThread([this, id] { restoreTrashed(id); });
    });
}

void LibraryAdaptor::restoreTrashed(const QString& id)
{
    const auto trashed = m_trashed.find(id);
    if (trashed == m_trashed.end()) {
        return;
    }
    m_thread.post([this, path = trashed->second](const std::stop_token&) {
        if (const auto done = restoreFile(m_options.folder, path); !done) {
            inGuiThread([this, error = done.error()] { fail(error); });
        }
    });
    m_trashed.erase(trashed);
    refresh();
}

void LibraryAdaptor::fail(const Error& error)
{
    Q_EMIT failed(toUi(error));
}

} // namespace app
