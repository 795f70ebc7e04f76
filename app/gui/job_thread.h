// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include <QThread>

namespace app {

/// A thread that does jobs one after another, and a long piece of work in between while there are
/// none. A new job interrupts that work; it goes on afterwards.
///
/// Thread rule: any thread may call; not from within a job, except post() and setBackground().
/// The destructor drops jobs that have not begun, stops the running one and waits for it.
class JobThread
{
public:
    /// The token is triggered when the job should end early.
    using Job = std::function<void(const std::stop_token&)>;
    /// Does a part of the work and says whether there is more.
    using Background = std::function<bool(const std::stop_token&)>;

    JobThread();
    ~JobThread();
    JobThread(const JobThread&) = delete;
    JobThread& operator=(const JobThread&) = delete;

    void post(Job job);
    /// Asks the running job to end early; jobs behind it stay.
    void stopJob();
    /// Replaces the work in between; an empty function ends it.
    void setBackground(Background background);
    /// What the destructor does, without waiting: `last` is run on the thread once the running job
    /// has ended, then `ended` in the thread of `context`. Nothing may be asked of it afterwards.
    void end(std::function<void()> last, QObject* context, std::function<void()> ended);

private:
    void run(const std::stop_token& end);
    void stopAll();

    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::deque<Job> m_jobs;
    Background m_background;
    std::stop_source m_jobStop;
    std::stop_source m_backgroundStop;
    std::stop_source m_end;
    std::function<void()> m_last;
    /// A Qt thread, since laying out a transcript for a PDF needs one. Last: it uses all of the
    /// above.
    std::unique_ptr<QThread> m_thread;
};

} // namespace app
