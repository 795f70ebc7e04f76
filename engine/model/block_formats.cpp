// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/block_formats.h"

#include <cstddef>

#include "model/number_formats.h"

namespace engine {

namespace {

#include "model/block_decoders.inl"

void decodeMxfp4(const std::uint8_t* block, float* out)
{
    const float scale = e8m0ToFloat(block[0]);
    for (std::size_t i = 0; i < 16; ++i) {
        const unsigned byte = block[1 + i];
        out[i] = e2m1ToFloat(static_cast<std::uint8_t>(byte & 0xFU)) * scale;
        out[i + 16] = e2m1ToFloat(static_cast<std::uint8_t>(byte >> 4U)) * scale;
    }
}

} // namespace

void decodeBlocks(DType type, const std::uint8_t* blocks, std::span<float> out)
{
    if (decodeWideFormat(type, blocks, out.size(), out.data()) || type != DType::mxfp4)
        return;
    for (std::size_t at = 0; at < out.size(); at += 32)
        decodeMxfp4(blocks + storedBytes(type, at), out.data() + at);
}

} // namespace engine
