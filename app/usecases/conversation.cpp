// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/conversation.h"

#include <span>
#include <tuple>

#include <nlohmann/json.hpp>

#include "answering/quote_check.h"
#include "usecases/error_mapping.h"

namespace app {

namespace {

using Json = nlohmann::json;

std::string detailsText(const Exchange& exchange)
{
    const AnswerCost& cost = exchange.cost;
    return Json{{"search_term", exchange.searchTerm},       {"open_ms", cost.openMs},
                {"first_token_ms", cost.firstTokenMs},      {"total_ms", cost.totalMs},
                {"session_tokens", cost.sessionTokens},     {"prompt_tokens", cost.promptTokens},
                {"generated_tokens", cost.generatedTokens}, {"sources_read", cost.sourcesRead},
                {"read_in_full", cost.readInFull}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The record is ours, but the file may have been through other hands: nothing in it is relied on.
void readDetails(const std::string& text, Exchange& exchange)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return;
    }
    AnswerCost& cost = exchange.cost;
    const auto number = [&json](const char* key) {
        const auto value = json.find(key);
        return value != json.end() && value->is_number() ? value->get<double>() : 0.0;
    };
    cost.openMs = number("open_ms");
    cost.firstTokenMs = number("first_token_ms");
    cost.totalMs = number("total_ms");
    cost.sessionTokens = static_cast<std::uint64_t>(number("session_tokens"));
    cost.promptTokens = static_cast<std::uint64_t>(number("prompt_tokens"));
    cost.generatedTokens = static_cast<std::uint64_t>(number("generated_tokens"));
    cost.sourcesRead = static_cast<std::uint64_t>(number("sources_read"));
    const auto full = json.find("read_in_full");
    cost.readInFull = full == json.end() || !full->is_boolean() || full->get<bool>();
    const auto term = json.find("search_term");
    exchange.searchTerm =
        term != json.end() && term->is_string() ? term->get<std::string>() : std::string();
}

/// A quotation is shown as exact because it stands in the text, not because it was stored as such.
void checkAgain(Citation& citation, storage::SourceId source, storage::TextRange range,
                PlaceFinder& places)
{
    if (citation.state != storage::CitationState::exact) {
        return;
    }
    const answering::TextPlace cited{source, static_cast<std::uint32_t>(range.begin),
                                     static_cast<std::uint32_t>(range.end)};
    const auto verdict = answering::checkQuote(
        citation.quote, cited, std::span(&source, 1),
        [&places](answering::DocumentId id) -> answering::Result<std::string> {
            auto text = places.text(id);
            if (!text) {
                return answering::fail(answering::ErrorCode::sources, text.error().message);
            }
            return **text;
        });
    if (!verdict || verdict->state == answering::QuoteState::missing) {
        citation.state = storage::CitationState::missing;
    } else if (verdict->state != answering::QuoteState::exact) {
        citation.state = verdict->state == answering::QuoteState::close
                             ? storage::CitationState::close
                             : storage::CitationState::moved;
    }
}

Citation fromStored(const storage::Citation& stored, PlaceFinder& places)
{
    Citation citation;
    citation.rank = stored.rank;
    citation.quote = stored.quote;
    citation.state = stored.state;
    citation.stateDetail = stored.stateDetail;
    citation.role = stored.role;
    citation.score = stored.score;
    citation.markAt = stored.markAt;
    Place& place = citation.place;
    if (stored.sourceId) {
        if (auto found = places.find(*stored.sourceId, stored.text)) {
            place = std::move(*found);
        }
        std::tie(citation.before, citation.after) =
            places.surroundings(*stored.sourceId, stored.text);
        checkAgain(citation, *stored.sourceId, stored.text, places);
    }
    // What was shown at the time wins over what the maps say today.
    place.document = stored.document;
    place.text = stored.text;
    place.page = stored.page;
    place.pageLabel = stored.pageLabel;
    place.lineBegin = stored.lineBegin;
    place.lineEnd = stored.lineEnd;
    place.chapter = stored.chapter;
    return citation;
}

} // namespace

std::string stateWords(const Citation& citation)
{
    const std::string detail =
        citation.stateDetail.empty() ? std::string() : ", " + citation.stateDetail;
    switch (citation.state) {
    case storage::CitationState::exact:
        return "exact quote" + detail;
    case storage::CitationState::close:
        return "close match" + detail;
    case storage::CitationState::moved:
        return "found elsewhere" + detail;
    case storage::CitationState::missing:
        break;
    }
    return "not in the source" + detail;
}

storage::Citation toStored(const Citation& citation)
{
    storage::Citation stored;
    stored.rank = citation.rank;
    if (citation.place.sourceId != 0) {
        stored.sourceId = citation.place.sourceId;
    }
    stored.document = citation.place.document;
    stored.text = citation.place.text;
    stored.quote = citation.quote;
    stored.state = citation.state;
    stored.stateDetail = citation.stateDetail;
    stored.role = citation.role;
    stored.page = citation.place.page;
    stored.pageLabel = citation.place.pageLabel;
    stored.lineBegin = citation.place.lineBegin;
    stored.lineEnd = citation.place.lineEnd;
    stored.chapter = citation.place.chapter;
    stored.score = citation.score;
    stored.markAt = citation.markAt;
    return stored;
}

Result<void> storeExchange(storage::SessionFile& file, const Exchange& exchange)
{
    storage::NewMessage question;
    question.text = exchange.question;
    auto asked = file.addMessage(question);
    if (!asked) {
        return passOn(asked.error());
    }
    storage::NewMessage answer;
    answer.parent = *asked;
    answer.role = storage::MessageRole::assistant;
    answer.text = exchange.answer;
    answer.modelName = exchange.modelName;
    answer.state = exchange.state;
    answer.details = detailsText(exchange);
    for (const Citation& citation : exchange.citations) {
        answer.citations.push_back(toStored(citation));
    }
    auto answered = file.addMessage(answer);
    if (!answered) {
        return passOn(answered.error());
    }
    auto touched = file.touch();
    if (!touched) {
        return passOn(touched.error());
    }
    return {};
}

Result<std::vector<Exchange>> loadConversation(storage::SessionFile& file, PlaceFinder& places)
{
    auto messages = file.messages();
    if (!messages) {
        return passOn(messages.error());
    }
    std::vector<Exchange> conversation;
    for (const storage::Message& message : *messages) {
        if (message.role == storage::MessageRole::user) {
            Exchange& exchange = conversation.emplace_back();
            exchange.question = message.text;
            exchange.askedAt = message.created;
            exchange.state = storage::MessageState::stopped;
        } else if (!conversation.empty()) {
            Exchange& exchange = conversation.back();
            exchange.state = message.state;
            exchange.answer = message.text;
            exchange.modelName = message.modelName;
            readDetails(message.details, exchange);
            exchange.citations.clear();
            for (const storage::Citation& citation : message.citations) {
                exchange.citations.push_back(fromStored(citation, places));
            }
        }
    }
    return conversation;
}

} // namespace app
