// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "chat/chat_texts.h"
#include "chat/chat_writer.h"
#include "chat/plain_json.h"
#include "chat/turns.h"
#include "engine/chat.h"

namespace engine {

namespace {

using Json = nlohmann::ordered_json;

Result<std::string> rewritten(const std::string& json, const char* what)
{
    const auto value = Json::parse(json, nullptr, false);
    if (value.is_discarded())
        return fail(ErrorCode::badInput,
                    fmt::format("chat: {}: wanted JSON, found \"{}\"", what, json.substr(0, 80)));
    return plainJson(value);
}

/// The arguments of a call; what is no JSON object becomes one with a single value.
Json argumentsOf(const ToolCall& call)
{
    auto value = Json::parse(call.arguments, nullptr, false);
    return value.is_object() ? value : Json{{"arguments", call.arguments}};
}

/// Markup of calls after an assistant's text. Names and values are texts: what a model or a person
/// put there cannot become a mark.
void writeCalls(ChatWriter& writer, const std::vector<ToolCall>& calls)
{
    writer.markup("\n\n<｜DSML｜tool_calls>\n");
    for (const ToolCall& call : calls) {
        writer.markup("<｜DSML｜invoke name=\"");
        writer.text(call.name + "\">\n");
        bool isFirst = true;
        const Json arguments = argumentsOf(call);
        for (const auto& [key, value] : arguments.items()) {
            writer.text(isFirst ? "" : "\n");
            isFirst = false;
            writer.markup("<｜DSML｜parameter name=\"");
            writer.text(key);
            writer.text(value.is_string() ? "\" string=\"true\">" : "\" string=\"false\">");
            writer.text(value.is_string() ? value.get<std::string>() : plainJson(value));
            writer.markup("</｜DSML｜parameter>");
        }
        writer.markup("\n</｜DSML｜invoke>\n");
    }
    writer.markup("</｜DSML｜tool_calls>");
}

/// What a system or developer message carries beside its text.
Result<void> writeSections(ChatWriter& writer, const ChatMessage& message, bool useTools)
{
    if (useTools && !message.tools.empty()) {
        writer.text("\n\n");
        writer.markup(chat_texts::kToolsBegin);
        for (std::size_t i = 0; i < message.tools.size(); ++i) {
            const auto schema = rewritten(message.tools[i], "schema of a tool");
            if (!schema)
                return tl::unexpected(schema.error());
            writer.text(i == 0 ? "" : "\n");
            writer.text(*schema);
        }
        writer.markup(chat_texts::kToolsEnd);
    }
    if (!message.responseFormat.empty()) {
        const auto schema = rewritten(message.responseFormat, "response format");
        if (!schema)
            return tl::unexpected(schema.error());
        writer.text("\n\n");
        writer.text(chat_texts::kResponseFormat);
        writer.text(*schema);
    }
    return {};
}

Result<std::string_view> effortText(const ChatOptions& options)
{
    const bool refreshed = options.family == EffortFamily::refresh0731;
    switch (options.thinking) {
    case ThinkingMode::none:
        break;
    case ThinkingMode::low:
        if (!refreshed)
            return fail(ErrorCode::badInput, "thinking: this release of the model knows none, high "
                                             "and max, found low");
        break;
    case ThinkingMode::high:
        return refreshed ? chat_texts::kAbsoluteMaximum : std::string_view();
    case ThinkingMode::max:
        return refreshed ? chat_texts::kBeyondMaximum : chat_texts::kAbsoluteMaximum;
    }
    return std::string_view();
}

bool carriesTools(const Turn& turn)
{
    return !turn.message.tools.empty();
}

/// The turns, and what is decided about all of them together.
class Conversation
{
public:
    Conversation(const ChatOptions& options, std::vector<Turn> turns)
        : m_turns(std::move(turns)), m_thinks(options.thinking != ThinkingMode::none),
          m_drops(options.dropThinking &&
                  !(options.useTools && std::any_of(m_turns.begin(), m_turns.end(), carriesTools)))
    {
        if (m_thinks && m_drops)
            dropPassedDevelopers(m_turns);
        m_lastUser = lastUserTurn(m_turns);
    }

    [[nodiscard]] std::size_t size() const { return m_turns.size(); }
    [[nodiscard]] const Turn& turn(std::size_t i) const { return m_turns[i]; }

    /// Whether an assistant's turn at `i`, or after `i`, shows its thinking.
    [[nodiscard]] bool showsThinking(std::size_t i, bool isAssistant) const
    {
        const auto index = static_cast<std::ptrdiff_t>(i);
        return m_thinks && (!m_drops || (isAssistant ? index > m_lastUser : index >= m_lastUser));
    }

