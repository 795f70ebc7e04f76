// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/ask_question.h"

#include <chrono>
#include <tuple>

#include <fmt/format.h>

#include "usecases/error_mapping.h"

namespace app {

namespace {

storage::CitationState stateOf(answering::QuoteState state)
{
    switch (state) {
    case answering::QuoteState::exact:
        return storage::CitationState::exact;
    case answering::QuoteState::close:
        return storage::CitationState::close;
    case answering::QuoteState::moved:
        return storage::CitationState::moved;
    case answering::QuoteState::missing:
        break;
    }
    return storage::CitationState::missing;
}

storage::CitationRole roleOf(answering::SourceRole role)
{
    switch (role) {
    case answering::SourceRole::basis:
        return storage::CitationRole::support;
    case answering::SourceRole::alsoFound:
        return storage::CitationRole::alsoFound;
    case answering::SourceRole::placeToLook:
        break;
    }
    return storage::CitationRole::literalMatch;
}

std::string detailOf(const answering::CitedSource& source, const Place& place)
{
    if (source.state == answering::QuoteState::close && source.differingWords > 0) {
        return source.differingWords == 1 ? "1 word differs"
                                          : fmt::format("{} words differ", source.differingWords);
    }
    if (source.state == answering::QuoteState::moved) {
        return placeWords(place);
    }
    return {};
}

/// Turns the answerer's events into those of the faces and keeps what has come, so that a stopped
/// answer is not lost.
class Listener
{
public:
    Listener(SessionSources& sources, PlaceFinder& places, const AskObserver& observer,
             Exchange& exchange)
        : m_sources(sources), m_places(places), m_observer(observer), m_exchange(exchange)
    {
    }

    void on(const answering::AnswerEvent& event)
    {
        using Kind = answering::AnswerEvent::Kind;
        switch (event.kind) {
        case Kind::started:
            stage(AskStage::looking, 0, 0);
            break;
        case Kind::located:
            stage(AskStage::reading, 0, event.passagesToRead);
            break;
        case Kind::passageRead:
            stage(AskStage::reading, event.passagesRead, event.passagesToRead);
            break;
        case Kind::text:
            m_exchange.answer += event.text;
            if (m_observer.text) {
                m_observer.text(event.text);
            }
            break;
        case Kind::source:
            m_exchange.citations.push_back(place(*event.source));
            if (m_observer.citation) {
                m_observer.citation(m_exchange.citations.back());
            }
            break;
        }
    }

    Citation place(const answering::CitedSource& source)
    {
        Citation citation;
        citation.rank = static_cast<std::uint32_t>(source.rank);
        citation.quote = source.quote;
        citation.state = stateOf(source.state);
        citation.role = roleOf(source.role);
        citation.score = source.score;
        answering::TextPlace where = source.place;
        // A quotation that stands nowhere still came from a passage: that is where to look.
        if (const auto passages = m_sources.passages();
            source.state == answering::QuoteState::missing && source.passage < passages->size()) {
            const answering::SourcePassage& passage = (*passages)[source.passage];
            where = {passage.document, passage.textBegin, passage.textEnd};
        }
        if (auto place = m_places.find(where.document, {where.textBegin, where.textEnd})) {
            citation.place = std::move(*place);
        }
        std::tie(citation.before, citation.after) =
            m_places.surroundings(citation.place.sourceId, citation.place.text);
        citation.stateDetail = detailOf(source, citation.place);
        return citation;
    }

private:
    void stage(AskStage stage, std::size_t done, std::size_t total) const
    {
        if (m_observer.stage) {
            m_observer.stage(stage, done, total);
        }
    }

    SessionSources& m_sources;
    PlaceFinder& m_places;
    const AskObserver& m_observer;
    Exchange& m_exchange;
};

void markNumbers(Exchange& exchange)
{
    for (Citation& citation : exchange.citations) {
        const auto at = exchange.answer.find(fmt::format("[{}]", citation.rank));
        if (at != std::string::npos) {
            citation.markAt = at;
        }
    }
}

storage::MessageState stateOf(const answering::Answer& answer)
{
    if (answer.cannotDo) {
        return storage::MessageState::cannotDo;
    }
    return answer.notFound ? storage::MessageState::notFound : storage::MessageState::complete;
}

} // namespace

Result<Exchange> askQuestion(answering::Answerer& answerer, SessionSources& sources,
                             PlaceFinder& places, const answering::Question& question,
                             const AskObserver& observer, const std::stop_token& stop)
{
    Exchange exchange;
    exchange.question = question.text;
    exchange.askedAt = storage::now();
    const auto begin = std::chrono::steady_clock::now();
    Listener listener(sources, places, observer, exchange);
    const auto answer = answerer.ask(
        question, sources, [&listener](const answering::AnswerEvent& event) { listener.on(event); },
        stop);
    if (!answer && answer.error().code != answering::ErrorCode::cancelled) {
        return passOn(answer.error());
    }
    exchange.cost.totalMs =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    if (!answer) {
        exchange.state = storage::MessageState::stopped;
        markNumbers(exchange);
        return exchange;
    }
    exchange.state = stateOf(*answer);
    exchange.answer = answer->text;
    exchange.citations.clear();
    for (const answering::CitedSource& source : answer->sources) {
        exchange.citations.push_back(listener.place(source));
    }
    markNumbers(exchange);
    exchange.cost.firstTokenMs = answer->timing.firstWordsMs;
    exchange.cost.promptTokens = answer->tokens.prompt;
    exchange.cost.generatedTokens = answer->tokens.generated;
    return exchange;
}

} // namespace app
