// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "session/session_impl.h"

namespace engine {

/// Makes an empty session look as if it had read `length` tokens: every window row, compressed row,
/// index key and compressor state that counts is drawn from a normal distribution and rounded as
/// the cache rounds. Costs seconds where reading would cost hours; says nothing about answers.
/// Equal lengths give equal bits.
void fillSynthetically(Session::Impl& session, std::uint64_t length);

} // namespace engine
