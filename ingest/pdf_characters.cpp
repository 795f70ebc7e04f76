// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_characters.h"

#include <array>
#include <cstdint>
#include <string_view>

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

} // namespace ingest
