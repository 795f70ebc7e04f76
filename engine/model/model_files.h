// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "engine/error.h"
#include "engine/model_config.h"
#include "model/checkpoint.h"

namespace engine {

/// What a model is made of, before its weights are bound.
struct ModelFiles
{
    ModelConfig config;
    std::shared_ptr<const Checkpoint> checkpoint;
    std::filesystem::path directory; ///< that holds the files
};

/// Opens a folder (`config.json` and safetensors, or one GGUF) or a GGUF file. `problems`: see
/// Checkpoint::open.
[[nodiscard]] Result<ModelFiles> openModelFiles(const std::filesystem::path& path,
                                                std::vector<Error>* problems = nullptr);

} // namespace engine
