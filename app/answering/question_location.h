// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "answering/answer_sources.h"
#include "answering/answerer.h"
#include "answering/locate.h"
#include "answering/passage_reader.h"

namespace answering {

/// A question, and where in the session it may be answered.
struct QuestionLocation
{
    std::string readAs; ///< the question with what the one before it adds, if it needs that
    /// Its content words. `bm25` is empty when none of them stands in the sources.
    LexicalMatch match;
    std::vector<LocatedPassage> ranking; ///< all passages, best first
    std::vector<std::string> names;      ///< code names that stand literally in the sources
    std::vector<std::size_t> named;      ///< the passages they stand in, ascending

    [[nodiscard]] bool hasKnownWord() const { return !match.bm25.empty(); }
};

/// Locates by the session's index rows and by words. `reader` encodes the question.
[[nodiscard]] Result<QuestionLocation> locateQuestion(const Question& question,
                                                      AnswerSources& sources, PassageReader& reader,
                                                      const std::stop_token& stop);

/// Locates by words alone: enough for places to look at.
[[nodiscard]] Result<QuestionLocation> locateWords(const Question& question,
                                                   AnswerSources& sources);

} // namespace answering
