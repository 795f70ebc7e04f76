// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "storage/session_file.h"
#include "usecases/error.h"

namespace app {

/// What a person typed for SESSION, and what it stands for.
struct SessionArgument
{
    std::filesystem::path path; ///< of the session file
    std::string title;          ///< for a session that is made now
    bool exists = false;
};

/// SESSION is a path where it holds a slash or ends with ".lectern", otherwise a name in `library`
/// (empty: the default library). A file in the current folder counts where the library has no
/// session of that name; last, the title that a session was given in the window. Folders are never
/// sessions.
/// Errors: wrongUse for a name that no file can have and for a title of several sessions; failed
/// where the library cannot be used.
[[nodiscard]] Result<SessionArgument> resolveSession(const std::filesystem::path& library,
                                                     const std::string& argument);

/// The same for commands that need one that is there: badInput says where was looked.
[[nodiscard]] Result<std::filesystem::path>
resolveExistingSession(const std::filesystem::path& library, const std::string& argument);

/// Opens a session for writing, or makes it, with the library folder where needed.
[[nodiscard]] Result<std::unique_ptr<storage::SessionFile>>
openOrCreateSession(const SessionArgument& argument);

/// Copies a session into the library. Its title is `title`, with a number where another session
/// bears that. Returns the copy's path.
[[nodiscard]] Result<std::filesystem::path> duplicateSession(const std::filesystem::path& library,
                                                             const std::filesystem::path& session,
                                                             const std::string& title);

} // namespace app
