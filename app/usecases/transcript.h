// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "storage/session_file.h"
#include "usecases/conversation.h"
#include "usecases/error.h"
#include "usecases/place.h"

namespace app {

enum class TranscriptFormat
{
    markdown,
    html,
    pdf,
    json,
};

/// A session's conversation and what it rests on, ready to be written down.
struct Transcript
{
    std::string title;
    std::string modelName;
    std::string programVersion; ///< that writes the transcript
    storage::Timestamp exportedAt;
    std::uint64_t tokensRead = 0; ///< of sources
    std::vector<storage::Source> sources;
    std::vector<Exchange> conversation;
};

enum class TranscriptScope
{
    shown,       ///< the branch that is shown
    allBranches, ///< every version of every question and answer, by their time
};

[[nodiscard]] Result<Transcript> loadTranscript(storage::SessionFile& file, PlaceFinder& places,
                                                TranscriptScope scope = TranscriptScope::shown);

// Text formats; the result is UTF-8 and ends with a line break.

[[nodiscard]] std::string toMarkdown(const Transcript& transcript);
[[nodiscard]] std::string toHtml(const Transcript& transcript);
[[nodiscard]] std::string toJsonText(const Transcript& transcript);

/// Lays the transcript out on A4 pages. Needs a QGuiApplication (the offscreen platform will do),
/// for its fonts; any thread.
[[nodiscard]] Result<void> writePdf(const Transcript& transcript,
                                    const std::filesystem::path& target);

/// Writes a transcript in any format. An existing file is replaced as a whole or not at all.
[[nodiscard]] Result<void> writeTranscript(const Transcript& transcript, TranscriptFormat format,
                                           const std::filesystem::path& target);

/// "question 1 of 2, answer 2 of 3": where an exchange is one of several; else empty.
[[nodiscard]] std::string versionWords(const Exchange& exchange);

/// "Document, p. 27 (41 of 654), Chapter": what stands behind the number of a source.
[[nodiscard]] std::string sourceLine(const Citation& citation);

} // namespace app
