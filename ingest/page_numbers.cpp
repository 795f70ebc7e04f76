// SPDX-License-Identifier: GPL-3.0-or-later
#include "page_numbers.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "unicode.h"

namespace ingest {

namespace {

std::optional<int> romanValue(std::string_view word)
{
    constexpr std::array<std::pair<char, int>, 7> kDigits{
        {{'i', 1}, {'v', 5}, {'x', 10}, {'l', 50}, {'c', 100}, {'d', 500}, {'m', 1000}}};
    if (word.empty() || word.size() > 9)
        return std::nullopt;
    int total = 0;
    int last = 0;
    for (std::size_t i = word.size(); i-- > 0;) {
        const auto* const digit =
            std::find_if(kDigits.begin(), kDigits.end(),
                         [&](const auto& entry) { return entry.first == word[i]; });
        if (digit == kDigits.end())
            return std::nullopt;
        total += digit->second < last ? -digit->second : digit->second;
        last = std::max(last, digit->second);
    }
    return total;
}

std::optional<Printed> printedNumber(std::string_view word)
{
    constexpr std::string_view kAround = "-–—[]().|/·•~ ";
    while (!word.empty() && kAround.find(word.front()) != std::string_view::npos)
        word.remove_prefix(1);
    while (!word.empty() && kAround.find(word.back()) != std::string_view::npos)
        word.remove_suffix(1);
    if (word.empty() || word.size() > 9)
        return std::nullopt;
    if (word.find_first_not_of("0123456789") == std::string_view::npos && word.size() <= 5)
        return Printed{std::stoi(std::string(word)), false, std::string(word)};
    if (const auto value = romanValue(lowerCased(word)))
        return Printed{*value, true, std::string(word)};
    return std::nullopt;
}

std::vector<std::string_view> splitWords(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!(text = trimmed(text)).empty()) {
        words.push_back(text.substr(0, std::min(text.find(' '), text.size())));
        text.remove_prefix(words.back().size());
    }
    return words;
}

} // namespace

std::string headKey(std::string_view text)
{
    std::string key;
    for (const std::string_view word : splitWords(text)) {
        const auto number = printedNumber(word);
        for (const char byte : number ? std::string("#") : lowerCased(word)) {
            const char mapped = isAsciiDigit(byte) ? '#' : byte;
            if (mapped != '#' || key.empty() || key.back() != '#')
                key += mapped;
        }
    }
    return key;
}

std::string lettersOf(std::string_view text)
{
    std::string letters;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t character = nextCharacter(text, at);
        if (isLetter(character))
            appendUtf8(letters, character);
    }
    return lowerCased(letters);
}

std::optional<Printed> barePageNumber(std::string_view text)
{
    constexpr std::array<std::string_view, 12> kWords{
        "page", "p.", "seite", "s.", "página", "pagina", "of", "von", "/", "|", "-", "–"};
    std::optional<Printed> first;
    std::size_t numbers = 0;
    for (const std::string_view word : splitWords(text)) {
        if (auto number = printedNumber(word)) {
            ++numbers;
            if (!first)
                first = std::move(number);
        } else if (std::find(kWords.begin(), kWords.end(), lowerCased(word)) == kWords.end()) {
            return std::nullopt;
        }
    }
    return numbers <= 2 ? first : std::nullopt;
}

std::optional<Printed> numberAtEnds(std::string_view text)
{
    if (auto bare = barePageNumber(text))
        return bare;
    const auto words = splitWords(text);
    if (words.size() < 2)
        return std::nullopt;
    if (auto last = printedNumber(words.back()); last && !last->isRoman)
        return last;
    if (auto first = printedNumber(words.front()); first && !first->isRoman)
        return first;
    return std::nullopt;
}

} // namespace ingest
