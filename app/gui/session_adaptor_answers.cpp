// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the adaptor that asks questions and looks things up.
#include "gui/session_adaptor.h"

#include <algorithm>
#include <utility>

#include "gui/page_provider.h"
#include "gui/ui_values.h"

namespace app {

namespace {

TranscriptFormat formatOf(ui::ExportFormat format)
{
    switch (format) {
    case ui::ExportFormat::html:
        return TranscriptFormat::html;
    case ui::ExportFormat::pdf:
        return TranscriptFormat::pdf;
    case ui::ExportFormat::json:
        return TranscriptFormat::json;
    case ui::ExportFormat::markdown:
        break;
    }
    return TranscriptFormat::markdown;
}

ui::AnswerStage stageOf(AskStage stage)
{
    switch (stage) {
    case AskStage::waiting:
        return ui::AnswerStage::waiting;
    case AskStage::reading:
        return ui::AnswerStage::reading;
    case AskStage::looking:
        break;
    }
    return ui::AnswerStage::looking;
}

} // namespace

void SessionAdaptor::connectAnswers()
{
    connect(&m_worker, &SessionWorker::answerStage, this,
            [this](const QString& id, AskStage stage, int done, int total) {
                if (isRunning(id)) {
                    Q_EMIT answerStage(id, stageOf(stage), done, total);
                }
            });
    connect(&m_worker, &SessionWorker::answerText, this,
            [this](const QString& id, const QString& piece) {
                if (isRunning(id)) {
                    ui::Answer answer = running();
                    answer.text += piece;
                    m_tree.update(answer);
                    Q_EMIT answerText(id, piece);
                }
            });
    connect(&m_worker, &SessionWorker::citationFound, this,
            [this](const QString& id, const Citation& citation) {
                // Places to look come with the finished answer: they are no sources of it.
                if (isRunning(id) && citation.role != storage::CitationRole::literalMatch) {
                    ui::Answer answer = running();
                    answer.citations.append(toUi(citation));
                    m_tree.update(answer);
                    Q_EMIT citationFound(id, toUi(citation));
                }
            });
    connect(&m_worker, &SessionWorker::stored, this,
            [this](const AnswerTree::Begun& begun, qint64 questionId, qint64 answerId) {
                m_tree.stored(begun, questionId, answerId);
            });
    connect(&m_worker, &SessionWorker::answered, this,
            [this](const QString& id, const Exchange& exchange) {
                if (isRunning(id)) {
                    finishAnswer(toUi(exchange, id));
                }
            });
    connect(&m_worker, &SessionWorker::answerFailed, this,
            [this](const QString& id, const Error& error) {
                if (isRunning(id)) {
                    ui::Answer answer = running();
                    answer.state = ui::AnswerState::failed;
                    answer.failure = toQt(error.message);
                    finishAnswer(answer);
                }
            });
}

bool SessionAdaptor::isRunning(const QString& answerId) const
{
    return !answerId.isEmpty() && answerId == m_runningAnswer;
}

ui::Answer SessionAdaptor::running() const
{
    return m_tree.shown().back();
}

void SessionAdaptor::ask(const QString& question)
{
    begin(m_tree.ask(question, m_tree.shown().isEmpty() ? QString() : m_tree.shown().back().id));
}

void SessionAdaptor::askAfter(const QString& answerId, const QString& question)
{
    begin(m_tree.ask(question, answerId));
}

void SessionAdaptor::editQuestion(const QString& answerId, const QString& question)
{
    begin(m_tree.edit(answerId, question));
}

void SessionAdaptor::askAgain(const QString& answerId)
{
    begin(m_tree.again(answerId));
}

void SessionAdaptor::begin(const AnswerTree::Begun& begun)
{
    if (begun.answer.id.isEmpty()) {
        return;
    }
    m_runningAnswer = begun.answer.id;
    QMetaObject::invokeMethod(
        this,
        [this, answer = begun.answer] {
            Q_EMIT answerStarted(answer);
            Q_EMIT busyChanged();
        },
        Qt::QueuedConnection);
    m_worker.ask(begun);
}

void SessionAdaptor::showVersion(const QString& answerId, ui::EntryPart part, int by)
{
    if (!m_runningAnswer.isEmpty() || !m_tree.show(answerId, part, by)) {
        return;
    }
    m_worker.storeChoices(m_tree.branches());
    QMetaObject::invokeMethod(
        this, [this] { Q_EMIT answersChanged(); }, Qt::QueuedConnection);
}

void SessionAdaptor::stopAnswer()
{
    m_worker.stopAnswer();
    // The reader sees the end at once; the worker needs until its next block.
    QMetaObject::invokeMethod(
        this,
        [this, id = m_runningAnswer] {
            if (isRunning(id)) {
                ui::Answer answer = running();
                answer.state = ui::AnswerState::stopped;
                finishAnswer(answer);
            }
        },
        Qt::QueuedConnection);
}

void SessionAdaptor::finishAnswer(const ui::Answer& answer)
{
    m_runningAnswer.clear();
    m_tree.update(answer);
    Q_EMIT answerFinished(running());
    Q_EMIT busyChanged();
}

// Looking things up.

void SessionAdaptor::connectLookups()
{
    connect(&m_lookup, &LookupWorker::searched, this, [this](int request, const SearchHits& hits) {
        QList<ui::SearchHit> list;
        for (const SearchHit& hit : hits.hits) {
            list.append(toUi(hit));
        }
        Q_EMIT searchFinished(request, list, static_cast<qint64>(hits.total));
    });
    connect(&m_lookup, &LookupWorker::readerReady, this,
            [this](const QString&, const std::shared_ptr<const ReaderDocument>& document) {
                ui::ReaderContent content = document->content;
                if (document->showPages) {
                    content.pages = std::make_shared<PageProvider>(document->file, document->maps,
                                                                   document->text, m_renderThread);
                }
                Q_EMIT readerReady(content);
            });
    connect(
        &m_lookup, &LookupWorker::readerFailed, this,
        [this](const QString& id, const Error& error) { Q_EMIT readerFailed(id, toUi(error)); });
    connect(&m_lookup, &LookupWorker::exported, this, &SessionAdaptor::exportFinished);
    connect(&m_lookup, &LookupWorker::exportFailed, this,
            [this](const Error& error) { Q_EMIT exportFailed(toUi(error)); });
    connect(&m_lookup, &LookupWorker::removalPriced, this,
            [this](const QString& id, const RemovalPrice& price) {
                Q_EMIT removalPriced(
                    id, {static_cast<int>(price.laterSources), static_cast<qint64>(price.tokens),
                         price.duration ? static_cast<int>(price.duration->count()) : -1});
            });
    connect(&m_lookup, &LookupWorker::failed, this,
            [this](const Error& error) { Q_EMIT failed(toUi(error)); });
    connect(&m_lookup, &LookupWorker::sourceDiffers, this, [this](const QString& id, bool missing) {
        changeSource(id, [missing](ui::Source& source) {
            if (source.state == ui::SourceState::ready) {
                source.state = missing ? ui::SourceState::missing : ui::SourceState::changed;
            }
        });
    });
}

int SessionAdaptor::search(const QString& text, int limit)
{
    m_lookup.search(++m_lastSearch, text, limit);
    return m_lastSearch;
}

void SessionAdaptor::requestReader(const QString& sourceId)
{
    m_lookup.openReader(sourceId);
}

void SessionAdaptor::exportTo(ui::ExportFormat format, const QString& file, bool allBranches)
{
    m_lookup.exportTo(formatOf(format),
                      allBranches ? TranscriptScope::allBranches : TranscriptScope::shown, file);
}

} // namespace app
