// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>

#include "engine/error.h"
#include "engine/numeric_mode.h"

namespace engine {

/// How far a checkpoint's forward pass is from what a reference computed.
struct VerifyReport
{
    /// Worst row of the logits: norm of the difference by norm of the expected row.
    double prefillWorst = 0.0;
    double decodeWorst = 0.0;
    /// The largest logit stands at the same place in every row.
    bool argmaxEqual = true;
    std::size_t prefillRows = 0;
    std::size_t decodeRows = 0;
};

/// Runs `directory` in `numerics`, with nothing rounded in the cache, over the tokens of
/// `expectedFile` (safetensors with `tokens`, `prefill_logits` [p, vocab] and `decode_logits` [d,
/// vocab]): the first p in one pass, the other d one at a time. Fails naming file, wanted and
/// found.
[[nodiscard]] Result<VerifyReport> verifyCheckpoint(const std::filesystem::path& directory,
                                                    const std::filesystem::path& expectedFile,
                                                    unsigned threads = 0,
                                                    NumericMode numerics = NumericMode::float32);

} // namespace engine
