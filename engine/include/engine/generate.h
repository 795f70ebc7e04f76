// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/error.h"
#include "engine/sampler.h"
#include "engine/session.h"
#include "engine/tokenizer.h"

namespace engine {

struct GenerationOptions
{
    std::size_t maxTokens = 1024;
    std::vector<TokenId> stopTokens; ///< the published V4 models stop at id 1 only
    /// Let the MTP block propose tokens, and check them together with the one before in a single
    /// block. Changes how fast tokens come; neither what greedy choice gives nor the distribution
    /// that is sampled from. (With a temperature, the same seed gives other tokens than without.)
    bool speculative = false;
    std::size_t draftTokens = 1; ///< proposed at a time, 1 to 8
};

enum class GenerationEnd
{
    stopToken,
    tokenLimit,
    contextFull, ///< ModelConfig::maxPositions is reached
    caller,      ///< the observer said so
};

struct GenerationReport
{
    std::vector<TokenId> tokens; ///< the stop token included
    GenerationEnd end = GenerationEnd::tokenLimit;
    std::uint64_t blocks = 0;   ///< passes of the trunk after the prompt
    std::uint64_t drafted = 0;  ///< tokens that the MTP block proposed
    std::uint64_t accepted = 0; ///< those of them that were taken
};

struct GenerationObserver
{
    /// Each token as it is decided; false ends the generation with it.
    std::function<bool(TokenId)> token;
    /// The trunk's logits [vocabSize] that the token was chosen from, just before `token`.
    std::function<void(std::span<const float>)> logits;
};

/// Reads `prompt` and writes tokens after it until one of `stopTokens`, a limit, or the observer
/// ends it. `prompt` may be empty where the session has read something.
///
/// Afterwards the session has read the prompt and all tokens of the report but the last one. After
/// an error it has read an unknown part of them: go back with Session::rewindTo().
///
/// Speculation (Leviathan and others, 2023): a proposed token d, drawn from q, is taken with
/// probability min(1, p(d) / q(d)), where p is what the trunk gives after the same filters;
/// otherwise the token is drawn from max(0, p - q), scaled to sum 1. Either way its distribution is
/// p.
///
/// Errors: those of Session::append and Sampler::distribution; unsupported where `speculative` is
/// asked of a model without an MTP block; badInput where an option is out of range.
[[nodiscard]] Result<GenerationReport> generate(Session& session, std::span<const TokenId> prompt,
                                                Sampler& sampler, const GenerationOptions& options,
                                                const GenerationObserver& observer = {},
                                                std::stop_token stop = {});

} // namespace engine
