// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "sentences.h"
#include "word_weights.h"

namespace answering {

/// The sentence (in code, the line) of a passage that holds the most weight of a question's words;
/// the first one if none holds any. Bytes of the passage; empty for a passage of white space.
[[nodiscard]] ByteRange literalQuote(std::string_view passage, bool isCode,
                                     const WordWeights& words);

/// The share of a question's words that the sentence (or line) holds which holds most of them.
[[nodiscard]] double bestSentenceShare(std::string_view passage, bool isCode,
                                       const WordWeights& words);

} // namespace answering
