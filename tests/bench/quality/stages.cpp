// SPDX-License-Identifier: GPL-3.0-or-later
#include "stages.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>

#include "answer_scores.h"
#include "question_location.h"
#include "question_words.h"

namespace {

using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

template <typename Outcome>
auto must(Outcome outcome, std::string_view doing)
{
    if (!outcome) {
        fmt::print(stderr, "bench_quality: {}: {}\n", doing, outcome.error().message);
        std::exit(1);
    }
    return std::move(*outcome);
}

void showProgress(std::string_view stage, std::size_t done, std::size_t total)
{
    if (done % 20 == 0 || done == total) {
        fmt::print(stderr, "\r{}: {} of {} ", stage, done, total);
    }
    if (done == total) {
        fmt::print(stderr, "\n");
    }
}

double quantile(std::vector<double> values, double share)
{
    if (values.empty()) {
        return 0.0;
    }
    std::sort(values.begin(), values.end());
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(at, values.size() - 1)];
}

double mean(const std::vector<double>& values)
{
    return values.empty() ? 0.0
                          : std::accumulate(values.begin(), values.end(), 0.0) /
                                static_cast<double>(values.size());
}

/// Place of the right paragraph in a ranking, counted in paragraphs: parts of a long one are one.
std::size_t rankOf(const BenchSession& session, std::size_t paragraph,
                   std::span<const answering::LocatedPassage> ranking)
{
    std::vector<std::size_t> seen;
    for (const auto& located : ranking) {
        const std::size_t here = session.paragraphOf(located.passage);
        if (here == paragraph) {
            return seen.size();
        }
        if (std::find(seen.begin(), seen.end(), here) == seen.end()) {
            seen.push_back(here);
        }
        if (seen.size() > RankShares::kDepths.back()) {
            break;
        }
    }
    return ranking.size();
}

void count(RankShares& shares, std::size_t rank, std::size_t numQuestions)
{
    for (std::size_t i = 0; i < RankShares::kDepths.size(); ++i) {
        if (rank < RankShares::kDepths[i]) {
            shares.shares[i] += 1.0 / static_cast<double>(numQuestions);
        }
    }
}

std::vector<answering::LocatedPassage> sortedBy(std::vector<answering::LocatedPassage> ranking,
                                                double answering::LocatedPassage::*score)
{
    std::stable_sort(ranking.begin(), ranking.end(),
                     [&](const auto& a, const auto& b) { return a.*score > b.*score; });
    return ranking;
}

std::vector<answering::WeightedWord> weightedWords(BenchSession& session, const std::string& text)
{
    const auto words = answering::contentWords(
        must(session.sources().words(text), "cutting a question into words"));
    std::vector<answering::WeightedWord> weighted;
    for (const auto& term : must(session.sources().match(words), "matching words").terms) {
        weighted.push_back({term.text, term.idf});
    }
    return weighted;
}

} // namespace

LocatedFigures measureLocated(BenchSession& session, std::span<const BenchQuestion> questions,
                              answering::PassageReader& reader)
{
    LocatedFigures figures;
    std::size_t done = 0;
    for (const auto& question : questions) {
        const auto location =
            must(answering::locateQuestion({question.text, {}}, session.sources(), reader, {}),
                 "locating");
        const auto& ranking = location.ranking;
        count(figures.both, rankOf(session, question.paragraph, ranking), questions.size());
        count(figures.indexer,
              rankOf(session, question.paragraph,
                     sortedBy(ranking, &answering::LocatedPassage::indexer)),
              questions.size());
        count(figures.words,
              rankOf(session, question.paragraph,
                     sortedBy(ranking, &answering::LocatedPassage::words)),
              questions.size());
        showProgress("located", ++done, questions.size());
    }
    return figures;
}

ReadFigures measureReading(BenchSession& session, std::span<const BenchQuestion> questions,
                           answering::PassageReader& reader)
{
    ReadFigures figures;
    std::vector<double> found;
    const auto passages = must(session.sources().passages(), "listing the passages");
    const auto each = 1.0 / static_cast<double>(questions.size());
    std::size_t done = 0;
    for (const auto& question : questions) {
        const auto& passage =
            passages[session.passageAt(question.paragraph, question.answerBegins.front())];
        const auto document =
            must(session.sources().documentText(passage.document), "reading a document");
        const auto text = document.substr(passage.textBegin, passage.textEnd - passage.textBegin);
        auto began = Clock::now();
        must(reader.open(question.text, text, false), "reading a passage");
        figures.promptMs += msSince(began) * each;
        began = Clock::now();
        const auto reading = must(reader.quote(weightedWords(session, question.text)), "quoting");
        figures.quoteMs += msSince(began) * each;
        const auto part = [&](std::size_t begin, std::size_t end) {
            return text.substr(begin, end - begin);
        };
        const auto quote = part(reading.quoteBegin, reading.quoteEnd);
        const auto shown = part(reading.quoteBegin, reading.shownEnd);
        auto answer = part(reading.answerBegin, reading.answerEnd);
        answer = answer.empty() ? quote : answer;
        const auto scores = scoreAnswer(answer, question.answers);
        figures.exactMatch += scores.exactMatch * each;
        figures.f1 += scores.f1 * each;
        figures.quoteHolds += holdsAnswer(quote, question.answers) ? each : 0.0;
        figures.shownHolds += holdsAnswer(shown, question.answers) ? each : 0.0;
        figures.tokensChosen += static_cast<double>(reading.generatedTokens) * each;
        found.push_back(reading.found);
        showProgress("read", ++done, questions.size());
    }
    figures.foundDecile = quantile(std::move(found), 0.1);
    return figures;
}

