// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/session_adaptor.h"

#include <algorithm>
#include <utility>

#include "gui/ui_values.h"
#include "usecases/document_tokens.h"
#include "usecases/source_changes.h"

namespace app {

namespace {

/// The name of a session that was made without one.
QString untitled()
{
    return SessionAdaptor::tr("New session");
}

bool isUnread(ui::SourceState state)
{
    return state == ui::SourceState::waiting || state == ui::SourceState::reading;
}

} // namespace

SessionAdaptor::SessionAdaptor(SessionState state, std::unique_ptr<OpenSession> session,
                               std::shared_ptr<ModelProvider> models,
                               std::shared_ptr<JobThread> renderThread, QObject* parent)
    : ui::SessionPort(parent), m_id(state.id), m_title(state.title), m_tree(state.conversation),
      m_renderThread(std::move(renderThread)), m_worker(std::move(session), nullptr),
      m_lookup(state.id.toStdString(), nullptr), m_additions(std::move(models), nullptr)
{
    m_status.tokensLimit = static_cast<qint64>(kSessionTokens);
    takeSources(state.snapshot);
    connectReading();
    connectAnswers();
    connectLookups();
    connectAdditions();
}

SessionAdaptor::~SessionAdaptor() = default;

void SessionAdaptor::start()
{
    m_worker.load();
    m_lookup.checkOriginals();
    const bool unread = std::any_of(m_sources.begin(), m_sources.end(),
                                    [](const ui::Source& one) { return isUnread(one.state); });
    const bool stopped = std::any_of(m_sources.begin(), m_sources.end(), [](const ui::Source& one) {
        return one.state == ui::SourceState::stopped;
    });
    if (unread && !stopped) {
        resumeReading(); // a crash or a quit interrupted it, not the reader
    } else if (unread || stopped) {
        setReading(ui::ReadingState::stopped);
    }
}

// Reading.

void SessionAdaptor::connectReading()
{
    connect(&m_worker, &SessionWorker::loaded, this, [this] {
        m_status.canAnswer = true;
        Q_EMIT statusChanged(m_status);
    });
    connect(&m_worker, &SessionWorker::loadFailed, this, [this](const Error& error) {
        // "Continue reading" then reads everything again, with the model at hand.
        m_readAgain = error.code == ErrorCode::mismatch;
        setReading(m_readAgain ? ui::ReadingState::stopped : ui::ReadingState::idle);
        Q_EMIT failed(toUi(error));
    });
    connect(&m_worker, &SessionWorker::sourcesChanged, this,
            [this](const std::shared_ptr<const SessionSnapshot>& snapshot) {
                takeSources(snapshot);
                Q_EMIT sourcesChanged();
                Q_EMIT statusChanged(m_status);
            });
    connect(&m_worker, &SessionWorker::readingProgressed, this, &SessionAdaptor::showProgress);
    connect(&m_worker, &SessionWorker::readingWaits, this, [this](bool waiting) {
        m_reading.waiting = waiting;
        Q_EMIT readingChanged(m_reading);
    });
    connect(&m_worker, &SessionWorker::sourceReady, this, [this](qulonglong id) {
        changeSource(QString::number(id), [](ui::Source& source) {
            source.state = ui::SourceState::ready;
            source.done = source.total;
            source.readAt = QDateTime::currentDateTime();
        });
    });
    connect(&m_worker, &SessionWorker::readingDone, this, [this] {
        // A short source is read before its progress is worth telling.
        const bool wasReading =
            m_reading.tokensTotal > 0 || m_reading.state == ui::ReadingState::preparing;
        setReading(ui::ReadingState::idle);
        if (wasReading) {
            Q_EMIT readingFinished(m_status.tokensUsed);
        }
        m_reading = {};
    });
    connect(&m_worker, &SessionWorker::readingPaused, this,
            [this] { setReading(ui::ReadingState::paused); });
    connect(&m_worker, &SessionWorker::readingStopped, this,
            [this] { setReading(ui::ReadingState::stopped); });
    connect(&m_worker, &SessionWorker::failed, this,
            [this](const Error& error) { Q_EMIT failed(toUi(error)); });
}

void SessionAdaptor::takeSources(const std::shared_ptr<const SessionSnapshot>& snapshot)
{
    // What was found out about the original files is not in the session file.
    QHash<QString, ui::SourceState> differing;
    for (const ui::Source& source : std::as_const(m_sources)) {
        if (source.state == ui::SourceState::missing || source.state == ui::SourceState::changed) {
            differing.insert(source.id, source.state);
        }
    }
    m_snapshot = snapshot;
    m_sources.clear();
    m_sourceAt.clear();
    for (const storage::Source& source : snapshot->sources) {
        if (isReplaced(source, snapshot->sources)) {
            continue;
        }
        ui::Source& out = m_sources.emplace_back(toUi(source));
        m_sourceAt.insert(out.id, m_sources.size() - 1);
        if (out.state == ui::SourceState::ready) {
            out.state = differing.value(out.id, out.state);
        }
    }
    m_status.tokensUsed = static_cast<qint64>(snapshot->tokensPlanned - kTimelineStart);
}

void SessionAdaptor::setReading(ui::ReadingState state)
{
    const bool wasBusy = isBusy();
    m_reading.state = state;
    if (state != ui::ReadingState::reading) {
        m_reading.waiting = false;
        m_reading.secondsLeft = -1;
    }
    Q_EMIT readingChanged(m_reading);
    if (wasBusy != isBusy()) {
        Q_EMIT busyChanged();
    }
}

void SessionAdaptor::showProgress(const ReadingProgress& progress)
{
    if (m_reading.state == ui::ReadingState::paused ||
        m_reading.state == ui::ReadingState::stopped) {
        return; // sent before the pause took effect
    }
    m_reading.sourceName = toQt(progress.sourceTitle);
    m_reading.sourcesDone = static_cast<int>(progress.sourcesDone);
    m_reading.sourcesTotal = static_cast<int>(progress.sourcesTotal);
    m_reading.tokensDone = static_cast<qint64>(progress.tokensDone);
    m_reading.tokensTotal = static_cast<qint64>(progress.tokensTotal);
    m_reading.tokensPerSecond = progress.tokensPerSecond;
    m_reading.secondsLeft = progress.timeLeft ? static_cast<int>(progress.timeLeft->count()) : -1;
    m_pace = progress.pace;
    setReading(ui::ReadingState::reading);
    changeSource(sourceIdText(progress.sourceId), [&progress](ui::Source& source) {
        source.done = static_cast<qint64>(progress.sourceDone);
        source.total = static_cast<qint64>(progress.sourceTotal);
        source.state =
            source.done >= source.total ? ui::SourceState::ready : ui::SourceState::reading;
    });
}

void SessionAdaptor::changeSource(const QString& sourceId,
                                  const std::function<void(ui::Source&)>& change)
{
    const auto at = m_sourceAt.constFind(sourceId);
    if (at != m_sourceAt.constEnd()) {
        change(m_sources[*at]);
        Q_EMIT sourceChanged(m_sources.at(*at));
    }
}

void SessionAdaptor::pauseReading()
{
    m_worker.pauseReading();
}

void SessionAdaptor::resumeReading()
{
    m_reading.state = ui::ReadingState::preparing;
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT readingChanged(m_reading); }, Qt::QueuedConnection);
    if (std::exchange(m_readAgain, false)) {
        m_worker.readAgain();
    } else {
        m_worker.startReading();
    }
}

