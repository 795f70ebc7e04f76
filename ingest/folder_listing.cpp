// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/folder_listing.h"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "file_bytes.h"
#include "format_detector.h"
#include "ignore_rules.h"
#include "ingest/read_document.h"
#include "skip_rules.h"
#include "unicode.h"

namespace ingest {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRuleFileBytes = std::size_t{1} << 20U;
/// Entries between two calls of ListingOptions::progress.
constexpr std::size_t kProgressEntries = 64;

/// Rules and the folder they are relative to.
struct RuleScope
{
    IgnoreRules rules;
    fs::path root;
};

std::string relativeName(const fs::path& path, const fs::path& root)
{
    std::string name = path.lexically_relative(root).generic_string();
    return name == "." ? std::string() : name;
}

std::string ruleFile(const fs::path& file)
{
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        return {};
    return readBytes(file, kRuleFileBytes).value_or(std::string());
}

/// The folder with a repository's info/exclude. ".git" is a file in linked work trees and
/// submodules: it names the real folder, which in turn may name a common one.
fs::path repositoryFolder(const fs::path& workTree)
{
    fs::path folder = workTree / ".git";
    std::string link = ruleFile(folder);
    if (link.starts_with("gitdir:"))
        folder = workTree / std::string(trimmed(std::string_view(link).substr(7)));
    if (const std::string common = ruleFile(folder / "commondir"); !common.empty())
        folder /= std::string(trimmed(common));
    return folder;
}

bool isWorkTree(const fs::path& folder)
{
    std::error_code ignored;
    return fs::exists(folder / ".git", ignored);
}

/// The nearest folder, from this one upwards, that holds a repository; empty when there is none.
fs::path findWorkTree(fs::path folder)
{
    for (;;) {
        if (isWorkTree(folder))
            return folder;
        if (!folder.has_relative_path())
            return {};
        folder = folder.parent_path();
    }
}

Result<RuleScope> openScope(const fs::path& root)
{
    auto rules = IgnoreRules::create(root);
    if (!rules)
        return tl::unexpected(rules.error());
    RuleScope scope{std::move(*rules), root};
    if (isWorkTree(root))
        scope.rules.push({}, ruleFile(repositoryFolder(root) / "info" / "exclude"));
    return scope;
}

std::string megabytes(std::uint64_t bytes)
{
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / (1024.0 * 1024.0));
}

class FolderWalker final
{
public:
    FolderWalker(fs::path root, const ListingOptions& options, std::stop_token stop)
        : m_options(options), m_stop(std::move(stop))
    {
        m_listing.root = std::move(root);
    }

    Result<FolderListing> run()
    {
        if (const auto opened = openScopes(); !opened)
            return tl::unexpected(opened.error());
        std::error_code failed;
        fs::directory_iterator probe(m_listing.root, failed);
        if (failed)
            return fail(ErrorCode::io, fmt::format("{} cannot be read: {}", quoted(m_listing.root),
                                                   failed.message()));
        if (const auto walked = walk(m_listing.root); !walked)
            return tl::unexpected(walked.error());
        if (const auto dropped = dropDuplicates(); !dropped)
            return tl::unexpected(dropped.error());
        std::sort(m_listing.skipped.begin(), m_listing.skipped.end(),
                  [](const SkippedEntry& left, const SkippedEntry& right) {
                      return left.relativePath.native() < right.relativePath.native();
                  });
        return std::move(m_listing);
    }

private:
    /// The rules of the repository that the folder lies in, down to the folder.
    Result<void> openScopes()
    {
        const fs::path workTree = findWorkTree(m_listing.root);
        if (!workTree.empty() && workTree != m_listing.root) {
            auto scope = openScope(workTree);
            if (!scope)
                return tl::unexpected(scope.error());
            fs::path folder = workTree;
            for (const fs::path& part : m_listing.root.lexically_relative(workTree)) {
                scope->rules.push(relativeName(folder, workTree), ruleFile(folder / ".gitignore"));
                folder /= part;
            }
            // Who adds an ignored folder by hand wants what is in it.
            if (!scope->rules.isIgnored(relativeName(m_listing.root, workTree) + "/")) {
                m_scopes.push_back(std::move(*scope));
                return {};
            }
        }
        auto scope = openScope(m_listing.root);
        if (!scope)
            return tl::unexpected(scope.error());
        m_scopes.push_back(std::move(*scope));
        return {};
    }

    [[nodiscard]] tl::unexpected<Error> cancelled() const
    {
        return fail(ErrorCode::cancelled,
                    fmt::format("listing {} was cancelled", quoted(m_listing.root)));
    }

