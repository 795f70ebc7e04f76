// SPDX-License-Identifier: GPL-3.0-or-later
#include "held_decoding.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace answering {

namespace {

constexpr engine::TokenId kNoToken = -1;
/// What all the words of a question in one sentence weigh against the model's own choice between
/// sentences. Origin: 600 questions of bench_quality, right passage given: the sentence chosen
/// holds the answer for 73 % by the model's first token alone, 83 % by words alone, 87 % by both
/// with 8 to 15 here, alike on both halves of the questions.
constexpr double kWordPreference = 10.0;
/// How much better (in logits) an answer must look that starts with a word of the question. Origin:
/// 400 questions of bench_quality: exact match 47.3 % with 2 to 4 here, 46.8 % with 0, 47.0 % when
/// such an answer is never taken.
constexpr double kNewWordPreference = 2.0;
/// A quotation of more sentences than this says nothing in particular.
constexpr std::size_t kMaxSentences = 3;

/// The allowed token of the largest logit, or kNoToken. Most often one of the best few is allowed,
/// so a heap is cheaper than asking about every token of the vocabulary.
template <typename Allowed>
engine::TokenId bestToken(std::span<const float> logits, const Allowed& allowed)
{
    std::vector<engine::TokenId> heap(logits.size());
    std::iota(heap.begin(), heap.end(), 0);
    const auto worse = [&](engine::TokenId a, engine::TokenId b) {
        const float left = logits[static_cast<std::size_t>(a)];
        const float right = logits[static_cast<std::size_t>(b)];
        return left < right || (left == right && a > b);
    };
    std::make_heap(heap.begin(), heap.end(), worse);
    while (!heap.empty()) {
        if (allowed(heap.front())) {
            return heap.front();
        }
        std::pop_heap(heap.begin(), heap.end(), worse);
        heap.pop_back();
    }
    return kNoToken;
}

/// A title has the question's words too, but says nothing.
bool looksLikeTitle(std::string_view unit)
{
    constexpr std::size_t kLongestTitle = 80;
    constexpr std::string_view kSentenceEnds = ".!?:;)\"'";
    return unit.size() <= kLongestTitle && static_cast<unsigned char>(unit.back()) < 0x80U &&
           kSentenceEnds.find(unit.back()) == std::string_view::npos;
}

bool isWordByte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80U || std::isalnum(byte) != 0;
}

/// Moves the end of a run that stops inside a word to that word's end.
std::size_t wordEnd(std::string_view text, std::size_t end, std::size_t limit)
{
    while (end > 0 && end < limit && isWordByte(text[end - 1]) && isWordByte(text[end])) {
        ++end;
    }
    return end;
}

} // namespace

/// The quotation that grows: a held run with one space before it.
class HeldDecoding::Quote
{
public:
    explicit Quote(std::string_view text) : m_held(text, characterStarts(text, {0, text.size()})) {}

    [[nodiscard]] bool allows(std::string_view piece) const
    {
        if (m_hasSpace) {
            return m_held.allows(piece);
        }
        return piece == " " || (piece.starts_with(' ') && m_held.allows(piece.substr(1)));
    }

    void advance(std::string_view piece)
    {
        if (!m_hasSpace) {
            m_hasSpace = true;
            piece.remove_prefix(1);
        }
        if (!piece.empty()) {
            m_held.advance(piece);
        }
    }

    [[nodiscard]] bool mayEnd() const { return m_held.mayEnd(); }
    [[nodiscard]] ByteRange range() const { return m_held.range(); }

    /// A piece that ends the line: what stands before the break must go on with the run.
    [[nodiscard]] bool allowsLineEnd(std::string_view piece) const
    {
        if (piece.empty() || piece.find('\n') + 1 != piece.size()) {
            return false;
        }
        piece.remove_suffix(1);
        return piece.empty() ? mayEnd() : m_hasSpace && m_held.allows(piece);
    }

private:
    HeldText m_held;
    bool m_hasSpace = false;
};

HeldDecoding::HeldDecoding(const ReadingPrompt& prompt, TokenSequence& sequence,
                           const ReadText& text, const WordWeights& words,
                           const ReadingOptions& options)
    : m_prompt(prompt), m_sequence(sequence), m_text(text), m_words(words), m_options(options)
{
}

std::string_view HeldDecoding::textOf(ByteRange range) const
{
    return std::string_view(m_text.text).substr(range.begin, range.size());
}

Result<void> HeldDecoding::append(engine::TokenId token, const std::stop_token& stop)
{
    return m_sequence.append(std::array{token}, stop);
}

