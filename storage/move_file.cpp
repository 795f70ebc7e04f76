// SPDX-License-Identifier: GPL-3.0-or-later
#include "move_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <stdio.h>

#include <fmt/format.h>

#include "sqlite/failure.h"

namespace storage {

namespace {

/// 0 or the system's error.
int renameFile(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    // This file system (of a network, of a stick) cannot promise it: look first.
    std::error_code error;
    if (std::filesystem::exists(to, error))
        return EEXIST;
    std::filesystem::rename(from, to, error);
    return error.value();
}

} // namespace

bool moveWithoutOverwriting(const std::filesystem::path& from, const std::filesystem::path& to)
{
    const int error = renameFile(from, to);
    if (error == 0)
        return true;
    if (error == EEXIST)
        return false;
    raise(error == ENOENT ? ErrorCode::notFound : ErrorCode::io,
          fmt::format("{}: wanted to move it to {}: {}", from.string(), to.string(),
                      std::generic_category().message(error)));
}

} // namespace storage
