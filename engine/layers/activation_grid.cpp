// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/activation_grid.h"

#include <array>
#include <cmath>
#include <vector>

#include "cache/key_store.h"
#include "model/block_rounding.h"

namespace engine {

namespace {

constexpr std::size_t kMatmulBlock = 128;
constexpr std::size_t kKeyValueBlock = 64;
constexpr std::size_t kIndexBlock = 32;

constexpr std::array<std::string_view, 3> kModeNames{"float32", "fast", "exact"};
constexpr std::array<std::string_view, 5> kFormNames{"as_computed", "bfloat16", "int8", "fp8",
                                                     "fp4"};

void roundToInt8(float* x, std::size_t count)
{
    std::vector<std::int8_t> codes(count);
    const float scale = quantizeInt8(x, count, codes.data());
    for (std::size_t i = 0; i < count; ++i)
        x[i] = scale * static_cast<float>(codes[i]);
}

void roundTo(KeptForm form, float* x, std::size_t count)
{
    switch (form) {
    case KeptForm::asComputed:
        return;
    case KeptForm::bfloat16:
        return roundToBFloat16(x, count);
    case KeptForm::int8:
        return roundToInt8(x, count);
    case KeptForm::fp8:
        return roundToFp8Blocks(x, count, kKeyValueBlock);
    case KeptForm::fp4:
        return roundToFp4Blocks(x, count, kIndexBlock);
    }
}

} // namespace

std::string_view numericModeName(NumericMode mode)
{
    return kModeNames[static_cast<std::size_t>(mode)];
}

std::optional<NumericMode> numericModeNamed(std::string_view name)
{
    for (std::size_t i = 0; i < kModeNames.size(); ++i) {
        if (kModeNames[i] == name)
            return static_cast<NumericMode>(i);
    }
    return std::nullopt;
}

std::optional<KeptForm> keptFormNamed(std::string_view name)
{
    for (std::size_t i = 1; i < kFormNames.size(); ++i) {
        if (kFormNames[i] == name)
            return static_cast<KeptForm>(i);
    }
    return std::nullopt;
}

void ActivationGrid::toBFloat16(float* x, std::size_t count) const
{
    if (isActive())
        roundToBFloat16(x, count);
}

void ActivationGrid::keyValueRow(float* row, std::size_t headDim, std::size_t ropeDim) const
{
    if (isActive())
        roundToFp8Blocks(row, headDim - ropeDim, kKeyValueBlock);
    else
        roundTo(m_keptRows, row, headDim - ropeDim);
}

void ActivationGrid::indexVector(float* x, std::size_t dim) const
{
    if (!isActive())
        return;
    roundToBFloat16(x, dim);
    roundToFp4Blocks(x, dim, kIndexBlock);
}

void ActivationGrid::indexKey(float* x, std::size_t dim) const
{
    if (isActive())
        indexVector(x, dim);
    else
        roundTo(m_keptKeys, x, dim);
}

void ActivationGrid::matmulInput(float* x, std::size_t count) const
{
    if (isActive())
        roundToFp8Blocks(x, count, kMatmulBlock);
}

void ActivationGrid::normHead(const float* x, std::size_t dim, float eps, float* out) const
{
    // Summed in float64: the squares are bfloat16, so no order of summation matters.
    double sum = 0.0;
    for (std::size_t d = 0; d < dim; ++d)
        sum += static_cast<double>(toFloat(engine::toBFloat16(x[d] * x[d])));
    float mean = static_cast<float>(sum / static_cast<double>(dim));
    roundToBFloat16(&mean, 1);
    mean += eps;
    roundToBFloat16(&mean, 1);
    float root = std::sqrt(mean);
    if (m_roundsRoots)
        roundToBFloat16(&root, 1);
    float factor = 1.0F / root;
    roundToBFloat16(&factor, 1);
    for (std::size_t d = 0; d < dim; ++d)
        out[d] = toFloat(engine::toBFloat16(x[d] * factor));
}

std::size_t ActivationGrid::sumBlock(const PackedMatrix& weights)
{
    switch (weights.storedType()) {
    case DType::f8e4m3:
        return kMatmulBlock;
    case DType::i8: // packed FP4
    case DType::mxfp4:
        return kIndexBlock;
    default:
        return 0;
    }
}

bool ActivationGrid::quantisesInputOf(const PackedMatrix& weights) const
{
    return isActive() && sumBlock(weights) != 0;
}

} // namespace engine
