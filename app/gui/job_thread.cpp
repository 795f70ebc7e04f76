// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/job_thread.h"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

namespace app {

JobThread::JobThread()
{
    m_thread.reset(QThread::create([this] {
        run(m_end.get_token());
        if (m_last) {
            m_last();
        }
    }));
    m_thread->start();
}

JobThread::~JobThread()
{
    stopAll();
    m_thread->wait();
}

void JobThread::stopAll()
{
    {
        const std::scoped_lock lock(m_mutex);
        m_jobs.clear();
        m_background = nullptr;
        m_jobStop.request_stop();
        m_backgroundStop.request_stop();
    }
    m_end.request_stop();
}

void JobThread::end(std::function<void()> last, QObject* context, std::function<void()> ended)
{
    m_last = std::move(last); // before the thread can come to its end
    QObject::connect(m_thread.get(), &QThread::finished, context, std::move(ended),
                     Qt::QueuedConnection);
    stopAll();
}

void JobThread::post(Job job)
{
    const std::scoped_lock lock(m_mutex);
    m_jobs.push_back(std::move(job));
    m_backgroundStop.request_stop();
    m_wake.notify_one();
}

void JobThread::stopJob()
{
    const std::scoped_lock lock(m_mutex);
    m_jobStop.request_stop();
}

void JobThread::setBackground(Background background)
{
    const std::scoped_lock lock(m_mutex);
    m_background = std::move(background);
    m_backgroundStop.request_stop();
    m_wake.notify_one();
}

void JobThread::run(const std::stop_token& end)
{
    std::unique_lock lock(m_mutex);
    while (m_wake.wait(lock, end, [this] { return !m_jobs.empty() || m_background; })) {
        if (end.stop_requested()) {
            return;
        }
        // An exception must not end the thread, and with it the program.
        try {
            if (!m_jobs.empty()) {
                const Job job = std::move(m_jobs.front());
                m_jobs.pop_front();
                m_jobStop = std::stop_source();
                const std::stop_token stop = m_jobStop.get_token();
                lock.unlock();
                job(stop);
                lock.lock();
                continue;
            }
            const Background work = m_background;
            m_backgroundStop = std::stop_source();
            const std::stop_token stop = m_backgroundStop.get_token();
            lock.unlock();
            const bool more = work(stop);
            lock.lock();
            // Stopped means replaced or interrupted: what is set now is left alone.
            if (!more && !stop.stop_requested()) {
                m_background = nullptr;
            }
        } catch (const std::exception& error) {
            spdlog::error("a job failed: {}", error.what());
            if (!lock.owns_lock()) {
                lock.lock();
            }
            m_background = nullptr;
        }
    }
}

} // namespace app
