// SPDX-License-Identifier: GPL-3.0-or-later
#include "held_text.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace answering {

namespace {

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isContinuationByte(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Letters, digits and everything beyond ASCII: what a word is made of.
bool isWordByte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80U || std::isalnum(byte) != 0;
}

} // namespace

HeldText::HeldText(std::string_view text, std::vector<std::size_t> starts)
    : m_text(text), m_ends(std::move(starts))
{
}

bool HeldText::allows(std::string_view piece) const
{
    if (piece.empty() || piece.find('\n') != std::string_view::npos) {
        return false;
    }
    return std::any_of(m_ends.begin(), m_ends.end(),
                       [&](std::size_t end) { return m_text.substr(end, piece.size()) == piece; });
}

void HeldText::advance(std::string_view piece)
{
    std::vector<std::size_t> ends;
    for (const std::size_t end : m_ends) {
        if (m_text.substr(end, piece.size()) == piece) {
            ends.push_back(end + piece.size());
        }
    }
    m_ends = std::move(ends);
    m_length += piece.size();
}

ByteRange HeldText::range() const
{
    const std::size_t end = m_ends.front();
    return {end - m_length, end};
}

bool HeldText::mayEnd() const
{
    return m_length > 0 && std::any_of(m_ends.begin(), m_ends.end(), [&](std::size_t end) {
               return end == m_text.size() || !isContinuationByte(m_text[end]);
           });
}

std::vector<std::size_t> characterStarts(std::string_view text, ByteRange range)
{
    std::vector<std::size_t> starts;
    for (std::size_t at = range.begin; at < range.end; ++at) {
        if (!isSpace(text[at]) && !isContinuationByte(text[at])) {
            starts.push_back(at);
        }
    }
    return starts;
}

std::vector<std::size_t> wordStarts(std::string_view text, ByteRange range)
{
    auto starts = characterStarts(text, range);
    std::erase_if(starts, [&](std::size_t at) {
        return at > range.begin && isWordByte(text[at]) && isWordByte(text[at - 1]);
    });
    return starts;
}

} // namespace answering
