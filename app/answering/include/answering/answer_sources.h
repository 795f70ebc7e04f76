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
    TokenRange tokens; ///< in the session's timeline
    bool isCode = false;
    std::string heading;
};

/// One word of a question as the full-text index knows it.
struct QuestionTerm
{
    std::string text;             ///< as it stands in the question
    std::size_t passagesWith = 0; ///< passages that hold it in any form the index takes for it
    /// Indices of those passages, ascending; may be left empty for a word that more than a tenth
    /// of the passages hold, whose weight is next to nothing.
    std::vector<std::size_t> passages;
};

/// What the full-text index says about a question.
struct LexicalMatch
{
    /// BM25 per passage (larger is better, 0: no word of the question), in the order of passages().
    /// Empty when no word of the question is known.
    std::vector<double> bm25;
    /// The distinct words of the question, stop words included, in their order.
    std::vector<QuestionTerm> terms;
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

    [[nodiscard]] virtual Result<LexicalMatch> match(std::string_view question) = 0;

    /// Scores of all index rows of the session's timeline, see engine::Session::scoreIndexRows.
    [[nodiscard]] virtual Result<std::vector<float>>
    indexRowScores(const engine::IndexQuery& query) = 0;

    /// Passages whose text holds `text` literally (case ignored), in the order of the timeline, at
    /// most `limit`: for names in code and for places to look at.
    [[nodiscard]] virtual Result<std::vector<std::size_t>> literalMatches(std::string_view text,
                                                                          std::size_t limit) = 0;
};

} // namespace answering
