// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/conversation.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "answering/quote_check.h"
#include "usecases/error_mapping.h"

namespace app {

namespace {

using Record = nlohmann::json;

std::string detailsText(const Exchange& exchange)
{
    const AnswerCost& cost = exchange.cost;
    return Record{{"search_term", exchange.searchTerm},       {"open_ms", cost.openMs},
                  {"first_token_ms", cost.firstTokenMs},      {"total_ms", cost.totalMs},
                  {"session_tokens", cost.sessionTokens},     {"prompt_tokens", cost.promptTokens},
                  {"generated_tokens", cost.generatedTokens}, {"sources_read", cost.sourcesRead},
                  {"read_in_full", cost.readInFull}}
        .dump(-1, ' ', false, Record::error_handler_t::replace);
}

// The record is ours, but the file may have been through other hands: nothing in it is relied on.
void readDetails(const std::string& text, Exchange& exchange)
{
    const Record json = Record::parse(text, nullptr, false);
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

namespace {

constexpr std::string_view kChoices = "conversation.choices";

storage::NewMessage questionMessage(const Exchange& exchange,
                                    const std::optional<storage::MessageId>& follows)
{
    storage::NewMessage question;
    question.parent = follows;
    question.text = exchange.question;
    if (!follows) {
        question.details = beginningDetails();
    }
    return question;
}

storage::NewMessage answerMessage(const Exchange& exchange)
{
    storage::NewMessage answer;
    answer.parent = exchange.questionId;
    answer.role = storage::MessageRole::assistant;
    answer.text = exchange.answer;
    answer.modelName = exchange.modelName;
    answer.state = exchange.state;
    answer.details = detailsText(exchange);
    for (const Citation& citation : exchange.citations) {
        answer.citations.push_back(toStored(citation));
    }
    return answer;
}

/// Adds the messages to the file and to the tree. Within a transaction.
storage::Result<void> addMessages(storage::SessionFile& file, Exchange& exchange,
                                  const AskPlace& place, Branches& branches)
{
    using storage::MessageRole;
    if (place.again) {
        exchange.questionId = *place.again;
    } else {
        const auto asked = file.addMessage(questionMessage(exchange, place.follows));
        if (!asked) {
            return tl::unexpected(asked.error());
        }
        exchange.questionId = *asked;
        branches.add({*asked, place.follows, MessageRole::user});
    }
    const auto answered = file.addMessage(answerMessage(exchange));
    if (!answered) {
        return tl::unexpected(answered.error());
    }
    exchange.answerId = *answered;
    branches.add({*answered, exchange.questionId, MessageRole::assistant});
    if (auto kept = file.setValue(kChoices, branches.choices()); !kept) {
        return kept;
    }
    return file.touch();
}

/// Follows the messages in both directions, so that an exchange is found by either of its two.
class ExchangeReader
{
public:
    ExchangeReader(Conversation& into, PlaceFinder& places) : m_into(into), m_places(places) {}

    void read(const storage::Message& message)
    {
        const bool isAnswer = message.role == storage::MessageRole::assistant;
        const auto question =
            isAnswer && message.parent ? m_questions.find(*message.parent) : m_questions.end();
        if (!isAnswer) {
            Exchange asked;
            asked.question = message.text;
            asked.askedAt = message.created;
            asked.state = storage::MessageState::stopped;
            asked.questionId = message.id;
            asked.followsId = m_into.branches.node(message.id).parent;
            asked.questionVersion = m_into.branches.version(message.id);
            m_questions.emplace(message.id, asked);
            m_unanswered.emplace(message.id, std::move(asked));
            return;
        }
        Exchange exchange = question == m_questions.end() ? Exchange() : question->second;
        m_unanswered.erase(exchange.questionId);
        exchange.answerId = message.id;
        exchange.answerVersion = m_into.branches.version(message.id);
        exchange.state = message.state;
        exchange.answer = message.text;
        exchange.modelName = message.modelName;
        readDetails(message.details, exchange);
        for (const storage::Citation& citation : message.citations) {
            exchange.citations.push_back(fromStored(citation, m_places));
        }
        m_into.exchanges.push_back(std::move(exchange));
    }

    void finish()
    {
        for (auto& [id, exchange] : m_unanswered) {
            m_into.exchanges.push_back(std::move(exchange));
        }
        std::sort(m_into.exchanges.begin(), m_into.exchanges.end(),
                  [](const Exchange& a, const Exchange& b) {
                      return std::max(a.questionId, a.answerId) <
                             std::max(b.questionId, b.answerId);
                  });
    }

private:
    Conversation& m_into;
    PlaceFinder& m_places;
    std::map<storage::MessageId, Exchange> m_questions;
    std::map<storage::MessageId, Exchange> m_unanswered;
};

Result<Branches> treeOf(storage::SessionFile& file, const std::vector<storage::Message>& messages)
{
    const auto choices = file.value(kChoices);
    if (!choices) {
        return passOn(choices.error());
    }
    return Branches(messages, choices->value_or(std::string()));
}

} // namespace

const Exchange* Conversation::find(storage::MessageId message) const
{
    const auto found = std::find_if(exchanges.begin(), exchanges.end(), [message](const auto& one) {
        return one.questionId == message || one.answerId == message;
    });
    return found == exchanges.end() ? nullptr : &*found;
}

std::vector<const Exchange*> Conversation::along(const std::vector<storage::MessageId>& path) const
{
    std::vector<const Exchange*> list;
    for (const storage::MessageId id : path) {
        const Exchange* exchange = find(id);
        const bool answers = exchange != nullptr && !list.empty() && exchange->answerId == id &&
                             exchange->questionId == list.back()->questionId;
        if (answers) {
            list.back() = exchange; // of several answers to the question, this one
        } else if (exchange != nullptr) {
            list.push_back(exchange);
        }
    }
    return list;
}

std::vector<const Exchange*> Conversation::shown() const
{
    return along(branches.path());
}

std::vector<const Exchange*> Conversation::upTo(storage::MessageId message) const
{
    return along(branches.pathTo(message));
}

Result<void> storeExchange(storage::SessionFile& file, Exchange& exchange,
                           const std::optional<AskPlace>& place)
{
    auto branches = loadTree(file);
    if (!branches) {
        return tl::unexpected(branches.error());
    }
    AskPlace where = place.value_or(AskPlace());
    if (const auto path = branches->path(); !place && !path.empty()) {
        where.follows = path.back();
    }
    const auto wanted = where.again ? where.again : where.follows;
    if (wanted && !branches->contains(*wanted)) {
        return fail(ErrorCode::badInput, fmt::format("{}: wanted message {}, found no such message",
                                                     file.path().string(), *wanted));
    }
    auto stored = file.together([&] { return addMessages(file, exchange, where, *branches); });
    if (!stored) {
        return passOn(stored.error());
    }
    exchange.followsId = branches->node(exchange.questionId).parent;
    exchange.questionVersion = branches->version(exchange.questionId);
    exchange.answerVersion = branches->version(exchange.answerId);
    return {};
}

Result<Conversation> loadBranches(storage::SessionFile& file, PlaceFinder& places)
{
    auto messages = file.messages();
    if (!messages) {
        return passOn(messages.error());
    }
    auto branches = treeOf(file, *messages);
    if (!branches) {
        return tl::unexpected(branches.error());
    }
    Conversation conversation;
    conversation.branches = std::move(*branches);
    ExchangeReader reader(conversation, places);
    for (const storage::Message& message : *messages) {
        reader.read(message);
    }
    reader.finish();
    return conversation;
}

Result<std::vector<Exchange>> loadConversation(storage::SessionFile& file, PlaceFinder& places)
{
    auto conversation = loadBranches(file, places);
    if (!conversation) {
        return tl::unexpected(conversation.error());
    }
    std::vector<Exchange> shown;
    for (const Exchange* exchange : conversation->shown()) {
        shown.push_back(*exchange);
    }
    return shown;
}

Result<Branches> loadTree(storage::SessionFile& file)
{
    const auto messages = file.messages();
    if (!messages) {
        return passOn(messages.error());
    }
    return treeOf(file, *messages);
}

Result<void> storeChoices(storage::SessionFile& file, const Branches& branches)
{
    if (auto kept = file.setValue(kChoices, branches.choices()); !kept) {
        return passOn(kept.error());
    }
    return {};
}

std::vector<answering::Turn> earlierTurns(const std::vector<const Exchange*>& before)
{
    constexpr std::size_t kTurns = 2;
    std::vector<answering::Turn> turns;
    for (std::size_t i = before.size() - std::min(before.size(), kTurns); i < before.size(); ++i) {
        const bool said = before[i]->state == storage::MessageState::complete;
        turns.push_back({before[i]->question, said ? before[i]->answer : std::string()});
    }
    return turns;
}

} // namespace app
