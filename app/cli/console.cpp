// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/console.h"

#include <cstdio>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "usecases/place.h"
#include "usecases/words.h"

namespace app {

namespace {

constexpr std::chrono::milliseconds kTerminalStep{100};
constexpr std::chrono::seconds kPlainStep{5};
constexpr std::size_t kDefaultColumns = 80;

std::size_t terminalColumns()
{
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                           : kDefaultColumns;
}

// A line that wraps cannot be overwritten, so it is cut to the terminal's width.
std::string cutTo(const std::string& line, std::size_t columns)
{
    std::size_t characters = 0;
    for (std::size_t byte = 0; byte < line.size(); ++byte) {
        const bool begins = (static_cast<unsigned char>(line[byte]) & 0xC0U) != 0x80U;
        if (begins && ++characters > columns) {
            return line.substr(0, byte);
        }
    }
    return line;
}

} // namespace

Console::Console() : m_errorIsTerminal(isatty(STDERR_FILENO) == 1) {}

Console::~Console()
{
    endProgress();
}

void Console::write(std::string_view text)
{
    endProgress();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void Console::writeLine(std::string_view line)
{
    write(std::string(line) + "\n");
}

void Console::progress(const std::string& line)
{
    const auto now = std::chrono::steady_clock::now();
    const auto step = m_errorIsTerminal ? std::chrono::milliseconds(kTerminalStep)
                                        : std::chrono::milliseconds(kPlainStep);
    if (m_lastProgress.time_since_epoch().count() != 0 && now - m_lastProgress < step) {
        return;
    }
    m_lastProgress = now;
    if (m_errorIsTerminal) {
        fmt::print(stderr, "\r{}\x1b[K", cutTo(line, terminalColumns() - 1));
        m_progressShown = true;
    } else {
        fmt::print(stderr, "{}\n", line);
    }
    std::fflush(stderr);
}

void Console::endProgress()
{
    if (m_progressShown) {
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
        m_progressShown = false;
    }
    m_lastProgress = {}; // what comes next is another piece of work, and shown at once
}

void Console::aside(std::string_view text)
{
    endProgress();
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
    m_asideShown = true;
}

void Console::endAside()
{
    if (std::exchange(m_asideShown, false)) {
        fmt::print(stderr, "\n\n");
        std::fflush(stderr);
    }
}

void Console::note(std::string_view message)
{
    endProgress();
    endAside();
    fmt::print(stderr, "{}\n", message);
}

void Console::error(const Error& error)
{
    note(fmt::format("lectern: {}", error.message));
}

std::string progressWords(const ReadingProgress& progress)
{
    const std::uint64_t total = std::max<std::uint64_t>(progress.tokensTotal, 1);
    std::string words =
        fmt::format("Reading {}: {} of {} tokens, {} %", progress.sourceTitle,
                    withThousands(progress.tokensDone), withThousands(progress.tokensTotal),
                    progress.tokensDone * 100 / total);
    if (progress.tokensPerSecond >= 1.0) {
        words += fmt::format(", {} tokens/s",
                             withThousands(static_cast<std::uint64_t>(progress.tokensPerSecond)));
    }
    if (progress.timeLeft) {
        words += fmt::format(", {} left", aboutDuration(*progress.timeLeft));
    }
    return words;
}

} // namespace app
