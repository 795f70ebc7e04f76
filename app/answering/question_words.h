// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace answering {

/// The words without those that say nothing about a subject ("what", "did", "the"), which an index
/// of prose may hold so rarely that they would weigh as much as a name. All of them again if
/// nothing else is left.
[[nodiscard]] std::vector<std::string> contentWords(std::span<const std::string> words);

/// Whether a word says nothing about a subject; compared without case.
[[nodiscard]] bool isFunctionWord(std::string_view word);

/// Names as code spells them, in their order, each once: in backquotes, with an underscore, a "::"
/// or "->" or a dot inside, with parentheses behind, or in camelCase. Without backquotes and
/// parentheses.
[[nodiscard]] std::vector<std::string> codeNames(std::string_view question);

/// Whether a question can hardly be understood without the one before it: it begins with "and",
/// "what about" ..., or says "he", "it", "there" and little else. `words` are its words.
[[nodiscard]] bool isFollowUp(std::string_view question, std::span<const std::string> words);

} // namespace answering
