// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/checkpoint.h"

/// Writes small safetensors files, right ones and, edited by a test, wrong ones.
struct SafetensorsWriter
{
    struct Tensor
    {
        std::string type;
        std::vector<std::size_t> shape;
        std::vector<std::byte> bytes;
    };
    std::map<std::string, Tensor> tensors;

    /// All tensors of an existing checkpoint.
    static SafetensorsWriter copyOf(const engine::Checkpoint& checkpoint)
    {
        SafetensorsWriter writer;
        for (const auto& [name, view] : checkpoint.tensors())
            writer.tensors[name] = {
                engine::dtypeName(view.type), view.shape, {view.bytes.begin(), view.bytes.end()}};
        return writer;
    }

    void write(const std::filesystem::path& file) const
    {
        nlohmann::json header = nlohmann::json::object();
        std::size_t offset = 0;
        for (const auto& [name, tensor] : tensors) {
            header[name] = {{"dtype", tensor.type},
                            {"shape", tensor.shape},
                            {"data_offsets", {offset, offset + tensor.bytes.size()}}};
            offset += tensor.bytes.size();
        }
        std::string text = header.dump();
        text.resize((text.size() + 7) / 8 * 8, ' ');
        const std::uint64_t size = text.size();
        std::ofstream stream(file, std::ios::binary | std::ios::trunc);
        stream.write(reinterpret_cast<const char*>(&size), sizeof size);
        stream.write(text.data(), static_cast<std::streamsize>(text.size()));
        for (const auto& [name, tensor] : tensors)
            stream.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                         static_cast<std::streamsize>(tensor.bytes.size()));
    }
};
