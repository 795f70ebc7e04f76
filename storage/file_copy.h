// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "sqlite/database.h"

namespace storage {

/// Copies the file of a connection, byte by byte, to `target`, which must not be there. The caller
/// holds a read transaction that has read something: nobody can write meanwhile.
///
/// Where the file system can share blocks between files (btrfs, XFS, bcachefs) nothing is copied
/// at all; otherwise a few threads copy from the kernel's memory. It is not waited for that the
/// copy reaches the disk: a loss of power in the next seconds can cost the copy, never the
/// original.
///
/// Throws Failure: diskFull, io.
void copyDatabaseFile(Database& from, const std::filesystem::path& target);

} // namespace storage
