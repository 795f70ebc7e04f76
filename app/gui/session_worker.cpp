// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/session_worker.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "gui/ui_values.h"
#include "usecases/error_mapping.h"

namespace app {

namespace {

// More often than this nobody sees a change.
constexpr std::chrono::milliseconds kProgressStep{100};

} // namespace

SessionWorker::SessionWorker(std::unique_ptr<OpenSession> session, QObject* parent)
    : QObject(parent), m_session(std::move(session))
{
}

SessionWorker::~SessionWorker() = default;

void SessionWorker::close(std::function<void()> closed)
{
    m_answerStop.request_stop();
    // Freed there too: a cache of a million tokens is not freed in no time.
    m_thread.end([this] { m_session.reset(); }, this, std::move(closed));
}

void SessionWorker::load()
{
    m_thread.post([this](const std::stop_token&) {
        const auto done = m_session->load();
        done ? Q_EMIT loaded() : Q_EMIT loadFailed(done.error());
    });
}

void SessionWorker::add(std::shared_ptr<const AddPlan> plan, std::vector<int> itemIds)
{
    m_thread.post([this, plan = std::move(plan), itemIds = std::move(itemIds)](
                      const std::stop_token& stop) { addNow(*plan, itemIds, stop); });
}

void SessionWorker::addNow(const AddPlan& plan, const std::vector<int>& itemIds,
                           const std::stop_token& stop)
{
    const auto added = m_session->store(plan, itemIds);
    announceSources();
    if (!added) {
        Q_EMIT failed(added.error());
        return;
    }
    spdlog::info("added {} sources", added->size());
    const auto prepared = m_session->prepare({}, stop);
    announceSources();
    if (!prepared) {
        Q_EMIT failed(prepared.error());
        return;
    }
    startReading();
}

void SessionWorker::setTitle(std::string title)
{
    m_thread.post([this, title = std::move(title)](const std::stop_token&) {
        if (const auto done = m_session->file().setTitle(title); !done) {
            Q_EMIT failed(toAppError(done.error()));
        }
    });
}

void SessionWorker::startReading()
{
    m_thread.post([this](const std::stop_token&) {
        if (const auto marked = m_session->markUnread(storage::SourceState::waiting); !marked) {
            Q_EMIT failed(marked.error());
            return;
        }
        announceSources();
        m_thread.setBackground([this](const std::stop_token& stop) { return readSome(stop); });
    });
}

void SessionWorker::readAgain()
{
    m_thread.post([this](const std::stop_token&) {
        if (const auto done = m_session->readAgain(); !done) {
            Q_EMIT failed(done.error());
            Q_EMIT readingPaused();
            return;
        }
        Q_EMIT loaded();
        startReading();
    });
}

bool SessionWorker::readSome(const std::stop_token& stop)
{
    ReadingObserver observer;
    observer.progress = [this](const ReadingProgress& progress) {
        const auto now = std::chrono::steady_clock::now();
        if (now - m_lastProgress >= kProgressStep) {
            m_lastProgress = now;
            Q_EMIT readingProgressed(progress);
        }
    };
    observer.waiting = [this](bool waiting) { Q_EMIT readingWaits(waiting); };
    observer.sourceReady = [this](storage::SourceId id) {
        Q_EMIT sourceReady(static_cast<qulonglong>(id));
    };
    const auto done = m_session->read(observer, stop);
    if (done) {
        announceSources();
        Q_EMIT readingDone();
        return false;
    }
    if (done.error().code == ErrorCode::cancelled) {
        return true; // goes on after the interruption, unless it was replaced
    }
    spdlog::error("reading failed: {}", done.error().message);
    announceSources();
    Q_EMIT failed(done.error());
    Q_EMIT readingPaused();
    return false;
}

void SessionWorker::pauseReading()
{
    m_thread.setBackground(nullptr);
    m_thread.post([this](const std::stop_token&) { Q_EMIT readingPaused(); });
}

void SessionWorker::cancelReading()
{
    m_thread.setBackground(nullptr);
    m_thread.post([this](const std::stop_token&) {
        if (const auto marked = m_session->markUnread(storage::SourceState::stopped); !marked) {
            Q_EMIT failed(marked.error());
        }
        announceSources();
        Q_EMIT readingStopped();
    });
}

void SessionWorker::removeSource(storage::SourceId id)
{
    m_thread.post([this, id](const std::stop_token&) {
        const auto removed = m_session->removeSource(id);
        announceSources();
        if (!removed) {
            Q_EMIT failed(removed.error());
            return;
        }
        startReading(); // finds nothing to read where nothing stood behind it
    });
}

void SessionWorker::hideSource(storage::SourceId id, bool hidden)
{
    m_thread.post([this, id, hidden](const std::stop_token&) {
        if (const auto done = m_session->hideSource(id, hidden); !done) {
            Q_EMIT failed(done.error());
        }
        announceSources();
    });
}

void SessionWorker::replace(std::shared_ptr<const AddPlan> plan, storage::SourceId old)
{
    m_thread.post([this, plan = std::move(plan), old](const std::stop_token& stop) {
        std::vector<int> items;
        for (const AddItem& item : plan->items) {
            if (item.verdict == AddVerdict::add) {
                items.push_back(item.id);
            }
        }
        addNow(*plan, items, stop);
        if (old != 0) {
            removeSource(old);
        }
    });
}

void SessionWorker::ask(AnswerTree::Begun begun)
{
    m_answerStop = std::stop_source();
    m_thread.post([this, begun = std::move(begun),
                   answerStop = m_answerStop](const std::stop_token& stop) mutable {
        // Two ways to end early: the reader's Stop, and the end of the session.
        const std::stop_callback chained(stop, [&answerStop] { answerStop.request_stop(); });
        askNow(begun, answerStop.get_token());
    });
}

std::optional<storage::MessageId>
SessionWorker::numberOf(const std::optional<storage::MessageId>& message) const
{
    const auto found = message ? m_numbers.find(*message) : m_numbers.end();
    return found == m_numbers.end() ? message : found->second;
}

void SessionWorker::askNow(const AnswerTree::Begun& begun, const std::stop_token& stop)
{
    const QString& answerId = begun.answer.id;
    AskObserver observer;
    observer.stage = [this, &answerId](AskStage stage, std::size_t done, std::size_t total) {
        Q_EMIT answerStage(answerId, stage, static_cast<int>(done), static_cast<int>(total));
    };
    observer.text = [this, &answerId](std::string_view piece) {
        Q_EMIT answerText(answerId, toQt(std::string(piece)));
    };
    observer.citation = [this, &answerId](const Citation& citation) {
        Q_EMIT citationFound(answerId, citation);
    };
    const AskPlace place{numberOf(begun.place.follows), numberOf(begun.place.again)};
    const auto exchange =
        m_session->ask(begun.answer.question.toStdString(), begun.earlier, observer, stop, place);
    if (!exchange) {
        m_numbers[begun.questionId] = place.again ? place.again : place.follows;
        m_numbers[begun.answerId] = m_numbers[begun.questionId];
        spdlog::error("an answer failed: {}", exchange.error().message);
        Q_EMIT answerFailed(answerId, exchange.error());
        return;
    }
    m_numbers[begun.questionId] = exchange->questionId;
    m_numbers[begun.answerId] = exchange->answerId;
    Q_EMIT stored(begun, exchange->questionId, exchange->answerId);
    spdlog::info("answered in {:.0f} ms, first words after {:.0f} ms; {} tokens of sources were "
                 "read since opening",
                 exchange->cost.totalMs, exchange->cost.firstTokenMs, m_session->prefilledTokens());
    Q_EMIT answered(answerId, *exchange);
}

void SessionWorker::storeChoices(const Branches& branches)
{
    m_thread.post([this, tree = Branches(branches)](const std::stop_token&) mutable {
        for (const auto& [from, to] : m_numbers) {
            if (to && !tree.contains(*to)) {
                tree.renumber(from, *to);
            }
        }
        if (const auto done = app::storeChoices(m_session->file(), tree); !done) {
            Q_EMIT failed(done.error());
        }
    });
}

void SessionWorker::stopAnswer()
{
    m_answerStop.request_stop();
}

void SessionWorker::announceSources()
{
    auto snapshot = m_session->snapshot();
    if (!snapshot) {
        Q_EMIT failed(snapshot.error());
        return;
    }
    Q_EMIT sourcesChanged(std::make_shared<const SessionSnapshot>(std::move(*snapshot)));
}

} // namespace app
