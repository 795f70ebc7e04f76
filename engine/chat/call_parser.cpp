// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/call_parser.h"

#include <algorithm>

#include "chat/chat_texts.h"
#include "chat/plain_json.h"

namespace engine {

namespace {

constexpr std::string_view kOpen = "<\xFFtool_calls>";
constexpr std::string_view kClose = "</\xFFtool_calls>";
constexpr std::string_view kCall = "<\xFFinvoke name=\"";
constexpr std::string_view kEndCall = "</\xFFinvoke>";
constexpr std::string_view kParameter = "<\xFFparameter name=\"";
constexpr std::string_view kEndParameter = "</\xFFparameter>";
constexpr std::string_view kKind = "\" string=\"";

std::string writtenOut(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == CallParser::kMark)
            out += chat_texts::kDsml;
        else
            out += c;
    }
    return out;
}

} // namespace

std::string CallParser::rest() const
{
    return writtenOut(m_state == State::closed ? std::string_view(m_text).substr(m_at) : m_text);
}

CallParser::Match CallParser::accept(std::string_view wanted)
{
    const auto found = std::string_view(m_text).substr(m_at, wanted.size());
    if (found == wanted) {
        m_at += wanted.size();
        return Match::yes;
    }
    return wanted.substr(0, found.size()) == found ? Match::unfinished : Match::no;
}

void CallParser::skipSpace()
{
    while (m_at < m_text.size() && (m_text[m_at] == '\n' || m_text[m_at] == ' '))
        ++m_at;
}

bool CallParser::breakOff()
{
    m_state = State::broken;
    return false;
}

std::vector<ChatEvent> CallParser::push(std::string_view text)
{
    m_text += text;
    std::vector<ChatEvent> events;
    while (step(events)) {
    }
    return events;
}

/// Understands one tag, if it is there as a whole. False: more text is needed, or none helps.
bool CallParser::step(std::vector<ChatEvent>& events)
{
    switch (m_state) {
    case State::opening: {
        const Match match = accept(kOpen);
        if (match == Match::no)
            return breakOff();
        if (match == Match::yes)
            m_state = State::between;
        return match == Match::yes;
    }
    case State::between: {
        skipSpace();
        m_text.erase(0, m_at);
        m_at = 0;
        const Match end = accept(kClose);
        if (end == Match::yes)
            m_state = State::closed;
        return end == Match::no && readCallName();
    }
    case State::inCall:
        return stepInCall(events);
    case State::closed:
    case State::broken:
        break;
    }
    return false;
}

bool CallParser::readCallName()
{
    const std::size_t begin = m_at;
    const Match match = accept(kCall);
    if (match == Match::no)
        return breakOff();
    const std::size_t end = match == Match::yes ? m_text.find("\">", m_at) : std::string::npos;
    if (end == std::string::npos) {
        m_at = begin;
        return false;
    }
    m_call = ToolCall();
    m_call.name = writtenOut(std::string_view(m_text).substr(m_at, end - m_at));
    m_arguments = nlohmann::ordered_json::object();
    m_isFaulty = false;
    m_at = end + 2;
    m_state = State::inCall;
    return true;
}

bool CallParser::stepInCall(std::vector<ChatEvent>& events)
{
    skipSpace();
    const Match end = accept(kEndCall);
    if (end == Match::yes) {
        endCall(events);
        return true;
    }
    return end == Match::no && readParameter();
}

bool CallParser::readParameter()
{
    const std::size_t begin = m_at;
    const auto wait = [&] {
        m_at = begin;
        return false;
    };
    const Match match = accept(kParameter);
    if (match == Match::unfinished)
        return wait();
    if (match == Match::no)
        return breakOff();
    const std::size_t kind = m_text.find(kKind, m_at);
    const std::size_t open =
        kind == std::string::npos ? kind : m_text.find("\">", kind + kKind.size());
    if (open == std::string::npos)
        return wait();
    const std::size_t value = open + 2;
    const std::size_t end = m_text.find(kEndParameter, std::max(value, m_searched));
    if (end == std::string::npos) {
        // The end may have begun at the end of what is there.
        m_searched = m_text.size() - std::min(m_text.size(), kEndParameter.size());
        return wait();
    }
    const std::string name = writtenOut(std::string_view(m_text).substr(m_at, kind - m_at));
    const auto isString =
        std::string_view(m_text).substr(kind + kKind.size(), open - kind - kKind.size());
    const std::string written = writtenOut(std::string_view(m_text).substr(value, end - value));
    auto json = isString == "false" ? nlohmann::ordered_json::parse(written, nullptr, false)
                                    : nlohmann::ordered_json(written);
    m_isFaulty = m_isFaulty || json.is_discarded() || (isString != "true" && isString != "false");
    if (!json.is_discarded())
        m_arguments[name] = std::move(json);
    m_at = end + kEndParameter.size();
    m_searched = 0;
    return true;
}

void CallParser::endCall(std::vector<ChatEvent>& events)
{
    ChatEvent event;
    if (m_isFaulty) {
        event.kind = ChatEvent::Kind::brokenToolCall;
        event.text = writtenOut(std::string_view(m_text).substr(0, m_at));
    } else {
        event.kind = ChatEvent::Kind::toolCall;
        event.call = std::move(m_call);
        event.call.id = "call-" + std::to_string(++m_calls);
        event.call.arguments = plainJson(m_arguments);
    }
    events.push_back(std::move(event));
    m_text.erase(0, m_at);
    m_at = 0;
    m_state = State::between;
}

} // namespace engine
