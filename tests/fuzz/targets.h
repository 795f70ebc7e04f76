// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

/// A reader of bytes that anyone may have written. It may refuse them; a promise about what it
/// gives is checked with `require`. Each target has a folder of its name in corpus/.
using Target = void (*)(std::span<const std::uint8_t>);

struct NamedTarget
{
    const char* name;
    Target run;
};

void safetensorsHeader(std::span<const std::uint8_t> bytes);
void shardIndex(std::span<const std::uint8_t> bytes);
void ggufFile(std::span<const std::uint8_t> bytes);
void modelConfig(std::span<const std::uint8_t> bytes);
void tokenizerFile(std::span<const std::uint8_t> bytes);
void sessionRestore(std::span<const std::uint8_t> bytes);
void storedWeights(std::span<const std::uint8_t> bytes);
void chatStream(std::span<const std::uint8_t> bytes);
void textDecoder(std::span<const std::uint8_t> bytes);
void markdown(std::span<const std::uint8_t> bytes);
void documentMaps(std::span<const std::uint8_t> bytes);

inline constexpr NamedTarget kTargets[] = {
    {"safetensors_header", safetensorsHeader},
    {"shard_index", shardIndex},
    {"gguf_file", ggufFile},
    {"model_config", modelConfig},
    {"tokenizer_file", tokenizerFile},
    {"session_restore", sessionRestore},
    {"stored_weights", storedWeights},
    {"chat_stream", chatStream},
    {"text_decoder", textDecoder},
    {"markdown", markdown},
    {"document_maps", documentMaps},
};

/// Ends the program, naming the promise, where it does not hold.
void require(bool holds, const char* promise);

} // namespace fuzz
