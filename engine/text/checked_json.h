// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/error.h"

namespace engine {

/// Values in values in values: more than any file we read has, few enough for every recursion.
inline constexpr std::size_t kDeepestJson = 64;

/// Parses JSON that anyone may have written. The message does not name the file.
[[nodiscard]] Result<nlohmann::json> parseJson(std::string_view text);

/// The same, and no object may hold a key twice: where one tensor must have one place.
[[nodiscard]] Result<nlohmann::json> parseJsonOfUniqueKeys(std::string_view text);

/// The bytes of a regular file of at most `mostBytes`. What is no regular file (a pipe would never
/// end) or larger is refused; the message names the file and says that `wanted` was wanted.
[[nodiscard]] Result<std::string> readSmallFile(const std::filesystem::path& file,
                                                std::string_view wanted, std::size_t mostBytes);

} // namespace engine
