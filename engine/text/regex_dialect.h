// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "engine/error.h"

namespace engine {

/// Rewrites a regular expression of a tokenizer.json, which is written for Oniguruma, so that
/// PCRE2 (UTF, UCP, MULTILINE) finds the same matches. The two agree on most of the syntax; what
/// differs is rewritten (\s, \S, \w, \W, \h, \H, \v) and what cannot be is refused with
/// unsupported, since a tokenizer that splits a little differently gives plausible, wrong ids.
[[nodiscard]] Result<std::string> pcreFromOniguruma(std::string_view pattern);

} // namespace engine
