// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

namespace app {

/// Reads a session's cache rows once in the background, through a view of its own and with the
/// lowest priority: what is asked for later comes from memory, and damage is known before it is
/// met. Keeps nothing itself. Ends early when destroyed.
class RowWarmer
{
public:
    explicit RowWarmer(std::filesystem::path session);

    /// Whether a row was found that is not as it was written.
    [[nodiscard]] bool hasFoundDamage() const { return m_foundDamage; }

private:
    void run(const std::stop_token& stop);

    std::filesystem::path m_session;
    std::atomic<bool> m_foundDamage = false;
    std::jthread m_thread; ///< last: it uses the others
};

} // namespace app
