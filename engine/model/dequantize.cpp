// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cstring>

#include "model/weights.h"

namespace engine {

namespace {

constexpr std::size_t kFp8Block = 128; // quantization_config.weight_block_size
constexpr std::size_t kFp4Block = 32;

const std::array<float, 256>& e4m3Table()
{
    static const auto table = [] {
        std::array<float, 256> values{};
        for (std::size_t code = 0; code < values.size(); ++code)
            values[code] = e4m3ToFloat(static_cast<std::uint8_t>(code));
        return values;
    }();
    return table;
}

const std::uint8_t* bytesOf(const TensorView& tensor)
{
    return reinterpret_cast<const std::uint8_t*>(tensor.bytes.data());
}

void fp8Row(const TensorView& weight, const TensorView& scale, std::size_t row,
            std::span<float> out)
{
    const auto& table = e4m3Table();
    const std::uint8_t* codes = bytesOf(weight) + row * out.size();
    const std::uint8_t* scales = bytesOf(scale) + (row / kFp8Block) * scale.shape[1];
    for (std::size_t block = 0; block * kFp8Block < out.size(); ++block) {
        const float factor = e8m0ToFloat(scales[block]);
        const std::size_t end = std::min(out.size(), (block + 1) * kFp8Block);
        for (std::size_t k = block * kFp8Block; k < end; ++k)
            out[k] = table[codes[k]] * factor;
    }
}

/// Byte j holds element 2j in its low nibble and 2j + 1 in its high one.
void fp4Row(const TensorView& weight, const TensorView& scale, std::size_t row,
            std::span<float> out)
{
    const std::uint8_t* codes = bytesOf(weight) + row * weight.shape[1];
    const std::uint8_t* scales = bytesOf(scale) + row * scale.shape[1];
    for (std::size_t k = 0; k < out.size(); ++k) {
        const unsigned byte = codes[k / 2];
        const auto nibble = static_cast<std::uint8_t>((k & 1U) != 0 ? byte >> 4U : byte & 0xFU);
        out[k] = e2m1ToFloat(nibble) * e8m0ToFloat(scales[k / kFp4Block]);
    }
}

} // namespace

void dequantizeRow(const TensorView& weight, const TensorView* scale, std::size_t row,
                   std::span<float> out)
{
    switch (weight.type) {
    case DType::f32:
        std::memcpy(out.data(), weight.bytes.data() + row * out.size_bytes(), out.size_bytes());
        return;
    case DType::bf16: {
        const auto* halves =
            reinterpret_cast<const BFloat16*>(weight.bytes.data()) + row * out.size();
        for (std::size_t k = 0; k < out.size(); ++k)
            out[k] = toFloat(halves[k]);
        return;
    }
    case DType::f8e4m3:
        return fp8Row(weight, *scale, row, out);
    case DType::i8:
        return fp4Row(weight, *scale, row, out);
    default:
        return; // bindWeights admits no other type
    }
}

} // namespace engine
