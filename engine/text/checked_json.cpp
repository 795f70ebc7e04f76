// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/checked_json.h"

#include <fstream>
#include <set>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace engine {

namespace {

using nlohmann::json;

/// Counts brackets outside strings; text that is no JSON is for the parser to refuse.
bool nestsTooDeep(std::string_view text)
{
    std::size_t depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepestJson)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

Result<json> parse(std::string_view text, const json::parser_callback_t& callback)
{
    if (nestsTooDeep(text))
        return fail(ErrorCode::badInput,
                    fmt::format("wanted JSON of at most {} levels, found more", kDeepestJson));
    try {
        return json::parse(text, callback);
    } catch (const json::exception& e) {
        return fail(ErrorCode::badInput, fmt::format("wanted JSON, found: {}", e.what()));
    }
}

} // namespace

Result<json> parseJson(std::string_view text)
{
    return parse(text, nullptr);
}

Result<json> parseJsonOfUniqueKeys(std::string_view text)
{
    std::vector<std::set<std::string>> open;
    std::string twice;
    const auto callback = [&](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start)
            open.emplace_back();
        else if (event == json::parse_event_t::object_end && !open.empty())
            open.pop_back();
        else if (event == json::parse_event_t::key && !open.empty() && twice.empty() &&
                 !open.back().insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    auto root = parse(text, callback);
    if (root && !twice.empty())
        return fail(ErrorCode::badInput, fmt::format("{}: wanted once, found twice", twice));
    return root;
}

Result<std::string> readSmallFile(const std::filesystem::path& file, std::string_view wanted,
                                  std::size_t mostBytes)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted {}, found {}", file.string(), wanted,
                                std::filesystem::exists(file, error) ? "something that is no file"
                                                                     : "no such file"));
    const auto size = std::filesystem::file_size(file, error);
    if (error || size > mostBytes)
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted {} of at most {} bytes, found {}", file.string(),
                                wanted, mostBytes, error ? error.message() : std::to_string(size)));
    std::string text(static_cast<std::size_t>(size), '\0');
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(text.data(), static_cast<std::streamsize>(text.size())))
        return fail(ErrorCode::io, fmt::format("{}: wanted {}, found a file that cannot be read",
                                               file.string(), wanted));
    return text;
}

} // namespace engine
