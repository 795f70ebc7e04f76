// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_copy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

namespace storage {

namespace fs = std::filesystem;

namespace {

class NewFile final
{
public:
    explicit NewFile(const fs::path& path)
        : m_path(path),
          m_descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644))
    {
        if (m_descriptor < 0)
            raiseError(errno);
    }
    ~NewFile() { ::close(m_descriptor); }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    [[nodiscard]] int descriptor() const { return m_descriptor; }
    [[noreturn]] void raiseError(int systemError) const
    {
        if (systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG)
            raise(ErrorCode::diskFull,
                  fmt::format("{}: no room left on the disk for a copy", m_path.string()));
        raise(ErrorCode::io, fmt::format("{}: cannot be written: {}", m_path.string(),
                                         std::generic_category().message(systemError)));
    }

private:
    fs::path m_path;
    int m_descriptor;
};

/// A descriptor of this process on the file, of SQLite or of another connection. It is only looked
/// up, not made: closing one would drop the locks that SQLite holds on the file.
std::optional<int> openDescriptorOf(const fs::path& path)
{
    struct stat wanted = {};
    DIR* folder = opendir("/proc/self/fd");
    std::optional<int> found;
    if (folder != nullptr && stat(path.c_str(), &wanted) == 0) {
        while (const dirent* entry = readdir(folder)) {
            const std::string_view name = entry->d_name;
            int number = -1;
            struct stat opened = {};
            if (std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc() &&
                fstat(number, &opened) == 0 && opened.st_ino == wanted.st_ino &&
                opened.st_dev == wanted.st_dev)
                found = number;
        }
    }
    if (folder != nullptr)
        closedir(folder);
    return found;
}

/// False if the kernel does not do it for these files: then nothing counts of what was written.
bool copyInKernel(int from, const NewFile& to, std::uint64_t bytes)
{
    if (ioctl(to.descriptor(), FICLONE, from) == 0)
        return true;
    off_t at = 0;
    off_t written = 0;
    while (static_cast<std::uint64_t>(at) < bytes) {
        const ssize_t done = copy_file_range(from, &at, to.descriptor(), &written,
                                             bytes - static_cast<std::uint64_t>(at), 0);
        if (done < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
            to.raiseError(errno);
        if (done <= 0)
            return false;
    }
    return true;
}

/// By the handle that SQLite has.
void copyByReading(Database& from, const NewFile& to, std::uint64_t bytes)
{
    constexpr std::uint64_t kStep = std::uint64_t{1} << 20U;
    sqlite3_file* file = nullptr;
    sqlite3_file_control(from.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
    std::vector<char> buffer(std::min(bytes, kStep));
    for (std::uint64_t at = 0; at < bytes; at += kStep) {
        const auto count = static_cast<int>(std::min(kStep, bytes - at));
        const int code =
            file->pMethods->xRead(file, buffer.data(), count, static_cast<sqlite3_int64>(at));
        if (code != SQLITE_OK)
            from.raiseSqlite(code, "to copy it");
        for (int done = 0; done < count;) {
            const ssize_t size =
                pwrite(to.descriptor(), buffer.data() + done,
                       static_cast<std::size_t>(count - done), static_cast<off_t>(at) + done);
            if (size < 0)
                to.raiseError(errno);
            done += static_cast<int>(size);
        }
    }
}

} // namespace

void copyDatabaseFile(Database& from, const fs::path& target)
{
    std::error_code error;
    const std::uint64_t bytes = fs::file_size(from.path(), error);
    if (error)
        raise(ErrorCode::io, fmt::format("{}: {}", from.path().string(), error.message()));
    const NewFile copy(target);
    const std::optional<int> descriptor = openDescriptorOf(from.path());
    if (!descriptor || !copyInKernel(*descriptor, copy, bytes))
        copyByReading(from, copy, bytes);
    // On its way, but not waited for.
    (void)sync_file_range(copy.descriptor(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

} // namespace storage
