// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>

#include "answering/error.h"
#include "answering/passage_reader.h"
#include "read_text.h"
#include "reading_prompt.h"

namespace answering {

/// What was decoded, as ranges of the text that it was held to.
struct HeldQuote
{
    ByteRange quote;
    ByteRange answer; ///< empty: the quotation is the answer
    std::size_t generatedTokens = 0;
};

/// Decodes `> quotation`, line break, short answer, end after a reading prompt: at each step the
/// model's best token among those that keep to the text. The line break or the end stops the
/// quotation, whichever the model prefers; the answer is held to the quotation.
class HeldDecoding
{
public:
    /// All arguments must outlive this. `sequence` holds the prompt.
    HeldDecoding(const ReadingPrompt& prompt, TokenSequence& sequence, const ReadText& text,
                 const ReadingOptions& options);

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
    [[nodiscard]] Result<bool> settle(Quote& quote, const std::stop_token& stop);
    [[nodiscard]] Result<Ending> readRest(ByteRange rest, const std::stop_token& stop);
    [[nodiscard]] Result<Ending> chooseEnding(engine::TokenId lineBreak, std::size_t at,
                                              const std::stop_token& stop);
    [[nodiscard]] Result<void> decodeAnswer(const AnswerTextSink& sink,
                                            const std::stop_token& stop);
    [[nodiscard]] Result<void> append(engine::TokenId token, const std::stop_token& stop);

    const ReadingPrompt& m_prompt;
    TokenSequence& m_sequence;
    const ReadText& m_text;
    const ReadingOptions& m_options;
    HeldQuote m_result;
};

} // namespace answering
