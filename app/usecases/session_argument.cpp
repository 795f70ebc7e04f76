// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/session_argument.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "storage/session_library.h"
#include "usecases/error_mapping.h"
#include "usecases/locations.h"

namespace app {
namespace fs = std::filesystem;

namespace {

bool isFile(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool endsWithSuffix(const std::string& name)
{
    return name.ends_with(storage::kSessionSuffix);
}

bool isUsableName(const std::string& name)
{
    constexpr std::size_t kLongestName = 200; // bytes; file systems take 255 with the suffix
    const bool control = std::any_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
    });
    return !name.empty() && name.size() <= kLongestName && name.front() != '.' && !control &&
           std::any_of(name.begin(), name.end(), [](char c) { return c != ' '; });
}

// The window lets sessions be renamed; that changes their title, not their file.
Result<std::vector<fs::path>> sessionsTitled(const storage::SessionLibrary& library,
                                             const std::string& title)
{
    auto entries = library.sessions();
    if (!entries) {
        return passOn(entries.error());
    }
    std::vector<fs::path> paths;
    for (const storage::LibraryEntry& entry : *entries) {
        if (entry.summary && entry.summary->info.title == title) {
            paths.push_back(entry.path);
        }
    }
    return paths;
}

} // namespace

Result<SessionArgument> resolveSession(const fs::path& library, const std::string& argument)
{
    const bool isPath = argument.find('/') != std::string::npos || endsWithSuffix(argument);
    if (isPath && (isFile(argument) || argument.find('/') != std::string::npos)) {
        return SessionArgument{argument, fs::path(argument).stem().string(), isFile(argument)};
    }
    std::string name = argument;
    if (endsWithSuffix(name)) {
        name.resize(name.size() - storage::kSessionSuffix.size());
    }
    if (!isUsableName(name)) {
        return fail(ErrorCode::wrongUse,
                    fmt::format("“{}” cannot be the name of a session: wanted 1 to 200 bytes that "
                                "do not begin with a dot",
                                argument));
    }
    const fs::path folder = library.empty() ? defaultLibrary() : library;
    auto sessions = storage::SessionLibrary::open(folder);
    if (!sessions) {
        return passOn(sessions.error());
    }
    const fs::path inLibrary = folder / (name + std::string(storage::kSessionSuffix));
    if (isFile(inLibrary)) {
        return SessionArgument{inLibrary, name, true};
    }
    // Only now: a file that happens to lie in the current folder must not hide a session.
    if (isFile(argument)) {
        return SessionArgument{argument, fs::path(argument).stem().string(), true};
    }
    if (auto found = sessions->resolve(name); found && isFile(*found)) {
        return SessionArgument{*found, name, true};
    }
    auto titled = sessionsTitled(*sessions, name);
    if (!titled) {
        return tl::unexpected(titled.error());
    }
    if (titled->size() > 1) {
        return fail(ErrorCode::wrongUse,
                    fmt::format("“{}” is the title of {} sessions: wanted one of them by its file, "
                                "as in {}",
                                name, titled->size(), titled->front().string()));
    }
    if (titled->size() == 1) {
        return SessionArgument{titled->front(), name, true};
    }
    return SessionArgument{inLibrary, name, false};
}

Result<fs::path> resolveExistingSession(const fs::path& library, const std::string& argument)
{
    auto session = resolveSession(library, argument);
    if (!session) {
        return passOn(session.error());
    }
    if (!session->exists) {
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted a session, found no such file ({})", argument,
                                session->path.string()));
    }
    return session->path;
}

Result<std::unique_ptr<storage::SessionFile>> openOrCreateSession(const SessionArgument& argument)
{
    auto file =
        argument.exists
            ? storage::SessionFile::open(argument.path, storage::OpenMode::readWrite)
            : storage::SessionFile::create(argument.path, {argument.title, LECTERN_VERSION, {}});
    if (!file) {
        return passOn(file.error());
    }
    return std::move(*file);
}

Result<fs::path> duplicateSession(const fs::path& library, const fs::path& session,
                                  const std::string& title)
{
    const auto sessions =
        storage::SessionLibrary::open(library.empty() ? defaultLibrary() : library);
    if (!sessions) {
        return passOn(sessions.error());
    }
    const auto entries = sessions->sessions();
    if (!entries) {
        return passOn(entries.error());
    }
    // The file's name is made from it; two of the same title could not be told apart in a list.
    const auto isTaken = [&entries](const std::string& wanted) {
        return std::any_of(entries->begin(), entries->end(), [&wanted](const auto& entry) {
            return entry.name == wanted || (entry.summary && entry.summary->info.title == wanted);
        });
    };
    std::string name = title;
    for (int number = 2; isTaken(name); ++number) {
        name = fmt::format("{} {}", title, number);
    }
    auto copy = sessions->duplicate(session, name);
    if (!copy) {
        return passOn(copy.error());
    }
    return std::move(*copy);
}

} // namespace app
