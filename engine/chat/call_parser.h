// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/chat.h"

namespace engine {

/// Reads the markup of tool calls as it comes, from the "<" of its first tag on. The mark ｜DSML｜
/// is a token of its own and stands here as kMark, a byte that no text holds: the same signs
/// written out in an argument are an argument.
class CallParser
{
public:
    static constexpr char kMark = '\xFF';

    enum class State
    {
        opening, ///< before the end of <｜DSML｜tool_calls>
        between, ///< inside it, in no call
        inCall,
        closed, ///< </｜DSML｜tool_calls> has been read; rest() holds what came after
        broken, ///< what came is no such markup; rest() holds it from the call on where it broke
    };

    /// Takes more of the markup; gives the calls that became whole and those that are none.
    [[nodiscard]] std::vector<ChatEvent> push(std::string_view text);
    [[nodiscard]] State state() const { return m_state; }
    /// What has been taken and belongs to no event, the mark written out.
    [[nodiscard]] std::string rest() const;

private:
    enum class Match
    {
        yes,
        no,
        unfinished,
    };

    Match accept(std::string_view wanted);
    void skipSpace();
    bool step(std::vector<ChatEvent>& events);
    bool stepInCall(std::vector<ChatEvent>& events);
    bool readCallName();
    bool readParameter();
    bool breakOff();
    void endCall(std::vector<ChatEvent>& events);

    State m_state = State::opening;
    std::string m_text;         ///< from the beginning of the call at hand on
    std::size_t m_at = 0;       ///< how far m_text has been understood
    std::size_t m_searched = 0; ///< how far the end of a value has been looked for
    ToolCall m_call;
    nlohmann::ordered_json m_arguments;
    bool m_isFaulty = false; ///< a value of the call at hand is not what it claims to be
    std::size_t m_calls = 0;
};

} // namespace engine
