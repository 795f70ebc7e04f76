// SPDX-License-Identifier: GPL-3.0-or-later
#include "heartbeat.h"

#include <algorithm>
#include <ctime>

#include <QCoreApplication>
#include <QEvent>

namespace {

constexpr std::chrono::milliseconds kInterval{5};

class Beat final : public QEvent
{
public:
    Beat() : QEvent(QEvent::User) {}
    const std::chrono::steady_clock::time_point sent = std::chrono::steady_clock::now();
};

/// Of the calling thread.
double processorMs()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

} // namespace

Heartbeat::Heartbeat()
    : m_lastWorkMs(processorMs()), m_thread([this](const std::stop_token& stop) { beat(stop); })
{
}

Heartbeat::~Heartbeat() = default;

void Heartbeat::beat(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        if (!m_underWay.exchange(true)) {
            QCoreApplication::postEvent(this, new Beat);
        }
        std::this_thread::sleep_for(kInterval);
    }
}

void Heartbeat::customEvent(QEvent* event)
{
    const auto waited = Clock::now() - static_cast<Beat*>(event)->sent;
    m_delaysMs.push_back(std::chrono::duration<double, std::milli>(waited).count());
    const double now = processorMs();
    m_worstWorkMs = std::max(m_worstWorkMs, now - m_lastWorkMs);
    m_lastWorkMs = now;
    m_underWay = false;
}

Delays Heartbeat::take()
{
    Delays delays;
    std::sort(m_delaysMs.begin(), m_delaysMs.end());
    delays.beats = m_delaysMs.size();
    if (!m_delaysMs.empty()) {
        const std::size_t last = m_delaysMs.size() - 1;
        delays.medianMs = m_delaysMs[last / 2];
        delays.p99Ms = m_delaysMs[last * 99 / 100];
        delays.worstMs = m_delaysMs[last];
    }
    delays.worstWorkMs = m_worstWorkMs;
    m_delaysMs.clear();
    m_worstWorkMs = 0.0;
    return delays;
}
