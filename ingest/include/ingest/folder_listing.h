// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/document.h"
#include "ingest/error.h"

namespace ingest {

enum class SkipReason : std::uint8_t
{
    ignored,           ///< by a .gitignore on the way, or the repository's info/exclude
    versionControl,    ///< .git, .svn, .hg ...
    hidden,            ///< the name begins with a dot
    vendored,          ///< a folder of fetched packages or build output (node_modules, __pycache__)
    binary,            ///< NUL bytes, or a known binary signature
    generated,         ///< minified, a lock file, or marked as generated at its top
    tooLarge,          ///< more bytes than the options allow
    empty,             ///< zero bytes
    unsupportedFormat, ///< a document of a kind that cannot be read (yet)
    duplicate,         ///< the same bytes as another file of the listing
    symbolicLink,      ///< links are not followed
    special,           ///< a socket, a pipe, a device
    unreadable,        ///< the operating system refused
};

/// "by .gitignore", "binary", "generated" ...: the words for grouping ("binary 31, generated 4").
[[nodiscard]] std::string_view skipReasonName(SkipReason reason);

struct ListedFile
{
    std::filesystem::path path;         ///< absolute
    std::filesystem::path relativePath; ///< to the listed folder
    Format format = Format::plainText;  ///< as far as name and first bytes tell
    std::uint64_t bytes = 0;
};

struct SkippedEntry
{
    std::filesystem::path relativePath;
    SkipReason reason = SkipReason::ignored;
    std::string words; ///< the reason for this very entry: "9.3 MB, the limit is 8 MB"
    bool isFolder = false;
    /// 1 for a file. For a folder left out as a whole: the files beneath it, counted up to
    /// ListingOptions::maxCount; countIsCapped then says "at least".
    std::uint64_t fileCount = 1;
    bool countIsCapped = false;
};

struct ListingOptions
{
    std::uint64_t maxTextBytes = std::uint64_t{8} << 20U; ///< text, Markdown, code
    std::uint64_t maxPdfBytes = std::uint64_t{1} << 30U;
    bool includeHidden = false; ///< take names that begin with a dot (never version control)
    /// How far the files of a folder left out as a whole are counted.
    std::uint64_t maxCount = 100'000;
    /// Called on the listing thread, now and then, with the number of entries seen.
    std::function<void(std::size_t entriesSeen)> progress;
};

/// What a folder would add. Sorted by relative path, byte by byte, a folder's files before its
/// subfolders: the same tree gives the same list on every machine.
struct FolderListing
{
    std::filesystem::path root; ///< absolute, links resolved
    std::vector<ListedFile> files;
    std::vector<SkippedEntry> skipped;
};

/// Walks `folder` and everything beneath it. Nothing is written there, and nothing is left out
/// silently. .gitignore files count whether or not the folder is a repository; where it lies inside
/// one, the rules above it count too. The user's own git configuration does not: two people see the
/// same list.
///
/// Errors: notFound, wrongKind, io (the folder itself cannot be read), cancelled.
/// Thread rule: reentrant.
[[nodiscard]] Result<FolderListing> listFolder(const std::filesystem::path& folder,
                                               const ListingOptions& options = {},
                                               const std::stop_token& stop = {});

} // namespace ingest
