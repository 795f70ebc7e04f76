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
    /// `model.safetensors.index.json`). Every tensor is checked for name, shape and type; the
    /// error names the file, the tensor, what was wanted and what was found.
    [[nodiscard]] static Result<std::shared_ptr<const Model>>
    open(const std::filesystem::path& directory);

    ~Model();
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    [[nodiscard]] const ModelConfig& config() const;
    [[nodiscard]] const std::filesystem::path& directory() const;

    /// Hex digest over configuration and weights; a cache made by another model differs in it.
    [[nodiscard]] const std::string& fingerprint() const;

    [[nodiscard]] std::uint64_t parameterCount() const;
    /// Bytes of the checkpoint's tensors as stored.
    [[nodiscard]] std::uint64_t storedBytes() const;
    /// Bytes held in memory for the weights in the form the kernels read.
    [[nodiscard]] std::uint64_t residentBytes() const;

    /// Whether the checkpoint has an MTP block, with which generation can draft ahead.
    [[nodiscard]] bool hasMtp() const;
    /// Parameters of the MTP block; parameterCount() is that of the trunk alone.
    [[nodiscard]] std::uint64_t mtpParameterCount() const;
    /// What is said of tensors under "mtp." that are left out; empty where none are.
    [[nodiscard]] const std::string& mtpNote() const;

    /// For the engine's own layers.
    [[nodiscard]] const ModelWeights& weights() const;

private:
    struct Impl;
    explicit Model(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

} // namespace engine
