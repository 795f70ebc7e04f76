// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/stored_rows.h"

#include <array>
#include <cstring>

#include "model/block_formats.h"
#include "model/checkpoint.h"
#include "model/number_formats.h"

namespace engine {

namespace {

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

void decodeFp8(const StoredRow& row, std::size_t begin, std::span<float> out)
{
    const auto& table = e4m3Table();
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = table[row.data[begin + i]] * e8m0ToFloat(row.scales[(begin + i) / kFp8Block]);
}

/// Byte j holds element 2j in its low nibble and 2j + 1 in its high one.
void decodeFp4(const StoredRow& row, std::size_t begin, std::span<float> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t k = begin + i;
        const unsigned byte = row.data[k / 2];
        const auto nibble = static_cast<std::uint8_t>((k & 1U) != 0 ? byte >> 4U : byte & 0xFU);
        out[i] = e2m1ToFloat(nibble) * e8m0ToFloat(row.scales[k / kFp4Block]);
    }
}

/// Rows may start at odd addresses.
void decodeBf16(const StoredRow& row, std::size_t begin, std::span<float> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        BFloat16 bits = 0;
        std::memcpy(&bits, row.data + (begin + i) * sizeof bits, sizeof bits);
        out[i] = toFloat(bits);
    }
}

} // namespace

StoredRows storedRows(const TensorView& weight, const TensorView* scale, std::size_t firstRow,
                      std::size_t rowCount, std::size_t inputs)
{
    StoredRows rows;
    rows.type = weight.type;
    rows.data = reinterpret_cast<const std::uint8_t*>(weight.bytes.data());
    rows.rowBytes = storedRowBytes(weight.type, inputs);
    if (scale != nullptr) {
        rows.scales = reinterpret_cast<const std::uint8_t*>(scale->bytes.data());
        rows.scaleStride = scale->shape[1];
    }
    rows.firstRow = firstRow;
    rows.rowCount = rowCount;
    return rows;
}

bool isWeightFormat(DType type)
{
    return type != DType::f8e8m0 && type != DType::i32 && type != DType::i64;
}

bool isVectorFormat(DType type)
{
    return type == DType::f32 || type == DType::f16 || type == DType::bf16 ||
           blockLayout(type).elements > 1;
}

bool isExactInBFloat16(DType type)
{
    return type == DType::bf16 || type == DType::f8e4m3 || type == DType::i8 ||
           type == DType::mxfp4;
}

std::size_t storedRowBytes(DType type, std::size_t inputs)
{
    return type == DType::i8 ? (inputs + 1) / 2 : storedBytes(type, inputs);
}

void decodeRow(DType type, const StoredRow& row, std::size_t begin, std::span<float> out)
{
    switch (type) {
    case DType::f32:
        std::memcpy(out.data(), row.data + begin * sizeof(float), out.size_bytes());
        return;
    case DType::bf16:
        return decodeBf16(row, begin, out);
    case DType::f8e4m3:
        return decodeFp8(row, begin, out);
    case DType::i8:
        return decodeFp4(row, begin, out);
    case DType::f16:
    case DType::q8_0:
    case DType::q4_k:
    case DType::q2_k:
    case DType::iq2_xxs:
    case DType::mxfp4:
        return decodeBlocks(type, row.data + storedBytes(type, begin), out);
    case DType::f8e8m0:
    case DType::i32:
    case DType::i64:
        return; // isWeightFormat admits none of these
    }
}

} // namespace engine
