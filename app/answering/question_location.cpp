// SPDX-License-Identifier: GPL-3.0-or-later
#include "question_location.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "question_words.h"

namespace answering {

namespace {

/// Passages that a name may stand in before it says nothing about a place any more.
constexpr std::size_t kMaxNamedPassages = 200;
/// What a name that stands literally in a passage adds to its located score: as much as one
/// deviation of either signal; a passage under a heading (a definition) of that name gets it twice.
constexpr double kNameBonus = 1.0;
/// Dots in a row that make a leader, and the share of a text (one in so many characters) that
/// makes it a list of contents.
constexpr std::size_t kLeaderDots = 4;
constexpr std::size_t kLeaderShare = 8;
/// Best passages that are looked at for it: more than are read and shown.
constexpr std::size_t kContentsLooked = 24;
/// Below every other located score, whatever the signals.
constexpr double kContentsPenalty = 1000.0;

/// Words of the question, and of the one before it where it cannot be understood alone.
Result<std::vector<std::string>> wordsToLocate(const Question& question, AnswerSources& sources,
                                               QuestionLocation& location)
{
    auto words = sources.words(question.text);
    if (!words) {
        return words;
    }
    location.readAs = question.text;
    const bool dependsOnEarlier = !question.earlier.empty() && isFollowUp(question.text, *words);
    if (dependsOnEarlier) {
        const auto& before = question.earlier.back().question;
        auto earlierWords = sources.words(before);
        if (!earlierWords) {
            return earlierWords;
        }
        location.readAs = before + " " + question.text;
        auto own = contentWords(*words);
        if (std::all_of(own.begin(), own.end(), [](const auto& w) { return isFunctionWord(w); })) {
            own.clear();
        }
        for (auto& word : contentWords(*earlierWords)) {
            if (std::find(own.begin(), own.end(), word) == own.end()) {
                own.push_back(std::move(word));
            }
        }
        return own;
    }
    return contentWords(*words);
}

Result<void> matchWords(const Question& question, AnswerSources& sources,
                        QuestionLocation& location)
{
    const auto words = wordsToLocate(question, sources, location);
    if (!words) {
        return tl::unexpected(words.error());
    }
    auto match = sources.match(*words);
    if (!match) {
        return tl::unexpected(match.error());
    }
    location.match = std::move(*match);
    const auto& terms = location.match.terms;
    if (std::none_of(terms.begin(), terms.end(),
                     [](const QuestionTerm& term) { return term.passagesWith > 0; })) {
        location.match.bm25.clear();
    }
    return {};
}

Result<void> findNames(const Question& question, AnswerSources& sources, QuestionLocation& location)
{
    for (auto& name : codeNames(question.text)) {
        const auto passages = sources.literalMatches(name, kMaxNamedPassages);
        if (!passages) {
            return tl::unexpected(passages.error());
        }
        if (!passages->empty()) {
            location.named.insert(location.named.end(), passages->begin(), passages->end());
            location.names.push_back(std::move(name));
        }
    }
    std::sort(location.named.begin(), location.named.end());
    location.named.erase(std::unique(location.named.begin(), location.named.end()),
                         location.named.end());
    return {};
}

void addNameBonus(std::span<const SourcePassage> passages, QuestionLocation& location)
{
    if (location.named.empty()) {
        return;
    }
    for (auto& located : location.ranking) {
        if (!std::binary_search(location.named.begin(), location.named.end(), located.passage)) {
            continue;
        }
        const auto& heading = passages[located.passage].heading;
        const bool isDefined =
            std::any_of(location.names.begin(), location.names.end(),
                        [&](const auto& name) { return heading.find(name) != std::string::npos; });
        located.score += isDefined ? 2 * kNameBonus : kNameBonus;
    }
    std::stable_sort(location.ranking.begin(), location.ranking.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
}

/// A list of contents names every subject and says nothing about any: it is recognised by its
/// leaders (rows of dots before page numbers).
bool isContentsList(std::string_view text)
{
    std::size_t leaders = 0;
    std::size_t run = 0;
    for (const char c : text) {
        run = c == '.' ? run + 1 : (c == ' ' ? run : 0);
        leaders += run >= kLeaderDots ? 1 : 0;
    }
    return leaders * kLeaderShare > text.size();
}

/// Moves lists of contents among the best passages behind everything else.
Result<void> demoteContents(std::span<const SourcePassage> passages, AnswerSources& sources,
                            QuestionLocation& location)
{
    std::map<DocumentId, std::string> texts;
    const std::size_t looked = std::min(location.ranking.size(), kContentsLooked);
    for (std::size_t i = 0; i < looked; ++i) {
        const auto& passage = passages[location.ranking[i].passage];
        if (passage.isCode) {
            continue;
        }
        auto known = texts.find(passage.document);
        if (known == texts.end()) {
            auto text = sources.documentText(passage.document);
            if (!text) {
                return tl::unexpected(text.error());
            }
            known = texts.emplace(passage.document, std::move(*text)).first;
        }
        const std::string_view text = known->second;
        if (passage.textEnd <= text.size() &&
            isContentsList(text.substr(passage.textBegin, passage.textEnd - passage.textBegin))) {
            location.ranking[i].score -= kContentsPenalty;
        }
    }
    std::stable_sort(location.ranking.begin(), location.ranking.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    return {};
}

Result<QuestionLocation> locate(const Question& question, AnswerSources& sources,
                                PassageReader* reader, const std::stop_token& stop)
{
    QuestionLocation location;
    const auto passages = sources.passages();
    if (!passages) {
        return tl::unexpected(passages.error());
    }
    if (const auto matched = matchWords(question, sources, location); !matched) {
        return tl::unexpected(matched.error());
    }
    if (const auto found = findNames(question, sources, location); !found) {
        return tl::unexpected(found.error());
    }
    std::vector<double> indexScores;
    if (reader != nullptr) {
        const auto query = reader->indexQuery(location.readAs, stop);
        if (!query) {
            return tl::unexpected(query.error());
        }
        const auto rows = sources.indexRowScores(*query);
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        std::vector<TokenRange> ranges;
        ranges.reserve(passages->size());
        std::transform(passages->begin(), passages->end(), std::back_inserter(ranges),
                       [](const SourcePassage& passage) { return passage.tokens; });
        indexScores = passageIndexScores(*rows, ranges);
    }
    location.ranking = rankPassages(indexScores, location.match.bm25);
    addNameBonus(*passages, location);
    if (const auto demoted = demoteContents(*passages, sources, location); !demoted) {
        return tl::unexpected(demoted.error());
    }
    return location;
}

} // namespace

Result<QuestionLocation> locateQuestion(const Question& question, AnswerSources& sources,
                                        PassageReader& reader, const std::stop_token& stop)
{
    return locate(question, sources, &reader, stop);
}

Result<QuestionLocation> locateWords(const Question& question, AnswerSources& sources)
{
    return locate(question, sources, nullptr, {});
}

} // namespace answering
