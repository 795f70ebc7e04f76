// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/message.h"

namespace app {

/// Which of the messages that follow the same one: "2 / 3".
struct Version
{
    std::size_t number = 1;
    std::size_t count = 1;
};

/// A session's messages as a tree, and the way through it that is shown.
///
/// A question that is edited becomes a sibling of the first one, an answer that is asked for again
/// a sibling of the first answer; nothing is copied and nothing is lost. Where several messages
/// follow one, the newest is shown unless another was chosen.
///
/// Thread rule: a value; one thread at a time.
class Branches
{
public:
    struct Node
    {
        storage::MessageId id = 0;
        std::optional<storage::MessageId> parent; ///< none: it begins the conversation
        storage::MessageRole role = storage::MessageRole::user;
    };

    Branches() = default;
    /// `messages` oldest first; `choices` as choices() wrote them, or anything: what does not fit
    /// is ignored. In files of Lectern 0.1 questions name no parent: they follow the message
    /// before them.
    Branches(std::span<const storage::Message> messages, std::string_view choices);

    /// Adds a message after all others and shows it.
    void add(const Node& node);
    /// Gives a message another number, in all places. For one that was shown before it was stored.
    void renumber(storage::MessageId from, storage::MessageId to);

    [[nodiscard]] bool contains(storage::MessageId id) const { return m_nodes.contains(id); }
    [[nodiscard]] const Node& node(storage::MessageId id) const { return m_nodes.at(id); }
    /// The messages shown, from the first to the last.
    [[nodiscard]] std::vector<storage::MessageId> path() const;
    /// The way from the first message to this one.
    [[nodiscard]] std::vector<storage::MessageId> pathTo(storage::MessageId id) const;
    [[nodiscard]] Version version(storage::MessageId id) const;
    /// The message `by` places on among those that follow the same one; none beyond the ends.
    [[nodiscard]] std::optional<storage::MessageId> sibling(storage::MessageId id, int by) const;
    /// From now on the way leads through this message.
    void choose(storage::MessageId id);

    /// The choices that differ from the newest, for the session file; empty where there are none.
    [[nodiscard]] std::string choices() const;

private:
    /// 0 stands for the beginning, which no message has as its number.
    [[nodiscard]] static storage::MessageId parentOf(const Node& node)
    {
        return node.parent.value_or(0);
    }
    [[nodiscard]] storage::MessageId shownAfter(storage::MessageId parent) const;

    std::map<storage::MessageId, Node> m_nodes;
    std::map<storage::MessageId, std::vector<storage::MessageId>> m_children; ///< oldest first
    std::map<storage::MessageId, storage::MessageId> m_chosen;                ///< by parent
};

/// What a question that begins the conversation carries in NewMessage::details, so that it is not
/// taken for one of Lectern 0.1.
[[nodiscard]] std::string_view beginningDetails();

} // namespace app
