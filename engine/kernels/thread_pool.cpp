// SPDX-License-Identifier: GPL-3.0-or-later
#include "kernels/thread_pool.h"

#include <algorithm>

namespace engine {

namespace {

/// Rounds of waiting: first a thread keeps its processor, since loops of one layer follow each
/// other at once, then it offers the processor to others, and then it sleeps. Sleeping at once
/// makes single tokens slower by the time of waking; keeping the processor longer would take it
/// from whoever is waited for on a busy machine.
constexpr int kSpins = 400;
constexpr int kYields = 100;

inline void relax()
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

template <typename Condition>
void waitAwake(const Condition& isOver)
{
    for (int spin = 0; spin < kSpins && !isOver(); ++spin)
        relax();
    for (int yield = 0; yield < kYields && !isOver(); ++yield)
        std::this_thread::yield();
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
    m_stop = true;
    ++m_round;
    m_round.notify_all();
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
    ++m_round;
    m_round.notify_all();
    takePieces(0);
    waitAwake([&] { return m_running.load(std::memory_order_acquire) == 0; });
    for (std::size_t left = m_running; left != 0; left = m_running)
        m_running.wait(left);
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
        waitAwake([&] { return m_round.load(std::memory_order_acquire) != seen; });
        m_round.wait(seen);
        seen = m_round.load(std::memory_order_acquire);
        if (m_stop)
            return;
        takePieces(thread);
        if (m_running.fetch_sub(1, std::memory_order_acq_rel) == 1)
            m_running.notify_one();
    }
}

} // namespace engine