    Result<void> walk(const fs::path& folder)
    {
        std::vector<fs::directory_entry> entries;
        std::error_code failed;
        for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
             at.increment(failed))
            entries.push_back(*at);
        if (failed) {
            skip(folder, {SkipReason::unreadable, failed.message()}, true, 0);
            return {};
        }
        std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
            return left.path().native() < right.path().native();
        });
        const bool ownScope =
            folder != m_scopes.back().root && folder != m_listing.root && isWorkTree(folder);
        if (ownScope) { // a repository within
            auto scope = openScope(folder);
            if (!scope)
                return tl::unexpected(scope.error());
            m_scopes.push_back(std::move(*scope));
        }
        m_scopes.back().rules.push(relativeName(folder, m_scopes.back().root),
                                   ruleFile(folder / ".gitignore"));
        auto result = takeEntries(entries);
        if (ownScope)
            m_scopes.pop_back();
        else
            m_scopes.back().rules.pop();
        return result;
    }

    Result<void> takeEntries(const std::vector<fs::directory_entry>& entries)
    {
        std::vector<fs::path> folders;
        for (const fs::directory_entry& entry : entries) {
            if (m_stop.stop_requested())
                return cancelled();
            if (++m_seen % kProgressEntries == 0 && m_options.progress)
                m_options.progress(m_seen);
            std::error_code failed;
            const fs::file_status status = entry.symlink_status(failed);
            if (fs::is_directory(status)) {
                folders.push_back(entry.path());
            } else if (auto reason = skipByName(entry.path(), false)) {
                skip(entry.path(), std::move(*reason), false, 1);
            } else if (fs::is_symlink(status)) {
                skip(entry.path(), linkSkip(entry.path()), false, 1);
            } else if (!fs::is_regular_file(status)) {
                skip(entry.path(),
                     failed ? Skip{SkipReason::unreadable, failed.message()}
                            : Skip{SkipReason::special, "a socket, a pipe or a device"},
                     false, 1);
            } else {
                takeFile(entry.path());
            }
        }
        for (const fs::path& folder : folders) {
            auto reason = skipByName(folder, true);
            if (!reason)
                reason = skipFolder(folder);
            if (reason) {
                skipWhole(folder, std::move(*reason));
            } else if (auto walked = walk(folder); !walked) {
                return walked;
            }
        }
        return {};
    }

    static Skip linkSkip(const fs::path& path)
    {
        std::error_code ignored;
        return {SkipReason::symbolicLink,
                "a link to " + toValidUtf8(fs::read_symlink(path, ignored).string())};
    }

    [[nodiscard]] std::optional<Skip> skipByName(const fs::path& path, bool isFolder) const
    {
        const std::string name = path.filename().string();
        if (isVersionControl(name))
            return Skip{SkipReason::versionControl, "version control"};
        const RuleScope& scope = m_scopes.back();
        if (scope.rules.isIgnored(relativeName(path, scope.root) + (isFolder ? "/" : "")))
            return Skip{SkipReason::ignored, "by .gitignore"};
        if (name.starts_with('.') && !m_options.includeHidden)
            return Skip{SkipReason::hidden, "hidden: its name begins with a dot"};
        return std::nullopt;
    }

    void skip(const fs::path& path, Skip reason, bool isFolder, std::uint64_t count,
              bool capped = false)
    {
        m_listing.skipped.push_back({path.lexically_relative(m_listing.root), reason.reason,
                                     std::move(reason.words), isFolder, count, capped});
    }

    /// A folder as one entry with the number of its files.
    void skipWhole(const fs::path& folder, Skip reason)
    {
        std::uint64_t count = 0;
        std::error_code failed;
        fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                            failed);
        for (; !failed && at != fs::recursive_directory_iterator() && count < m_options.maxCount &&
               !m_stop.stop_requested();
             at.increment(failed)) {
            std::error_code ignored;
            count += fs::is_directory(at->symlink_status(ignored)) ? 0U : 1U;
        }
        skip(folder, std::move(reason), true, count, count >= m_options.maxCount);
    }

    void takeFile(const fs::path& path)
    {
        const auto facts = statFile(path);
        const auto head = facts ? readBytes(path, kHeadBytes) : Result<std::string>(std::string());
        if (!facts || !head) {
            skip(path, {SkipReason::unreadable, (facts ? head.error() : facts.error()).message},
                 false, 1);
            return;
        }
        Format format = Format::plainText;
        if (auto reason = skipByContent(path, *head, facts->bytes, format))
            skip(path, std::move(*reason), false, 1);
        else
            m_listing.files.push_back(
                {path, path.lexically_relative(m_listing.root), format, facts->bytes});
    }

    [[nodiscard]] std::optional<Skip> skipByContent(const fs::path& path, std::string_view head,
                                                    std::uint64_t bytes, Format& format) const
    {
        if (head.empty())
            return Skip{SkipReason::empty, "empty"};
        const auto detected = detectFormat(path, head);
        if (!detected) {
            const UnreadKind kind = unreadKind(path, head);
            if (detected.error().code == ErrorCode::damaged)
                return Skip{SkipReason::unsupportedFormat, "not a PDF file, despite its name"};
            return Skip{kind.isDocument ? SkipReason::unsupportedFormat : SkipReason::binary,
                        kind.name.empty() ? "binary" : std::string(kind.name)};
        }
        format = detected->format;
        const bool isPdf = format == Format::pdf;
        const std::uint64_t limit = isPdf ? m_options.maxPdfBytes : m_options.maxTextBytes;
        if (!isPdf) {
            if (auto reason = skipGenerated(path, head, format == Format::sourceCode))
                return reason;
        }
        if (bytes > limit)
            return Skip{SkipReason::tooLarge,
                        fmt::format("{}; the limit is {}", megabytes(bytes), megabytes(limit))};
        return std::nullopt;
    }

    /// Only files of the same size can be the same; only those are read.
    Result<void> dropDuplicates()
    {
        std::map<std::uint64_t, std::size_t> sizes;
        for (const ListedFile& file : m_listing.files)
            ++sizes[file.bytes];
        std::map<std::string, fs::path> first;
        std::vector<ListedFile> kept;
        for (ListedFile& file : m_listing.files) {
            if (m_stop.stop_requested())
                return cancelled();
            if (sizes[file.bytes] > 1) {
                const auto hash = hashFile(file.path, m_stop);
                const auto [known, isNew] = hash ? first.try_emplace(*hash, file.relativePath)
                                                 : std::pair(first.end(), true);
                if (!isNew) {
                    skip(file.path,
                         {SkipReason::duplicate,
                          "the same content as " + toValidUtf8(known->second.string())},
                         false, 1);
                    continue;
                }
            }
            kept.push_back(std::move(file));
        }
        m_listing.files = std::move(kept);
        return {};
    }

    const ListingOptions& m_options;
    std::stop_token m_stop;
    FolderListing m_listing;
    std::vector<RuleScope> m_scopes; ///< not empty while walking; the innermost is last
    std::size_t m_seen = 0;
};

