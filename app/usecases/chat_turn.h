// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat.h"
#include "engine/generate.h"
#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/generation_settings.h"
#include "usecases/model_provider.h"
#include "usecases/timeline.h"

namespace app {

struct ChatObserver
{
    std::function<void(std::string_view)> reasoning; ///< pieces of the thinking
    std::function<void(std::string_view)> answer;    ///< pieces of the answer
};

/// What a chat model said, and what it cost.
struct ChatReply
{
    engine::ChatMessage message;              ///< thinking, answer, tool calls
    std::vector<std::string> brokenToolCalls; ///< as the model wrote them
    std::string end;                          ///< "stop", "length", "context", "stopped"
    engine::ThinkingMode thinking = engine::ThinkingMode::none; ///< as the model was told
    std::uint64_t sessionTokens = 0; ///< of the timeline that the turn went on from
    std::uint64_t promptTokens = 0;
    std::uint64_t generatedTokens = 0;
    std::uint64_t blocks = 0; ///< passes of the model after the prompt
    std::uint64_t drafted = 0;
    std::uint64_t accepted = 0;
    double firstTokenMs = 0.0;
    double totalMs = 0.0;
};

/// Says `messages` to a chat model that has read the timeline, and lets it answer. The documents
/// stand where the format has the system's words: bare, behind the begin token. Afterwards the
/// timeline is as it was, bit for bit, whatever happened.
///
/// A stop gives what was said until then. Errors: wrongUse where the model is no chat model, or
/// lacks what the settings ask for.
[[nodiscard]] Result<ChatReply> chatTurn(Timeline& timeline, const LoadedModel& model,
                                         const std::vector<engine::ChatMessage>& messages,
                                         const GenerationSettings& settings,
                                         const ChatObserver& observer, const std::stop_token& stop);

/// The turns of a session's chat, kept in its file beside the conversation of questions and
/// answers; earlier thinking is kept, the format decides what of it is shown again.
[[nodiscard]] Result<std::vector<engine::ChatMessage>> loadChat(storage::SessionFile& file);
[[nodiscard]] Result<void> storeChat(storage::SessionFile& file,
                                     const std::vector<engine::ChatMessage>& messages);

} // namespace app
