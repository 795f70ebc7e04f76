// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <filesystem>

#include "engine/model.h"
#include "safetensors_writer.h"

/// The tiny checkpoint with layers that add nothing: the next token depends on the last one alone,
/// and the MTP block, given trunk's norm and collapse, says the same as the trunk. Random
/// weights make a drafter that is right by chance only; this one shows what agreement does.
/// `isRough`: the block weakens every other number it sees and is right only some of the time.
inline engine::Result<std::shared_ptr<const engine::Model>>
markovModel(const std::filesystem::path& folder, bool isRough = false)
{
    const auto tiny = std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4";
    auto checkpoint = engine::Checkpoint::openDirectory(tiny);
    if (!checkpoint)
        return tl::unexpected(checkpoint.error());
    auto writer = SafetensorsWriter::copyOf(**checkpoint);
    const auto ends = [](const std::string& name, const char* end) { return name.ends_with(end); };
    for (auto& [name, tensor] : writer.tensors) {
        // Zero in FP8 and in FP4.
        if (ends(name, "attn.wo_b.weight") || ends(name, ".w2.weight") ||
            name == "mtp.0.h_proj.weight")
            std::fill(tensor.bytes.begin(), tensor.bytes.end(), std::byte{0});
    }
    auto& projection = writer.tensors["mtp.0.e_proj.weight"];
    const std::size_t dim = projection.shape[0];
    std::fill(projection.bytes.begin(), projection.bytes.end(), std::byte{0});
    for (std::size_t i = 0; i < dim; ++i)
        projection.bytes[i * dim + i] = std::byte{0x38}; // 1 in E4M3
    for (std::byte& scale : writer.tensors["mtp.0.e_proj.scale"].bytes)
        scale = std::byte{127}; // 1 in E8M0
    auto& norm = writer.tensors["mtp.0.enorm.weight"];
    for (std::size_t i = 0; i < dim; ++i) {
        const std::uint16_t weight = isRough && i % 2 == 1 ? 0x3E80 : 0x3F80; // 1/4 and 1 in BF16
        std::memcpy(norm.bytes.data() + 2 * i, &weight, sizeof weight);
    }
    for (const char* part : {"hc_head_fn", "hc_head_base", "hc_head_scale", "norm.weight"})
        writer.tensors[std::string("mtp.0.") + part] = writer.tensors[part];
    std::filesystem::copy_file(tiny / "config.json", folder / "config.json",
                               std::filesystem::copy_options::overwrite_existing);
    writer.write(folder / "model.safetensors");
    return engine::Model::open(folder);
}
