// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "storage/ranges.h"

namespace app {

// How numbers and times are put into words, the same in the terminal, in the window and in exports.

/// "1,204"
[[nodiscard]] std::string withThousands(std::uint64_t number);
/// "about 14 minutes", "less than a minute"
[[nodiscard]] std::string aboutDuration(std::chrono::seconds duration);
/// "2026-05-03 14:02", local time
[[nodiscard]] std::string dateAndTime(storage::Timestamp time);
/// "2026-05-03T12:02:00Z"
[[nodiscard]] std::string isoTime(storage::Timestamp time);
/// A folder's own name, also when the path ends with a slash or is "/" or ".".
[[nodiscard]] std::string folderName(const std::filesystem::path& folder);

} // namespace app
