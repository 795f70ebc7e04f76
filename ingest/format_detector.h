// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

#include "ingest/document.h"
#include "ingest/error.h"
#include "language_table.h"

namespace ingest {

/// How much of a file detectFormat() wants to see.
inline constexpr std::size_t kHeadBytes = 8192;

struct DetectedFormat
{
    Format format = Format::plainText;
    const Language* language = nullptr; ///< of source code
};

/// Content first, name second. `head` is the file's first kHeadBytes bytes, or all it has.
/// Errors: unsupportedFormat says what it is instead ("an EPUB book, which ..."), damaged a PDF by
/// name without a PDF's first bytes.
[[nodiscard]] Result<DetectedFormat> detectFormat(const std::filesystem::path& path,
                                                  std::string_view head);

/// What a file is that cannot be read.
struct UnreadKind
{
    std::string_view name;   ///< "a PNG picture"; empty when it may be readable
    bool isDocument = false; ///< something to read, if only the program could
};

[[nodiscard]] UnreadKind unreadKind(const std::filesystem::path& path, std::string_view head);

} // namespace ingest
