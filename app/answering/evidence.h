// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "answering/answer_sources.h"

namespace answering {

/// What speaks for one passage that was read. None of the three decides alone: the best passages of
/// a session look alike to the model whether or not they answer, rare words of a question may stand
/// anywhere, and some passage is always located best.
struct Evidence
{
    double found = 0.0;   ///< probability that the model starts a quotation
    double share = 0.0;   ///< weight of the question's words that the passage holds, 0 to 1
    double located = 0.0; ///< standardised indexer + standardised BM25
};

/// How likely the passage answers the question. Grows with each member.
[[nodiscard]] double answerProbability(const Evidence& evidence);

/// From here on a passage is taken for an answer.
[[nodiscard]] bool isAnswer(const Evidence& evidence);

/// Share of the words' weight (idf) that a passage holds; 0 without words.
[[nodiscard]] double heldShare(const LexicalMatch& match, std::size_t passage);

} // namespace answering
