// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "answering/error.h"
#include "answering/passage_reader.h"

namespace answering {

/// A passage to read, in the order of promise.
struct ReadingTask
{
    std::string text;
    bool isCode = false;
};

/// News from the reading threads, given out on the thread that runs the round.
struct ReadingNews
{
    enum class Kind
    {
        opened,     ///< `reading` has the found-probability
        answerText, ///< `text` is the next piece of this passage's answer
        done        ///< `reading` is complete; not quoted where it was not worth it
    };
    Kind kind = Kind::opened;
    std::size_t task = 0;
    PassageReading reading;
    std::string text;
    bool isQuoted = false;
};

/// What the passages are read for.
struct ReadingQuestion
{
    std::string_view text;
    std::span<const WeightedWord> words;
};

/// Reads all tasks beside one question, as many at a time as there are readers, the first tasks
/// first. A passage is quoted when `isWorthQuoting` says so of its found-probability.
///
/// `onNews` is called on the calling thread. The first error stops all readers and is returned, as
/// does a stop. Every thread has ended on return.
[[nodiscard]] Result<void> runReadingRound(std::span<const std::unique_ptr<PassageReader>> readers,
                                           const ReadingQuestion& question,
                                           std::span<const ReadingTask> tasks,
                                           const std::function<bool(double found)>& isWorthQuoting,
                                           const std::function<void(const ReadingNews&)>& onNews,
                                           const std::stop_token& stop);

} // namespace answering
