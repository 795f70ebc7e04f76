// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/turns.h"

#include <algorithm>
#include <map>

namespace engine {

namespace {

using CallOrder = std::map<std::string, std::size_t>;

/// Results change places among themselves; texts between them stay where they are.
void sortResults(std::vector<Turn::Part>& parts, const CallOrder& order)
{
    const auto rank = [&](const Turn::Part& part) {
        const auto at = order.find(part.toolCallId);
        return at == order.end() ? std::size_t{0} : at->second;
    };
    std::vector<Turn::Part> results;
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(results),
                 [](const Turn::Part& part) { return part.isToolResult; });
    std::stable_sort(results.begin(), results.end(),
                     [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    std::size_t next = 0;
    for (Turn::Part& part : parts) {
        if (part.isToolResult)
            part = results[next++];
    }
}

} // namespace

std::vector<Turn> turnsOf(std::span<const ChatMessage> messages)
{
    std::vector<Turn> turns;
    for (const ChatMessage& message : messages) {
        const bool isResult = message.role == ChatRole::tool;
        if (!isResult && message.role != ChatRole::user) {
            turns.push_back({message, {}});
            continue;
        }
        if (turns.empty() || turns.back().message.role != ChatRole::user) {
            turns.push_back({message, {}});
            turns.back().message.role = ChatRole::user;
        }
        turns.back().parts.push_back({message.content, isResult, message.toolCallId});
    }
    CallOrder order;
    for (Turn& turn : turns) {
        if (turn.message.role == ChatRole::user && !order.empty())
            sortResults(turn.parts, order);
        if (turn.message.role != ChatRole::assistant || turn.message.toolCalls.empty())
            continue;
        order.clear();
        for (std::size_t i = 0; i < turn.message.toolCalls.size(); ++i) {
            if (!turn.message.toolCalls[i].id.empty())
                order[turn.message.toolCalls[i].id] = i;
        }
    }
    return turns;
}

std::ptrdiff_t lastUserTurn(const std::vector<Turn>& turns)
{
    const auto last = std::find_if(turns.rbegin(), turns.rend(), [](const Turn& turn) {
        return turn.message.role == ChatRole::user || turn.message.role == ChatRole::developer;
    });
    return turns.rend() - last - 1;
}

void dropPassedDevelopers(std::vector<Turn>& turns)
{
    const std::ptrdiff_t last = lastUserTurn(turns);
    std::vector<Turn> kept;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        if (turns[i].message.role != ChatRole::developer || static_cast<std::ptrdiff_t>(i) >= last)
            kept.push_back(std::move(turns[i]));
    }
    turns = std::move(kept);
}

} // namespace engine
