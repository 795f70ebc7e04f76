// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/checkpoint.h"

namespace engine {

/// The tensors of one safetensors file, given as its bytes; the views point into them. Every byte
/// after the header belongs to exactly one tensor. Nothing is allocated by a size that the file
/// claims. The message does not name the file.
[[nodiscard]] Result<std::vector<TensorView>> parseSafetensors(std::span<const std::byte> file);

/// `weight_map` of a model.safetensors.index.json: tensor name to the name of a file that stands
/// beside it. The message does not name the index.
[[nodiscard]] Result<std::map<std::string, std::string>> parseShardIndex(std::string_view text);

} // namespace engine
