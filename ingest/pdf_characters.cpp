// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_characters.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include "unicode.h"

namespace ingest {

namespace {

struct Ligature
{
    char32_t character;
    std::string_view letters;
};

/// Only these presentation forms: a general compatibility mapping would also turn x² into x2.
constexpr std::array<Ligature, 7> kLigatures{{{U'\uFB00', "ff"},
                                              {U'\uFB01', "fi"},
                                              {U'\uFB02', "fl"},
                                              {U'\uFB03', "ffi"},
                                              {U'\uFB04', "ffl"},
                                              {U'\uFB05', "st"},
                                              {U'\uFB06', "st"}}};

/// Characters that writers take from a font's glyphs where the author wrote others: Kangxi radicals
/// for Han (Qt and Chromium do that), the shapes of Arabic letters.
constexpr bool isGlyphVariant(char32_t character)
{
    return (character >= 0x2F00 && character <= 0x2FD5) || character == 0x2E9F ||
           character == 0x2EF3 || (character >= 0xFB50 && character <= 0xFDCF) ||
           (character >= 0xFE70 && character <= 0xFEFC);
}

/// Appends what a glyph variant stands for; false when nothing is known of it.
bool appendMeaning(std::string& text, char32_t character)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* const rules = unorm2_getNFKCInstance(&status);
    std::array<UChar, 8> units{};
    if (U_FAILURE(status) != 0)
        return false;
    const std::int32_t size =
        unorm2_getRawDecomposition(rules, static_cast<UChar32>(character), units.data(),
                                   static_cast<std::int32_t>(units.size()), &status);
    if (U_FAILURE(status) != 0 || size <= 0)
        return false;
    for (std::int32_t i = 0; i < size; ++i)
        appendUtf8(text, units[static_cast<std::size_t>(i)]); // all in the basic plane
    return true;
}

constexpr bool isDropped(char32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == U'\u200B' ||
           character == U'\uFEFF' || character == U'\uFFFF';
}

constexpr bool isWideSpace(char32_t character)
{
    return character == U'\u00A0' || character == U'\u2007' || character == U'\u202F' ||
           (character >= U'\u2000' && character <= U'\u200A') || character == U'\u3000';
}

bool isDigit(char32_t character)
{
    return u_isdigit(static_cast<UChar32>(character)) != 0;
}

bool opens(char32_t character)
{
    const auto type = u_charType(static_cast<UChar32>(character));
    return type == U_START_PUNCTUATION || type == U_INITIAL_PUNCTUATION;
}

bool closes(char32_t character)
{
    const auto type = u_charType(static_cast<UChar32>(character));
    return type == U_END_PUNCTUATION || type == U_FINAL_PUNCTUATION;
}

bool isStop(char32_t character)
{
    return std::u32string_view(U".,;:!?،؛؟").find(character) != std::u32string_view::npos;
}

/// Whether a word's brackets are those that are seen, not those that are meant: it begins with a
/// closing one, or ends with an opening one.
bool showsBracketsAsSeen(std::u32string_view word)
{
    while (!word.empty() && isStop(word.back()))
        word.remove_suffix(1);
    return !word.empty() && (closes(word.front()) || opens(word.back()));
}

} // namespace

void appendPdfCharacter(std::string& text, char32_t character)
{
    for (const Ligature& ligature : kLigatures) {
        if (character == ligature.character) {
            text += ligature.letters;
            return;
        }
    }
    if (isSoftHyphen(character) || isDropped(character))
        return;
    if (isWideSpace(character))
        text += ' ';
    else if (!isGlyphVariant(character) || !appendMeaning(text, character))
        appendUtf8(text, character);
}

bool isRightToLeft(std::u32string_view characters)
{
    std::size_t right = 0;
    std::size_t left = 0;
    for (const char32_t character : characters) {
        const UCharDirection direction = u_charDirection(static_cast<UChar32>(character));
        right += direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC ? 1U : 0U;
        left += direction == U_LEFT_TO_RIGHT ? 1U : 0U;
    }
    return right > left;
}

std::u32string inReadingOrder(std::u32string_view characters)
{
    std::u32string result(characters.rbegin(), characters.rend());
    if (showsBracketsAsSeen(result))
        std::transform(result.begin(), result.end(), result.begin(), [](char32_t character) {
            return static_cast<char32_t>(u_charMirror(static_cast<UChar32>(character)));
        });
    for (auto begin = result.begin(); begin != result.end();) {
        begin = std::find_if(begin, result.end(), isDigit);
        const auto end = std::find_if_not(begin, result.end(), isDigit);
        std::reverse(begin, end);
        begin = end;
    }
    return result;
}

std::string meantBracket(const std::string& word, bool spaceBefore, bool spaceAfter)
{
    const char32_t bracket = firstCharacter(word);
    if (bracket != lastCharacter(word) || spaceBefore == spaceAfter)
        return word;
    if (!(spaceBefore ? closes(bracket) : opens(bracket)))
        return word;
    std::string mirrored;
    appendUtf8(mirrored, static_cast<char32_t>(u_charMirror(static_cast<UChar32>(bracket))));
    return mirrored;
}

} // namespace ingest
