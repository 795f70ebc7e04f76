// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "answering/answerer.h"
#include "answering/passage_reader.h"
#include "bench_session.h"
#include "evidence.h"
#include "question_set.h"

/// Share of questions whose right paragraph is among the first so many.
struct RankShares
{
    static constexpr std::array<std::size_t, 4> kDepths = {1, 3, 5, 20};
    std::array<double, 4> shares{};
};

struct LocatedFigures
{
    RankShares indexer; ///< the model's indexer alone
    RankShares words;   ///< BM25 alone
    RankShares both;    ///< as the program locates
};

/// Given the right passage.
struct ReadFigures
{
    double exactMatch = 0.0;
    double f1 = 0.0;
    double quoteHolds = 0.0;   ///< the quotation as chosen
    double shownHolds = 0.0;   ///< the quotation as shown
    double foundDecile = 0.0;  ///< one in ten found-probabilities is lower
    double promptMs = 0.0;     ///< mean time to the found-probability
    double quoteMs = 0.0;      ///< mean time from there to quotation and answer
    double tokensChosen = 0.0; ///< mean
};

/// From the question to the answer, as the program answers.
struct AnswerFigures
{
    double rightFirst = 0.0;
    double rightAmongFive = 0.0;
    double firstQuoteHolds = 0.0;
    double threeQuotesHold = 0.0;
    double exactMatch = 0.0;
    double f1 = 0.0;
    double answered = 0.0;
    double exactQuotes = 0.0; ///< share of all sources whose state is exact
    double firstWordsMs = 0.0;
    double firstWordsMs95 = 0.0; ///< one in twenty takes longer
    double totalMs = 0.0;
    double totalMs95 = 0.0;
};

/// What the found-or-not rule sees of one question.
struct QuestionEvidence
{
    bool isAnswerable = false;
    std::vector<answering::Evidence> passages; ///< those that are read
};

[[nodiscard]] LocatedFigures measureLocated(BenchSession& session,
                                            std::span<const BenchQuestion> questions,
                                            answering::PassageReader& reader);

[[nodiscard]] ReadFigures measureReading(BenchSession& session,
                                         std::span<const BenchQuestion> questions,
                                         answering::PassageReader& reader);

[[nodiscard]] AnswerFigures measureAnswers(BenchSession& session,
                                           std::span<const BenchQuestion> questions,
                                           answering::Answerer& answerer);

/// Share of questions that the program answers with "not found".
[[nodiscard]] double measureRefused(BenchSession& session, std::span<const BenchQuestion> questions,
                                    answering::Answerer& answerer);

[[nodiscard]] std::vector<QuestionEvidence>
collectEvidence(BenchSession& session, std::span<const BenchQuestion> questions, bool isAnswerable,
                answering::PassageReader& reader);
