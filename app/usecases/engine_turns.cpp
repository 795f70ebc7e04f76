// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/engine_turns.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace app {

namespace {

// Readers that take turns wait for less than this all the time; saying so would only flicker.
constexpr std::chrono::milliseconds kWorthAWord{700};

} // namespace

Result<EngineTurns::Turn> EngineTurns::take(Work work, const std::stop_token& stop,
                                            const std::function<void(bool)>& waiting)
{
    std::unique_lock lock(m_mutex);
    const std::uint64_t ticket = ++m_lastTicket;
    (work == Work::answering ? m_answers : m_readers).push_back(ticket);
    const auto mayGo = [this, ticket] { return !m_taken && isNext(ticket); };
    bool mine = m_changed.wait_for(lock, stop, kWorthAWord, mayGo);
    const bool said = !mine && !stop.stop_requested() && waiting;
    if (said) {
        lock.unlock();
        waiting(true);
        lock.lock();
    }
    mine = mine || m_changed.wait(lock, stop, mayGo);
    leave(ticket);
    m_taken = m_taken || mine;
    lock.unlock();
    if (said) {
        waiting(false);
    }
    if (!mine) {
        m_changed.notify_all(); // another may be next now
        return fail(ErrorCode::cancelled, "stopped while another session was at work");
    }
    return Turn(*this);
}

bool EngineTurns::isNext(std::uint64_t ticket) const
{
    return (m_answers.empty() ? m_readers : m_answers).front() == ticket;
}

void EngineTurns::leave(std::uint64_t ticket)
{
    std::erase(m_answers, ticket);
    std::erase(m_readers, ticket);
}

void EngineTurns::giveBack()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_taken = false;
    }
    m_changed.notify_all();
}

} // namespace app