Result<FolderListing> listChecked(const fs::path& folder, const ListingOptions& options,
                                  const std::stop_token& stop)
{
    std::error_code failed;
    const fs::path root = fs::canonical(folder, failed);
    if (failed)
        return fail(failed == std::errc::no_such_file_or_directory ? ErrorCode::notFound
                                                                   : ErrorCode::io,
                    fmt::format("{} cannot be listed: {}", quoted(folder), failed.message()));
    if (!fs::is_directory(root, failed))
        return fail(ErrorCode::wrongKind,
                    fmt::format("{} is a file; a folder was wanted", quoted(folder)));
    auto listing = FolderWalker(root, options, stop).run();
    if (listing && stop.stop_requested())
        return fail(ErrorCode::cancelled, fmt::format("listing {} was cancelled", quoted(folder)));
    return listing;
}

} // namespace

std::string_view skipReasonName(SkipReason reason)
{
    switch (reason) {
    case SkipReason::ignored:
        return "by .gitignore";
    case SkipReason::versionControl:
        return "version control";
    case SkipReason::hidden:
        return "hidden";
    case SkipReason::vendored:
        return "packages and build output";
    case SkipReason::binary:
        return "binary";
    case SkipReason::generated:
        return "generated";
    case SkipReason::tooLarge:
        return "too large";
    case SkipReason::empty:
        return "empty";
    case SkipReason::unsupportedFormat:
        return "unsupported format";
    case SkipReason::duplicate:
        return "duplicate";
    case SkipReason::symbolicLink:
        return "symbolic link";
    case SkipReason::special:
        return "not a file";
    case SkipReason::unreadable:
        return "unreadable";
    }
    return "unknown";
}

Result<FolderListing> listFolder(const fs::path& folder, const ListingOptions& options,
                                 const std::stop_token& stop)
try {
    return listChecked(folder, options, stop);
} catch (const std::exception& exception) {
    return fail(ErrorCode::io,
                fmt::format("{} cannot be listed: {}", quoted(folder), exception.what()));
}

} // namespace ingest
