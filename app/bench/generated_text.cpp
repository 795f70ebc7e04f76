// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/generated_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace app {

namespace {

constexpr std::size_t kWords = 20'000;
constexpr std::size_t kSentencesPerPassage = 6;

/// Frequent words come first and are short, as in any language.
std::vector<std::string> makeWords()
{
    constexpr std::array kSyllables = {"ba", "den", "ti", "ro",  "mal", "ke",  "sun", "o",
                                       "li", "far", "ne", "gra", "po",  "vis", "u",   "ten"};
    std::mt19937 random(7);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < kWords; ++i) {
        const std::size_t syllables = 1 + (i > 50 ? 1 : 0) + (i > 800 ? random() % 3 : 0);
        std::string word;
        for (std::size_t s = 0; s < syllables; ++s) {
            word += kSyllables[random() % kSyllables.size()];
        }
        words.push_back(std::move(word));
    }
    return words;
}

std::string sentence(const std::vector<std::string>& words, std::mt19937_64& random)
{
    std::uniform_real_distribution<double> rank(0.0, 1.0);
    std::string text;
    const std::size_t length = 8 + random() % 14;
    for (std::size_t i = 0; i < length; ++i) {
        // Zipf's law: the logarithm of the rank is spread evenly.
        const auto index =
            static_cast<std::size_t>(std::pow(static_cast<double>(kWords), rank(random))) - 1;
        text += (i == 0 ? "" : " ") + words[std::min(index, kWords - 1)];
    }
    return text + ". ";
}

} // namespace

GeneratedBook generateBook(const engine::Tokenizer& tokenizer, std::uint64_t number,
                           std::uint64_t tokens)
{
    static const std::vector<std::string> words = makeWords();
    std::mt19937_64 random(number * 1'000'003 + 17);
    GeneratedBook book;
    while (book.tokens.size() < tokens) {
        std::string passage;
        for (std::size_t s = 0; s < kSentencesPerPassage; ++s) {
            passage += sentence(words, random);
        }
        passage += "\n";
        const auto ids = tokenizer.encode(passage);
        book.passages.push_back({{book.text.size(), book.text.size() + passage.size()},
                                 {book.tokens.size(), book.tokens.size() + ids.size()},
                                 ""});
        book.tokens.insert(book.tokens.end(), ids.begin(), ids.end());
        book.text += passage;
    }
    return book;
}

} // namespace app
