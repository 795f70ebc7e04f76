// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/chat.h"

namespace CLI {
class App;
}

namespace app {

/// Settings given to `lectern chat`; what is not given stays as the session has it.
struct ChatArguments
{
    std::optional<engine::ThinkingMode> thinking;
    std::optional<float> temperature;
    std::optional<float> topP;
    std::optional<float> minP;
    std::optional<std::uint64_t> seed;
    std::optional<std::size_t> maxTokens;
    std::optional<bool> speculative;
    std::optional<std::size_t> draftTokens;
    std::optional<std::string> system;
    bool startAnew = false; ///< forget earlier turns
};

void addChatOptions(CLI::App& command, ChatArguments& arguments);

} // namespace app
