// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/model_config.h"
#include "engine/session.h"

namespace engine {

/// Something that is wrong with a checkpoint.
enum class CheckKind
{
    file,    ///< a shard that cannot be read, or does not hold what the index says
    missing, ///< a tensor that the configuration asks for
    surplus, ///< a tensor that no configuration of this family has there
    shape,
    type,
    number, ///< NaN, infinity, or a scale that is none
};

struct CheckFinding
{
    CheckKind kind = CheckKind::file;
    std::string tensor;  ///< official name; empty for kind file
    std::string message; ///< file, tensor, wanted, found
};

/// Memory of one purpose.
struct MemoryPart
{
    std::string name;
    std::uint64_t bytes = 0;
    /// Pages of the model's files: the system may drop them and read them again.
    bool isMapped = false;
};

struct CheckReport
{
    ModelConfig config;
    std::size_t files = 0;
    std::size_t tensors = 0; ///< as stored; slices of fused ones count
    std::uint64_t storedBytes = 0;
    std::uint64_t parameters = 0; ///< of the layers; MTP blocks, routing tables, biases left out
    std::uint64_t mtpParameters = 0;
    std::size_t mtpBlocks = 0;
    bool numbersRead = false;
    std::vector<CheckFinding> findings; ///< in the order of the forward pass
    std::vector<MemoryPart> memory;     ///< for reading `memoryTokens` tokens
    std::uint64_t memoryTokens = 0;

    [[nodiscard]] bool isSound() const { return findings.empty(); }
};

struct CheckOptions
{
    bool readNumbers = true; ///< look at every number: as long as reading the files
    std::uint64_t memoryTokens = 1'000'000;
    unsigned threads = 0; ///< of the session whose memory is told
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
    std::stop_token stop;
};

/// Holds the checkpoint at `path` (as Model::open takes it) against its configuration: names,
/// shapes, formats, missing and surplus tensors, and the numbers themselves. Everything that is
/// wrong is listed. Fails only where nothing can be said: no configuration, no file, cancelled.
[[nodiscard]] Result<CheckReport> checkModel(const std::filesystem::path& path,
                                             const CheckOptions& options = {});

/// The position in a session at which reading a token takes about twice as long as at its
/// beginning, since every token is scored against the index keys of all before it; infinity for a
/// model that has none. From the numbers of multiplications alone, for forecasts
/// (docs/performance.md has what was measured).
[[nodiscard]] double halfSpeedPosition(const ModelConfig& config);

/// What a session of `tokens` tokens takes beside the weights, by part. Exact for the cache; the
/// working memory of a block is what its largest buffers add up to.
[[nodiscard]] std::vector<MemoryPart>
sessionMemory(const ModelConfig& config, const SessionOptions& options, std::uint64_t tokens);

} // namespace engine
