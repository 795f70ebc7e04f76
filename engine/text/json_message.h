// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/error.h"

namespace engine {

/// The member `key` of `object`, or nothing.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& object, const char* key);

/// A value as messages show it: shortened, "nothing" where there is none.
[[nodiscard]] std::string shown(const nlohmann::json* value);

/// "key: wanted ..., found ...".
[[nodiscard]] tl::unexpected<Error> wrongValue(ErrorCode code, std::string_view key,
                                               std::string_view wanted,
                                               const nlohmann::json* found);

} // namespace engine
