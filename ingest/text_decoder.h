// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/document.h"
#include "ingest/error.h"

namespace ingest {

/// A text file as UTF-8 with LF line ends, without a byte order mark.
struct DecodedText
{
    std::string text;
    std::string encoding; ///< "UTF-8", "windows-1251" ...
    std::vector<std::string> notes;
};

/// A byte order mark decides; else valid UTF-8; else the caller's `encoding`; else a guess, with a
/// note. CR LF becomes LF; in a file without any LF, CR does.
///
/// Errors: unsupportedFormat for binary content (NUL bytes outside UTF-16 and UTF-32) and for an
/// unknown `encoding`, tooLarge beyond what offsets can count. `path` is for messages only.
[[nodiscard]] Result<DecodedText> decodeText(std::string_view bytes, const std::string& encoding,
                                             const std::filesystem::path& path);

/// Whether these first bytes of a file look like anything but text.
[[nodiscard]] bool looksBinary(std::string_view head);

/// Begin of each line. A line end at the very end does not begin another line.
[[nodiscard]] std::vector<Offset> findLineBegins(std::string_view text);

} // namespace ingest
