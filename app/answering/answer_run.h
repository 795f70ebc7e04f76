// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "answering/answer_sources.h"
#include "answering/answerer.h"
#include "answering/passage_reader.h"
#include "citer.h"
#include "leading_passage.h"
#include "question_location.h"
#include "reading_round.h"
#include "word_weights.h"

namespace answering {

/// One question on its way to an answer. Made for it and thrown away.
class AnswerRun
{
public:
    AnswerRun(const Question& question, AnswerSources& sources, const AnswerSink& sink,
              std::span<const std::unique_ptr<PassageReader>> readers,
              const AnswererOptions& options, std::stop_token stop);

    [[nodiscard]] Result<Answer> run();

private:
    using Clock = std::chrono::steady_clock;

    /// A passage being read.
    struct Candidate
    {
        std::size_t passage = 0;
        std::string text;
        PassageReading reading;
        bool isQuoted = false;
        bool isDone = false;
        double promise = 0.0; ///< see LeadingPassage
        Evidence evidence;    ///< before it is read
    };

    [[nodiscard]] Result<void> answerQuestion();
    [[nodiscard]] Result<void> refuseRequest(RequestKind kind);
    [[nodiscard]] Result<void> prepareCandidates();
    [[nodiscard]] Result<void> readCandidates();
    void takeNews(const ReadingNews& news);
    void showLeader();
    [[nodiscard]] Result<void> quoteLateLeader(std::size_t candidate);
    [[nodiscard]] Result<void> finishFound();
    [[nodiscard]] Result<void> finishNotFound();
    [[nodiscard]] Result<void> addPlacesToLook(std::span<const std::size_t> passages,
                                               const WordWeights& words);
    [[nodiscard]] std::vector<std::size_t> placesByWords() const;

    [[nodiscard]] Result<CitedSource> sourceOf(std::size_t candidate);
    [[nodiscard]] std::string shortAnswerOf(const Candidate& candidate) const;
    void addSource(CitedSource source);

    void showText(std::string_view text);
    void showMark(CitedSource& source);
    void tell(AnswerEvent::Kind kind, std::string_view text = {},
              const CitedSource* source = nullptr) const;
    [[nodiscard]] double elapsedMs() const;

    const Question& m_question;
    AnswerSources& m_sources;
    const AnswerSink& m_sink;
    std::span<const std::unique_ptr<PassageReader>> m_readers;
    const AnswererOptions& m_options;
    std::stop_token m_stop;
    Clock::time_point m_began = Clock::now();

    std::span<const SourcePassage> m_passages;
    std::optional<Citer> m_citer; ///< over m_passages
    QuestionLocation m_location;
    std::vector<WeightedWord> m_words;
    std::vector<Candidate> m_candidates;
    std::optional<LeadingPassage> m_leading;
    std::optional<std::size_t> m_shown; ///< the candidate whose answer is shown
    std::vector<std::string> m_pendingText;
    std::optional<Error> m_error; ///< of a step taken while news came in
    Answer m_answer;
};

} // namespace answering
