// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/interrupt.h"

#include <chrono>
#include <csignal>
#include <ctime>

#include <unistd.h>

#include "cli/exit_code.h"

namespace app {

namespace {

constexpr long kPollNanoseconds = 100'000'000;
// timeout(1) and terminals may send one request twice, to the process and to its group.
constexpr std::chrono::seconds kOneRequest{1};

sigset_t watchedSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

} // namespace

Interrupt::Interrupt()
{
    const sigset_t signals = watchedSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_watcher = std::jthread([this](const std::stop_token& end) {
        const sigset_t watched = watchedSignals();
        const timespec wait{0, kPollNanoseconds};
        std::chrono::steady_clock::time_point first;
        while (!end.stop_requested()) {
            if (sigtimedwait(&watched, nullptr, &wait) <= 0) {
                continue;
            }
            const auto now = std::chrono::steady_clock::now();
            if (!m_stop.stop_requested()) {
                first = now;
                m_stop.request_stop();
            } else if (now - first > kOneRequest) {
                _exit(exitValue(ExitCode::failed));
            }
        }
    });
}

Interrupt::~Interrupt() = default;

} // namespace app
