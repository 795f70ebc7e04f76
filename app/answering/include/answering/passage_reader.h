// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

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
};

/// A TokenSequence over an engine session of its own.
[[nodiscard]] Result<std::unique_ptr<TokenSequence>>
makeEngineSequence(std::shared_ptr<const engine::Model> model, unsigned threads);

/// What the model found in one passage. Ranges are bytes of the passage's text.
struct PassageReading
{
    /// Probability that the model starts a quotation, against everything else it could say.
    double found = 0.0;
    bool hasQuote = false; ///< quote() was run and gave one
    std::size_t quoteBegin = 0;
    std::size_t quoteEnd = 0;
    /// The quotation up to the end of the sentence it stops in: what is shown.
    std::size_t shownEnd = 0;
    /// The short answer, a run of the quotation; empty (begin == end) when the quotation is the
    /// answer.
    std::size_t answerBegin = 0;
    std::size_t answerEnd = 0;
    std::size_t promptTokens = 0;
    std::size_t generatedTokens = 0;
};

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
           std::unique_ptr<TokenSequence> sequence);

    ~PassageReader();
    PassageReader(const PassageReader&) = delete;
    PassageReader& operator=(const PassageReader&) = delete;

    /// Reads the prompt for `passage` in a fresh sequence and gives the found-probability.
    /// `isCode` keeps line breaks; in prose a line break inside a paragraph is read as a space.
    [[nodiscard]] Result<PassageReading> open(std::string_view question, std::string_view passage,
                                              bool isCode, std::stop_token stop = {});

    /// Continues the last `open` with the quotation and the short answer.
    [[nodiscard]] Result<PassageReading> quote(std::stop_token stop = {});

    /// The token ids of the reading prompt, for tests and for `model verify`.
    [[nodiscard]] std::vector<engine::TokenId> promptIds(std::string_view question,
                                                         std::string_view passage) const;
    /// The token ids of a question that is encoded alone, to locate with.
    [[nodiscard]] std::vector<engine::TokenId> questionIds(std::string_view question) const;

private:
    struct Impl;
    explicit PassageReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace answering
