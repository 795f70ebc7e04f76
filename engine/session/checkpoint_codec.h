// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "session/session_impl.h"

namespace engine {

/// A checkpoint is, in this order and little-endian: magic "LCKP", version, cache format and
/// numeric mode, length of the fingerprint and the fingerprint, tokens read, then per layer the
/// window rows in order of position and the compressor states (float32), then the last token's
/// streams.
[[nodiscard]] std::vector<std::byte> encodeCheckpoint(Session::Impl& session);

/// Fills windows, states, length and last streams of a fresh session.
[[nodiscard]] Result<void> decodeCheckpoint(std::span<const std::byte> bytes,
                                            Session::Impl& session);

} // namespace engine
