// SPDX-License-Identifier: GPL-3.0-or-later
#include "character_rules.h"

#include <algorithm>
#include <array>
#include <vector>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>

namespace storage {

namespace {

constexpr std::array kUnspacedScripts = {
    USCRIPT_HAN,  USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_BOPOMOFO, USCRIPT_HANGUL,
    USCRIPT_THAI, USCRIPT_LAO,      USCRIPT_KHMER,    USCRIPT_MYANMAR,  USCRIPT_YI};

/// Covers Latin to Thai and beyond; further characters are looked up one by one.
constexpr char32_t kTableSize = 0x3000;

bool takesAccents(UChar32 character)
{
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(character, &status);
    return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_CYRILLIC;
}

bool isUnspaced(UChar32 character)
{
    return std::ranges::any_of(kUnspacedScripts, [character](UScriptCode script) {
        return uscript_hasScript(character, script) != 0;
    });
}

/// The letter beneath its accents: the first of the canonical decomposition.
UChar32 withoutAccents(UChar32 character)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2* decompose = unorm2_getNFDInstance(&status);
    std::array<UChar, 20> parts{}; // the longest has 4
    const std::int32_t size = unorm2_getDecomposition(
        decompose, character, parts.data(), static_cast<std::int32_t>(parts.size()), &status);
    // The letters that take accents are all in the first plane: one unit each.
    return U_FAILURE(status) || size <= 0 ? character : UChar32{parts.front()};
}

UChar32 narrow(UChar32 character)
{
    constexpr UChar32 kFullWidthToAscii = 0xfee0;
    return character >= 0xff01 && character <= 0xff5e ? character - kFullWidthToAscii : character;
}

CharacterKind kindOf(UChar32 character)
{
    switch (U_MASK(u_charType(character))) {
    case U_GC_MN_MASK:
    case U_GC_MC_MASK:
    case U_GC_ME_MASK:
        return isUnspaced(character) ? CharacterKind::unspaced : CharacterKind::accent;
    case U_GC_LU_MASK:
    case U_GC_LL_MASK:
    case U_GC_LT_MASK:
    case U_GC_LM_MASK:
    case U_GC_LO_MASK:
        return isUnspaced(character) ? CharacterKind::unspaced : CharacterKind::word;
    case U_GC_ND_MASK:
    case U_GC_NL_MASK:
    case U_GC_NO_MASK:
    case U_GC_CO_MASK:
        return CharacterKind::word;
    default:
        return CharacterKind::separator;
    }
}

CharacterRule makeRule(char32_t given)
{
    const UChar32 character = narrow(static_cast<UChar32>(given));
    CharacterRule rule;
    rule.kind = kindOf(character);
    rule.takesAccents = takesAccents(character);
    if (u_isUUppercase(character) != 0)
        rule.letterCase = LetterCase::upper;
    else if (u_isULowercase(character) != 0)
        rule.letterCase = LetterCase::lower;
    const UChar32 base = rule.takesAccents ? withoutAccents(character) : character;
    rule.folded = static_cast<char32_t>(u_foldCase(base, U_FOLD_CASE_DEFAULT));
    return rule;
}

const std::vector<CharacterRule>& table()
{
    static const std::vector<CharacterRule> rules = [] {
        std::vector<CharacterRule> made;
        made.reserve(kTableSize);
        for (char32_t character = 0; character < kTableSize; ++character)
            made.push_back(makeRule(character));
        return made;
    }();
    return rules;
}

} // namespace

CharacterRule ruleFor(char32_t character)
{
    static const std::vector<CharacterRule>& rules = table();
    return character < kTableSize ? rules[character] : makeRule(character);
}

} // namespace storage
