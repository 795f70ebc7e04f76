// SPDX-License-Identifier: GPL-3.0-or-later
// Weights as they are stored, any bits in them: decoding reads nothing beside the row.
#include <vector>

#include "model/weights.h"
#include "targets.h"

namespace fuzz {

namespace {

using engine::DType;

/// Copies `size` bytes behind `bytes` into memory of exactly that size, so that a read beside it
/// is seen.
std::vector<std::byte> take(std::span<const std::uint8_t>& bytes, std::size_t size)
{
    std::vector<std::byte> part(size);
    for (std::size_t i = 0; i < size && !bytes.empty(); ++i, bytes = bytes.subspan(1))
        part[i] = static_cast<std::byte>(bytes.front());
    return part;
}

} // namespace

void storedWeights(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < 3)
        return;
    static constexpr DType kTypes[] = {DType::f32,     DType::bf16, DType::f8e4m3, DType::i8,
                                       DType::f16,     DType::q8_0, DType::q4_k,   DType::q2_k,
                                       DType::iq2_xxs, DType::mxfp4};
    const DType type = kTypes[bytes[0] % std::size(kTypes)];
    const std::size_t outputs = 1 + bytes[1] % 200;
    // Rows of block formats are whole blocks.
    const std::size_t block = engine::blockLayout(type).elements;
    const std::size_t inputs = block == 1 ? 1 + bytes[2] : (1 + bytes[2] % 4U) * block;
    bytes = bytes.subspan(3);
    const bool isFp4 = type == DType::i8;
    engine::TensorView scale;
    scale.type = DType::f8e8m0;
    scale.shape = {isFp4 ? outputs : (outputs + 127) / 128,
                   isFp4 ? (inputs + 31) / 32 : (inputs + 127) / 128};
    const auto scales = take(bytes, scale.shape[0] * scale.shape[1]);
    scale.bytes = scales;
    engine::TensorView weight;
    weight.type = type;
    weight.shape = {outputs, isFp4 ? (inputs + 1) / 2 : inputs};
    const auto codes = take(bytes, engine::storedBytes(type, weight.shape[0] * weight.shape[1]));
    weight.bytes = codes;
    std::vector<float> row(inputs);
    for (std::size_t r = 0; r < outputs; ++r)
        engine::dequantizeRow(weight, &scale, r, row);
}

} // namespace fuzz
