// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/ranges.h"

namespace storage {

/// Values are stored: new states are added at the end.
enum class SourceState : std::uint8_t
{
    waiting = 0, ///< its text is there, its tokens are not on the timeline yet
    reading = 1, ///< some of its tokens are on the timeline
    ready = 2,   ///< all of them are
    stopped = 3, ///< reading was cancelled or paused before its end
    failed = 4,  ///< `reason` says why
    leftOut = 5, ///< listed with its `reason`, has no text
    missing = 6, ///< read and answerable, but the original file is gone
    changed = 7, ///< read and answerable, but the original file has changed since
};

/// "waiting", "reading" ...: stable, for JSON.
[[nodiscard]] std::string_view sourceStateName(SourceState state);

/// A document as the caller adds it. Its text and maps travel beside it.
struct NewSource
{
    std::string path;         ///< of the original file, absolute
    std::string folder;       ///< the added folder that it came with; empty for single files
    std::string relativePath; ///< below `folder`; empty for single files
    std::string format;       ///< "pdf", "markdown", "code" ...
    std::string title;
    std::string language; ///< programming language; may be empty
    std::string encoding; ///< of the original file; may be empty
    std::string
        contentHash; ///< of the original file's bytes; hexadecimal, algorithm is the caller's
    std::uint64_t fileBytes = 0;
    std::optional<Timestamp> fileModified;
    std::uint32_t pageCount = 0; ///< 0: a format without pages
    std::uint32_t lineCount = 0; ///< 0: a format without lines
    std::uint32_t textRules = 0; ///< version of the rules that made the text from the file
    SourceState state = SourceState::waiting;
    std::string reason;             ///< a sentence, for failed and leftOut
    std::vector<std::string> notes; ///< what the reader must know: "14 pages have no text"
};

/// A document of a session.
struct Source : NewSource
{
    SourceId id = 0;
    std::uint32_t ordinal = 0; ///< from 0, in the order of adding, which is that of the timeline
    std::uint64_t textBytes = 0;
    std::uint64_t textCharacters = 0; ///< Unicode code points
    std::uint64_t passageCount = 0;
    /// How many tokens its text has; unknown until the caller has counted.
    std::optional<std::uint64_t> tokenCount;
    /// Its place on the timeline, planned or read; unknown until the caller sets it.
    std::optional<TokenRange> tokens;
    Timestamp added;
    std::optional<Timestamp> readAt; ///< when its last token was read
    bool hidden = false;             ///< left out of answers by the user
};

/// Changes to a source; members without a value stay as they are.
struct SourceUpdate
{
    std::optional<SourceState> state;
    std::optional<std::string> reason;
    std::optional<std::string> title;
    std::optional<std::string> path;
    std::optional<std::uint64_t> tokenCount;
    std::optional<TokenRange> tokens;
    std::optional<Timestamp> readAt;
    std::optional<bool> hidden;
};

} // namespace storage
