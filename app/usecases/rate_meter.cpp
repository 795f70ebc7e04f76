// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/rate_meter.h"

#include <cmath>

namespace app {

RateMeter::RateMeter(Clock::time_point start) : m_start(start)
{
    m_samples.push_back({start, 0});
}

void RateMeter::update(std::uint64_t done, Clock::time_point now)
{
    m_samples.push_back({now, done});
    // One sample older than the window stays, so that the average spans the whole of it.
    while (m_samples.size() > 2 && now - m_samples[1].at > kWindow) {
        m_samples.pop_front();
    }
}

double RateMeter::perSecond() const
{
    const Sample& first = m_samples.front();
    const Sample& last = m_samples.back();
    const double seconds = std::chrono::duration<double>(last.at - first.at).count();
    return seconds <= 0.0 ? 0.0 : static_cast<double>(last.done - first.done) / seconds;
}

std::optional<std::chrono::seconds> RateMeter::timeFor(std::uint64_t remaining) const
{
    const double rate = perSecond();
    if (m_samples.back().at - m_start < kFirstForecast || rate <= 0.0) {
        return std::nullopt;
    }
    return std::chrono::seconds(std::llround(std::ceil(static_cast<double>(remaining) / rate)));
}

} // namespace app
