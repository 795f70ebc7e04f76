// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace engine {

/// A few threads that share loops. The caller's thread works too; with one thread nothing is
/// started and loops run in place.
///
/// Thread rule: one loop at a time; the pool belongs to one session.
class ThreadPool
{
public:
    /// 0 takes all cores.
    explicit ThreadPool(unsigned threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] std::size_t size() const { return m_workers.size() + 1; }

    /// Runs body(begin, end, thread) over [0, count) in pieces of `grain`, and waits for all.
    /// Which thread takes which piece varies; a body must not let that change its result.
    void forRange(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t, std::size_t, std::size_t)>& body);

private:
    void work(std::size_t thread);
    void takePieces(std::size_t thread);

    std::vector<std::jthread> m_workers;
    const std::function<void(std::size_t, std::size_t, std::size_t)>* m_body = nullptr;
    std::size_t m_count = 0;
    std::size_t m_grain = 1;
    std::atomic<std::size_t> m_next{0};
    std::atomic<std::size_t> m_running{0};
    std::atomic<std::uint64_t> m_round{0};
    std::atomic<bool> m_stop{false};
};

} // namespace engine
