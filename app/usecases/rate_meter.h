// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "usecases/reading_pace.h"

namespace app {

/// Tokens a second as a moving average, and from it the time left, slower places ahead included.
class RateMeter
{
public:
    using Clock = std::chrono::steady_clock;

    /// Before this much time has passed nothing is foretold: early figures mislead.
    static constexpr std::chrono::seconds kFirstForecast{5};
    /// What the average looks back on.
    static constexpr std::chrono::seconds kWindow{30};

    /// Reading begins at `position`. `halvedAt`: see ReadingPace.
    RateMeter(Clock::time_point start, std::uint64_t position, double halvedAt);

    /// `position` never falls.
    void update(std::uint64_t position, Clock::time_point now);

    /// Tokens a second; 0 before the first progress.
    [[nodiscard]] double perSecond() const;
    /// What the same work would have been at the very beginning; unknown before the first progress.
    [[nodiscard]] ReadingPace pace() const;
    /// Time from the last position to `end`; nothing before kFirstForecast or without any progress.
    [[nodiscard]] std::optional<std::chrono::seconds> timeUntil(std::uint64_t end) const;

private:
    struct Sample
    {
        Clock::time_point at;
        std::uint64_t position = 0;
    };

    /// Of the average's span.
    [[nodiscard]] double seconds() const;

    Clock::time_point m_start;
    double m_halvedAt;
    std::deque<Sample> m_samples;
};

} // namespace app