AnswerFigures measureAnswers(BenchSession& session, std::span<const BenchQuestion> questions,
                             answering::Answerer& answerer)
{
    AnswerFigures figures;
    std::vector<double> firstWords;
    std::vector<double> totals;
    std::size_t numSources = 0;
    std::size_t numExact = 0;
    const auto each = 1.0 / static_cast<double>(questions.size());
    for (const auto& question : questions) {
        const auto answer = must(answerer.ask({question.text, {}}, session.sources()), "answering");
        const auto isRight = [&](const answering::CitedSource& source) {
            return session.paragraphOf(source.passage) == question.paragraph;
        };
        const auto holds = [&](const answering::CitedSource& source) {
            return holdsAnswer(source.quote, question.answers);
        };
        const auto& sources = answer.sources;
        const auto upTo = [&](std::size_t n) {
            return sources.begin() + static_cast<std::ptrdiff_t>(std::min(n, sources.size()));
        };
        figures.rightFirst += std::any_of(sources.begin(), upTo(1), isRight) ? each : 0.0;
        figures.rightAmongFive += std::any_of(sources.begin(), upTo(5), isRight) ? each : 0.0;
        figures.firstQuoteHolds += std::any_of(sources.begin(), upTo(1), holds) ? each : 0.0;
        figures.threeQuotesHold += std::any_of(sources.begin(), upTo(3), holds) ? each : 0.0;
        figures.answered += answer.notFound ? 0.0 : each;
        if (!answer.notFound && !sources.empty()) {
            const auto scores =
                scoreAnswer(answer.shortAnswer.empty() ? sources.front().quote : answer.shortAnswer,
                            question.answers);
            figures.exactMatch += scores.exactMatch * each;
            figures.f1 += scores.f1 * each;
        }
        numSources += sources.size();
        numExact += static_cast<std::size_t>(
            std::count_if(sources.begin(), sources.end(), [](const auto& source) {
                return source.state == answering::QuoteState::exact;
            }));
        firstWords.push_back(answer.timing.firstWordsMs);
        totals.push_back(answer.timing.totalMs);
        showProgress("answered", totals.size(), questions.size());
    }
    figures.exactQuotes = static_cast<double>(numExact) / static_cast<double>(numSources);
    figures.firstWordsMs = mean(firstWords);
    figures.firstWordsMs95 = quantile(std::move(firstWords), 0.95);
    figures.totalMs = mean(totals);
    figures.totalMs95 = quantile(std::move(totals), 0.95);
    return figures;
}

double measureRefused(BenchSession& session, std::span<const BenchQuestion> questions,
                      answering::Answerer& answerer)
{
    std::size_t refused = 0;
    std::size_t done = 0;
    for (const auto& question : questions) {
        const auto answer = must(answerer.ask({question.text, {}}, session.sources()), "answering");
        refused += answer.notFound ? 1U : 0U;
        showProgress("refused", ++done, questions.size());
    }
    return static_cast<double>(refused) / static_cast<double>(questions.size());
}

std::vector<QuestionEvidence> collectEvidence(BenchSession& session,
                                              std::span<const BenchQuestion> questions,
                                              bool isAnswerable, answering::PassageReader& reader)
{
    std::vector<QuestionEvidence> all;
    const auto passages = must(session.sources().passages(), "listing the passages");
    const std::size_t count = answering::AnswererOptions{}.passagesRead;
    for (const auto& question : questions) {
        const auto location =
            must(answering::locateQuestion({question.text, {}}, session.sources(), reader, {}),
                 "locating");
        QuestionEvidence evidence;
        evidence.isAnswerable = isAnswerable;
        for (std::size_t i = 0; i < std::min(count, location.ranking.size()); ++i) {
            const auto& passage = passages[location.ranking[i].passage];
            const auto document =
                must(session.sources().documentText(passage.document), "reading a document");
            const auto reading = must(
                reader.open(question.text,
                            document.substr(passage.textBegin, passage.textEnd - passage.textBegin),
                            false),
                "reading a passage");
            evidence.passages.push_back(
                {reading.found, answering::heldShare(location.match, location.ranking[i].passage),
                 location.ranking[i].score});
        }
        all.push_back(std::move(evidence));
        showProgress("evidence", all.size(), questions.size());
    }
    return all;
}
