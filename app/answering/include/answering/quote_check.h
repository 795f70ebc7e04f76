// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "answering/error.h"

namespace answering {

using DocumentId = std::int64_t;

/// Bytes [textBegin, textEnd) of a document's stored text.
struct TextPlace
{
    DocumentId document = 0;
    std::uint32_t textBegin = 0;
    std::uint32_t textEnd = 0;
};

/// How a quotation stands to the stored source text.
enum class QuoteState : std::uint8_t
{
    exact,   ///< the same characters stand where it was cited (white space may be laid out anew)
    close,   ///< there, but for case, typography or at most 10 % of the characters
    moved,   ///< found (exactly or closely) elsewhere than cited; the place says where
    missing, ///< nowhere in the sources: the place is meaningless
};

/// "exact", "close", "moved", "missing": stable, for JSON.
[[nodiscard]] std::string_view quoteStateName(QuoteState state);

struct QuoteVerdict
{
    QuoteState state = QuoteState::missing;
    TextPlace place;                ///< the whole range that matches
    std::size_t differingWords = 0; ///< words of the quotation that differ, for "close"
};

/// Gives the stored text of a document; asked at most once per document and check.
using DocumentText = std::function<Result<std::string>(DocumentId)>;

/// Looks for `quote` where it is cited, then in the cited document, then in all `documents` (in
/// their order), on each step exactly, then normalised (NFKC, case folded, white space and
/// typographic quotes and dashes unified), then approximately: at most 10 % of the characters
/// edited, quotes of at least 6 words only. Nothing below that is ever marked: a wrong highlight is
/// worse than none.
///
/// Without a cited place the first find counts as exact or close, not as moved.
/// Thread rule: `text` is called on the calling thread only. Errors: those of `text`.
[[nodiscard]] Result<QuoteVerdict> checkQuote(std::string_view quote,
                                              const std::optional<TextPlace>& cited,
                                              std::span<const DocumentId> documents,
                                              const DocumentText& text);

} // namespace answering
