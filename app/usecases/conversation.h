// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "answering/answerer.h"
#include "storage/message.h"
#include "storage/session_file.h"
#include "usecases/branches.h"
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
    // Set once it is stored.
    storage::MessageId questionId = 0;
    storage::MessageId answerId = 0;             ///< 0: there is none
    std::optional<storage::MessageId> followsId; ///< the message that the question follows
    Version questionVersion;
    Version answerVersion;
};

/// Where a question goes in the tree of messages.
struct AskPlace
{
    /// The message that it follows; none: it begins the conversation.
    std::optional<storage::MessageId> follows;
    /// A question that is there and gets one more answer; `follows` then says nothing.
    std::optional<storage::MessageId> again;
};

/// All branches of a conversation.
struct Conversation
{
    std::vector<Exchange> exchanges; ///< by the time of their last message
    Branches branches;

    /// The exchanges shown, first to last.
    [[nodiscard]] std::vector<const Exchange*> shown() const;
    /// Those on the way to a message, which may be a question or an answer.
    [[nodiscard]] std::vector<const Exchange*> upTo(storage::MessageId message) const;
    [[nodiscard]] const Exchange* find(storage::MessageId message) const;

private:
    [[nodiscard]] std::vector<const Exchange*>
    along(const std::vector<storage::MessageId>& path) const;
};

/// "Exact quote", "Close match, 2 words differ", "Found elsewhere", "Not in the source".
[[nodiscard]] std::string stateWords(const Citation& citation);

/// A citation as the session file keeps it.
[[nodiscard]] storage::Citation toStored(const Citation& citation);

/// Keeps a question and its answer in the session, as one transaction, and shows them. Without a
/// place they follow what is shown. Sets the numbers of the exchange's messages.
[[nodiscard]] Result<void> storeExchange(storage::SessionFile& file, Exchange& exchange,
                                         const std::optional<AskPlace>& place = std::nullopt);

/// Every branch. A question whose answer was lost to a crash counts as stopped.
[[nodiscard]] Result<Conversation> loadBranches(storage::SessionFile& file, PlaceFinder& places);
/// What is shown of it, first to last.
[[nodiscard]] Result<std::vector<Exchange>> loadConversation(storage::SessionFile& file,
                                                             PlaceFinder& places);

/// The tree alone, without texts or citations.
[[nodiscard]] Result<Branches> loadTree(storage::SessionFile& file);
/// Keeps which branches are shown.
[[nodiscard]] Result<void> storeChoices(storage::SessionFile& file, const Branches& branches);

/// What a follow-up question is understood by: the last two of these.
[[nodiscard]] std::vector<answering::Turn> earlierTurns(const std::vector<const Exchange*>& before);

} // namespace app
