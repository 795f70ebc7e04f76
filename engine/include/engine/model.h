// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/error.h"
#include "engine/model_config.h"

namespace engine {

struct ModelWeights;

/// Where matrices live while they are used. The same bits come out either way.
enum class Residency
{
    automatic, ///< mapped; panels where those take no more than 1 GiB
    mapped,    ///< as stored in the memory-mapped file, decoded while they are multiplied
    panels,    ///< unpacked to the kernels' panels when the model is opened
};

struct ModelOptions
{
    Residency residency = Residency::automatic;
};

/// Called now and then with the bytes that are done and the bytes in all.
using CheckProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

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
    /// the file, the tensor, what was wanted and what was found. Numbers are looked at only in
    /// checkpoints up to 1 GiB and where matrices are unpacked: a large mapped one opens without
    /// being read. checkWeights() looks at all.
    [[nodiscard]] static Result<std::shared_ptr<const Model>>
    open(const std::filesystem::path& path, const ModelOptions& options = {});

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
    /// Bytes of memory that belong to the weights. Pages of the mapped file are not counted: the
    /// system drops them when it needs the room.
    [[nodiscard]] std::uint64_t residentBytes() const;
    /// Whether matrices are read from the file as stored.
    [[nodiscard]] bool isMapped() const;

    /// Reads every tensor of the checkpoint and looks for NaN and infinity; the error names file,
    /// tensor and element. Takes as long as reading the files. Cancelled within a few megabytes.
    [[nodiscard]] Result<void> checkWeights(const CheckProgress& progress = {},
                                            std::stop_token stop = {}) const;

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
