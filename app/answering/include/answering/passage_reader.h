// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "answering/error.h"
#include "engine/session.h"
#include "engine/tokenizer.h"

namespace answering {

/// What reading needs of a model: one short sequence at a time. Small, so that tests can put a
/// table of logits in its place.
class TokenSequence
{
public:
    virtual ~TokenSequence() = default;
    virtual void clear() = 0;
    [[nodiscard]] virtual Result<void> append(std::span<const engine::TokenId> tokens,
                                              const std::stop_token& stop) = 0;
    /// After the last token; valid until the next append.
    [[nodiscard]] virtual Result<std::span<const float>> logits() = 0;
    /// The last token as the model's indexer sees it: what a session is searched with.
    [[nodiscard]] virtual Result<engine::IndexQuery> indexQuery() const = 0;
};

/// A TokenSequence over an engine session of its own.
[[nodiscard]] Result<std::unique_ptr<TokenSequence>>
makeEngineSequence(std::shared_ptr<const engine::Model> model, unsigned threads);

/// A word of a question and its weight (idf): what tells the sentences of a passage apart beside
/// the model.
struct WeightedWord
{
    std::string text;
    double weight = 0.0;
};

/// What the model found in one passage. Ranges are bytes of the passage's text, on character
/// boundaries.
struct PassageReading
{
    /// Probability that the model starts a quotation, against everything else it could say.
    double found = 0.0;
    /// Set by quote(): the quotation as the model chose it ...
    std::size_t quoteBegin = 0;
    std::size_t quoteEnd = 0;
    /// ... and up to the end of the sentence (in code, of the line) it stops in: what is shown.
    std::size_t shownEnd = 0;
    /// The short answer, a run of the quotation; empty when the quotation is the answer.
    std::size_t answerBegin = 0;
    std::size_t answerEnd = 0;
    std::size_t promptTokens = 0;
    /// Tokens chosen one by one; the rest of a settled sentence is read, not generated.
    std::size_t generatedTokens = 0;
};

struct ReadingOptions
{
    /// The quotation is made of whole sentences: the model and the question's words choose the
    /// first one, the model says whether another one follows. Off: the model chooses every token,
    /// and a quotation may begin and stop inside a sentence; slower by the length of the quotation.
    bool quotesSentences = true;
    std::size_t maxQuoteTokens = 160;
    std::size_t maxAnswerTokens = 48;
    /// A longer question is cut for the prompt (see shortenedQuestion).
    std::size_t maxQuestionTokens = 160;
};

/// Called with the next piece of the short answer (whole characters); never where the quotation is
/// the answer.
using AnswerTextSink = std::function<void(std::string_view)>;

/// Reads one passage beside a question: first how likely the passage answers it (`open`), then
/// what it says (`quote`). The quotation is held to the passage's text and the answer to the
/// quotation, so both are exact ranges by construction, whatever the model prefers.
///
/// Thread rule: one thread at a time; several readers may run at once, each on its own sequence.
class PassageReader
{
public:
    /// `tokenizer` must hold the special tokens of the reading prompt, otherwise badInput.
    [[nodiscard]] static Result<std::unique_ptr<PassageReader>>
    create(std::shared_ptr<const engine::Tokenizer> tokenizer,
           std::unique_ptr<TokenSequence> sequence, const ReadingOptions& options = {});

    ~PassageReader();
    PassageReader(const PassageReader&) = delete;
    PassageReader& operator=(const PassageReader&) = delete;

    /// A question alone, as the model's indexer sees it: what a session is searched with.
    [[nodiscard]] Result<engine::IndexQuery> indexQuery(std::string_view question,
                                                        const std::stop_token& stop = {});

    /// Reads the prompt for `passage` in a fresh sequence and gives the found-probability.
    /// `isCode` keeps line breaks; in prose a line break inside a paragraph is read as a space.
    [[nodiscard]] Result<PassageReading> open(std::string_view question, std::string_view passage,
                                              bool isCode, const std::stop_token& stop = {});

    /// Continues the last `open` with the quotation and the short answer, once. The model chooses
    /// the sentence, together with the share of `words` that each one holds. badInput if the
    /// passage has nothing to quote.
    [[nodiscard]] Result<PassageReading> quote(std::span<const WeightedWord> words,
                                               const AnswerTextSink& sink = {},
                                               const std::stop_token& stop = {});

private:
    struct Impl;
    explicit PassageReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace answering
