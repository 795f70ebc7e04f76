// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <vector>

#include "model/gguf_writer.h"

inline const char* const kTiny = LECTERN_TEST_DATA "/golden/tiny-v4";

inline std::vector<std::byte> bytesOf(const std::filesystem::path& file)
{
    std::vector<std::byte> bytes(std::filesystem::file_size(file));
    std::ifstream stream(file, std::ios::binary);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

/// A file of one small tensor with the metadata of the tiny model, for what is wrong with others.
inline engine::GgufHeader headerOf(const char* architecture)
{
    engine::GgufHeader header;
    header.addText("general.architecture", architecture);
    header.addNumber("deepseek4.block_count", 2);
    return header;
}
