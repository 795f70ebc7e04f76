// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/gguf_writer.h"

namespace engine {

namespace {

// The format's numbers of kinds and types.
constexpr std::uint32_t kU32 = 4;
constexpr std::uint32_t kI32 = 5;
constexpr std::uint32_t kF32 = 6;
constexpr std::uint32_t kBool = 7;
constexpr std::uint32_t kText = 8;
constexpr std::uint32_t kArray = 9;
constexpr std::uint32_t kVersion = 3;

std::uint32_t numberOf(DType type)
{
    switch (type) {
    case DType::f16:
        return 1;
    case DType::q8_0:
        return 8;
    case DType::q2_k:
        return 10;
    case DType::q4_k:
        return 12;
    case DType::iq2_xxs:
        return 16;
    case DType::i8:
        return 24;
    case DType::i32:
        return 26;
    case DType::i64:
        return 27;
    case DType::bf16:
        return 30;
    case DType::mxfp4:
        return 39;
    default:
        return 0; // F32; FP8 has no number
    }
}

template <typename Number>
void put(std::string& out, Number value)
{
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void putText(std::string& out, std::string_view text)
{
    put(out, static_cast<std::uint64_t>(text.size()));
    out += text;
}

std::uint64_t padded(std::uint64_t size)
{
    return (size + GgufHeader::kAlignment - 1) / GgufHeader::kAlignment * GgufHeader::kAlignment;
}

} // namespace

void GgufHeader::startValue(std::string_view key, std::uint32_t kind)
{
    putText(m_values, key);
    put(m_values, kind);
    ++m_numValues;
}

void GgufHeader::startArray(std::string_view key, std::uint32_t kind, std::size_t count)
{
    startValue(key, kArray);
    put(m_values, kind);
    put(m_values, static_cast<std::uint64_t>(count));
}

void GgufHeader::addText(std::string_view key, std::string_view value)
{
    startValue(key, kText);
    putText(m_values, value);
}

void GgufHeader::addNumber(std::string_view key, std::uint32_t value)
{
    startValue(key, kU32);
    put(m_values, value);
}

void GgufHeader::addFraction(std::string_view key, float value)
{
    startValue(key, kF32);
    put(m_values, value);
}

void GgufHeader::addFlag(std::string_view key, bool value)
{
    startValue(key, kBool);
    put(m_values, static_cast<std::uint8_t>(value ? 1 : 0));
}

void GgufHeader::addTexts(std::string_view key, std::span<const std::string> values)
{
    startArray(key, kText, values.size());
    for (const std::string& value : values)
        putText(m_values, value);
}

void GgufHeader::addNumbers(std::string_view key, std::span<const std::int32_t> values)
{
    startArray(key, kI32, values.size());
    for (const std::int32_t value : values)
        put(m_values, value);
}

void GgufHeader::addFractions(std::string_view key, std::span<const float> values)
{
    startArray(key, kF32, values.size());
    for (const float value : values)
        put(m_values, value);
}

std::uint64_t GgufHeader::addTensor(std::string_view name, DType type,
                                    std::span<const std::size_t> shape)
{
    putText(m_tensors, name);
    put(m_tensors, static_cast<std::uint32_t>(shape.size()));
    std::size_t elements = 1;
    for (std::size_t i = shape.size(); i-- > 0;) {
        put(m_tensors, static_cast<std::uint64_t>(shape[i]));
        elements *= shape[i];
    }
    put(m_tensors, numberOf(type));
    put(m_tensors, m_offset);
    const std::uint64_t size = storedBytes(type, elements);
    m_offset += padded(size);
    ++m_numTensors;
    return size;
}

std::string GgufHeader::bytes() const
{
    std::string out = "GGUF";
    put(out, kVersion);
    put(out, m_numTensors);
    put(out, m_numValues);
    out += m_values;
    out += m_tensors;
    out.resize(static_cast<std::size_t>(padded(out.size())));
    return out;
}

} // namespace engine
