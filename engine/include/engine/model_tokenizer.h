// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/error.h"
#include "engine/tokenizer.h"

namespace engine {

/// A tokenizer and where it came from.
struct ModelTokenizer
{
    std::shared_ptr<const Tokenizer> tokenizer;
    /// The tokenizer.json, or the GGUF file in whose metadata it was.
    std::filesystem::path file;
    /// Hex digest over a tokenizer from metadata; empty for a file, whose bytes can be hashed.
    std::string digest;
};

/// The tokenizer that belongs to the model at `path` (as Model::open takes it): `tokenizer.json`
/// in its folder, or what the metadata of a GGUF file holds.
[[nodiscard]] Result<ModelTokenizer> openModelTokenizer(const std::filesystem::path& path);

/// The GGUF file that `path` stands for: itself, or the only one in a folder without safetensors.
/// Empty for anything else.
[[nodiscard]] std::filesystem::path ggufAt(const std::filesystem::path& path);

} // namespace engine
