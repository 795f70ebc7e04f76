// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer_scores.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace {

std::vector<std::string> plainWords(std::string_view text)
{
    std::vector<std::string> words(1);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isspace(byte) != 0) {
            if (!words.back().empty()) {
                words.emplace_back();
            }
        } else if (byte >= 0x80U || std::ispunct(byte) == 0) {
            words.back().push_back(static_cast<char>(std::tolower(byte)));
        }
    }
    std::erase_if(words, [](const std::string& word) {
        return word.empty() || word == "a" || word == "an" || word == "the";
    });
    return words;
}

double wordOverlap(const std::vector<std::string>& left, const std::vector<std::string>& right)
{
    if (left.empty() || right.empty()) {
        return left.empty() && right.empty() ? 1.0 : 0.0;
    }
    std::map<std::string, int> counts;
    for (const auto& word : left) {
        ++counts[word];
    }
    double common = 0.0;
    for (const auto& word : right) {
        if (counts[word]-- > 0) {
            common += 1.0;
        }
    }
    return 2.0 * common / static_cast<double>(left.size() + right.size());
}

} // namespace

AnswerScores scoreAnswer(std::string_view answer, std::span<const std::string> accepted)
{
    const auto words = plainWords(answer);
    AnswerScores best;
    for (const auto& gold : accepted) {
        const auto goldWords = plainWords(gold);
        best.exactMatch = std::max(best.exactMatch, words == goldWords ? 1.0 : 0.0);
        best.f1 = std::max(best.f1, wordOverlap(words, goldWords));
    }
    return best;
}

bool holdsAnswer(std::string_view quote, std::span<const std::string> accepted)
{
    const auto words = plainWords(quote);
    return std::any_of(accepted.begin(), accepted.end(), [&](const std::string& gold) {
        const auto wanted = plainWords(gold);
        return !wanted.empty() &&
               std::search(words.begin(), words.end(), wanted.begin(), wanted.end()) != words.end();
    });
}