void SessionAdaptor::cancelReading()
{
    m_worker.cancelReading();
}

void SessionAdaptor::retrySource(const QString&)
{
    resumeReading(); // reads whatever is not read to its end
}

void SessionAdaptor::close(const std::function<void()>& closed)
{
    const auto one = [this, closed] {
        if (--m_workersOpen == 0) {
            closed();
        }
    };
    m_additions.close(one);
    m_lookup.close(one);
    m_worker.close(one);
}

bool SessionAdaptor::isBusy() const
{
    return !m_runningAnswer.isEmpty() || m_reading.state == ui::ReadingState::reading ||
           m_reading.state == ui::ReadingState::preparing;
}

// Adding.

void SessionAdaptor::connectAdditions()
{
    connect(&m_additions, &AdditionDesk::progressed, this, &SessionAdaptor::addPreviewProgress);
    connect(&m_additions, &AdditionDesk::planned, this,
            [this](int request, const std::shared_ptr<const AddPlan>& plan) {
                ui::AddPreview preview;
                preview.request = request;
                preview.tokensEstimated = false;
                preview.tokensFree = static_cast<qint64>(plan->tokensFree);
                preview.tokensLimit = static_cast<qint64>(kSessionTokens);
                preview.readingTime = toUi(m_pace, kSessionTokens - plan->tokensFree);
                QList<int> addable;
                for (const AddItem& item : plan->items) {
                    preview.items.append(toUi(item));
                    if (item.verdict == AddVerdict::add) {
                        addable.append(item.id);
                    }
                }
                if (m_replacing.contains(request)) {
                    replaceBy(request, addable);
                } else if (request == m_addAllRequest) {
                    confirmAdd(request, addable);
                } else {
                    Q_EMIT addPreviewReady(preview);
                }
            });
    connect(&m_additions, &AdditionDesk::planFailed, this, [this](int request, const Error& error) {
        Q_EMIT addPreviewFailed(request, toUi(error));
    });
    connect(
        &m_additions, &AdditionDesk::itemChanged, this,
        [this](int request, const AddItem& item) { Q_EMIT addItemChanged(request, toUi(item)); });
}

