// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include <QObject>

/// What a person who clicks at a random moment has to wait for.
struct Delays
{
    std::size_t beats = 0;
    double medianMs = 0.0;
    double p99Ms = 0.0;
    double worstMs = 0.0;
    /// The most processor time that the GUI thread spent between two beats. Where the delay is long
    /// and this is short, other threads had the processors, and the window did nothing itself.
    double worstWorkMs = 0.0;
};

/// Sends an event to the GUI thread every few milliseconds, as a mouse would, and notes how long
/// each one lies there.
class Heartbeat final : public QObject
{
public:
    Heartbeat();
    ~Heartbeat() override;

    /// The delays since the last call, or since the beginning.
    [[nodiscard]] Delays take();

protected:
    void customEvent(QEvent* event) override;

private:
    using Clock = std::chrono::steady_clock;

    void beat(const std::stop_token& stop);

    std::vector<double> m_delaysMs;
    double m_lastWorkMs = 0.0;
    double m_worstWorkMs = 0.0;
    std::atomic<bool> m_underWay = false; ///< one beat at a time: a queue of them would only wait
    std::jthread m_thread;
};
