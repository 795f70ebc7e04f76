// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "ingest/error.h"

namespace ingest {

/// The .gitignore rules that hold in a folder tree. libgit2 matches the patterns, in a scratch
/// repository of its own: the user's folder need not be a repository, is never opened as one and
/// never written to. The user's own git configuration is not read.
///
/// Rules come in folder by folder, outermost first, as the walk goes down, and go as it comes up.
class IgnoreRules final
{
public:
    /// Rules for everything beneath `root`. Errors: io, when no scratch repository can be made.
    [[nodiscard]] static Result<IgnoreRules> create(const std::filesystem::path& root);

    ~IgnoreRules();
    IgnoreRules(IgnoreRules&&) noexcept;
    IgnoreRules& operator=(IgnoreRules&&) noexcept;
    IgnoreRules(const IgnoreRules&) = delete;
    IgnoreRules& operator=(const IgnoreRules&) = delete;

    /// The lines of a .gitignore that stands in `folder`, relative to the root with '/' between
    /// names, empty for the root itself.
    void push(const std::string& folder, const std::string& lines);
    /// Takes back what the last push() added.
    void pop();

    /// `path` is relative to the root. Folders above it count too: an ignored folder ignores all
    /// that it holds.
    [[nodiscard]] bool isIgnored(const std::string& path) const;

private:
    struct Impl;
    explicit IgnoreRules(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace ingest