int SessionAdaptor::previewAdd(const QStringList& paths)
{
    return m_additions.plan(paths, *m_snapshot);
}

void SessionAdaptor::providePassword(int request, int itemId, const QString& password)
{
    m_additions.unlock(request, itemId, password);
}

void SessionAdaptor::confirmAdd(int request, const QList<int>& itemIds)
{
    const std::shared_ptr<const AddPlan> plan = m_additions.take(request);
    if (!plan || itemIds.isEmpty()) {
        return;
    }
    nameAfterFirstSource(*plan, itemIds);
    m_reading.state = ui::ReadingState::preparing;
    QMetaObject::invokeMethod(
        this,
        [this] {
            Q_EMIT readingChanged(m_reading);
            Q_EMIT busyChanged();
        },
        Qt::QueuedConnection);
    m_worker.add(plan, {itemIds.begin(), itemIds.end()});
}

// Sources that are there.

void SessionAdaptor::priceRemoval(const QString& sourceId)
{
    m_lookup.priceRemoval(sourceId);
}

void SessionAdaptor::removeSource(const QString& sourceId)
{
    m_worker.removeSource(sourceIdFrom(sourceId));
    m_lookup.forgetSources();
}

void SessionAdaptor::hideSource(const QString& sourceId, bool hidden)
{
    m_worker.hideSource(sourceIdFrom(sourceId), hidden);
}

void SessionAdaptor::readSourceAgain(const QString& sourceId, bool takeOut)
{
    const auto source = std::find_if(m_sources.begin(), m_sources.end(),
                                     [&](const ui::Source& one) { return one.id == sourceId; });
    if (source != m_sources.end()) {
        const int request = m_additions.plan({source->path}, *m_snapshot);
        m_replacing.insert(request, takeOut ? sourceIdFrom(sourceId) : 0);
    }
}

/// The plan for one file that has changed is ready: nobody has to be asked again.
void SessionAdaptor::replaceBy(int request, const QList<int>& itemIds)
{
    const storage::SourceId old = m_replacing.take(request);
    const std::shared_ptr<const AddPlan> plan = m_additions.take(request);
    if (plan && !itemIds.isEmpty()) {
        setReading(ui::ReadingState::preparing);
        m_worker.replace(plan, old);
    } else if (plan && !plan->items.empty()) {
        Q_EMIT failed(toUi(Error{ErrorCode::badInput, plan->items.front().reason}));
    }
}

void SessionAdaptor::nameAfterFirstSource(const AddPlan& plan, const QList<int>& itemIds)
{
    if (!m_sources.isEmpty() || !m_title.startsWith(untitled())) {
        return;
    }
    for (const AddItem& item : plan.items) {
        if (!itemIds.contains(item.id)) {
            continue;
        }
        if (!item.folder.empty()) {
            rename(toQt(item.folder));
        } else if (item.document) {
            rename(toQt(item.document->title));
        } else {
            rename(toQt(item.path.stem().string()));
        }
        return;
    }
}

void SessionAdaptor::cancelAdd(int request)
{
    m_additions.cancel(request);
}

void SessionAdaptor::addAll(const QStringList& paths)
{
    m_addAllRequest = m_additions.plan(paths, *m_snapshot);
}

void SessionAdaptor::rename(const QString& title)
{
    m_title = title;
    m_worker.setTitle(title.toStdString());
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT titleChanged(m_title); }, Qt::QueuedConnection);
}

} // namespace app
