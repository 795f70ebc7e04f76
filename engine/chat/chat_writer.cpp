// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/chat_writer.h"

#include <array>
#include <utility>

#include "chat/chat_texts.h"

namespace engine {

void ChatWriter::flush()
{
    if (m_text.empty())
        return;
    const std::vector<TokenId> ids = m_encoder.m_tokenizer->encode(m_text);
    m_ids.insert(m_ids.end(), ids.begin(), ids.end());
    m_text.clear();
}

void ChatWriter::special(TokenId id)
{
    flush();
    m_ids.push_back(id);
}

void ChatWriter::assistant(bool thinks)
{
    special(m_encoder.m_assistant);
    special(thinks ? m_encoder.m_think : m_encoder.m_endThink);
}

void ChatWriter::markup(std::string_view text)
{
    const std::array<std::pair<std::string_view, TokenId>, 3> marks = {{
        {chat_texts::kDsml, *m_encoder.m_dsml},
        {chat_texts::kThink, m_encoder.m_think},
        {chat_texts::kEndThink, m_encoder.m_endThink},
    }};
    while (!text.empty()) {
        auto first = std::string_view::npos;
        const std::pair<std::string_view, TokenId>* found = nullptr;
        for (const auto& mark : marks) {
            const auto at = text.find(mark.first);
            if (at < first) {
                first = at;
                found = &mark;
            }
        }
        m_text += text.substr(0, first);
        if (found == nullptr)
            return;
        special(found->second);
        text.remove_prefix(first + found->first.size());
    }
}

std::vector<TokenId> ChatWriter::take()
{
    flush();
    return std::move(m_ids);
}

} // namespace engine
