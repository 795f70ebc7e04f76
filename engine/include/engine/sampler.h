// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer.h"

namespace engine {

/// Random numbers that are the same on every machine: xoshiro256** (Blackman and Vigna), its four
/// words filled by SplitMix64 from the seed. The state is 32 bytes and may be kept and restored.
///
/// Thread rule: one thread at a time.
class RandomNumbers
{
public:
    static constexpr std::size_t kStateBytes = 32;

    explicit RandomNumbers(std::uint64_t seed = 0);

    [[nodiscard]] std::uint64_t next();
    /// Uniform in [0, 1): the upper 53 bits of next(), times 2^-53.
    [[nodiscard]] double uniform();

    /// The four words in order, each little-endian.
    [[nodiscard]] std::array<std::byte, kStateBytes> state() const;
    /// badInput unless it is 32 bytes, not all of them zero (from there no other state is reached).
    [[nodiscard]] Result<void> restore(std::span<const std::byte> state);

private:
    std::array<std::uint64_t, 4> m_words{};
};

/// How a token is chosen from logits. The published V4 models recommend temperature 1, top-p 1.
struct SamplingSettings
{
    float temperature = 1.0F; ///< 0: the highest logit, of equal ones the lowest id; at most 100
    float topP = 1.0F;        ///< above 0, at most 1; 1 keeps everything
    float minP = 0.0F;        ///< from 0 to 1; 0 keeps everything
    std::uint64_t seed = 0;
};

/// The tokens that can be chosen and their probabilities, which sum to 1 up to rounding.
struct TokenDistribution
{
    std::vector<TokenId> ids; ///< ascending
    std::vector<double> probabilities;

    [[nodiscard]] double probabilityOf(TokenId id) const;
};

/// Chooses tokens. The filters work in this order, in double precision: logits divided by the
/// temperature, softmax; min-p drops what is below minP times the largest probability; top-p then
/// keeps the fewest of the most probable ones whose part of what min-p left is at least topP (of
/// equal probabilities the lower id first); what is left is scaled to sum 1.
///
/// The same logits, settings and state give the same token, on any machine whose exp() agrees.
///
/// Thread rule: one thread at a time.
class Sampler
{
public:
    /// badInput names the setting that is out of its range.
    [[nodiscard]] static Result<Sampler> create(const SamplingSettings& settings);

    /// Distribution after all filters. Refuses (badInput) NaN, +infinity and no finite logit at
    /// all; -infinity is a token that cannot be chosen.
    [[nodiscard]] Result<TokenDistribution> distribution(std::span<const float> logits) const;

    /// One token of `distribution`; takes one random number unless there is only one token.
    [[nodiscard]] TokenId draw(const TokenDistribution& distribution);

    /// Both of the above.
    [[nodiscard]] Result<TokenId> sample(std::span<const float> logits);

    [[nodiscard]] RandomNumbers& random() { return m_random; }
    [[nodiscard]] const SamplingSettings& settings() const { return m_settings; }

private:
    explicit Sampler(const SamplingSettings& settings);

    SamplingSettings m_settings;
    RandomNumbers m_random;
};

} // namespace engine
