// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/branches.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace app {

namespace {

using Json = nlohmann::json;
using storage::MessageId;

std::optional<MessageId> numberIn(const std::string& text)
{
    MessageId number = 0;
    const auto end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

} // namespace

std::string_view beginningDetails()
{
    return R"({"begins":true})";
}

Branches::Branches(std::span<const storage::Message> messages, std::string_view choices)
{
    std::optional<MessageId> before;
    for (const storage::Message& message : messages) {
        Node node{message.id, message.parent, message.role};
        const bool old = !message.parent && message.role == storage::MessageRole::user &&
                         message.details != beginningDetails();
        if (old || (message.parent && !contains(*message.parent))) {
            node.parent = before; // a parent that comes later would be a damaged file's circle
        }
        add(node);
        before = message.id;
    }
    const Json json = Json::parse(choices, nullptr, false);
    if (!json.is_object()) {
        return;
    }
    for (const auto& [key, value] : json.items()) {
        const auto parent = numberIn(key);
        const MessageId child = value.is_number_integer() ? value.get<MessageId>() : 0;
        if (parent && contains(child) && parentOf(node(child)) == *parent) {
            m_chosen[*parent] = child;
        }
    }
}

void Branches::add(const Node& node)
{
    m_nodes[node.id] = node;
    m_children[parentOf(node)].push_back(node.id);
    choose(node.id);
}

void Branches::renumber(MessageId from, MessageId to)
{
    const auto found = m_nodes.find(from);
    if (found == m_nodes.end() || from == to) {
        return;
    }
    Node node = found->second;
    m_nodes.erase(found);
    node.id = to;
    m_nodes[to] = node;
    std::vector<MessageId>& siblings = m_children[parentOf(node)];
    std::replace(siblings.begin(), siblings.end(), from, to);
    if (auto children = m_children.extract(from); !children.empty()) {
        for (const MessageId child : children.mapped()) {
            m_nodes.at(child).parent = to;
        }
        children.key() = to;
        m_children.insert(std::move(children));
    }
    if (auto chosen = m_chosen.extract(from); !chosen.empty()) {
        chosen.key() = to;
        m_chosen.insert(std::move(chosen));
    }
    if (const auto chosen = m_chosen.find(parentOf(node));
        chosen != m_chosen.end() && chosen->second == from) {
        chosen->second = to;
    }
}

MessageId Branches::shownAfter(MessageId parent) const
{
    const auto children = m_children.find(parent);
    if (children == m_children.end() || children->second.empty()) {
        return 0;
    }
    const auto chosen = m_chosen.find(parent);
    return chosen == m_chosen.end() ? children->second.back() : chosen->second;
}

std::vector<MessageId> Branches::path() const
{
    std::vector<MessageId> path;
    for (MessageId next = shownAfter(0); next != 0; next = shownAfter(next)) {
        path.push_back(next);
    }
    return path;
}

std::vector<MessageId> Branches::pathTo(MessageId id) const
{
    std::vector<MessageId> path;
    for (std::optional<MessageId> at = id; at && contains(*at); at = node(*at).parent) {
        path.push_back(*at);
    }
    std::reverse(path.begin(), path.end());
    return path;
}

Version Branches::version(MessageId id) const
{
    const std::vector<MessageId>& siblings = m_children.at(parentOf(node(id)));
    const auto at = std::find(siblings.begin(), siblings.end(), id);
    return {static_cast<std::size_t>(at - siblings.begin()) + 1, siblings.size()};
}

std::optional<MessageId> Branches::sibling(MessageId id, int by) const
{
    const std::vector<MessageId>& siblings = m_children.at(parentOf(node(id)));
    const auto wanted = static_cast<std::ptrdiff_t>(version(id).number) - 1 + by;
    if (wanted < 0 || wanted >= static_cast<std::ptrdiff_t>(siblings.size())) {
        return std::nullopt;
    }
    return siblings[static_cast<std::size_t>(wanted)];
}

void Branches::choose(MessageId id)
{
    for (const MessageId each : pathTo(id)) {
        const MessageId parent = parentOf(node(each));
        if (m_children.at(parent).back() == each) {
            m_chosen.erase(parent);
        } else {
            m_chosen[parent] = each;
        }
    }
}

std::string Branches::choices() const
{
    Json json = Json::object();
    for (const auto& [parent, child] : m_chosen) {
        json[std::to_string(parent)] = child;
    }
    return json.empty() ? std::string() : json.dump();
}

} // namespace app