Result<HeldQuote> HeldDecoding::run(const AnswerTextSink& sink, const std::stop_token& stop)
{
    if (m_text.units.empty()) {
        return fail(ErrorCode::badInput, "a passage to quote from: wanted text, found white space");
    }
    m_result = {};
    if (const auto mark = append(m_prompt.quoteMark(), stop); !mark) {
        return tl::unexpected(mark.error());
    }
    ++m_result.generatedTokens;
    const auto answers = m_options.quotesSentences ? chooseSentence(stop) : decodeQuote(stop);
    if (!answers) {
        return tl::unexpected(answers.error());
    }
    if (*answers) {
        if (const auto done = decodeAnswer(sink, stop); !done) {
            return tl::unexpected(done.error());
        }
    }
    return m_result;
}

/// True if a short answer follows.
Result<bool> HeldDecoding::decodeQuote(const std::stop_token& stop)
{
    const auto& vocabulary = m_prompt.tokenizer();
    Quote quote(m_text.text);
    for (std::size_t step = 0; step < m_options.maxQuoteTokens; ++step) {
        const auto logits = m_sequence.logits();
        if (!logits) {
            return tl::unexpected(logits.error());
        }
        const auto token = bestToken(*logits, [&](engine::TokenId id) {
            if (vocabulary.isSpecial(id)) {
                return id == m_prompt.endOfText() && quote.mayEnd();
            }
            const auto bytes = vocabulary.tokenBytes(id);
            return quote.allows(bytes) || quote.allowsLineEnd(bytes);
        });
        if (token == kNoToken || token == m_prompt.endOfText()) {
            m_result.quote = quote.mayEnd() ? quote.range() : ByteRange{};
            return false;
        }
        if (const auto next = append(token, stop); !next) {
            return tl::unexpected(next.error());
        }
        ++m_result.generatedTokens;
        const auto bytes = vocabulary.tokenBytes(token);
        const bool endsLine = bytes.ends_with('\n');
        const auto taken = bytes.substr(0, bytes.size() - (endsLine ? 1 : 0));
        if (!taken.empty()) {
            quote.advance(taken);
        }
        if (endsLine) {
            m_result.quote = quote.range();
            return true;
        }
    }
    m_result.quote = quote.mayEnd() ? quote.range() : ByteRange{};
    return false;
}

/// Chooses the sentence that the quotation begins with, then asks after each sentence how it goes
/// on: a line break (an answer follows), the end, or one more sentence. True if an answer follows.
Result<bool> HeldDecoding::chooseSentence(const std::stop_token& stop)
{
    const auto logits = m_sequence.logits();
    if (!logits) {
        return tl::unexpected(logits.error());
    }
    const auto& vocabulary = m_prompt.tokenizer();
    std::size_t best = 0;
    double bestScore = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < m_text.units.size(); ++i) {
        const auto sentence = textOf(m_text.units[i]);
        const auto first = vocabulary.encode(" " + std::string(sentence)).front();
        double share = m_words.shareIn(sentence);
        if (!m_text.isCode && looksLikeTitle(sentence)) {
            share /= 2;
        }
        const double score = (*logits)[static_cast<std::size_t>(first)] + kWordPreference * share;
        if (score > bestScore) {
            best = i;
            bestScore = score;
        }
    }
    ++m_result.generatedTokens;
    m_result.quote = {m_text.units[best].begin, m_text.units[best].begin};
    const std::size_t last = std::min(best + kMaxSentences, m_text.units.size());
    for (std::size_t i = best; i < last; ++i) {
        const auto ending = readSentence({m_result.quote.end, m_text.units[i].end}, stop);
        if (!ending) {
            return tl::unexpected(ending.error());
        }
        m_result.quote.end = m_text.units[i].end;
        if (*ending != Ending::goesOn) {
            return *ending == Ending::lineBreak;
        }
    }
    return false;
}

/// Reads a sentence (the first one after a space, a further one after the text between) and asks
/// how it ends.
Result<HeldDecoding::Ending> HeldDecoding::readSentence(ByteRange rest, const std::stop_token& stop)
{
    const auto& vocabulary = m_prompt.tokenizer();
    const bool isFirst = rest.begin == m_result.quote.begin;
    const auto text = (isFirst ? " " : "") + std::string(textOf(rest));
    // The final stop and the line break are most often one token, and the model learnt it so.
    const auto withBreak = vocabulary.encode(text + "\n");
    const auto last = withBreak.back();
    if (withBreak.size() > 1) {
        const auto begin = std::span(withBreak).first(withBreak.size() - 1);
        if (const auto read = m_sequence.append(begin, stop); !read) {
            return tl::unexpected(read.error());
        }
    }
    auto lastText = vocabulary.tokenBytes(last);
    lastText.remove_suffix(1);
    if (lastText.empty()) {
        return chooseEnding(last, rest.end, stop);
    }
    const auto logits = m_sequence.logits();
    if (!logits) {
        return tl::unexpected(logits.error());
    }
    const auto stopMark = vocabulary.encode(lastText);
    const auto logit = [&](engine::TokenId id) { return (*logits)[static_cast<std::size_t>(id)]; };
    ++m_result.generatedTokens;
    if (logit(last) >= logit(stopMark.front())) {
        if (const auto next = append(last, stop); !next) {
            return tl::unexpected(next.error());
        }
        return Ending::lineBreak;
    }
    if (const auto next = m_sequence.append(stopMark, stop); !next) {
        return tl::unexpected(next.error());
    }
    return chooseEnding(vocabulary.encode("\n").front(), rest.end, stop);
}

