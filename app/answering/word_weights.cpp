// SPDX-License-Identifier: GPL-3.0-or-later
#include "word_weights.h"

#include <algorithm>
#include <utility>

#include "normalised_text.h"

namespace answering {

namespace {

/// A word without an ending of up to three letters, but not shorter than four.
std::u32string withoutEnding(std::string_view word)
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

/// Whether a word of `text` starts with `begin`. Chinese and the like have no gaps between words.
bool holdsWord(std::u32string_view text, std::u32string_view begin)
{
    for (std::size_t at = text.find(begin); at != std::u32string_view::npos;
         at = text.find(begin, at + 1)) {
        if (at == 0 || !isWordCharacter(text[at - 1]) || begin.front() >= 0x2E80) {
            return true;
        }
    }
    return false;
}

} // namespace

WordWeights::WordWeights(std::span<const WeightedWord> words)
{
    for (const auto& word : words) {
        auto begin = withoutEnding(word.text);
        if (!begin.empty()) {
            m_stems.push_back({std::move(begin), word.weight});
            m_total += word.weight;
        }
    }
}

double WordWeights::shareIn(std::string_view text) const
{
    if (m_total <= 0.0) {
        return 0.0;
    }
    const auto characters = normalise(text).characters;
    double held = 0.0;
    for (const auto& stem : m_stems) {
        if (holdsWord(characters, stem.begin)) {
            held += stem.weight;
        }
    }
    return held / m_total;
}

} // namespace answering
