// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "answering/error.h"
#include "engine/tokenizer.h"

namespace answering {

/// The prompts that the model learnt to read with, in token ids.
class ReadingPrompt
{
public:
    /// badInput if the tokenizer lacks one of the special tokens that the prompts are made of.
    [[nodiscard]] static Result<ReadingPrompt>
    create(std::shared_ptr<const engine::Tokenizer> tokenizer);

    /// <begin><User>question \n\n passage \n\n question<Assistant></think>
    [[nodiscard]] std::vector<engine::TokenId> reading(std::string_view question,
                                                       std::string_view passage) const;
    /// <begin><User>question<Assistant></think>: a question alone, to locate with.
    [[nodiscard]] std::vector<engine::TokenId> locating(std::string_view question) const;

    /// The answer begins with one of these two.
    [[nodiscard]] engine::TokenId quoteMark() const { return m_quoteMark; }
    [[nodiscard]] engine::TokenId notFound() const { return m_notFound; }
    [[nodiscard]] engine::TokenId endOfText() const { return m_end; }

    [[nodiscard]] const engine::Tokenizer& tokenizer() const { return *m_tokenizer; }

private:
    ReadingPrompt() = default;

    std::shared_ptr<const engine::Tokenizer> m_tokenizer;
    std::vector<engine::TokenId> m_blankLine;
    engine::TokenId m_begin = 0;
    engine::TokenId m_end = 0;
    engine::TokenId m_user = 0;
    engine::TokenId m_assistant = 0;
    engine::TokenId m_endOfThought = 0;
    engine::TokenId m_quoteMark = 0;
    engine::TokenId m_notFound = 0;
};

/// A question of more than `maxTokens` tokens, cut to what is most likely asked: its last sentence
/// with a question mark, otherwise its first sentences; a sentence that is still too long is cut
/// after a word. White space at the ends goes.
[[nodiscard]] std::string shortenedQuestion(std::string_view question,
                                            const engine::Tokenizer& tokenizer,
                                            std::size_t maxTokens);

} // namespace answering
