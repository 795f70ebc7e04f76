// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <string>

#include "engine/chat.h"

namespace engine {

EffortFamily detectEffortFamily(const std::filesystem::path& modelDirectory)
{
    // A definition stands at the beginning of a line; anything longer than this is no such file.
    constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
    constexpr std::string_view kRefreshed = "REASONING_EFFORT_PROMPTS";
    std::ifstream stream(modelDirectory / "encoding" / "encoding_dsv4.py", std::ios::binary);
    std::size_t read = 0;
    for (std::string line; read < kMostBytes && std::getline(stream, line);) {
        read += line.size() + 1;
        if (line.rfind(kRefreshed, 0) != 0 || line.find('=') == std::string::npos)
            continue;
        const char after = line[kRefreshed.size()];
        if (after == ':' || after == ' ' || after == '=')
            return EffortFamily::refresh0731;
    }
    return EffortFamily::release;
}

} // namespace engine
