// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/chat.h"

namespace engine {

/// A message as it is written: a user turn may hold several parts, texts and tool results.
struct Turn
{
    struct Part
    {
        std::string text;
        bool isToolResult = false;
        std::string toolCallId;
    };
    ChatMessage message;
    std::vector<Part> parts; ///< of a user turn
};

/// Puts tool results and neighbouring user messages into one user turn each, tool results in the
/// order of the calls that they answer.
[[nodiscard]] std::vector<Turn> turnsOf(std::span<const ChatMessage> messages);

/// Index of the last user or developer turn, -1 where there is none.
[[nodiscard]] std::ptrdiff_t lastUserTurn(const std::vector<Turn>& turns);

/// Drops developer turns before the last user turn.
void dropPassedDevelopers(std::vector<Turn>& turns);

} // namespace engine
