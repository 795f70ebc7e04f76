// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/open_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "ingest/document_maps.h"
#include "ingest/read_document.h"
#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/session_repair.h"
#include "usecases/source_changes.h"
#include "usecases/words.h"

namespace app {
namespace fs = std::filesystem;

namespace {

storage::NewSource newSource(const AddItem& item, const ingest::Document& document)
{
    storage::NewSource source;
    source.path = item.path.string();
    source.folder = item.folder;
    source.relativePath = item.relativePath.generic_string();
    source.format = ingest::formatName(document.maps.format);
    source.title = sourceTitle(item, document);
    source.language = document.language;
    source.encoding = document.encoding;
    source.contentHash = document.contentHash;
    source.fileBytes = document.fileBytes;
    source.fileModified = storage::Timestamp(std::chrono::milliseconds(document.modifiedAtMs));
    source.pageCount = static_cast<std::uint32_t>(document.maps.pages.size());
    source.lineCount = static_cast<std::uint32_t>(document.maps.lineBegins.size());
    source.textRules = ingest::kTextRulesVersion;
    source.notes = document.notes;
    return source;
}

Result<std::shared_ptr<const ingest::Document>> documentOf(const AddItem& item)
{
    if (item.document) {
        return item.document;
    }
    ingest::ReadOptions options;
    options.password = item.password;
    auto document = ingest::readDocument(item.path, options);
    if (!document) {
        return passOn(document.error());
    }
    return std::make_shared<const ingest::Document>(std::move(*document));
}

bool isUnread(storage::SourceState state)
{
    return state == storage::SourceState::waiting || state == storage::SourceState::reading ||
           state == storage::SourceState::stopped;
}

} // namespace

Result<std::unique_ptr<OpenSession>> OpenSession::open(const fs::path& path,
                                                       std::shared_ptr<ModelProvider> models,
                                                       const Options& options)
{
    auto file = storage::SessionFile::open(path, storage::OpenMode::readWrite);
    if (!file) {
        return passOn(file.error());
    }
    return std::make_unique<OpenSession>(std::move(*file), std::move(models), options);
}

OpenSession::OpenSession(std::unique_ptr<storage::SessionFile> file,
                         std::shared_ptr<ModelProvider> models, const Options& options)
    : m_file(std::move(file)), m_models(std::move(models)), m_options(options), m_places(*m_file)
{
}

Result<void> OpenSession::adoptModel(const LoadedModel& model)
{
    auto info = m_file->info();
    if (!info) {
        return passOn(info.error());
    }
    const std::string difference = identityDifference(info->model, model.identity);
    if (difference.empty()) {
        return {};
    }
    auto read = m_file->tokensRead();
    if (!read) {
        return passOn(read.error());
    }
    if (*read == 0) { // nothing is lost by taking this model
        auto cleared = m_file->clearReading(model.identity);
        if (!cleared) {
            return passOn(cleared.error());
        }
        return {};
    }
    return fail(ErrorCode::mismatch,
                fmt::format("{}: {}. Its {} tokens have to be read again before questions can be "
                            "answered; sources and conversation are kept.",
                            m_file->path().string(), difference, withThousands(*read)));
}

Result<void> OpenSession::load()
{
    if (m_answerer) {
        return {};
    }
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    if (auto adopted = adoptModel(*model); !adopted) {
        return adopted;
    }
    if (auto opened = openTimeline(*model); !opened) {
        return opened;
    }
    answering::AnswererOptions options;
    options.threads = m_options.threads;
    auto answerer = answering::Answerer::create(model->model, model->tokenizer, options);
    if (!answerer) {
        return passOn(answerer.error());
    }
    m_sources = std::make_unique<SessionSources>(*m_file, m_places, *m_timeline);
    m_answerer = std::move(*answerer);
    if (m_options.warmsRows) {
        m_warmer = std::make_unique<RowWarmer>(m_file->path());
    }
    return {};
}

Result<void> OpenSession::openTimeline(const LoadedModel& model)
{
    auto timeline = Timeline::open(*m_file, model, m_options.threads);
    if (!timeline) {
        return passOn(timeline.error());
    }
    m_timeline = std::move(*timeline);
    if (const std::uint64_t lost = m_timeline->takenBack(); lost > 0) {
        m_notices.push_back(fmt::format("The program or the machine stopped while it was reading, "
                                        "or a part of the file was damaged: the last {} tokens "
                                        "have to be read again.",
                                        withThousands(lost)));
    }
    return {};
}

void OpenSession::closeTimeline()
{
    m_warmer.reset();
    m_answerer.reset();
    m_sources.reset();
    m_reader.reset();
    m_timeline.reset();
}

Result<void> OpenSession::repair(const std::stop_token& stop)
{
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    closeTimeline();
    auto repaired = repairSession(*m_file, *model, m_options.threads, stop);
    if (!repaired) {
        return tl::unexpected(repaired.error());
    }
    m_notices.insert(m_notices.end(), repaired->notes.begin(), repaired->notes.end());
    m_places.forget();
    return {};
}

bool OpenSession::hasMended(const std::stop_token& stop)
{
    const auto damage = m_file->findDamage();
    return damage && !damage->empty() && repair(stop);
}

std::vector<std::string> OpenSession::takeNotices()
{
    return std::exchange(m_notices, {});
}

Result<SessionSnapshot> OpenSession::snapshot()
{
    auto sources = m_file->sources();
    if (!sources) {
        return passOn(sources.error());
    }
    SessionSnapshot snapshot;
    snapshot.tokensPlanned = kTimelineStart;
    for (const storage::Source& source : *sources) {
        if (source.tokens) {
            snapshot.tokensPlanned = std::max(snapshot.tokensPlanned, source.tokens->end);
        }
    }
    snapshot.sources = std::move(*sources);
    return snapshot;
}

Result<std::vector<storage::SourceId>> OpenSession::store(const AddPlan& plan,
                                                          std::span<const int> itemIds)
{
    std::vector<std::pair<const AddItem*, std::shared_ptr<const ingest::Document>>> chosen;
    for (const AddItem& item : plan.items) {
        if (std::find(itemIds.begin(), itemIds.end(), item.id) == itemIds.end()) {
            continue;
        }
        auto document = documentOf(item);
        if (!document) {
            return passOn(document.error());
        }
        chosen.emplace_back(&item, std::move(*document));
    }
    // All of them or none: a folder that is added by half would be taken for the whole.
    std::vector<storage::SourceId> added;
    const auto done = m_file->together([&]() -> storage::Result<void> {
        for (const auto& [item, document] : chosen) {
            const auto id = storeOne(*item, *document);
            if (!id) {
                return tl::unexpected(id.error());
            }
            added.push_back(*id);
        }
        return {};
    });
    if (!done) {
        return passOn(done.error());
    }
    m_places.forget();
    return added;
}

storage::Result<storage::SourceId> OpenSession::storeOne(const AddItem& item,
                                                         const ingest::Document& document)
{
    auto id = m_file->addSource(newSource(item, document), document.text,
                                ingest::encodeMaps(document.maps));
    if (id && item.replaces) {
        storage::SourceUpdate update;
        update.hidden = true;
        if (auto hidden = m_file->updateSource(*item.replaces, update); !hidden) {
            return tl::unexpected(hidden.error());
        }
    }
    return id;
}

Result<void> OpenSession::prepare(const std::function<void(storage::SourceId)>& prepared,
                                  const std::stop_token& stop)
{
    if (auto loaded = load(); !loaded) {
        return loaded;
    }
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    return prepareSources(*m_file, *model->tokenizer, prepared, stop);
}

Result<void> OpenSession::read(const ReadingObserver& observer, const std::stop_token& stop)
{
    if (auto prepared = prepare({}, stop); !prepared) {
        return prepared;
    }
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    if (!m_reader) {
        m_reader = std::make_unique<SourceReader>(*m_file, *m_timeline, *model->tokenizer,
                                                  m_options.turns.get());
    }
    ReadingPace pace;
    ReadingObserver noting = observer;
    noting.progress = [&](const ReadingProgress& progress) {
        pace = progress.pace;
        if (observer.progress) {
            observer.progress(progress);
        }
    };
    auto done = m_reader->run(noting, stop);
    if (!done && done.error().code != ErrorCode::cancelled && hasMended(stop)) {
        if (auto loaded = load(); !loaded) {
            return loaded;
        }
        m_reader = std::make_unique<SourceReader>(*m_file, *m_timeline, *model->tokenizer,
                                                  m_options.turns.get());
        done = m_reader->run(noting, stop);
    }
    if (done) {
        m_reader.reset(); // the job is done; what is added later is another one
        if (pace.perSecond > 0.0) {
            return rememberPace(*m_file, pace);
        }
    }
    return done;
}

Result<void> OpenSession::removeSource(storage::SourceId id)
{
    closeTimeline();
    if (auto done = takeOut(*m_file, id); !done) {
        return done;
    }
    m_places.forget();
    return {};
}

Result<void> OpenSession::hideSource(storage::SourceId id, bool hidden)
{
    auto done = setHidden(*m_file, id, hidden);
    m_places.forget();
    return done;
}

Result<void> OpenSession::markUnread(storage::SourceState state)
{
    auto sources = m_file->sources();
    if (!sources) {
        return passOn(sources.error());
    }
    std::vector<storage::SourceProgress> changes;
    for (const storage::Source& source : *sources) {
        if (isUnread(source.state) && source.state != state) {
            changes.push_back({source.id, state, std::nullopt});
        }
    }
    auto length = m_file->tokensRead();
    if (!length) {
        return passOn(length.error());
    }
    storage::ReadingCommit commit; // no tokens: states alone, all of them at once
    commit.tokenBegin = *length;
    commit.sources = changes;
    auto done = m_file->commitReading(commit);
    if (!done) {
        return passOn(done.error());
    }
    return {};
}

Result<void> OpenSession::readAgain()
{
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    closeTimeline();
    auto cleared = m_file->clearReading(model->identity);
    if (!cleared) {
        return passOn(cleared.error());
    }
    m_places.forget();
    return load();
}

Result<Exchange> OpenSession::ask(const std::string& question,
                                  const std::vector<answering::Turn>& earlier,
                                  const AskObserver& observer, const std::stop_token& stop,
                                  const std::optional<AskPlace>& place)
{
    if (m_warmer && m_warmer->hasFoundDamage()) {
        (void)hasMended(stop);
    }
    auto exchange = askOnce(question, earlier, observer, stop, place);
    // Locating comes before the first word: nothing was shown yet when it meets a damaged row.
    if (!exchange && exchange.error().code != ErrorCode::cancelled && hasMended(stop)) {
        return askOnce(question, earlier, observer, stop, place);
    }
    return exchange;
}

Result<Exchange> OpenSession::askOnce(const std::string& question,
                                      const std::vector<answering::Turn>& earlier,
                                      const AskObserver& observer, const std::stop_token& stop,
                                      const std::optional<AskPlace>& place)
{
    const auto begin = std::chrono::steady_clock::now();
    if (auto loaded = load(); !loaded) {
        return passOn(loaded.error());
    }
    if (auto fresh = m_sources->refresh(); !fresh) {
        return passOn(fresh.error());
    }
    auto session = snapshot();
    if (!session) {
        return passOn(session.error());
    }
    if (m_timeline->length() == 0) {
        return fail(ErrorCode::failed,
                    fmt::format("{}: wanted a session that has read something, found {}",
                                m_file->path().string(),
                                session->sources.empty() ? "no sources in it"
                                                         : "sources that are not read yet"));
    }
    const double openMs =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    EngineTurns::Turn turn;
    if (m_options.turns) {
        auto mine = m_options.turns->take(EngineTurns::Work::answering, stop, [&](bool waiting) {
            if (observer.stage) {
                observer.stage(waiting ? AskStage::waiting : AskStage::looking, 0, 0);
            }
        });
        if (!mine) {
            return tl::unexpected(mine.error());
        }
        turn = std::move(*mine);
    }
    auto exchange =
        askQuestion(*m_answerer, *m_sources, m_places, {question, earlier}, observer, stop);
    if (!exchange) {
        return exchange;
    }
    auto model = m_models->get();
    exchange->modelName = model ? model->identity.name : std::string();
    if (exchange->state == storage::MessageState::notFound) {
        exchange->searchTerm = rarestWord(question);
    }
    exchange->cost.openMs = openMs;
    exchange->cost.sessionTokens = sourceTokens();
    for (const storage::Source& source : session->sources) {
        const bool read = source.tokens && source.tokens->end <= m_timeline->length();
        exchange->cost.sourcesRead += read ? 1 : 0;
        exchange->cost.readInFull = exchange->cost.readInFull && (read || !isUnread(source.state));
    }
    if (auto stored = storeExchange(*m_file, *exchange, place); !stored) {
        return passOn(stored.error());
    }
    return exchange;
}

Result<ChatReply> OpenSession::chat(const std::string& message, const GenerationSettings& settings,
                                    bool startAnew, const ChatObserver& observer,
                                    const std::stop_token& stop)
{
    auto model = m_models->get();
    if (!model) {
        return passOn(model.error());
    }
    if (auto loaded = load(); !loaded) {
        return passOn(loaded.error());
    }
    Result<std::vector<engine::ChatMessage>> earlier;
    if (!startAnew) {
        earlier = loadChat(*m_file);
    }
    if (!earlier) {
        return passOn(earlier.error());
    }
    std::vector<engine::ChatMessage> turns = std::move(*earlier);
    engine::ChatMessage said;
    said.content = message;
    turns.push_back(std::move(said));
    std::vector<engine::ChatMessage> prompt = turns;
    if (!settings.system.empty()) {
        engine::ChatMessage system;
        system.role = engine::ChatRole::system;
        system.content = settings.system;
        prompt.insert(prompt.begin(), std::move(system));
    }
    auto reply = chatTurn(*m_timeline, *model, prompt, settings, observer, stop);
    if (!reply || reply->end == "stopped") {
        return reply;
    }
    turns.push_back(reply->message);
    if (auto stored = storeChat(*m_file, turns); !stored) {
        return passOn(stored.error());
    }
    return reply;
}

std::string OpenSession::rarestWord(const std::string& question)
{
    const auto terms = storage::searchTerms(question);
    const auto ranking =
        terms ? m_file->rankPassages(*terms)
              : storage::Result<storage::PassageRanking>(tl::unexpected(terms.error()));
    if (!ranking || ranking->terms.empty()) {
        return {};
    }
    // Among words that are equally rare, and among those that stand nowhere, the longest says most.
    return std::max_element(ranking->terms.begin(), ranking->terms.end(),
                            [](const auto& a, const auto& b) {
                                return std::pair(a.idf, a.term.size()) <
                                       std::pair(b.idf, b.term.size());
                            })
        ->term;
}

std::uint64_t OpenSession::prefilledTokens() const
{
    return m_timeline ? m_timeline->prefilledTokens() : 0;
}

std::uint64_t OpenSession::sourceTokens() const
{
    const std::uint64_t length = m_timeline ? m_timeline->length() : 0;
    return length > kTimelineStart ? length - kTimelineStart : 0;
}

} // namespace app
