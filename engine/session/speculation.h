// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "engine/sampler.h"
#include "session/session_impl.h"

namespace engine {

/// Tokens that one block of speculation decided.
struct SpeculatedTokens
{
    std::vector<TokenId> tokens; ///< proposals that were taken, then one that the trunk chose
    std::vector<float> logits;   ///< the trunk's for each of them, [tokens, vocabSize]
    std::size_t drafted = 0;
};

struct Proposal
{
    TokenId token = 0;
    TokenDistribution from; ///< what it was drawn from
};

struct Decision
{
    TokenId token = 0;
    bool taken = false; ///< whether the token is the proposed one
};

/// The rule: takes a proposal with probability min(1, trunk / from), otherwise draws from
/// max(0, trunk - from), scaled to sum 1. A sure case takes no random number.
[[nodiscard]] Decision decide(const Proposal& proposal, const TokenDistribution& trunk,
                              Sampler& sampler);

/// Reads `token` together with up to `most` proposals for what follows it, decides how many of
/// them stand, and takes the others back. The session has then read all tokens but the last.
/// `most` may be 0; the session keeps at least `most` + 1 tokens for rewind().
[[nodiscard]] Result<SpeculatedTokens> speculate(Session::Impl& session, Sampler& sampler,
                                                 TokenId token, std::size_t most,
                                                 const std::stop_token& stop);

} // namespace engine
