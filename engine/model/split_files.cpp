// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/split_files.h"

#include <cstdio>
#include <set>
#include <string>

#include <fmt/format.h>

namespace engine {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kEndLength = 20; ///< of "-00001-of-00003.gguf"
constexpr unsigned kMostParts = 9999;

} // namespace

std::vector<fs::path> splitFilesOf(const fs::path& file)
{
    const std::string name = file.filename().string();
    unsigned part = 0;
    unsigned count = 0;
    int used = 0;
    if (name.size() <= kEndLength ||
        std::sscanf(name.c_str() + name.size() - kEndLength, "-%5u-of-%5u.gguf%n", &part, &count,
                    &used) != 2 ||
        used != static_cast<int>(kEndLength) || part == 0 || part > count || count > kMostParts)
        return {file};
    std::vector<fs::path> files;
    for (unsigned i = 1; i <= count; ++i)
        files.push_back(file.parent_path() / fmt::format("{}-{:05}-of-{:05}.gguf",
                                                         name.substr(0, name.size() - kEndLength),
                                                         i, count));
    return files;
}

fs::path ggufIn(const fs::path& directory)
{
    std::error_code error;
    std::set<fs::path> firsts;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        if (entry.path().extension() == ".safetensors" ||
            entry.path().filename() == "model.safetensors.index.json")
            return {};
        if (entry.path().extension() == ".gguf")
            firsts.insert(splitFilesOf(entry.path()).front());
    }
    return firsts.size() == 1 ? *firsts.begin() : fs::path();
}

} // namespace engine
