// SPDX-License-Identifier: GPL-3.0-or-later
#include "literal_search.h"

#include <algorithm>
#include <memory>
#include <string>

#include <unicode/uchar.h>
#include <unicode/uset.h>

#include "utf8.h"

namespace storage {

namespace {

constexpr char32_t kWhiteSpace = U' ';
constexpr std::uint64_t kContextBytes = 80; ///< on each side

/// The next character, folded; bytes that are not UTF-8 compare to nothing.
char32_t nextFolded(std::string_view text, std::size_t& at)
{
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
        ++at;
        if (byte == ' ' || (byte >= '\t' && byte <= '\r'))
            return kWhiteSpace;
        return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
    }
    const char32_t character = nextCharacter(text, at);
    if (character == kInvalidCharacter)
        return character;
    const auto icu = static_cast<UChar32>(character);
    return u_isUWhiteSpace(icu) != 0 ? kWhiteSpace
                                     : static_cast<char32_t>(u_foldCase(icu, U_FOLD_CASE_DEFAULT));
}

unsigned char firstByte(UChar32 character)
{
    std::string bytes;
    appendCharacter(bytes, static_cast<char32_t>(character));
    return static_cast<unsigned char>(bytes.front());
}

bool isBlank(char byte)
{
    return static_cast<unsigned char>(byte) <= ' ';
}

/// Where a word begins within reach before the hit; in text without blanks, any character.
std::uint64_t contextBegin(std::string_view text, std::uint64_t hitBegin)
{
    const std::uint64_t reach = hitBegin - std::min(hitBegin, kContextBytes);
    std::optional<std::uint64_t> character;
    for (std::uint64_t at = reach; at < hitBegin; ++at) {
        if (at == 0 || isBlank(text[at - 1]))
            return at;
        if (!character && isCharacterBoundary(text, at))
            character = at;
    }
    return character.value_or(hitBegin);
}

std::uint64_t contextEnd(std::string_view text, std::uint64_t hitEnd)
{
    const std::uint64_t reach = std::min<std::uint64_t>(text.size(), hitEnd + kContextBytes);
    std::optional<std::uint64_t> character;
    for (std::uint64_t at = reach; at > hitEnd; --at) {
        if (at == text.size() || isBlank(text[at]))
            return at;
        if (!character && isCharacterBoundary(text, at))
            character = at;
    }
    return character.value_or(hitEnd);
}

} // namespace

LiteralSearch::LiteralSearch(std::string_view phrase)
{
    for (std::size_t at = 0; at < phrase.size();) {
        const char32_t character = nextFolded(phrase, at);
        if (character != kWhiteSpace || m_pattern.empty() || m_pattern.back() != kWhiteSpace)
            m_pattern.push_back(character);
    }
    const bool isText = std::ranges::find(m_pattern, kInvalidCharacter) == m_pattern.end();
    if (!m_pattern.empty() && isText)
        noteFirstBytes(); // without first bytes there are no hits
}

void LiteralSearch::noteFirstBytes()
{
    if (m_pattern.front() == kWhiteSpace) {
        m_canBegin.fill(true);
        return;
    }
    // All characters that fold to the first one: "k" also stands for the Kelvin sign.
    const std::unique_ptr<USet, void (*)(USet*)> same(uset_openEmpty(), uset_close);
    uset_add(same.get(), static_cast<UChar32>(m_pattern.front()));
    uset_closeOver(same.get(), USET_CASE_INSENSITIVE);
    const std::int32_t items = uset_getItemCount(same.get());
    for (std::int32_t item = 0; item < items; ++item) {
        UChar32 first = 0;
        UChar32 last = 0;
        UErrorCode status = U_ZERO_ERROR;
        const bool isRange =
            uset_getItem(same.get(), item, &first, &last, nullptr, 0, &status) == 0;
        for (UChar32 character = first; isRange && character <= last; ++character)
            m_canBegin[firstByte(character)] = true;
    }
}

std::optional<std::size_t> LiteralSearch::matchEnd(std::string_view text, std::size_t begin) const
{
    std::size_t at = begin;
    for (const char32_t wanted : m_pattern) {
        if (at >= text.size() || nextFolded(text, at) != wanted)
            return std::nullopt;
        for (std::size_t next = at; wanted == kWhiteSpace && next < text.size(); at = next) {
            if (nextFolded(text, next) != kWhiteSpace)
                break;
        }
    }
    return at;
}

void LiteralSearch::forEachHit(std::string_view text,
                               const std::function<void(TextRange)>& visit) const
{
    for (std::size_t at = 0; at < text.size();) {
        if (!m_canBegin[static_cast<unsigned char>(text[at])]) {
            ++at;
            continue;
        }
        const std::optional<std::size_t> end = matchEnd(text, at);
        if (end)
            visit({at, *end});
        at = end ? *end : at + 1;
    }
}

TextHit hitInContext(SourceId source, std::string_view text, TextRange hit)
{
    const std::uint64_t begin = contextBegin(text, hit.begin);
    const std::uint64_t end = contextEnd(text, hit.end);
    TextHit found;
    found.sourceId = source;
    found.text = hit;
    found.context = text.substr(begin, end - begin);
    found.match = {hit.begin - begin, hit.end - begin};
    return found;
}

} // namespace storage
