// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tokenizer.h"

#include <utility>

#include "text/utf8.h"

namespace engine {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; // U+FFFD

/// Moves whatever is decided from `pending` to the result.
std::string takeDecided(std::string& pending)
{
    std::string text;
    std::string_view rest = pending;
    while (!rest.empty()) {
        const std::size_t valid = validUtf8Prefix(rest);
        text += rest.substr(0, valid);
        rest.remove_prefix(valid);
        if (rest.empty()) {
            break;
        }
        const Utf8Unit unit = nextUtf8Unit(rest);
        if (unit.kind == Utf8Unit::Kind::unfinished) {
            break;
        }
        text += kReplacement;
        rest.remove_prefix(unit.length);
    }
    pending.erase(0, pending.size() - rest.size());
    return text;
}

} // namespace

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer)
    : m_tokenizer(std::move(tokenizer))
{
}

std::string StreamDecoder::push(TokenId id)
{
    m_pending += m_tokenizer->tokenBytes(id);
    return takeDecided(m_pending);
}

std::string StreamDecoder::finish()
{
    std::string text = takeDecided(m_pending);
    if (!m_pending.empty()) {
        // One sequence that was well-formed as far as it went.
        text += kReplacement;
        m_pending.clear();
    }
    return text;
}

} // namespace engine
