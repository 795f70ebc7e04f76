// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>
#include <utility>

#include "chat/call_parser.h"
#include "engine/chat.h"

namespace engine {

namespace {

/// A tool call begins with "\n\n<", which is no part of the answer before it.
constexpr std::size_t kLineBreaksBeforeCalls = 2;

/// How much of `text` cannot be the beginning of a tool call.
std::size_t certainPart(std::string_view text)
{
    std::size_t end = text.size();
    if (end > 0 && text[end - 1] == '<')
        --end;
    for (std::size_t i = 0; i < kLineBreaksBeforeCalls && end > 0 && text[end - 1] == '\n'; ++i)
        --end;
    return end;
}

} // namespace

struct ChatStream::State
{
    enum class Part
    {
        reasoning,
        answer,
        calls,
        ended,
    };

    State(const ChatEncoder& theEncoder, ThinkingMode thinking)
        : encoder(theEncoder), decoder(theEncoder.tokenizer()),
          part(thinking == ThinkingMode::none ? Part::answer : Part::reasoning)
    {
        message.role = ChatRole::assistant;
    }

    void emit(std::string text)
    {
        if (text.empty())
            return;
        const bool isReasoning = part == Part::reasoning;
        (isReasoning ? message.reasoning : message.content) += text;
        ChatEvent event;
        event.kind = isReasoning ? ChatEvent::Kind::reasoning : ChatEvent::Kind::answer;
        event.text = std::move(text);
        events.push_back(std::move(event));
    }

    void emitHeld() { emit(std::exchange(held, {})); }

    void take(const std::string& text)
    {
        if (part == Part::calls)
            return parse(text);
        held += text;
        const std::size_t certain = certainPart(held);
        emit(held.substr(0, certain));
        held.erase(0, certain);
    }

    /// The special token ｜DSML｜.
    void takeMark()
    {
        take(decoder.finish());
        if (part == Part::calls)
            return parse(std::string(1, CallParser::kMark));
        if (held.empty() || held.back() != '<')
            return; // begins nothing
        const std::size_t certain = certainPart(held);
        emit(held.substr(0, certain));
        held.clear();
        part = Part::calls; // also where the model was thinking: </think> is left out there
        parser.emplace();
        parse(std::string("<") + CallParser::kMark);
    }

    void parse(const std::string& text)
    {
        for (ChatEvent& event : parser->push(text)) {
            if (event.kind == ChatEvent::Kind::toolCall)
                message.toolCalls.push_back(event.call);
            events.push_back(std::move(event));
        }
        if (parser->state() == CallParser::State::broken)
            return breakOff();
        if (parser->state() != CallParser::State::closed)
            return;
        const std::string rest = parser->rest();
        parser.reset();
        part = Part::answer;
        take(rest);
    }

    void breakOff()
    {
        ChatEvent event;
        event.kind = ChatEvent::Kind::brokenToolCall;
        event.text = parser->rest();
        parser.reset();
        part = Part::answer;
        if (!event.text.empty())
            events.push_back(std::move(event));
    }

    /// Everything held back is what it is: a border has come.
    void settle()
    {
        take(decoder.finish());
        if (part == Part::calls)
            breakOff();
        emitHeld();
    }

    void takeSpecial(TokenId id)
    {
        if (id == encoder.m_end) {
            settle();
            part = Part::ended;
            events.emplace_back().kind = ChatEvent::Kind::end;
        } else if (id == encoder.m_dsml) {
            takeMark();
        } else if (part == Part::calls) {
            take(decoder.finish()); // no mark of thinking has a meaning in a call
        } else {
            settle();
            if (id == encoder.m_endThink)
                part = Part::answer;
            else if (id == encoder.m_think)
                part = Part::reasoning;
        }
    }

    const ChatEncoder encoder; // a copy: it is small, and the caller's may go
    StreamDecoder decoder;
    Part part;
    std::string held; ///< may be the beginning of a tool call
    std::optional<CallParser> parser;
    ChatMessage message;
    std::vector<ChatEvent> events;
};

ChatStream::ChatStream(const ChatEncoder& encoder, ThinkingMode thinking)
    : m_state(std::make_unique<State>(encoder, thinking))
{
}

ChatStream::~ChatStream() = default;
ChatStream::ChatStream(ChatStream&&) noexcept = default;
ChatStream& ChatStream::operator=(ChatStream&&) noexcept = default;

std::vector<ChatEvent> ChatStream::push(TokenId id)
{
    if (m_state->part == State::Part::ended)
        return {};
    if (m_state->encoder.tokenizer()->isSpecial(id))
        m_state->takeSpecial(id);
    else
        m_state->take(m_state->decoder.push(id));
    return std::exchange(m_state->events, {});
}

std::vector<ChatEvent> ChatStream::finish()
{
    if (m_state->part == State::Part::ended)
        return {};
    m_state->settle();
    return std::exchange(m_state->events, {});
}

const ChatMessage& ChatStream::message() const
{
    return m_state->message;
}

} // namespace engine
