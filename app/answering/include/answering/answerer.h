// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "answering/answer_sources.h"
#include "answering/error.h"
#include "answering/quote_check.h"
#include "answering/request_kind.h"
#include "engine/model.h"
#include "engine/tokenizer.h"

namespace answering {

struct AnswererOptions
{
    std::size_t passagesRead = 6;
    /// Threads that read passages, each with a sequence of its own; 0 takes all cores.
    unsigned threads = 0;
    /// The model only reads: it quotes and answers in a few words, it writes no text of its own.
    bool readsOnly = true;
};

/// An earlier turn of the conversation; it only helps to understand a follow-up question.
struct Turn
{
    std::string question;
    std::string answer; ///< the short answer; empty when nothing was found
};

struct Question
{
    std::string text;
    std::vector<Turn> earlier; ///< oldest first; the last one or two matter
};

enum class SourceRole : std::uint8_t
{
    basis,      ///< the answer rests on it
    alsoFound,  ///< read, and likely to speak of the question too
    placeToLook ///< holds words of the question; nothing says that it answers it
};

/// One numbered source of an answer.
struct CitedSource
{
    std::size_t rank = 0; ///< from 1, the number in the text
    SourceRole role = SourceRole::basis;
    /// Byte of Answer::text at which its "[n]" begins; none: only listed below the answer.
    std::optional<std::size_t> markAt;
    std::size_t passage = 0;                ///< index into AnswerSources::passages()
    TextPlace place;                        ///< of the quotation, in the stored text
    std::string quote;                      ///< whole sentences, as the stored text has them
    std::string shortAnswer;                ///< what this source alone answers; may be empty
    QuoteState state = QuoteState::missing; ///< checked against the stored text
    std::size_t differingWords = 0;
    double score = 0.0;   ///< located + the words' share in one sentence + ln(found): the order
    double located = 0.0; ///< standardised indexer + standardised BM25
    double found = 0.0;   ///< 0 when the passage was not read
};

struct AnswerTiming
{
    double locateMs = 0.0;
    double firstWordsMs = 0.0; ///< from ask() to the first text event
    double totalMs = 0.0;
};

struct AnswerTokens
{
    std::size_t prompt = 0; ///< read for this answer: question, and passages beside it
    std::size_t generated = 0;
};

struct Answer
{
    RequestKind kind = RequestKind::question;
    bool notFound = false; ///< the sources do not seem to say it
    /// Not a question, and beyond the model: `text` says so.
    bool cannotDo = false;
    /// Plain text. The short answer with the number of the source it rests on ("Paris. [1]"), or
    /// what could not be found or done.
    std::string text;
    std::string shortAnswer; ///< without numbers; empty when not found
    std::vector<CitedSource> sources;
    double confidence = 0.0; ///< what the found-or-not rule gave, 0 to 1
    AnswerTiming timing;
    AnswerTokens tokens;
};

/// What happens while a question is answered: started, located, then text and passageRead in any
/// order, then the sources (each once, in the order of rank). Text pieces concatenate to
/// Answer::text: nothing that was given out is taken back. The end is the return of ask().
struct AnswerEvent
{
    enum class Kind : std::uint8_t
    {
        started,
        located,    ///< `passagesTotal`, and how many of them are being read
        text,       ///< `text`: the next piece, whole characters
        source,     ///< `source`: the next one, already checked
        passageRead ///< `passagesRead` of `passagesToRead`: for progress
    };
    Kind kind = Kind::started;
    std::string_view text;
    const CitedSource* source = nullptr;
    std::size_t passagesTotal = 0;
    std::size_t passagesToRead = 0;
    std::size_t passagesRead = 0;
};

/// Called on the thread of ask(), never from two threads. What it points to lives for the call.
using AnswerSink = std::function<void(const AnswerEvent&)>;

/// Answers questions about a session's sources: locates, reads the best passages, quotes, and
/// decides whether the sources say it at all.
///
/// The first words are shown while other passages are still being read, and only when nothing that
/// is still unread can change them: a passage's final score is what is known before reading plus
/// the logarithm of a probability, so that bounds it from above; the found-or-not rule only grows
/// with what is read.
///
/// Thread rule: one ask() at a time; it starts and joins its own reading threads.
class Answerer
{
public:
    [[nodiscard]] static Result<std::unique_ptr<Answerer>>
    create(std::shared_ptr<const engine::Model> model,
           std::shared_ptr<const engine::Tokenizer> tokenizer, const AnswererOptions& options = {});

    ~Answerer();
    Answerer(const Answerer&) = delete;
    Answerer& operator=(const Answerer&) = delete;

    /// An empty question is badInput; a stop gives cancelled (what was shown stays valid). A
    /// session without passages is answered as not found.
    [[nodiscard]] Result<Answer> ask(const Question& question, AnswerSources& sources,
                                     const AnswerSink& sink = {}, std::stop_token stop = {});

private:
    struct Impl;
    explicit Answerer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace answering
