// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "usecases/error.h"
#include "usecases/source_reader.h"

namespace app {

/// Standard output for results, standard error for progress and messages.
///
/// Thread rule: one thread.
class Console
{
public:
    Console();
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// Text as it is, flushed: answers are read while they are written.
    void write(std::string_view text);
    void writeLine(std::string_view line);

    /// A state that replaces the one before: one line that is overwritten on a terminal,
    /// elsewhere a line every few seconds.
    void progress(const std::string& line);
    /// Takes the progress line away.
    void endProgress();

    /// Text beside the result, on standard error as it is, flushed: a model's thinking.
    void aside(std::string_view text);
    /// Ends the line of an aside, if there is one.
    void endAside();

    /// A message for the person, after the progress line.
    void note(std::string_view message);
    void error(const Error& error);

private:
    bool m_errorIsTerminal;
    bool m_progressShown = false;
    bool m_asideShown = false;
    std::chrono::steady_clock::time_point m_lastProgress;
};

/// "Reading moby.pdf: 182,000 of 274,310 tokens, 41 %, 5,100 tokens/s, about 14 minutes left"
[[nodiscard]] std::string progressWords(const ReadingProgress& progress);

} // namespace app
