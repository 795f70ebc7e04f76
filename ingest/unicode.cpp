// SPDX-License-Identifier: GPL-3.0-or-later
#include "unicode.h"

#include <cstdint>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace ingest {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

// ICU's macro casts as C does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
/// The character at `at`, which moves past it; negative for bytes that are not UTF-8.
UChar32 decodeAt(std::string_view text, std::size_t& at)
{
    // The macro walks with 32-bit positions, so it is handed at most four bytes.
    const auto left = text.size() - at;
    const auto size = static_cast<std::int32_t>(left < 4 ? left : 4);
    const char* const bytes = text.data() + at;
    std::int32_t used = 0;
    UChar32 character = 0;
    U8_NEXT(bytes, used, size, character);
    at += static_cast<std::size_t>(used);
    return character;
}
#pragma GCC diagnostic pop

bool isContinuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace

char32_t nextCharacter(std::string_view text, std::size_t& at)
{
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80U) {
        ++at;
        return byte;
    }
    const UChar32 character = decodeAt(text, at);
    return character < 0 ? kReplacement : static_cast<char32_t>(character);
}

char32_t lastCharacter(std::string_view text)
{
    if (text.empty())
        return 0;
    std::size_t at = text.size() - 1;
    while (at > 0 && text.size() - at < 4 && isContinuation(text[at]))
        --at;
    return nextCharacter(text, at);
}

char32_t firstCharacter(std::string_view text)
{
    std::size_t at = 0;
    return text.empty() ? 0 : nextCharacter(text, at);
}

void appendUtf8(std::string& text, char32_t character)
{
    const auto value = static_cast<std::uint32_t>(character);
    const auto put = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (value < 0x80U) {
        put(value);
    } else if (value < 0x800U) {
        put(0xC0U | (value >> 6U));
        put(0x80U | (value & 0x3FU));
    } else if (value >= 0xD800U && value <= 0xDFFFU) {
        appendUtf8(text, kReplacement); // half of a surrogate pair
    } else if (value < 0x10000U) {
        put(0xE0U | (value >> 12U));
        put(0x80U | ((value >> 6U) & 0x3FU));
        put(0x80U | (value & 0x3FU));
    } else if (value < 0x110000U) {
        put(0xF0U | (value >> 18U));
        put(0x80U | ((value >> 12U) & 0x3FU));
        put(0x80U | ((value >> 6U) & 0x3FU));
        put(0x80U | (value & 0x3FU));
    } else {
        appendUtf8(text, kReplacement);
    }
}

bool isValidUtf8(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        if (static_cast<unsigned char>(text[at]) < 0x80U) {
            ++at;
            continue;
        }
        if (decodeAt(text, at) < 0)
            return false;
    }
    return true;
}

std::string toValidUtf8(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();)
        appendUtf8(result, nextCharacter(text, at));
    return result;
}

bool isSpacelessScript(char32_t character)
{
    return (character >= 0x2E80 && character <= 0x312F) || // radicals, CJK marks, kana, bopomofo
           (character >= 0x31A0 && character <= 0x9FFF) || // extensions, Han
           (character >= 0xF900 && character <= 0xFAFF) || // compatibility Han
           (character >= 0xFE30 && character <= 0xFE4F) || // compatibility forms
           (character >= 0xFF00 && character <= 0xFF9F) || // full-width forms, half-width kana
           (character >= 0x20000 && character <= 0x3FFFF); // supplementary Han
}

bool isLetter(char32_t character)
{
    return u_isalpha(static_cast<UChar32>(character)) != 0;
}

bool isLowerCase(char32_t character)
{
    return u_islower(static_cast<UChar32>(character)) != 0;
}

bool isUpperCase(char32_t character)
{
    return u_isupper(static_cast<UChar32>(character)) != 0;
}

std::string lowerCased(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char32_t character = nextCharacter(text, at);
        if (character < 0x80)
            result.push_back(static_cast<char>(
                character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character));
        else
            appendUtf8(result, static_cast<char32_t>(u_tolower(static_cast<UChar32>(character))));
    }
    return result;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isAsciiSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isAsciiSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string simplified(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (const char byte : trimmed(text)) {
        if (!isAsciiSpace(byte))
            result.push_back(byte);
        else if (result.back() != ' ')
            result.push_back(' ');
    }
    return result;
}

bool startsWithFolded(std::string_view text, std::string_view prefix)
{
    if (text.size() < prefix.size())
        return false;
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        const char byte = text[i];
        const char folded =
            byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
        if (folded != prefix[i])
            return false;
    }
    return true;
}

std::string shortened(std::string_view text, std::size_t maxBytes)
{
    if (text.size() <= maxBytes)
        return std::string(text);
    std::size_t end = maxBytes;
    while (end > 0 && isContinuation(text[end]))
        --end;
    return std::string(text.substr(0, end));
}

} // namespace ingest
