// SPDX-License-Identifier: GPL-3.0-or-later
#include "question_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

namespace answering {

namespace {

/// Sorted: looked up by halving.
constexpr std::array<std::string_view, 128> kFunctionWords = {
    "a",       "about",    "according", "after",   "all",     "also",  "am",      "an",
    "and",     "another",  "any",       "are",     "as",      "at",    "be",      "because",
    "been",    "before",   "being",     "between", "both",    "but",   "by",      "can",
    "could",   "describe", "did",       "do",      "does",    "doing", "during",  "each",
    "either",  "else",     "ever",      "every",   "explain", "find",  "for",     "from",
    "had",     "has",      "have",      "he",      "her",     "here",  "him",     "his",
    "how",     "i",        "if",        "in",      "into",    "is",    "it",      "its",
    "just",    "kind",     "many",      "may",     "me",      "might", "much",    "must",
    "my",      "name",     "no",        "nor",     "not",     "of",    "on",      "one",
    "only",    "or",       "other",     "our",     "out",     "over",  "own",     "please",
    "s",       "same",     "say",       "says",    "shall",   "she",   "should",  "show",
    "so",      "some",     "such",      "t",       "tell",    "than",  "that",    "the",
    "their",   "them",     "then",      "there",   "these",   "they",  "this",    "those",
    "through", "to",       "too",       "type",    "under",   "up",    "us",      "very",
    "was",     "we",       "were",      "what",    "when",    "where", "whether", "which",
    "while",   "who",      "whom",      "whose",   "why",     "will",  "with",    "would"};

static_assert(std::is_sorted(kFunctionWords.begin(), kFunctionWords.end()));

std::string lowered(std::string_view word)
{
    std::string lower;
    std::transform(word.begin(), word.end(), std::back_inserter(lower),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

bool isNamePart(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '.' ||
           c == '-' || c == '>' || c == '/';
}

/// Cuts what belongs to the sentence and not to the name.
std::string_view withoutEdges(std::string_view name)
{
    const auto isEdge = [](char c) {
        return c == '.' || c == ':' || c == '-' || c == '>' || c == '/';
    };
    while (!name.empty() && isEdge(name.back())) {
        name.remove_suffix(1);
    }
    while (!name.empty() && (isEdge(name.front()) && name.front() != '.')) {
        name.remove_prefix(1);
    }
    return name;
}

bool isCamelCase(std::string_view name)
{
    for (std::size_t i = 1; i < name.size(); ++i) {
        if (std::islower(static_cast<unsigned char>(name[i - 1])) != 0 &&
            std::isupper(static_cast<unsigned char>(name[i])) != 0) {
            return true;
        }
    }
    return false;
}

bool looksLikeCode(std::string_view name)
{
    if (name.size() < 3) {
        return false;
    }
    if (name.find('_') != std::string_view::npos || name.find("::") != std::string_view::npos ||
        name.find("->") != std::string_view::npos || isCamelCase(name)) {
        return true;
    }
    // "config.json", "os.path": a dot between letters; "3.5" and "e.g" are none.
    const std::size_t dot = name.find('.');
    return dot != std::string_view::npos && dot > 1 && dot + 1 < name.size() &&
           std::isalpha(static_cast<unsigned char>(name[dot - 1])) != 0 &&
           std::islower(static_cast<unsigned char>(name[dot + 1])) != 0;
}

void addOnce(std::vector<std::string>& names, std::string_view name)
{
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
        names.emplace_back(name);
    }
}

} // namespace

bool isFunctionWord(std::string_view word)
{
    return std::binary_search(kFunctionWords.begin(), kFunctionWords.end(), lowered(word));
}

std::vector<std::string> contentWords(std::span<const std::string> words)
{
    std::vector<std::string> content;
    std::copy_if(words.begin(), words.end(), std::back_inserter(content),
                 [](const std::string& word) { return !isFunctionWord(word); });
    return content.empty() ? std::vector<std::string>(words.begin(), words.end()) : content;
}

std::vector<std::string> codeNames(std::string_view question)
{
    std::vector<std::string> names;
    for (std::size_t at = 0; at < question.size();) {
        if (question[at] == '`') {
            const std::size_t close = question.find('`', at + 1);
            if (close != std::string_view::npos) {
                auto name = question.substr(at + 1, close - at - 1);
                if (name.ends_with("()")) {
                    name.remove_suffix(2);
                }
                addOnce(names, name);
                at = close + 1;
                continue;
            }
        }
        std::size_t end = at;
        while (end < question.size() && isNamePart(question[end])) {
            ++end;
        }
        if (end == at) {
            ++at;
            continue;
        }
        const auto name = withoutEdges(question.substr(at, end - at));
        const bool isCalled = question.substr(end).starts_with("()");
        if (looksLikeCode(name) || (isCalled && !name.empty())) {
            addOnce(names, name);
        }
        at = end;
    }
    return names;
}

bool isFollowUp(std::string_view question, std::span<const std::string> words)
{
    static constexpr std::array<std::string_view, 10> kOpenings = {
        "and ",       "but ",      "so ",       "also ", "then ",
        "what about", "how about", "what else", "why?",  "and?"};
    static constexpr std::array<std::string_view, 19> kPointers = {
        "he",   "she",  "it",    "they",  "him",   "her",  "his",  "its",  "their", "them",
        "this", "that", "these", "those", "there", "then", "here", "else", "same"};
    const std::string lower = lowered(question);
    const bool opens = std::any_of(kOpenings.begin(), kOpenings.end(),
                                   [&](std::string_view o) { return lower.starts_with(o); });
    const auto numContent = static_cast<std::size_t>(std::count_if(
        words.begin(), words.end(), [](const std::string& word) { return !isFunctionWord(word); }));
    const bool points = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return std::find(kPointers.begin(), kPointers.end(), lowered(word)) != kPointers.end();
    });
    constexpr std::size_t kFewWords = 3;
    return opens || numContent == 0 || (points && numContent <= kFewWords);
}

} // namespace answering
