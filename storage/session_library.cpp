// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/session_library.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>
#include <unicode/uchar.h>

#include "checkpoint_slots.h"
#include "move_file.h"
#include "session_lock.h"
#include "sqlite/failure.h"
#include "utf8.h"

namespace storage {

namespace fs = std::filesystem;

namespace {

/// Hidden, so that the folder shows sessions only; inside the library, so that moving is a rename.
constexpr char kTrashFolder[] = ".trash";
/// File systems allow 255 bytes; suffix, number and the names of side files need some.
constexpr std::size_t kMaxNameBytes = 120;

bool isSessionFile(const fs::directory_entry& entry)
{
    const std::string name = entry.path().filename().string();
    std::error_code error;
    return name.ends_with(kSessionSuffix) && !name.starts_with('.') && entry.is_regular_file(error);
}

std::string nameOf(const fs::path& session)
{
    std::string name = session.filename().string();
    if (name.ends_with(kSessionSuffix))
        name.resize(name.size() - kSessionSuffix.size());
    return name;
}

/// What may stand in a file name everywhere, so that a session can go on any stick. Blanks are
/// handled like what may not: one for a run of them.
bool isAllowed(char32_t character)
{
    constexpr std::string_view kRefused = " /\\:*?\"<>|";
    return character != kInvalidCharacter && u_iscntrl(static_cast<UChar32>(character)) == 0 &&
           (character > 0x7f ||
            kRefused.find(static_cast<char>(character)) == std::string_view::npos);
}

std::string fileNameFrom(std::string_view title)
{
    std::string name;
    for (std::size_t at = 0; at < title.size() && name.size() < kMaxNameBytes;) {
        const std::size_t begin = at;
        if (isAllowed(nextCharacter(title, at)))
            name.append(title.substr(begin, at - begin));
        else if (!name.empty() && name.back() != ' ')
            name += ' ';
    }
    // A leading dot would hide the file; some systems drop blanks and dots at the end.
    const std::size_t first = name.find_first_not_of(" .");
    if (first == std::string::npos)
        return "Untitled session";
    return name.substr(first, name.find_last_not_of(" .") - first + 1);
}

std::string foldedName(std::string_view name)
{
    std::string folded;
    for (std::size_t at = 0; at < name.size();) {
        const std::size_t begin = at;
        const char32_t character = nextCharacter(name, at);
        if (character == kInvalidCharacter)
            folded.append(name.substr(begin, at - begin));
        else
            appendCharacter(folded, static_cast<char32_t>(u_foldCase(
                                        static_cast<UChar32>(character), U_FOLD_CASE_DEFAULT)));
    }
    return folded;
}

void makeFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error || !fs::is_directory(folder)) {
        raise(ErrorCode::io, fmt::format("{}: wanted a folder for sessions: {}", folder.string(),
                                         error ? error.message() : "there is a file"));
    }
}

/// "Thesis.lectern", "Thesis 2.lectern" ...
fs::path numbered(const fs::path& folder, std::string_view name, unsigned number)
{
    return folder / (number < 2 ? fmt::format("{}{}", name, kSessionSuffix)
                                : fmt::format("{} {}{}", name, number, kSessionSuffix));
}

fs::path moveUnderUniqueName(const fs::path& from, const fs::path& folder, std::string_view name)
{
    for (unsigned number = 1;; ++number) {
        const fs::path to = numbered(folder, name, number);
        if (moveWithoutOverwriting(from, to))
            return to;
    }
}

/// What a killed writer has left in a journal has to be rolled back before the file gets another
/// name: the journal does not follow it. A file that cannot be opened is moved as it is.
void finishJournal(const fs::path& session)
{
    auto file = SessionFile::open(session, OpenMode::readOnly);
    if (!file || !(*file)->info())
        return;
    file->reset();
    std::error_code ignored;
    fs::remove(fs::path(session.string() + "-journal"), ignored);
}

LibraryEntry entryOf(const fs::path& path)
{
    LibraryEntry entry;
    entry.name = nameOf(path);
    entry.path = path;
    entry.openForWriting = SessionLock::isHeld(path);
    auto file = SessionFile::open(path, OpenMode::readOnly);
    if (!file) {
        entry.problem = std::move(file.error());
        return entry;
    }
    auto summary = (*file)->summary();
    if (summary)
        entry.summary = std::move(*summary);
    else
        entry.problem = std::move(summary.error());
    return entry;
}

bool isBefore(const LibraryEntry& left, const LibraryEntry& right)
{
    if (left.summary.has_value() != right.summary.has_value())
        return left.summary.has_value();
    if (left.summary && left.summary->info.lastUsed != right.summary->info.lastUsed)
        return left.summary->info.lastUsed > right.summary->info.lastUsed;
    return left.name < right.name;
}

std::vector<fs::path> filesOf(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        if (isSessionFile(*entry))
            files.push_back(entry->path());
    }
    if (error) {
        raise(ErrorCode::io,
              fmt::format("{}: wanted to list the sessions: {}", folder.string(), error.message()));
    }
    return files;
}

} // namespace

