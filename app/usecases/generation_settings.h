// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/chat.h"
#include "engine/sampler.h"
#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/json_values.h"

namespace app {

/// How a chat model writes in one session. Kept in the session file.
struct GenerationSettings
{
    std::optional<engine::ThinkingMode> thinking; ///< nothing: what the model does by itself
    engine::SamplingSettings sampling; ///< what the published models recommend: temperature 1
    std::size_t maxTokens = 4096;      ///< of one reply, thinking included
    bool speculative = false;
    std::size_t draftTokens = 1;
    std::string system; ///< said to the model before the conversation; may be empty

    [[nodiscard]] bool operator==(const GenerationSettings& other) const;
};

/// "none", "low", "high", "max".
[[nodiscard]] std::string_view thinkingName(engine::ThinkingMode mode);
[[nodiscard]] std::optional<engine::ThinkingMode> thinkingFromName(std::string_view name);
/// Thinking without a text about it.
[[nodiscard]] engine::ThinkingMode defaultThinking(engine::EffortFamily family);

[[nodiscard]] Json toJson(const GenerationSettings& settings);

/// The session's settings, or the defaults where it has none. Values of it that are unknown or out
/// of range (another version's) are the defaults, too.
[[nodiscard]] Result<GenerationSettings> loadGenerationSettings(storage::SessionFile& file);
[[nodiscard]] Result<void> storeGenerationSettings(storage::SessionFile& file,
                                                   const GenerationSettings& settings);

} // namespace app
