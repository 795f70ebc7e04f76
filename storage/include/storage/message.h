// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/ranges.h"

namespace storage {

// Values of the enumerations are stored: new ones are added at the end.

enum class MessageRole : std::uint8_t
{
    user = 0,
    assistant = 1,
};

enum class MessageState : std::uint8_t
{
    complete = 0,
    notFound = 1, ///< the sources do not seem to say this; citations are places to look
    cannotDo = 2, ///< the model cannot do such a task; citations are passages that fit
    stopped = 3,  ///< by the user; what had come is kept
    failed = 4,   ///< what had come is kept
};

enum class CitationState : std::uint8_t
{
    exact = 0,   ///< the quote stands there word for word
    close = 1,   ///< it stands there with small differences
    moved = 2,   ///< it stands elsewhere than said; the range is where it really is
    missing = 3, ///< it is not in the source
};

enum class CitationRole : std::uint8_t
{
    support = 0,      ///< the answer rests on it
    alsoFound = 1,    ///< a passage that was located too
    literalMatch = 2, ///< a place where the words of the question stand
};

/// "exact", "close", "moved", "missing": stable, for JSON.
[[nodiscard]] std::string_view citationStateName(CitationState state);

/// One numbered source of a message. Page, label, line and chapter are what was shown, so that an
/// export after the source is gone still says where the quote stood.
struct Citation
{
    std::uint32_t rank = 0;           ///< 1-based and unique within the message
    std::optional<SourceId> sourceId; ///< none once the source was removed
    std::string document;             ///< the source's title as it was shown
    TextRange text;                   ///< of the quote in the source's text
    std::string quote;
    CitationState state = CitationState::exact;
    std::string stateDetail; ///< "2 words differ"; may be empty
    CitationRole role = CitationRole::support;
    std::optional<std::uint32_t> page;      ///< 1-based page of the file
    std::string pageLabel;                  ///< the printed number; may be empty
    std::optional<std::uint32_t> lineBegin; ///< 1-based
    std::optional<std::uint32_t> lineEnd;   ///< 1-based, included
    std::string chapter;
    double score = 0.0;
    /// Byte of the message's text at which the number stands; none: listed only.
    std::optional<std::uint64_t> markAt;
};

struct NewMessage
{
    /// The message that this one follows. Several messages may follow one: branches.
    std::optional<MessageId> parent;
    MessageRole role = MessageRole::user;
    std::string text;
    std::string modelName; ///< of the model that wrote it; empty for the user
    MessageState state = MessageState::complete;
    /// The caller's own record of how the message came about (timing, token counts), as it likes to
    /// write it; not interpreted.
    std::string details;
    std::vector<Citation> citations;
};

struct Message : NewMessage
{
    MessageId id = 0; ///< ascends in the order of adding
    Timestamp created;
};

} // namespace storage
