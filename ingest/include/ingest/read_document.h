// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "ingest/document.h"
#include "ingest/error.h"

namespace ingest {

struct ReadOptions
{
    /// UTF-8; for protected PDFs. Either the user's or the owner's password opens the document.
    std::string password;
    /// Overrides the guess for text without a byte order mark: any name ICU knows.
    std::string encoding;
    std::uint64_t maxFileBytes = std::uint64_t{1} << 30U; ///< larger files are ErrorCode::tooLarge
    /// Asked between pages, and between steps of other formats.
    std::stop_token stop;
    /// Called on the reading thread; formats without pages report 0/1 and 1/1.
    std::function<void(std::size_t pagesDone, std::size_t pagesTotal)> progress;
};

/// Reads one file: PDF, plain text, Markdown or source code, told apart by content first and by
/// name second. The same bytes under the same name give the same text, whatever the machine.
///
/// Errors: every ErrorCode; the message names the file, what was wanted and what was found.
/// Thread rule: reentrant; calls on different threads do not disturb one another.
[[nodiscard]] Result<Document> readDocument(const std::filesystem::path& path,
                                            const ReadOptions& options = {});

/// XXH3-128 of a file's bytes, as in Document::contentHash: tells whether a file on disk is still
/// the one that was read, without reading it as a document. Errors: notFound, wrongKind, io,
/// cancelled.
[[nodiscard]] Result<std::string> hashFile(const std::filesystem::path& path,
                                           const std::stop_token& stop = {});

} // namespace ingest
