// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answering/error.h"
#include "answering/locate.h"
#include "answering/quote_check.h"
#include "engine/session.h"

namespace answering {

/// A passage of a session's sources.
struct SourcePassage
{
    DocumentId document = 0;
    std::uint32_t textBegin = 0; ///< bytes in the document's text
    std::uint32_t textEnd = 0;
    TokenRange tokens;   ///< in the session's timeline
    bool isCode = false; ///< of a source file: line breaks matter
    std::string heading;
};

/// The constants of BM25 that match() ranks by. Origin: the right paragraph first for 84.8 % of
/// half of the 2,910 questions of bench_quality (both signals), against 83.9 % with the usual 1.2
/// and 0.75; from 0.3 to 0.9 and from 0.5 to 0.9 the share moves by less than one point.
inline constexpr double kBm25K1 = 0.6;
inline constexpr double kBm25B = 0.65;

/// One word of a question as the full-text index knows it.
struct QuestionTerm
{
    std::string text;             ///< as it was asked for
    std::size_t passagesWith = 0; ///< passages that hold it in any form the index takes for it
    double idf = 0.0;             ///< its weight by rarity; the largest for an unknown word
};

/// What the full-text index says about some words.
struct LexicalMatch
{
    std::vector<QuestionTerm> terms; ///< in the order asked
    /// BM25 per passage in the order of passages(): larger is better, 0 without any of the words.
    std::vector<double> bm25;
    /// How often passage i holds term j: counts[i * terms.size() + j].
    std::vector<std::uint32_t> counts;

    [[nodiscard]] bool holds(std::size_t passage, std::size_t term) const
    {
        return counts[passage * terms.size() + term] > 0;
    }
};

/// The session's sources as the answerer sees them; app implements it over storage and engine.
///
/// Thread rule: every call comes from the thread that called Answerer::ask. Errors are
/// ErrorCode::sources with the message of the layer below.
class AnswerSources
{
public:
    virtual ~AnswerSources() = default;

    /// All passages in the order of the session's timeline. Valid for the whole of one ask().
    [[nodiscard]] virtual Result<std::span<const SourcePassage>> passages() = 0;

    /// The stored text of a document: what passages are cut from and quotations checked against.
    [[nodiscard]] virtual Result<std::string> documentText(DocumentId document) = 0;

    /// Cuts a text into the words that the full-text index compares, each once, in their order.
    [[nodiscard]] virtual Result<std::vector<std::string>> words(std::string_view text) = 0;

    /// BM25 and counts for words as words() gives them, with kBm25K1 and kBm25B.
    [[nodiscard]] virtual Result<LexicalMatch> match(std::span<const std::string> words) = 0;

    /// Scores of all index rows of the session's timeline, see engine::Session::scoreIndexRows.
    [[nodiscard]] virtual Result<std::vector<float>>
    indexRowScores(const engine::IndexQuery& query) = 0;

    /// Passages whose text holds `text` literally (case ignored), in the order of the timeline, at
    /// most `limit`: for names in code and for places to look at.
    [[nodiscard]] virtual Result<std::vector<std::size_t>> literalMatches(std::string_view text,
                                                                          std::size_t limit) = 0;
};

} // namespace answering
