// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>

#include "answering/error.h"
#include "answering/passage_reader.h"
#include "held_text.h"
#include "read_text.h"
#include "reading_prompt.h"
#include "word_weights.h"

namespace answering {

/// What was decoded, as ranges of the text that it was held to.
struct HeldQuote
{
    ByteRange quote;
    ByteRange answer; ///< empty: the quotation is the answer
    std::size_t generatedTokens = 0;
};

/// Decodes `> quotation`, line break, short answer, end after a reading prompt, held to the text.
///
/// The quotation is either made of whole sentences (in code, lines): the first one chosen by the
/// model's first token together with the question's words, the rest of it read at once. Or every
/// token of it is the model's best one among those that continue some run of the text. The line
/// break or the end stops it, whichever the model prefers; the answer is held to the quotation.
class HeldDecoding
{
public:
    /// All arguments must outlive this. `sequence` holds the prompt.
    HeldDecoding(const ReadingPrompt& prompt, TokenSequence& sequence, const ReadText& text,
                 const WordWeights& words, const ReadingOptions& options);

    /// badInput if the text holds nothing to quote.
    [[nodiscard]] Result<HeldQuote> run(const AnswerTextSink& sink, const std::stop_token& stop);

private:
    class Quote;
    enum class Ending
    {
        lineBreak, ///< read already; the short answer follows
        endOfText,
        goesOn, ///< the model would quote the next sentence too
    };

    [[nodiscard]] Result<bool> decodeQuote(const std::stop_token& stop);
    [[nodiscard]] Result<bool> chooseSentence(const std::stop_token& stop);
    [[nodiscard]] Result<Ending> readSentence(ByteRange rest, const std::stop_token& stop);
    [[nodiscard]] Result<Ending> chooseEnding(engine::TokenId lineBreak, std::size_t at,
                                              const std::stop_token& stop);
    [[nodiscard]] HeldText answerStarts(std::string_view quoted,
                                        std::span<const float> logits) const;
    [[nodiscard]] Result<void> decodeAnswer(const AnswerTextSink& sink,
                                            const std::stop_token& stop);
    [[nodiscard]] std::string_view textOf(ByteRange range) const;
    [[nodiscard]] Result<void> append(engine::TokenId token, const std::stop_token& stop);

    const ReadingPrompt& m_prompt;
    TokenSequence& m_sequence;
    const ReadText& m_text;
    const WordWeights& m_words;
    const ReadingOptions& m_options;
    HeldQuote m_result;
};

} // namespace answering
