// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/plain_json.h"

namespace engine {

namespace {

constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;

void write(const nlohmann::ordered_json& value, std::string& out)
{
    if (!value.is_structured()) {
        out += value.dump(-1, ' ', false, kReplace);
        return;
    }
    out += value.is_array() ? '[' : '{';
    bool first = true;
    for (const auto& [key, element] : value.items()) {
        out += first ? "" : ", ";
        first = false;
        if (value.is_object())
            out += nlohmann::ordered_json(key).dump(-1, ' ', false, kReplace) + ": ";
        write(element, out);
    }
    out += value.is_array() ? ']' : '}';
}

} // namespace

std::string plainJson(const nlohmann::ordered_json& value)
{
    std::string out;
    write(value, out);
    return out;
}

} // namespace engine
