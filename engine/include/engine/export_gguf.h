// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>

#include "engine/error.h"

namespace engine {

/// Which types matrices get. Every weight is kept exactly either way.
enum class GgufTypes
{
    compact, ///< FP4 experts as MXFP4, others as F16 where that is exact, else BF16
    float32, ///< everything F32: llama.cpp then multiplies in float32 instead of rounding
             ///< activations
};

struct GgufExport
{
    std::uint64_t fileBytes = 0;
    std::size_t tensors = 0;
    std::map<std::string, std::size_t> tensorsByType; ///< for example "F16": 93
    std::size_t mtpTensorsLeftOut = 0;                ///< MTP blocks are not written
};

/// Writes the model in folder `model` (safetensors of the deepseek_v4 family) as one GGUF file of
/// architecture `deepseek4`, with the names, shapes and metadata that llama.cpp reads, and with the
/// tokenizer of the folder if it has one (also whole, as `tokenizer.huggingface.json`). `file` is
/// there completely or not at all. Fails naming file, tensor, wanted and found.
[[nodiscard]] Result<GgufExport> exportGguf(const std::filesystem::path& model,
                                            const std::filesystem::path& file,
                                            GgufTypes types = GgufTypes::compact,
                                            std::stop_token stop = {});

} // namespace engine
