// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace engine {

namespace {

/// Pair index at which a wave turns `rotations` times within the original context.
double correctionDim(const ModelConfig& config, double rotations)
{
    return static_cast<double>(config.ropeDim) *
           std::log(config.yarnOriginalPositions / (rotations * 2.0 * std::numbers::pi)) /
           (2.0 * std::log(config.compressRopeTheta));
}

/// YaRN: fast pairs stay, slow ones are divided by the factor, a ramp lies between.
void applyYarn(const ModelConfig& config, std::vector<float>& frequencies)
{
    const auto last = static_cast<double>(config.ropeDim) - 1.0;
    const double low = std::max(0.0, std::floor(correctionDim(config, config.yarnBetaFast)));
    double high = std::min(last, std::ceil(correctionDim(config, config.yarnBetaSlow)));
    if (low == high)
        high += 0.001;
    for (std::size_t j = 0; j < frequencies.size(); ++j) {
        const auto ramp =
            static_cast<float>(std::clamp((static_cast<double>(j) - low) / (high - low), 0.0, 1.0));
        const float f = frequencies[j];
        frequencies[j] = f / static_cast<float>(config.yarnFactor) * ramp + f * (1.0F - ramp);
    }
}

} // namespace

RopeTable::RopeTable(const ModelConfig& config, bool compressed)
{
    const auto base = static_cast<float>(compressed ? config.compressRopeTheta : config.ropeTheta);
    m_frequencies.resize(config.ropeDim / 2);
    for (std::size_t j = 0; j < m_frequencies.size(); ++j) {
        const float exponent = static_cast<float>(2 * j) / static_cast<float>(config.ropeDim);
        m_frequencies[j] = 1.0F / std::pow(base, exponent);
    }
    if (compressed && config.yarnFactor != 1.0)
        applyYarn(config, m_frequencies);
}

void RopeTable::angles(std::uint64_t position, float* cosines, float* sines) const
{
    const auto p = static_cast<float>(position);
    for (std::size_t j = 0; j < m_frequencies.size(); ++j) {
        const float angle = p * m_frequencies[j];
        cosines[j] = std::cos(angle);
        sines[j] = std::sin(angle);
    }
}

void rotate(float* x, const float* cosines, const float* sines, std::size_t pairs)
{
    for (std::size_t j = 0; j < pairs; ++j) {
        const float a = x[2 * j];
        const float b = x[2 * j + 1];
        x[2 * j] = a * cosines[j] - b * sines[j];
        x[2 * j + 1] = a * sines[j] + b * cosines[j];
    }
}

void rotateBack(float* x, const float* cosines, const float* sines, std::size_t pairs)
{
    for (std::size_t j = 0; j < pairs; ++j) {
        const float a = x[2 * j];
        const float b = x[2 * j + 1];
        x[2 * j] = a * cosines[j] + b * sines[j];
        x[2 * j + 1] = b * cosines[j] - a * sines[j];
    }
}

void RopeBlock::reset(const RopeTable& table, std::uint64_t firstPosition, std::size_t count)
{
    m_table = &table;
    m_firstPosition = firstPosition;
    m_pairs = table.pairs();
    m_cosines.resize(count * m_pairs);
    m_sines.resize(count * m_pairs);
}

void RopeBlock::compute(std::size_t begin, std::size_t end)
{
    for (std::size_t t = begin; t < end; ++t)
        m_table->angles(m_firstPosition + t, m_cosines.data() + t * m_pairs,
                        m_sines.data() + t * m_pairs);
}

} // namespace engine
