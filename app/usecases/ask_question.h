// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "answering/answerer.h"
#include "usecases/conversation.h"
#include "usecases/error.h"
#include "usecases/session_sources.h"

namespace app {

enum class AskStage
{
    waiting, ///< another session is at work and goes first
    looking, ///< through everything that was read
    reading, ///< the best passages, beside the question
};

/// What happens while a question is answered; called on the asking thread.
struct AskObserver
{
    std::function<void(AskStage stage, std::size_t done, std::size_t total)> stage;
    std::function<void(std::string_view piece)> text; ///< pieces join to Exchange::answer
    std::function<void(const Citation& citation)> citation;
};

/// Asks and places the sources of the answer in their documents. A stop gives what had come, with
/// the state `stopped`. Nothing is stored.
[[nodiscard]] Result<Exchange> askQuestion(answering::Answerer& answerer, SessionSources& sources,
                                           PlaceFinder& places, const answering::Question& question,
                                           const AskObserver& observer,
                                           const std::stop_token& stop);

} // namespace app
