// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "engine/error.h"
#include "engine/model_config.h"

namespace engine {

struct ModelWeights;

/// A loaded checkpoint of the `deepseek_v4` family: configuration and weights.
///
/// Thread rule: const once opened, shared by any number of sessions.
class Model
{
public:
    /// Opens a folder that holds `config.json` and `model.safetensors` (or shards named by
    /// `model.safetensors.index.json`), a GGUF file of architecture `deepseek4` (any part of a
    /// split one), or a folder that holds just that. Tensors may have the names of the checkpoint
    /// or those of transformers. Every tensor is checked for name, shape and type; the error names
    /// the file, the tensor, what was wanted and what was found.
    [[nodiscard]] static Result<std::shared_ptr<const Model>>
    open(const std::filesystem::path& path);

    ~Model();
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    [[nodiscard]] const ModelConfig& config() const;
    /// What was opened: a folder or a GGUF file.
    [[nodiscard]] const std::filesystem::path& directory() const;

    /// Hex digest over configuration and weights; a cache made by another model differs in it.
    [[nodiscard]] const std::string& fingerprint() const;

    [[nodiscard]] std::uint64_t parameterCount() const;
    /// Bytes of the checkpoint's tensors as stored.
    [[nodiscard]] std::uint64_t storedBytes() const;
    /// Bytes held in memory for the weights in the form the kernels read.
    [[nodiscard]] std::uint64_t residentBytes() const;

    /// For the engine's own layers.
    [[nodiscard]] const ModelWeights& weights() const;

private:
    struct Impl;
    explicit Model(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace engine
