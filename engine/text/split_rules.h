// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/error.h"

namespace engine {

/// One step of cutting text: every match becomes a piece, and so does what lies between.
struct SplitRule
{
    std::string key; ///< where the file has it, for messages
    std::string pattern;
    bool literal = false; ///< the pattern is the text itself, not a regular expression
};

/// The rules under `pre_tokenizer` of a tokenizer.json, in order; messages name the key.
/// Known: Sequence, Split with behavior Isolated, and ByteLevel, which must come last.
[[nodiscard]] Result<std::vector<SplitRule>> readSplitRules(const nlohmann::json& root);

} // namespace engine
