// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/chat.h"

namespace engine {

/// Collects a prompt piece by piece. Neighbouring texts are encoded together, as in the reference,
/// where only special tokens cut a text.
class ChatWriter
{
public:
    explicit ChatWriter(const ChatEncoder& encoder) : m_encoder(encoder) {}

    void begin() { special(m_encoder.m_begin); }
    void end() { special(m_encoder.m_end); }
    void user() { special(m_encoder.m_user); }
    void latestReminder() { special(*m_encoder.m_latestReminder); }
    void endThinking() { special(m_encoder.m_endThink); }
    /// Opens the assistant's turn, with thinking or behind it.
    void assistant(bool thinks);

    /// What a person, a document or a model wrote.
    void text(std::string_view text) { m_text += text; }
    /// A text of the program's own, in which the marks of chat_texts.h stand for special tokens.
    void markup(std::string_view text);

    [[nodiscard]] std::vector<TokenId> take();

private:
    void special(TokenId id);
    void flush();

    const ChatEncoder& m_encoder;
    std::string m_text;
    std::vector<TokenId> m_ids;
};

} // namespace engine
