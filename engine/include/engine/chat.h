// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer.h"

namespace engine {

/// Who speaks. The format has no turn for tools: results are put into the user's turn.
enum class ChatRole
{
    system,    ///< bare text, right after the begin token when it comes first
    developer, ///< a user turn that may carry tools; dropped once a later user has spoken
    user,
    assistant,
    tool,           ///< the result of one tool call, see ChatMessage::toolCallId
    latestReminder, ///< text that the caller renews for every turn, such as the date
};

/// A call that the model made, or is to be shown having made.
struct ToolCall
{
    std::string id; ///< the caller's; orders results, is not encoded
    std::string name;
    std::string arguments; ///< JSON object
};

struct ChatMessage
{
    ChatRole role = ChatRole::user;
    std::string content;             ///< UTF-8; never becomes special tokens
    std::string reasoning;           ///< assistant
    std::vector<ToolCall> toolCalls; ///< assistant
    std::string toolCallId;          ///< tool: id of the call that this answers
    std::vector<std::string> tools;  ///< system, developer: a JSON schema each (name, description,
                                     ///< parameters)
    std::string responseFormat;      ///< system, developer: JSON schema; empty: none
    bool isOpen = false;             ///< assistant: no end token, the model goes on from here
};

/// How much the model thinks before it answers.
enum class ThinkingMode
{
    none, ///< answers at once
    low,  ///< thinks; known to the refreshed release alone
    high, ///< thinks
    max,  ///< thinks as long as it takes; wants room for 384K tokens
};

/// Which texts stand for a thinking mode: the release of April 2026 (high adds nothing, max a text
/// at the beginning) or the refresh of July 2026, "0731" (low adds nothing, high has the release's
/// text for max, max has a new one).
enum class EffortFamily
{
    release,
    refresh0731,
};

/// Tells the family by what the checkpoint's own encoder (encoding/encoding_dsv4.py) defines; it is
/// read as text and never run. config.json does not tell. Without that file: release.
[[nodiscard]] EffortFamily detectEffortFamily(const std::filesystem::path& modelDirectory);

struct ChatOptions
{
    ThinkingMode thinking = ThinkingMode::high;
    EffortFamily family = EffortFamily::release;
    /// Leave out the reasoning of turns before the last user message, and developer messages there.
    /// Nothing is dropped where any message carries tools.
    bool dropThinking = true;
    /// Whether tools may be called; false leaves out the tools section, too.
    bool useTools = true;
    /// Put the begin token first; false where the tokens continue a session.
    bool begin = true;
};

/// Turns messages into tokens as DeepSeek-V4 was trained on them.
///
/// Texts are encoded apart from the special tokens between them, so that a document or a user who
/// writes "<｜User｜>" has written five signs and a word.
///
/// Thread rule: const once made; any number of threads.
class ChatEncoder
{
public:
    /// unsupported, naming the token, where the vocabulary lacks one that every chat needs: begin,
    /// end, User, Assistant, <think>, </think>.
    [[nodiscard]] static Result<ChatEncoder> create(std::shared_ptr<const Tokenizer> tokenizer);

    /// Tokens of the messages, and of the opening of the assistant's turn if a user, developer or
    /// tool message is last. unsupported where a message needs a token that the vocabulary lacks
    /// (tools, latest reminder); badInput where JSON is none, or a mode is not of the family.
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::span<const ChatMessage> messages,
                                                      const ChatOptions& options) const;

    /// Whether the vocabulary has the tokens of tool calls, as that of every published chat model
    /// of the family has.
    [[nodiscard]] bool hasToolTokens() const { return m_dsml.has_value(); }
    [[nodiscard]] TokenId endToken() const { return m_end; }
    [[nodiscard]] const std::shared_ptr<const Tokenizer>& tokenizer() const { return m_tokenizer; }

private:
    friend class ChatWriter;
    friend class ChatStream;
    ChatEncoder() = default;

    std::shared_ptr<const Tokenizer> m_tokenizer;
    TokenId m_begin = 0;
    TokenId m_end = 0;
    TokenId m_user = 0;
    TokenId m_assistant = 0;
    TokenId m_think = 0;
    TokenId m_endThink = 0;
    std::optional<TokenId> m_dsml;
    std::optional<TokenId> m_latestReminder;
};

struct ChatEvent
{
    enum class Kind
    {
        reasoning,      ///< more of the thinking, in `text`
        answer,         ///< more of the answer, in `text`
        toolCall,       ///< a whole call, in `call`
        brokenToolCall, ///< what was begun as a call and is none, as written, in `text`
        end,            ///< the model has ended its turn
    };
    Kind kind = Kind::answer;
    std::string text; ///< whole characters only
    ToolCall call;
};

/// Turns the tokens that a model writes into events: thinking, answer, tool calls. Text comes as
/// soon as it is certain that it is no part of a tool call's markup; half a character never does.
/// A tool call that begins while the model still thinks ends the thinking, since models leave out
/// </think> there. Special tokens that mean nothing here are dropped.
///
/// Thread rule: one thread at a time.
class ChatStream
{
public:
    /// `thinking`: that of the prompt, which decides what the first token is part of.
    ChatStream(const ChatEncoder& encoder, ThinkingMode thinking);
    ~ChatStream();
    ChatStream(ChatStream&&) noexcept;
    ChatStream& operator=(ChatStream&&) noexcept;

    [[nodiscard]] std::vector<ChatEvent> push(TokenId id);
    /// No more tokens come: gives out what was held back. No `end`, unless it was there.
    [[nodiscard]] std::vector<ChatEvent> finish();

    /// The message so far, as the next turn's encoding wants it.
    [[nodiscard]] const ChatMessage& message() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace engine
