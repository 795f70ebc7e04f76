// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

/// How an answer compares with the accepted ones, as SQuAD's own script does it: case, punctuation
/// and articles do not count. The best of the accepted answers counts.
struct AnswerScores
{
    double exactMatch = 0.0; ///< 0 or 1
    double f1 = 0.0;         ///< overlap of words
};

[[nodiscard]] AnswerScores scoreAnswer(std::string_view answer,
                                       std::span<const std::string> accepted);

/// Whether a quotation holds one of the accepted answers as a run of words.
[[nodiscard]] bool holdsAnswer(std::string_view quote, std::span<const std::string> accepted);
