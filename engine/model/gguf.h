// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/error.h"
#include "model/checkpoint.h"

namespace engine {

/// A value of GGUF's metadata: whole numbers of every width in one kind, likewise fractions.
/// Arrays hold one kind; arrays of arrays are not kept.
using GgufValue = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>>;

struct GgufMetadata
{
    std::map<std::string, GgufValue, std::less<>> values;

    /// Null when there is no such key.
    [[nodiscard]] const GgufValue* find(std::string_view key) const;
    /// The value as text, or an empty one when it is absent or no text.
    [[nodiscard]] std::string text(std::string_view key) const;
    /// The value as whole number, or `otherwise` when it is absent or none.
    [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t otherwise) const;
};

struct GgufFile
{
    GgufMetadata metadata;
    std::vector<TensorView> tensors; ///< views into the file, shapes outermost first
};

/// Whether the bytes begin as a GGUF file does.
[[nodiscard]] bool isGguf(std::span<const std::byte> file);

/// Reads header, metadata and the table of tensors of a GGUF file, version 2 or 3. Looks at nothing
/// else than `file` (all its bytes); any bytes are safe. Little-endian files only.
[[nodiscard]] Result<GgufFile> parseGguf(std::span<const std::byte> file);

/// The keys of `config.json` that the metadata of architecture `deepseek4` stands for. The file
/// holds `numMtpBlocks` MTP blocks. Fails naming the key that is missing, or the architecture that
/// was found.
[[nodiscard]] Result<nlohmann::json> configFromGguf(const GgufMetadata& metadata,
                                                    std::size_t numMtpBlocks);

/// A `tokenizer.json` made of the metadata: as it stands under `tokenizer.huggingface.json`, else
/// built from tokens, kinds and merges with the split rules that `tokenizer.ggml.pre` names.
[[nodiscard]] Result<nlohmann::json> tokenizerFromGguf(const GgufMetadata& metadata);

} // namespace engine
