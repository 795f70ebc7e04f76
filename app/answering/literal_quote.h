// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "answering/answer_sources.h"
#include "sentences.h"

namespace answering {

/// The sentence (in code, the line) of a passage that holds the most weight of `terms`, compared by
/// their first letters so that endings do not count; the first one if none holds any. Bytes of the
/// passage; empty for a passage of white space.
[[nodiscard]] ByteRange literalQuote(std::string_view passage, bool isCode,
                                     std::span<const QuestionTerm> terms);

} // namespace answering
