// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

#include "engine/error.h"
#include "engine/model_config.h"
#include "model/gguf_writer.h"

namespace engine {

/// Adds the tokenizer of a model's folder to a GGUF header: tokens, kinds and merges as llama.cpp
/// reads them, and the whole tokenizer.json beside them, which is what this engine reads back. A
/// folder without one gives a file without vocabulary.
[[nodiscard]] Result<void> addTokenizer(const std::filesystem::path& directory,
                                        const ModelConfig& config, GgufHeader& header);

} // namespace engine
