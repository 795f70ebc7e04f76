// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/dtype.h"

namespace engine {

/// Puts together everything of a GGUF file (version 3) that stands before the tensors' bytes.
class GgufHeader
{
public:
    static constexpr std::uint64_t kAlignment = 32;

    void addText(std::string_view key, std::string_view value);
    void addNumber(std::string_view key, std::uint32_t value);
    void addFraction(std::string_view key, float value);
    void addFlag(std::string_view key, bool value);
    void addTexts(std::string_view key, std::span<const std::string> values);
    void addNumbers(std::string_view key, std::span<const std::int32_t> values);
    void addFractions(std::string_view key, std::span<const float> values);

    /// `shape` outermost first. Bytes follow in the order of the calls, each padded to kAlignment;
    /// gives the size of this one without padding.
    std::uint64_t addTensor(std::string_view name, DType type, std::span<const std::size_t> shape);

    /// Padded, so that the first tensor's bytes follow.
    [[nodiscard]] std::string bytes() const;

private:
    void startValue(std::string_view key, std::uint32_t kind);
    void startArray(std::string_view key, std::uint32_t kind, std::size_t count);

    std::string m_values;
    std::string m_tensors;
    std::uint64_t m_numValues = 0;
    std::uint64_t m_numTensors = 0;
    std::uint64_t m_offset = 0;
};

} // namespace engine
