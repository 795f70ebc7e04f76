// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "engine/error.h"
#include "engine/model_config.h"
#include "engine/tokenizer.h"

namespace engine {

/// Whether a tokenizer can be that of a model: every id is a row of the embedding, few rows are
/// without a token (published vocabularies are padded), and the ids that begin and end a text
/// are tokens of their own. A foreign tokenizer.json would give wrong answers and no other sign.
/// The error names `file`, what was wanted and what was found.
[[nodiscard]] Result<void> checkTokenizer(const Tokenizer& tokenizer, const ModelConfig& config,
                                          const std::filesystem::path& file);

} // namespace engine
