// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>

#include "usecases/error.h"

namespace app {

/// Whose turn it is to use the processor for the model, among all sessions of this program: two
/// forward passes at once, each with all threads, take longer than one after the other.
///
/// Answers go before reading, since a person waits for them; otherwise who came first goes first.
/// Reading takes a turn for every few hundred tokens, so that several sessions read side by side
/// and an answer waits for one slice at most.
///
/// Thread rule: any thread; one turn a thread at a time.
class EngineTurns
{
public:
    enum class Work
    {
        answering,
        reading,
    };

    /// Gives the turn back when it goes.
    class Turn
    {
    public:
        Turn() = default;
        explicit Turn(EngineTurns& turns) : m_turns(&turns) {}
        Turn(Turn&& other) noexcept : m_turns(std::exchange(other.m_turns, nullptr)) {}
        Turn& operator=(Turn&& other) noexcept
        {
            std::swap(m_turns, other.m_turns);
            return *this;
        }
        ~Turn()
        {
            if (m_turns != nullptr) {
                m_turns->giveBack();
            }
        }

    private:
        EngineTurns* m_turns = nullptr;
    };

    /// Waits for the turn. `waiting(true)` is called on this thread once the wait has lasted so
    /// long that a person would wonder, and `waiting(false)` at its end. Error: cancelled.
    [[nodiscard]] Result<Turn> take(Work work, const std::stop_token& stop,
                                    const std::function<void(bool)>& waiting = {});

private:
    [[nodiscard]] bool isNext(std::uint64_t ticket) const;
    void giveBack();
    void leave(std::uint64_t ticket);

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<std::uint64_t> m_answers; ///< tickets that wait, first come first
    std::deque<std::uint64_t> m_readers;
    std::uint64_t m_lastTicket = 0;
    bool m_taken = false;
};

} // namespace app
