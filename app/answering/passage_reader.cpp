// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/passage_reader.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "held_decoding.h"
#include "read_text.h"
#include "reading_prompt.h"

namespace answering {

namespace {

double probability(std::span<const float> logits, engine::TokenId token)
{
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (const float logit : logits) {
        sum += std::exp(static_cast<double>(logit) - largest);
    }
    return std::exp(static_cast<double>(logits[static_cast<std::size_t>(token)]) - largest) / sum;
}

/// The end of the sentence or line that a quotation stops in.
std::size_t unitEnd(const ReadText& text, std::size_t end)
{
    for (const auto& unit : text.units) {
        if (end <= unit.end) {
            return end > unit.begin ? unit.end : end;
        }
    }
    return end;
}

} // namespace

struct PassageReader::Impl
{
    Impl(ReadingPrompt readingPrompt, std::unique_ptr<TokenSequence> tokens,
         const ReadingOptions& readingOptions)
        : prompt(std::move(readingPrompt)), sequence(std::move(tokens)), options(readingOptions)
    {
    }

    /// Starts a fresh sequence with `ids`.
    Result<void> start(std::span<const engine::TokenId> ids, const std::stop_token& stop)
    {
        sequence->clear();
        reading = {};
        reading.promptTokens = ids.size();
        return sequence->append(ids, stop);
    }

    ReadingPrompt prompt;
    std::unique_ptr<TokenSequence> sequence;
    ReadingOptions options;
    ReadText text;
    PassageReading reading;
};

PassageReader::PassageReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}

PassageReader::~PassageReader() = default;

Result<std::unique_ptr<PassageReader>>
PassageReader::create(std::shared_ptr<const engine::Tokenizer> tokenizer,
                      std::unique_ptr<TokenSequence> sequence, const ReadingOptions& options)
{
    auto prompt = ReadingPrompt::create(std::move(tokenizer));
    if (!prompt) {
        return tl::unexpected(prompt.error());
    }
    return std::unique_ptr<PassageReader>(new PassageReader(
        std::make_unique<Impl>(std::move(*prompt), std::move(sequence), options)));
}

Result<engine::IndexQuery> PassageReader::indexQuery(std::string_view question,
                                                     const std::stop_token& stop)
{
    const auto asked =
        shortenedQuestion(question, m_impl->prompt.tokenizer(), m_impl->options.maxQuestionTokens);
    if (const auto read = m_impl->start(m_impl->prompt.locating(asked), stop); !read) {
        return tl::unexpected(read.error());
    }
    return m_impl->sequence->indexQuery();
}

Result<PassageReading> PassageReader::open(std::string_view question, std::string_view passage,
                                           bool isCode, const std::stop_token& stop)
{
    const auto asked =
        shortenedQuestion(question, m_impl->prompt.tokenizer(), m_impl->options.maxQuestionTokens);
    m_impl->text = makeReadText(passage, isCode);
    if (const auto read = m_impl->start(m_impl->prompt.reading(asked, m_impl->text.text), stop);
        !read) {
        return tl::unexpected(read.error());
    }
    const auto logits = m_impl->sequence->logits();
    if (!logits) {
        return tl::unexpected(logits.error());
    }
    m_impl->reading.found = probability(*logits, m_impl->prompt.quoteMark());
    return m_impl->reading;
}

Result<PassageReading> PassageReader::quote(std::span<const WeightedWord> words,
                                            const AnswerTextSink& sink, const std::stop_token& stop)
{
    const auto& text = m_impl->text;
    const WordWeights weights(words);
    HeldDecoding decoding(m_impl->prompt, *m_impl->sequence, text, weights, m_impl->options);
    const auto held = decoding.run(sink, stop);
    if (!held) {
        return tl::unexpected(held.error());
    }
    auto& reading = m_impl->reading;
    const ByteRange shown{held->quote.begin, unitEnd(text, held->quote.end)};
    const auto quote = text.toPassage(held->quote);
    const auto answer = text.toPassage(held->answer);
    reading.quoteBegin = quote.begin;
    reading.quoteEnd = quote.end;
    reading.shownEnd = text.toPassage(shown).end;
    reading.answerBegin = answer.begin;
    reading.answerEnd = answer.end;
    reading.generatedTokens = held->generatedTokens;
    return reading;
}

} // namespace answering
