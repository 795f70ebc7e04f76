// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/thread_pool.h"

#include <algorithm>

namespace engine {

namespace {

/// Rounds of waiting before a thread sleeps: loops of one layer follow within microseconds.
constexpr int kSpins = 4000;

inline void relax()
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

} // namespace

ThreadPool::ThreadPool(unsigned threads)
{
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned wanted = threads == 0 ? cores : threads;
    for (unsigned thread = 1; thread < wanted; ++thread)
        m_workers.emplace_back([this, thread] { work(thread); });
}

ThreadPool::~ThreadPool()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
        ++m_round;
    }
    m_wake.notify_all();
}

void ThreadPool::forRange(std::size_t count, std::size_t grain,
                          const std::function<void(std::size_t, std::size_t, std::size_t)>& body)
{
    if (count == 0)
        return;
    grain = std::max<std::size_t>(1, grain);
    if (m_workers.empty() || count <= grain) {
        body(0, count, 0);
        return;
    }
    m_body = &body;
    m_count = count;
    m_grain = grain;
    m_next = 0;
    m_running = m_workers.size();
    {
        const std::lock_guard lock(m_mutex);
        ++m_round;
    }
    m_wake.notify_all();
    takePieces(0);
    int spins = 0;
    while (m_running.load(std::memory_order_acquire) != 0) {
        if (++spins < kSpins)
            relax();
        else
            std::this_thread::yield();
    }
}

void ThreadPool::takePieces(std::size_t thread)
{
    while (true) {
        const std::size_t begin = m_next.fetch_add(m_grain, std::memory_order_relaxed);
        if (begin >= m_count)
            return;
        (*m_body)(begin, std::min(begin + m_grain, m_count), thread);
    }
}

void ThreadPool::work(std::size_t thread)
{
    std::uint64_t seen = 0;
    while (true) {
        for (int spin = 0; spin < kSpins && m_round.load(std::memory_order_acquire) == seen; ++spin)
            relax();
        if (m_round.load(std::memory_order_acquire) == seen) {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [&] { return m_round.load(std::memory_order_acquire) != seen; });
        }
        seen = m_round.load(std::memory_order_acquire);
        if (m_stop)
            return;
        takePieces(thread);
        m_running.fetch_sub(1, std::memory_order_acq_rel);
    }
}

} // namespace engine
