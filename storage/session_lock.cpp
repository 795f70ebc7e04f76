// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_lock.h"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "sqlite/failure.h"

namespace storage {

namespace {

std::string reason(int systemError)
{
    return std::generic_category().message(systemError);
}

std::string hostName()
{
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0)
        return "this machine";
    return name.data();
}

struct flock wholeFile()
{
    struct flock region = {};
    region.l_type = F_WRLCK;
    region.l_whence = SEEK_SET;
    return region;
}

/// "process 4711 on stork", as the holder has written it; empty in the instant before it has.
std::string holder(int descriptor)
{
    std::array<char, 300> words{};
    const ssize_t size = pread(descriptor, words.data(), words.size() - 1, 0);
    return size > 0 ? std::string(words.data(), static_cast<std::size_t>(size)) : std::string{};
}

/// What a holder writes.
std::string ownWords()
{
    return fmt::format("process {} on {}", getpid(), hostName());
}

[[noreturn]] void raiseBusy(const std::filesystem::path& session, const std::string& by)
{
    raise(ErrorCode::busy,
          fmt::format("session \"{}\" is open {} ({})", session.string(),
                      by == ownWords() ? "already in this Lectern" : "in another Lectern",
                      by.empty() ? "which has just started" : by));
}

[[noreturn]] void raiseCannotLock(const std::filesystem::path& session,
                                  const std::filesystem::path& lock, int systemError)
{
    const bool isProtected = systemError == EACCES || systemError == EPERM || systemError == EROFS;
    raise(isProtected ? ErrorCode::readOnly : ErrorCode::io,
          fmt::format("{}: wanted to write it, but \"{}\" beside it cannot be locked: {}",
                      session.string(), lock.filename().string(), reason(systemError)));
}

/// Between open and lock the holder may have removed the file: then the lock is on a file that
/// nobody else will ever find.
bool isStillThere(int descriptor, const std::filesystem::path& path)
{
    struct stat opened = {};
    struct stat named = {};
    return fstat(descriptor, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

} // namespace

std::filesystem::path SessionLock::pathFor(const std::filesystem::path& session)
{
    return session.parent_path() / fmt::format(".{}.lock", session.filename().string());
}

SessionLock::SessionLock(const std::filesystem::path& session) : m_path(pathFor(session))
{
    for (;;) {
        const int descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (descriptor < 0)
            raiseCannotLock(session, m_path, errno);
        struct flock region = wholeFile();
        if (fcntl(descriptor, F_OFD_SETLK, &region) != 0) {
            const int error = errno;
            const std::string by = holder(descriptor);
            ::close(descriptor);
            if (error == EAGAIN || error == EACCES)
                raiseBusy(session, by);
            raiseCannotLock(session, m_path, error);
        }
        if (isStillThere(descriptor, m_path)) {
            m_descriptor = descriptor;
            break;
        }
        ::close(descriptor);
    }
    const std::string words = ownWords();
    // Only for the other program's message: where it cannot be written the lock holds all the same.
    if (ftruncate(m_descriptor, 0) == 0)
        (void)!pwrite(m_descriptor, words.data(), words.size(), 0);
}

SessionLock::~SessionLock()
{
    ::unlink(m_path.c_str());
    ::close(m_descriptor);
}

bool SessionLock::isHeld(const std::filesystem::path& session)
{
    const int descriptor = ::open(pathFor(session).c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    struct flock region = wholeFile();
    const bool held = fcntl(descriptor, F_OFD_GETLK, &region) == 0 && region.l_type != F_UNLCK;
    ::close(descriptor);
    return held;
}

} // namespace storage
