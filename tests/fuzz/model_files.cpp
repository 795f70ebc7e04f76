// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a model's folder.
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/model_config.h"
#include "model/gguf.h"
#include "model/safetensors_header.h"
#include "model/tensor_names.h"
#include "targets.h"
#include "text/text_splitter.h"
#include "text/tokenizer_file.h"

namespace fuzz {

namespace {

std::string_view textOf(std::span<const std::uint8_t> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

void safetensorsHeader(std::span<const std::uint8_t> bytes)
{
    const auto tensors = engine::parseSafetensors(std::as_bytes(bytes));
    if (!tensors)
        return require(!tensors.error().message.empty(), "a refusal says why");
    std::size_t total = 0;
    for (const engine::TensorView& tensor : *tensors) {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(tensor.bytes.data());
        require(begin >= bytes.data() && tensor.bytes.size() <= bytes.size() &&
                    begin + tensor.bytes.size() <= bytes.data() + bytes.size(),
                "a tensor lies in its file");
        std::size_t elements = 1;
        for (const std::size_t extent : tensor.shape)
            elements *= extent;
        require(engine::storedBytes(tensor.type, elements) == tensor.bytes.size(),
                "a tensor has the bytes of its shape");
        total += tensor.bytes.size();
    }
    require(total < bytes.size(), "no byte belongs to two tensors");
}

void shardIndex(std::span<const std::uint8_t> bytes)
{
    const auto shards = engine::parseShardIndex(textOf(bytes));
    if (!shards)
        return;
    for (const auto& [name, file] : *shards)
        require(!file.empty() && file != ".." && file.find('/') == std::string::npos,
                "a shard stands beside its index");
}

void ggufFile(std::span<const std::uint8_t> bytes)
{
    const auto file = engine::parseGguf(std::as_bytes(bytes));
    if (!file)
        return require(!file.error().message.empty(), "a refusal says why");
    for (const engine::TensorView& tensor : file->tensors) {
        const auto* begin = reinterpret_cast<const std::uint8_t*>(tensor.bytes.data());
        require(tensor.bytes.empty() || (begin >= bytes.data() && begin + tensor.bytes.size() <=
                                                                      bytes.data() + bytes.size()),
                "a tensor lies in its file");
        std::size_t elements = 1;
        for (const std::size_t extent : tensor.shape)
            elements *= extent;
        require(engine::storedBytes(tensor.type, elements) == tensor.bytes.size(),
                "a tensor has the bytes of its shape");
        for (const auto& [name, part] : engine::officialTensorsOfGguf(tensor, 2))
            require(!name.empty() && part.bytes.size() <= tensor.bytes.size(),
                    "a slice lies in its tensor");
    }
    if (const auto config = engine::configFromGguf(file->metadata, 1))
        static_cast<void>(engine::ModelConfig::parse(config->dump()));
    if (const auto tokenizer = engine::tokenizerFromGguf(file->metadata))
        static_cast<void>(engine::parseTokenizer(tokenizer->dump()));
}

void modelConfig(std::span<const std::uint8_t> bytes)
{
    const auto config = engine::ModelConfig::parse(textOf(bytes));
    if (!config)
        return require(!config.error().message.empty(), "a refusal says why");
    require(config->compressRatios.size() == config->numLayers, "one ratio a layer");
    require(config->numHeads % config->outputGroups == 0, "groups divide the heads");
    require(config->ropeDim <= config->headDim, "the turned part lies in the head");
    require(config->expertsPerToken <= config->routedExperts, "experts chosen are there");
}

void tokenizerFile(std::span<const std::uint8_t> bytes)
{
    const auto file = engine::parseTokenizer(textOf(bytes));
    if (!file)
        return require(!file.error().message.empty(), "a refusal says why");
    const auto isToken = [&](engine::TokenId id) {
        return id >= 0 && static_cast<std::size_t>(id) < file->tokens.size();
    };
    for (const engine::TokenId id : file->byteTokens)
        require(isToken(id), "every byte has a token");
    for (const engine::Merge& merge : file->merges)
        require(isToken(merge.left) && isToken(merge.right) && isToken(merge.merged),
                "merges join tokens");
    for (const engine::AddedToken& token : file->added)
        require(isToken(token.id), "added tokens have ids");
    static_cast<void>(engine::TextSplitter::create(file->splitRules));
}

} // namespace fuzz
