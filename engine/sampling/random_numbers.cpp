// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "engine/sampler.h"

namespace engine {

namespace {

constexpr double kTwoToMinus53 = 1.0 / 9007199254740992.0;

std::uint64_t splitMix(std::uint64_t& state)
{
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

} // namespace

RandomNumbers::RandomNumbers(std::uint64_t seed)
{
    for (std::uint64_t& word : m_words)
        word = splitMix(seed);
}

std::uint64_t RandomNumbers::next()
{
    const std::uint64_t result = std::rotl(m_words[1] * 5, 7) * 9;
    const std::uint64_t shifted = m_words[1] << 17U;
    m_words[2] ^= m_words[0];
    m_words[3] ^= m_words[1];
    m_words[1] ^= m_words[2];
    m_words[0] ^= m_words[3];
    m_words[2] ^= shifted;
    m_words[3] = std::rotl(m_words[3], 45);
    return result;
}

double RandomNumbers::uniform()
{
    return static_cast<double>(next() >> 11U) * kTwoToMinus53;
}

std::array<std::byte, RandomNumbers::kStateBytes> RandomNumbers::state() const
{
    std::array<std::byte, kStateBytes> bytes{};
    for (std::size_t i = 0; i < kStateBytes; ++i)
        bytes[i] = static_cast<std::byte>(m_words[i / 8] >> (8 * (i % 8)) & 0xFFU);
    return bytes;
}

Result<void> RandomNumbers::restore(std::span<const std::byte> state)
{
    if (state.size() != kStateBytes)
        return fail(ErrorCode::badInput, fmt::format("state of the random numbers: wanted {} "
                                                     "bytes, found {}",
                                                     kStateBytes, state.size()));
    if (std::all_of(state.begin(), state.end(), [](std::byte b) { return b == std::byte{0}; }))
        return fail(ErrorCode::badInput,
                    "state of the random numbers: wanted a bit that is set, found only zeros");
    m_words = {};
    for (std::size_t i = 0; i < kStateBytes; ++i)
        m_words[i / 8] |= static_cast<std::uint64_t>(state[i]) << (8 * (i % 8));
    return {};
}

} // namespace engine
