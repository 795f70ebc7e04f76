// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace app {

/// Tokens a second as a moving average, and the time left from it.
class RateMeter
{
public:
    using Clock = std::chrono::steady_clock;

    /// Before this much time has passed nothing is foretold: early figures mislead.
    static constexpr std::chrono::seconds kFirstForecast{5};
    /// What the average looks back on.
    static constexpr std::chrono::seconds kWindow{30};

    explicit RateMeter(Clock::time_point start);

    /// `done` counts from the start of the job and never falls.
    void update(std::uint64_t done, Clock::time_point now);

    /// Tokens a second; 0 before the first progress.
    [[nodiscard]] double perSecond() const;
    /// Time for `remaining` more tokens; nothing before kFirstForecast or without any progress.
    [[nodiscard]] std::optional<std::chrono::seconds> timeFor(std::uint64_t remaining) const;

private:
    struct Sample
    {
        Clock::time_point at;
        std::uint64_t done = 0;
    };

    Clock::time_point m_start;
    std::deque<Sample> m_samples;
};

} // namespace app