SessionLibrary::SessionLibrary(fs::path folder) : m_folder(std::move(folder)) {}

Result<SessionLibrary> SessionLibrary::open(const fs::path& folder)
{
    return guarded([&] {
        makeFolder(folder);
        return SessionLibrary(fs::canonical(folder));
    });
}

Result<std::vector<LibraryEntry>> SessionLibrary::sessions() const
{
    return guarded([&] {
        std::vector<LibraryEntry> entries;
        for (const fs::path& file : filesOf(m_folder))
            entries.push_back(entryOf(file));
        std::ranges::sort(entries, isBefore);
        return entries;
    });
}

fs::path SessionLibrary::pathFor(std::string_view name) const
{
    return m_folder / fmt::format("{}{}", name, kSessionSuffix);
}

Result<fs::path> SessionLibrary::resolve(std::string_view nameOrPath) const
{
    return guarded([&] {
        std::error_code error;
        const fs::path asPath{nameOrPath};
        if (fs::is_regular_file(asPath, error))
            return asPath;
        if (const fs::path exact = pathFor(nameOrPath); fs::exists(exact, error))
            return exact;
        std::vector<fs::path> similar;
        for (const fs::path& file : filesOf(m_folder)) {
            if (file.filename() == asPath || foldedName(nameOf(file)) == foldedName(nameOrPath))
                similar.push_back(file);
        }
        if (similar.size() == 1)
            return similar.front();
        raise(ErrorCode::notFound,
              fmt::format("{}: wanted a session file or the name of a session in {}, found {}",
                          nameOrPath, m_folder.string(),
                          similar.empty() ? "none" : "several that differ by letter case only"));
    });
}

Result<std::string> SessionLibrary::uniqueName(std::string_view title) const
{
    return guarded([&] {
        std::vector<std::string> taken;
        for (const fs::path& file : filesOf(m_folder))
            taken.push_back(foldedName(nameOf(file)));
        const std::string name = fileNameFrom(title);
        for (unsigned number = 1;; ++number) {
            std::string candidate = nameOf(numbered(m_folder, name, number));
            if (std::ranges::find(taken, foldedName(candidate)) == taken.end())
                return candidate;
        }
    });
}

Result<std::unique_ptr<SessionFile>> SessionLibrary::create(const NewSession& session) const
{
    for (;;) {
        const Result<std::string> name = uniqueName(session.title);
        if (!name)
            return tl::unexpected<Error>(name.error());
        auto file = SessionFile::create(pathFor(*name), session);
        // Another program may have taken the name between the two calls.
        if (file || file.error().code != ErrorCode::alreadyExists)
            return file;
    }
}

Result<fs::path> SessionLibrary::duplicate(const fs::path& session, std::string_view newTitle) const
{
    const Result<std::string> name = uniqueName(newTitle);
    if (!name)
        return tl::unexpected<Error>(name.error());
    fs::path target = pathFor(*name);
    return SessionFile::open(session, OpenMode::readOnly)
        .and_then(
            [&](std::unique_ptr<SessionFile> original) { return original->duplicate(target); })
        .and_then([&] { return SessionFile::open(target, OpenMode::readWrite); })
        .and_then([&](std::unique_ptr<SessionFile> copy) { return copy->setTitle(newTitle); })
        .map([&] { return target; });
}

Result<fs::path> SessionLibrary::moveToTrash(const fs::path& session) const
{
    return guarded([&] {
        const fs::path from = fs::weakly_canonical(session);
        const SessionLock lock(from);
        finishJournal(from);
        const fs::path trash = m_folder / kTrashFolder;
        makeFolder(trash);
        fs::path to = moveUnderUniqueName(from, trash, nameOf(from));
        // The age in the trash counts from now.
        std::error_code ignored;
        fs::last_write_time(to, fs::file_time_type::clock::now(), ignored);
        return to;
    });
}

Result<fs::path> SessionLibrary::restore(const fs::path& trashed) const
{
    return guarded([&] { return moveUnderUniqueName(trashed, m_folder, nameOf(trashed)); });
}

Result<std::size_t> SessionLibrary::emptyTrash(std::chrono::hours age) const
{
    return guarded([&] {
        std::size_t deleted = 0;
        const fs::path trash = m_folder / kTrashFolder;
        std::error_code error;
        if (!fs::exists(trash, error))
            return deleted;
        for (const fs::path& file : filesOf(trash)) {
            const fs::file_time_type moved = fs::last_write_time(file, error);
            if (error || fs::file_time_type::clock::now() - moved < age)
                continue;
            CheckpointSlots(file).remove(); // of a session that was killed and never opened again
            if (!fs::remove(file, error)) {
                raise(ErrorCode::io,
                      fmt::format("{}: wanted to delete it: {}", file.string(), error.message()));
            }
            ++deleted;
        }
        return deleted;
    });
}

} // namespace storage
