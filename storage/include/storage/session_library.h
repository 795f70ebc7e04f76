// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"
#include "storage/session_file.h"
#include "storage/session_info.h"

namespace storage {

/// One file of the library folder.
struct LibraryEntry
{
    std::string name; ///< the file's name without the suffix: what a person types
    std::filesystem::path path;
    /// Nothing if the file cannot be read; then `problem` says why. It is listed all the same.
    std::optional<SessionSummary> summary;
    std::optional<Error> problem;
    bool openForWriting = false; ///< by this program or another one, at this moment
};

/// A folder of session files. Files put there or taken away by hand are fine: the folder is the
/// catalogue.
///
/// Thread rule: reentrant; the object holds a path and nothing else.
class SessionLibrary
{
public:
    /// Uses `folder`, and makes it if it is not there.
    [[nodiscard]] static Result<SessionLibrary> open(const std::filesystem::path& folder);

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }

    /// Newest use first; files that cannot be read come last, by name. Never disturbs a session
    /// that is open.
    [[nodiscard]] Result<std::vector<LibraryEntry>> sessions() const;

    /// Where a session of that name is or would be.
    [[nodiscard]] std::filesystem::path pathFor(std::string_view name) const;
    /// What a person typed: a path to a session file (it ends with the suffix or exists), or a name
    /// in this library (letter case counts only if two differ by nothing else). notFound says where
    /// was looked.
    [[nodiscard]] Result<std::filesystem::path> resolve(std::string_view nameOrPath) const;
    /// A name made from a title that no session here has yet ("Thesis", "Thesis 2").
    [[nodiscard]] Result<std::string> uniqueName(std::string_view title) const;
    /// Makes a session in this folder under a unique name made from its title.
    [[nodiscard]] Result<std::unique_ptr<SessionFile>> create(const NewSession& session) const;

    /// Copies a session within the library under a new unique name and title; the original may be
    /// open. Returns the copy's path.
    [[nodiscard]] Result<std::filesystem::path> duplicate(const std::filesystem::path& session,
                                                          std::string_view newTitle) const;

    /// Moves a session of this library to its trash (busy if it is open for writing). Returns the
    /// path there, which restore() takes.
    [[nodiscard]] Result<std::filesystem::path>
    moveToTrash(const std::filesystem::path& session) const;
    /// Moves a session back. If its name is taken meanwhile it gets a new one. Returns its path.
    [[nodiscard]] Result<std::filesystem::path> restore(const std::filesystem::path& trashed) const;
    /// Deletes what was moved to the trash longer ago than `age`. Returns how many.
    [[nodiscard]] Result<std::size_t> emptyTrash(std::chrono::hours age) const;

private:
    explicit SessionLibrary(std::filesystem::path folder);
    std::filesystem::path m_folder;
};

} // namespace storage
