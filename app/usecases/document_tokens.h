// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/tokenizer.h"
#include "ingest/document.h"
#include "storage/passage.h"

namespace app {

/// A document as the session's timeline holds it. The timeline is the begin token, then each
/// document in the order of adding as
///
///     title, blank line, text, blank line
///
/// without any special token. The three parts are encoded apart, so that the tokens of a text do
/// not depend on what stands around it and begin where the text begins.
struct DocumentTokens
{
    std::vector<engine::TokenId> ids; ///< all of it
    std::uint64_t textBegin = 0;      ///< index in `ids` of the text's first token
    engine::Encoding text;            ///< of the text alone
};

/// What a session's timeline starts with: one begin token.
inline constexpr std::uint64_t kTimelineStart = 1;

[[nodiscard]] DocumentTokens documentTokens(const engine::Tokenizer& tokenizer,
                                            std::string_view title, std::string_view text);

/// The document's passages with their places on the timeline, where the document's first token
/// stands at `timelineBegin`.
[[nodiscard]] std::vector<storage::NewPassage> documentPassages(std::string_view text,
                                                                const ingest::DocumentMaps& maps,
                                                                const DocumentTokens& tokens,
                                                                std::uint64_t timelineBegin);

} // namespace app
