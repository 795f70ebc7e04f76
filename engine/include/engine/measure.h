// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/model.h"
#include "engine/session.h"

namespace engine {

/// How the cache in front of the measured tokens comes about.
enum class CacheFill
{
    read,      ///< the tokens before are really read
    synthetic, ///< rows and keys are drawn at random and the position is set: seconds, not hours
};

struct MeasureOptions
{
    SessionOptions session;
    std::uint64_t depth = 0;  ///< tokens in the cache before the first measured one
    std::uint64_t tokens = 0; ///< tokens measured, at least 1
    CacheFill fill = CacheFill::synthetic;
    std::stop_token stop;
    /// Called now and then while tokens are read, those before the measured ones included.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// What one measurement found. Seconds are wall-clock time.
struct Measurement
{
    double seconds = 0.0;       ///< of all measured tokens
    double medianSeconds = 0.0; ///< of one token when writing, of one block when reading
    double fillSeconds = 0.0;   ///< of filling the cache up to the depth
    std::uint64_t cacheBytes = 0;
    /// Share of `seconds` by layer, the layer's own work only; the rest is embedding and head.
    std::vector<double> layerSeconds;

    [[nodiscard]] double tokensPerSecond(std::uint64_t tokens) const
    {
        return static_cast<double>(tokens) / seconds;
    }
};

/// Reads `tokens` tokens from position `depth` on, in the session's own blocks. One block before
/// is read unmeasured, so that memory is there and threads run.
[[nodiscard]] Result<Measurement> measurePrefill(std::shared_ptr<const Model> model,
                                                 const MeasureOptions& options);

/// Writes `tokens` tokens from position `depth` on, one at a time: logits, the largest, append.
[[nodiscard]] Result<Measurement> measureDecode(std::shared_ptr<const Model> model,
                                                const MeasureOptions& options);

/// Tokens spread over the whole vocabulary, the same in every run: no expert is a favourite and
/// nothing is easier to read than a text would be. `avoid`: ids that are not drawn.
[[nodiscard]] std::vector<TokenId> spreadTokens(std::size_t vocabSize, std::uint64_t count,
                                                std::span<const TokenId> avoid = {});

/// The machine as a measurement should name it.
struct MachineInfo
{
    std::string processor;
    unsigned cores = 0;
    std::string instructionSet; ///< that of sessions in the given format
};

[[nodiscard]] MachineInfo machineInfo(CacheFormat format = CacheFormat::compact);

} // namespace engine
