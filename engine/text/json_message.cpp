// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/json_message.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "text/utf8.h"

namespace engine {

namespace {

constexpr std::size_t kMaxShownBytes = 60;

} // namespace

const nlohmann::json* member(const nlohmann::json& object, const char* key)
{
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string shown(const nlohmann::json* value)
{
    if (value == nullptr) {
        return "nothing";
    }
    // A whole vocabulary is no help in a message, and is slow to write out.
    const bool isPlain = std::none_of(value->begin(), value->end(),
                                      [](const auto& part) { return part.is_structured(); });
    if (value->is_structured() && (value->size() > 2 || !isPlain)) {
        return fmt::format("an {} of {}", value->type_name(), value->size());
    }
    std::string text = value->dump();
    if (text.size() > kMaxShownBytes) {
        text.resize(validUtf8Prefix(std::string_view(text).substr(0, kMaxShownBytes)));
        text += "...";
    }
    return text;
}

tl::unexpected<Error> wrongValue(ErrorCode code, std::string_view key, std::string_view wanted,
                                 const nlohmann::json* found)
{
    return fail(code, fmt::format("{}: wanted {}, found {}", key, wanted, shown(found)));
}

} // namespace engine
