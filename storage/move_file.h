// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace storage {

/// Renames a file within a file system. False if there is something at `to`. Throws Failure:
/// notFound, io.
[[nodiscard]] bool moveWithoutOverwriting(const std::filesystem::path& from,
                                          const std::filesystem::path& to);

} // namespace storage
