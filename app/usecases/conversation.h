// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/message.h"
#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/place.h"

namespace app {

/// How long an answer took and what it read. Times in milliseconds; kept with the message.
struct AnswerCost
{
    double openMs = 0.0;       ///< to open session and model, when that was part of it
    double firstTokenMs = 0.0; ///< from the question to the first words
    double totalMs = 0.0;      ///< from the question to the end
    std::uint64_t sessionTokens = 0;
    std::uint64_t promptTokens = 0;
    std::uint64_t generatedTokens = 0;
    std::uint64_t sourcesRead = 0; ///< sources read to their end when the question was asked
    bool readInFull = true;        ///< no source was still being read
};

/// One numbered source of an answer, placed in the document.
struct Citation
{
    std::uint32_t rank = 0;
    Place place; ///< sourceId 0: the source is no longer in the session
    std::string quote;
    std::string before; ///< a little of the text around the quote
    std::string after;
    storage::CitationState state = storage::CitationState::exact;
    std::string stateDetail;
    storage::CitationRole role = storage::CitationRole::support;
    double score = 0.0;
    std::optional<std::uint64_t> markAt; ///< byte of the answer's text where the number stands
};

/// A question with its answer.
struct Exchange
{
    std::string question;
    storage::Timestamp askedAt;
    storage::MessageState state = storage::MessageState::complete;
    std::string answer; ///< plain text, "Paris. [1]"
    std::vector<Citation> citations;
    std::string modelName;
    /// For what was not found: the question's rarest word, to be searched for literally.
    std::string searchTerm;
    AnswerCost cost;
};

/// "Exact quote", "Close match, 2 words differ", "Found elsewhere", "Not in the source".
[[nodiscard]] std::string stateWords(const Citation& citation);

/// A citation as the session file keeps it.
[[nodiscard]] storage::Citation toStored(const Citation& citation);

/// Keeps a question and its answer in the session.
[[nodiscard]] Result<void> storeExchange(storage::SessionFile& file, const Exchange& exchange);

/// The whole conversation, oldest first. A question whose answer was lost to a crash counts as
/// stopped.
[[nodiscard]] Result<std::vector<Exchange>> loadConversation(storage::SessionFile& file,
                                                             PlaceFinder& places);

} // namespace app
