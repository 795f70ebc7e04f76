// SPDX-License-Identifier: GPL-3.0-or-later
#include "made_session.h"

#include <fmt/format.h>

namespace storage::made {

namespace {

std::uint64_t mixed(std::uint64_t value)
{
    value ^= value >> 31U;
    value *= 0x9e3779b97f4a7c15ULL;
    return value ^ (value >> 29U);
}

void fill(std::span<std::byte> out, std::uint64_t seed)
{
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::byte>(mixed(seed + i / 8) >> (8 * (i % 8)));
}

} // namespace

NewSession session(const std::string& title)
{
    return {title, "0.1.0", {"Test model", "fingerprint-1", "compact", "avx2"}};
}

NewSource source(const std::string& path)
{
    NewSource source;
    source.path = path;
    source.format = "text";
    source.title = "The Whale";
    source.encoding = "UTF-8";
    source.contentHash = "00112233";
    source.fileBytes = 1234;
    source.lineCount = 7;
    source.textRules = 1;
    return source;
}

std::int32_t tokenAt(std::uint64_t position)
{
    return static_cast<std::int32_t>(mixed(position + 1) % 129'280);
}

std::vector<std::byte> checkpointAt(std::uint64_t tokenCount, std::size_t bytes)
{
    std::vector<std::byte> checkpoint(bytes);
    fill(checkpoint, tokenCount * 977);
    return checkpoint;
}

const std::vector<Layer>& layers()
{
    static const std::vector<Layer> all = {{2, 0, 4, 256},   {2, 1, 4, 132},  {4, 0, 4, 256},
                                           {4, 1, 4, 132},   {6, 0, 4, 256},  {6, 1, 4, 132},
                                           {3, 2, 128, 256}, {5, 2, 128, 256}};
    return all;
}

std::vector<std::byte> rows(const Layer& layer, std::uint64_t begin, std::uint64_t end)
{
    std::vector<std::byte> bytes((end - begin) * layer.bytesPerRow);
    for (std::uint64_t row = begin; row < end; ++row) {
        fill(std::span{bytes}.subspan((row - begin) * layer.bytesPerRow, layer.bytesPerRow),
             (row * 64 + layer.layer * 4 + layer.kind) << 10U);
    }
    return bytes;
}

Step::Step(std::uint64_t begin, std::uint64_t end, std::size_t checkpointBytes)
    : m_checkpoint(checkpointAt(end, checkpointBytes))
{
    for (std::uint64_t position = begin; position < end; ++position)
        m_tokens.push_back(tokenAt(position));
    for (const Layer& layer : layers()) {
        const std::uint64_t rowBegin = begin / layer.tokensPerRow;
        const std::uint64_t rowEnd = end / layer.tokensPerRow;
        m_bytes.push_back(rows(layer, rowBegin, rowEnd));
        m_blocks.push_back({layer.layer, layer.kind, rowBegin, rowEnd - rowBegin, m_bytes.back()});
    }
    commit.tokenBegin = begin;
    commit.tokens = m_tokens;
    commit.blocks = m_blocks;
    commit.checkpoint = m_checkpoint;
}

std::string differenceFrom(SessionFile& file, std::uint64_t tokens, std::size_t checkpointBytes)
{
    const auto read = file.readTokens({0, tokens});
    if (!read)
        return read.error().message;
    for (std::uint64_t position = 0; position < tokens; ++position) {
        if ((*read)[position] != tokenAt(position))
            return fmt::format("token {} is {}", position, (*read)[position]);
    }
    for (const Layer& layer : layers()) {
        const std::uint64_t count = tokens / layer.tokensPerRow;
        std::vector<std::byte> found(count * layer.bytesPerRow);
        if (const auto result = file.readRows(layer.layer, layer.kind, 0, count, found); !result)
            return result.error().message;
        if (found != rows(layer, 0, count))
            return fmt::format("rows of layer {}, kind {}", layer.layer, layer.kind);
    }
    const auto extents = file.rowExtents();
    if (!extents)
        return extents.error().message;
    for (const RowExtent& extent : *extents) {
        for (const Layer& layer : layers()) {
            if (layer.layer == extent.layer && layer.kind == extent.kind &&
                extent.rowCount != tokens / layer.tokensPerRow)
                return fmt::format("layer {}, kind {} has {} rows", extent.layer, extent.kind,
                                   extent.rowCount);
        }
    }
    const auto checkpoint = file.loadCheckpoint();
    if (!checkpoint)
        return checkpoint.error().message;
    if (tokens == 0)
        return checkpoint->has_value() ? "a checkpoint of nothing" : "";
    if (!checkpoint->has_value() || (*checkpoint)->tokenCount != tokens)
        return "no checkpoint at the end";
    if ((*checkpoint)->bytes != checkpointAt(tokens, checkpointBytes))
        return "the checkpoint's bytes";
    return {};
}

} // namespace storage::made