    /// Whether the assistant's turn is opened after turn `i`.
    [[nodiscard]] bool opensAssistant(std::size_t i) const
    {
        const ChatRole role = m_turns[i].message.role;
        if (role != ChatRole::user && role != ChatRole::developer)
            return false;
        if (i + 1 == m_turns.size())
            return true;
        const ChatRole next = m_turns[i + 1].message.role;
        return next == ChatRole::assistant || next == ChatRole::latestReminder;
    }

private:
    std::vector<Turn> m_turns;
    bool m_thinks;
    bool m_drops;
    std::ptrdiff_t m_lastUser = -1;
};

void writeUser(ChatWriter& writer, const Turn& turn)
{
    for (std::size_t i = 0; i < turn.parts.size(); ++i) {
        const Turn::Part& part = turn.parts[i];
        writer.text(i == 0 ? "" : "\n\n");
        writer.text(part.isToolResult ? "<tool_result>" : "");
        writer.text(part.text);
        writer.text(part.isToolResult ? "</tool_result>" : "");
    }
}

Result<void> writeTurn(ChatWriter& writer, const Conversation& chat, std::size_t i, bool useTools)
{
    const ChatMessage& message = chat.turn(i).message;
    switch (message.role) {
    case ChatRole::developer:
        writer.user();
        [[fallthrough]];
    case ChatRole::system:
        writer.text(message.content);
        return writeSections(writer, message, useTools);
    case ChatRole::latestReminder:
        writer.latestReminder();
        writer.text(message.content);
        break;
    case ChatRole::assistant:
        if (chat.showsThinking(i, true)) {
            writer.text(message.reasoning);
            writer.endThinking();
        }
        writer.text(message.content);
        if (!message.toolCalls.empty())
            writeCalls(writer, message.toolCalls);
        if (!message.isOpen)
            writer.end();
        break;
    case ChatRole::user:
    case ChatRole::tool: // turnsOf has made them one
        writer.user();
        writeUser(writer, chat.turn(i));
        break;
    }
    return {};
}

} // namespace

Result<ChatEncoder> ChatEncoder::create(std::shared_ptr<const Tokenizer> tokenizer)
{
    ChatEncoder encoder;
    const std::array<std::pair<std::string_view, TokenId*>, 6> wanted = {{
        {"<｜begin▁of▁sentence｜>", &encoder.m_begin},
        {"<｜end▁of▁sentence｜>", &encoder.m_end},
        {"<｜User｜>", &encoder.m_user},
        {"<｜Assistant｜>", &encoder.m_assistant},
        {chat_texts::kThink, &encoder.m_think},
        {chat_texts::kEndThink, &encoder.m_endThink},
    }};
    for (const auto& [content, id] : wanted) {
        const auto found = tokenizer->special(content);
        if (!found)
            return fail(
                ErrorCode::unsupported,
                fmt::format("the model cannot chat: its tokenizer has no token {}", content));
        *id = *found;
    }
    encoder.m_dsml = tokenizer->special(chat_texts::kDsml);
    encoder.m_latestReminder = tokenizer->special("<｜latest_reminder｜>");
    encoder.m_tokenizer = std::move(tokenizer);
    return encoder;
}

Result<std::vector<TokenId>> ChatEncoder::encode(std::span<const ChatMessage> messages,
                                                 const ChatOptions& options) const
{
    if (messages.empty())
        return fail(ErrorCode::badInput, "chat: wanted a message, found none");
    for (const ChatMessage& message : messages) {
        const bool wantsTools =
            (options.useTools && !message.tools.empty()) || !message.toolCalls.empty();
        if (wantsTools && !m_dsml)
            return fail(ErrorCode::unsupported, "chat: the model cannot call tools: its tokenizer "
                                                "has no token ｜DSML｜");
        if (message.role == ChatRole::latestReminder && !m_latestReminder)
            return fail(ErrorCode::unsupported,
                        "chat: the model's tokenizer has no token <｜latest_reminder｜>");
        if (message.role == ChatRole::developer && message.content.empty())
            return fail(ErrorCode::badInput, "chat: wanted a text of the developer, found none");
    }
    const auto effort = effortText(options);
    if (!effort)
        return tl::unexpected(effort.error());
    const Conversation chat(options, turnsOf(messages));
    ChatWriter writer(*this);
    if (options.begin)
        writer.begin();
    writer.text(*effort);
    for (std::size_t i = 0; i < chat.size(); ++i) {
        if (auto written = writeTurn(writer, chat, i, options.useTools); !written)
            return tl::unexpected(written.error());
        if (chat.opensAssistant(i))
            writer.assistant(chat.showsThinking(i, false));
    }
    return writer.take();
}

} // namespace engine
