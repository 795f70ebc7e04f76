// SPDX-License-Identifier: GPL-3.0-or-later
#include "literal_quote.h"

#include <algorithm>
#include <vector>

#include "normalised_text.h"
#include "read_text.h"

namespace answering {

namespace {

/// A word without an ending of up to three letters, but not shorter than four.
std::u32string stemOf(std::string_view word)
{
    constexpr std::size_t kShortest = 4;
    constexpr std::size_t kEnding = 3;
    auto characters = normalise(word).characters;
    if (characters.size() > kShortest) {
        characters.resize(std::max(kShortest, characters.size() - kEnding));
    }
    return characters;
}

bool isWordCharacter(char32_t c)
{
    return c >= 0x80 || (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9');
}

/// Whether a word of `text` starts with `stem`.
bool holdsStem(std::u32string_view text, std::u32string_view stem)
{
    for (std::size_t at = text.find(stem); at != std::u32string_view::npos;
         at = text.find(stem, at + 1)) {
        if (at == 0 || !isWordCharacter(text[at - 1]) || !isWordCharacter(stem.front())) {
            return true;
        }
    }
    return false;
}

} // namespace

ByteRange literalQuote(std::string_view passage, bool isCode, std::span<const QuestionTerm> terms)
{
    const auto read = makeReadText(passage, isCode);
    std::vector<std::u32string> stems;
    stems.reserve(terms.size());
    for (const auto& term : terms) {
        stems.push_back(stemOf(term.text));
    }
    ByteRange best;
    double bestWeight = -1.0;
    for (const auto& unit : read.units) {
        const auto text =
            normalise(std::string_view(read.text).substr(unit.begin, unit.size())).characters;
        double weight = 0.0;
        for (std::size_t i = 0; i < terms.size(); ++i) {
            if (!stems[i].empty() && holdsStem(text, stems[i])) {
                weight += terms[i].idf;
            }
        }
        if (weight > bestWeight) {
            bestWeight = weight;
            best = read.toPassage(unit);
        }
    }
    return best;
}

} // namespace answering
