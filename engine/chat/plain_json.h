// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace engine {

/// JSON as the format's reference writes it: keys in their order, ", " and ": " between parts,
/// characters beyond ASCII as they are.
[[nodiscard]] std::string plainJson(const nlohmann::ordered_json& value);

} // namespace engine
