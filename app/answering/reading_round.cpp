// SPDX-License-Identifier: GPL-3.0-or-later
#include "reading_round.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace answering {

namespace {

/// News on their way from the readers to the thread that runs the round.
class NewsQueue
{
public:
    explicit NewsQueue(std::size_t numReaders) : m_running(numReaders) {}

    void push(ReadingNews news)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_news.push_back(std::move(news));
        }
        m_changed.notify_one();
    }

    void readerEnded(std::optional<Error> error)
    {
        {
            const std::lock_guard lock(m_mutex);
            --m_running;
            if (error && !m_error) {
                m_error = std::move(error);
            }
        }
        m_changed.notify_one();
    }

    /// The next piece of news; none when all readers have ended and all was taken.
    [[nodiscard]] std::optional<ReadingNews> pop()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return !m_news.empty() || m_running == 0; });
        if (m_news.empty()) {
            return std::nullopt;
        }
        auto news = std::move(m_news.front());
        m_news.pop_front();
        return news;
    }

    [[nodiscard]] std::optional<Error> error()
    {
        const std::lock_guard lock(m_mutex);
        return m_error;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<ReadingNews> m_news;
    std::size_t m_running;
    std::optional<Error> m_error;
};

/// What one reading thread does.
class ReaderLoop
{
public:
    ReaderLoop(PassageReader& reader, const ReadingQuestion& question,
               std::span<const ReadingTask> tasks,
               const std::function<bool(double)>& isWorthQuoting,
               std::atomic<std::size_t>& nextTask, NewsQueue& queue, std::stop_source& stop)
        : m_reader(reader), m_question(question), m_tasks(tasks), m_isWorthQuoting(isWorthQuoting),
          m_nextTask(nextTask), m_queue(queue), m_stop(stop)
    {
    }

    void run()
    {
        std::optional<Error> error;
        try {
            error = readAll();
        } catch (const std::exception& e) {
            error = Error{ErrorCode::model, e.what()};
        }
        if (error) {
            m_stop.request_stop();
        }
        m_queue.readerEnded(std::move(error));
    }

private:
    std::optional<Error> readAll()
    {
        for (std::size_t task = m_nextTask++; task < m_tasks.size(); task = m_nextTask++) {
            if (m_stop.stop_requested()) {
                return Error{ErrorCode::cancelled, "stopped while passages were being read"};
            }
            if (auto error = readOne(task)) {
                return error;
            }
        }
        return std::nullopt;
    }

    std::optional<Error> readOne(std::size_t task)
    {
        auto reading = m_reader.open(m_question.text, m_tasks[task].text, m_tasks[task].isCode,
                                     m_stop.get_token());
        if (!reading) {
            return reading.error();
        }
        m_queue.push({ReadingNews::Kind::opened, task, *reading, {}, false});
        const bool isQuoted = m_isWorthQuoting(reading->found);
        if (isQuoted) {
            const auto pass = [&](std::string_view text) {
                m_queue.push({ReadingNews::Kind::answerText, task, {}, std::string(text), true});
            };
            reading = m_reader.quote(m_question.words, pass, m_stop.get_token());
            if (!reading) {
                return reading.error();
            }
        }
        m_queue.push({ReadingNews::Kind::done, task, *reading, {}, isQuoted});
        return std::nullopt;
    }

    PassageReader& m_reader;
    const ReadingQuestion& m_question;
    std::span<const ReadingTask> m_tasks;
    const std::function<bool(double)>& m_isWorthQuoting;
    std::atomic<std::size_t>& m_nextTask;
    NewsQueue& m_queue;
    std::stop_source& m_stop;
};

} // namespace

Result<void> runReadingRound(std::span<const std::unique_ptr<PassageReader>> readers,
                             const ReadingQuestion& question, std::span<const ReadingTask> tasks,
                             const std::function<bool(double found)>& isWorthQuoting,
                             const std::function<void(const ReadingNews&)>& onNews,
                             const std::stop_token& stop)
{
    const std::size_t numReaders = std::min(readers.size(), tasks.size());
    std::stop_source stopSource;
    const std::stop_callback forward(stop, [&] { stopSource.request_stop(); });
    std::atomic<std::size_t> nextTask{0};
    NewsQueue queue(numReaders);
    std::vector<std::jthread> threads;
    threads.reserve(numReaders);
    for (std::size_t i = 0; i < numReaders; ++i) {
        try {
            threads.emplace_back([&, i] {
                ReaderLoop(*readers[i], question, tasks, isWorthQuoting, nextTask, queue,
                           stopSource)
                    .run();
            });
        } catch (const std::system_error& e) {
            // One thread fewer reads more slowly; none at all is an error.
            queue.readerEnded(i == 0 ? std::optional(Error{ErrorCode::model, e.what()})
                                     : std::nullopt);
        }
    }
    while (const auto news = queue.pop()) {
        onNews(*news);
    }
    threads.clear();
    if (auto error = queue.error()) {
        return tl::unexpected(std::move(*error));
    }
    return {};
}

} // namespace answering
