// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "session/session_impl.h"

namespace engine {

/// Some logits of the last token, spread over the vocabulary: what a checkpoint carries to show
/// that whoever restores it computes the same. Empty before the first token.
[[nodiscard]] std::vector<float> sampleLogits(Session::Impl& session);

/// Computes the samples again from the restored state. mismatch if one differs by more than
/// another instruction set may make it differ.
[[nodiscard]] Result<void> checkSamples(Session::Impl& session, std::span<const float> wanted);

} // namespace engine