Result<HeldDecoding::Ending> HeldDecoding::chooseEnding(engine::TokenId lineBreak, std::size_t at,
                                                        const std::stop_token& stop)
{
    const auto& vocabulary = m_prompt.tokenizer();
    const auto logits = m_sequence.logits();
    if (!logits) {
        return tl::unexpected(logits.error());
    }
    const HeldText after(m_text.text, {at});
    const auto token = bestToken(*logits, [&](engine::TokenId id) {
        return id == lineBreak || id == m_prompt.endOfText() ||
               (!vocabulary.isSpecial(id) && after.allows(vocabulary.tokenBytes(id)));
    });
    ++m_result.generatedTokens;
    if (token == m_prompt.endOfText()) {
        return Ending::endOfText;
    }
    if (token != lineBreak) {
        return Ending::goesOn;
    }
    if (const auto next = append(token, stop); !next) {
        return tl::unexpected(next.error());
    }
    return Ending::lineBreak;
}

/// Where in the quotation the answer starts: all places where a word starts, or those whose word
/// the question does not hold, if the model does not clearly prefer one of the others.
HeldText HeldDecoding::answerStarts(std::string_view quoted, std::span<const float> logits) const
{
    const auto starts = wordStarts(quoted, m_result.quote);
    auto newWords = starts;
    std::erase_if(newWords, [&](std::size_t at) {
        const auto end = wordEnd(quoted, at + 1, m_result.quote.end);
        return m_words.shareIn(quoted.substr(at, end - at)) > 0.0;
    });
    HeldText all(quoted, starts);
    HeldText preferred(quoted, newWords);
    const auto best = [&](const HeldText& held) {
        return bestToken(logits, [&](engine::TokenId id) {
            const auto& vocabulary = m_prompt.tokenizer();
            return !vocabulary.isSpecial(id) && held.allows(vocabulary.tokenBytes(id));
        });
    };
    const auto free = best(all);
    const auto other = newWords.empty() ? kNoToken : best(preferred);
    const bool isClear =
        other == kNoToken || logits[static_cast<std::size_t>(free)] >
                                 logits[static_cast<std::size_t>(other)] + kNewWordPreference;
    return isClear ? all : preferred;
}

Result<void> HeldDecoding::decodeAnswer(const AnswerTextSink& sink, const std::stop_token& stop)
{
    const auto& vocabulary = m_prompt.tokenizer();
    const auto quoted = std::string_view(m_text.text).substr(0, m_result.quote.end);
    std::optional<HeldText> held;
    std::size_t shown = 0;
    const auto show = [&](ByteRange answer) {
        if (sink && answer.size() > shown) {
            sink(quoted.substr(answer.begin + shown, answer.size() - shown));
            shown = answer.size();
        }
    };
    for (std::size_t step = 0; step < m_options.maxAnswerTokens; ++step) {
        const auto logits = m_sequence.logits();
        if (!logits) {
            return tl::unexpected(logits.error());
        }
        if (!held) {
            held = answerStarts(quoted, *logits);
        }
        const auto token = bestToken(*logits, [&](engine::TokenId id) {
            if (vocabulary.isSpecial(id)) {
                return id == m_prompt.endOfText() && held->mayEnd();
            }
            return held->allows(vocabulary.tokenBytes(id));
        });
        if (token == kNoToken || token == m_prompt.endOfText()) {
            break;
        }
        if (const auto next = append(token, stop); !next) {
            return tl::unexpected(next.error());
        }
        ++m_result.generatedTokens;
        held->advance(vocabulary.tokenBytes(token));
        if (held->mayEnd()) {
            show(held->range());
        }
    }
    if (held && held->mayEnd()) {
        m_result.answer = held->range();
        m_result.answer.end = wordEnd(quoted, m_result.answer.end, m_result.quote.end);
        m_result.answer = trimmed(quoted, m_result.answer);
        show(m_result.answer);
    }
    return {};
}

} // namespace answering
