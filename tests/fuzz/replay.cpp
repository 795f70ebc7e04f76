// SPDX-License-Identifier: GPL-3.0-or-later
// Feeds the kept inputs to their targets, without libFuzzer: for every build and compiler.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "targets.h"

int main(int argc, char** argv)
{
    const std::filesystem::path corpus = argc > 1 ? argv[1] : LECTERN_FUZZ_CORPUS;
    std::size_t total = 0;
    for (const auto& target : fuzz::kTargets) {
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(corpus / target.name))
            files.push_back(entry.path());
        fuzz::require(!files.empty(), "every target has kept inputs");
        std::sort(files.begin(), files.end());
        for (const auto& file : files) {
            std::ifstream stream(file, std::ios::binary);
            const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
            // Seen where it crashes: the last file named.
            std::fprintf(stderr, "%s\n", file.c_str());
            target.run({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
        }
        total += files.size();
    }
    std::printf("%zu inputs\n", total);
    return 0;
}
