// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/rate_meter.h"

namespace app {

RateMeter::RateMeter(Clock::time_point start, std::uint64_t position, double halvedAt)
    : m_start(start), m_halvedAt(halvedAt)
{
    m_samples.push_back({start, position});
}

void RateMeter::update(std::uint64_t position, Clock::time_point now)
{
    m_samples.push_back({now, position});
    // One sample older than the window stays, so that the average spans the whole of it.
    while (m_samples.size() > 2 && now - m_samples[1].at > kWindow) {
        m_samples.pop_front();
    }
}

double RateMeter::seconds() const
{
    return std::chrono::duration<double>(m_samples.back().at - m_samples.front().at).count();
}

double RateMeter::perSecond() const
{
    const auto tokens = static_cast<double>(m_samples.back().position - m_samples.front().position);
    return seconds() <= 0.0 ? 0.0 : tokens / seconds();
}

ReadingPace RateMeter::pace() const
{
    ReadingPace pace;
    pace.halvedAt = m_halvedAt;
    if (seconds() > 0.0) {
        pace.perSecond =
            pace.work(m_samples.front().position, m_samples.back().position) / seconds();
    }
    return pace;
}

std::optional<std::chrono::seconds> RateMeter::timeUntil(std::uint64_t end) const
{
    if (m_samples.back().at - m_start < kFirstForecast) {
        return std::nullopt;
    }
    return pace().timeFor(m_samples.back().position, end);
}

} // namespace app
