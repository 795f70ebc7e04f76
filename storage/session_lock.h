// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>

namespace storage {

/// The right to write one session file.
///
/// It is an open-file-description lock on a small hidden file beside the session
/// (".thesis.lectern.lock"): the kernel drops it with the process, however that ends, so nothing
/// stale can stay; two objects of one process exclude each other too; and looking whether it is
/// held does not take it. It cannot be on the session file itself: closing any second handle of
/// that file would drop SQLite's own locks.
class SessionLock final
{
public:
    /// Throws Failure: busy with the holder's process number and machine, readOnly if the folder
    /// is write-protected, io.
    explicit SessionLock(const std::filesystem::path& session);
    ~SessionLock();
    SessionLock(const SessionLock&) = delete;
    SessionLock& operator=(const SessionLock&) = delete;

    /// Whether somebody holds the lock of a session at this moment.
    [[nodiscard]] static bool isHeld(const std::filesystem::path& session);
    [[nodiscard]] static std::filesystem::path pathFor(const std::filesystem::path& session);

private:
    std::filesystem::path m_path;
    int m_descriptor = -1;
};

} // namespace storage
