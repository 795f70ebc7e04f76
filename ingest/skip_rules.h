// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/folder_listing.h"

namespace ingest {

/// Why something is left out of a listing.
struct Skip
{
    SkipReason reason = SkipReason::ignored;
    std::string words;
};

/// ".git", ".svn" ...
[[nodiscard]] bool isVersionControl(std::string_view name);

/// Folders that hold what was fetched or built, by name or by the mark that tools leave in them.
[[nodiscard]] std::optional<Skip> skipFolder(const std::filesystem::path& folder);

/// Files that nobody wrote: lock files, minified code, what says of itself that it was generated.
/// `head` is the file's begin; `isCode` that it is source code.
[[nodiscard]] std::optional<Skip> skipGenerated(const std::filesystem::path& path,
                                                std::string_view head, bool isCode);

} // namespace ingest
