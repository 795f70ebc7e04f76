// SPDX-License-Identifier: GPL-3.0-or-later
#include "layers/compressor.h"

#include <algorithm>
#include <array>

namespace engine {

CompressorState::CompressorState(const CompressorWeights& weights)
    : m_ratio(weights.ratio), m_width(weights.width()),
      m_memory((weights.overlap ? 4 : 2) * weights.ratio * weights.width())
{
}

std::vector<std::span<float>> CompressorState::usedRows(std::uint64_t tokens)
{
    std::vector<std::span<float>> rows;
    if (m_ratio == 0)
        return rows;
    for (std::size_t i = 0; i < tokens % m_ratio; ++i) {
        rows.emplace_back(openValue(i), m_width);
        rows.emplace_back(openGate(i), m_width);
    }
    const bool overlap = m_memory.size() >= 4 * m_ratio * m_width;
    for (std::size_t i = 0; overlap && tokens >= m_ratio && i < m_ratio; ++i) {
        rows.emplace_back(previousValue(i), m_width);
        rows.emplace_back(previousGate(i), m_width);
    }
    return rows;
}

void CompressorState::clear()
{
    std::fill_n(m_memory.data(), m_memory.size(), 0.0F);
}

void Compressor::reset(const ModelConfig& config, std::size_t maxTokens)
{
    const std::size_t widest = 2 * std::max(config.headDim, config.indexHeadDim);
    m_values.reset(maxTokens, widest);
    m_gates.reset(maxTokens, widest);
    m_pooled.reset(maxTokens / ModelConfig::kCsaRatio + 1,
                   std::max(config.headDim, config.indexHeadDim));
}

/// Row `group` covers tokens [group * ratio, (group + 1) * ratio); with overlap its slots are the
/// first halves of the previous group's tokens and the second halves of its own.
void Compressor::poolGroup(const Block& block, const CompressorWeights& weights,
                           const RopeTable& rope, CompressorState& state, std::uint64_t group,
                           float* row)
{
    constexpr std::size_t kMostSlots = 2 * ModelConfig::kLargestRatio;
    std::array<const float*, kMostSlots> values;
    std::array<const float*, kMostSlots> gates;
    std::size_t slots = 0;
    const auto add = [&](std::uint64_t position, std::size_t offset, bool previous) {
        const auto i = static_cast<std::size_t>(position % weights.ratio);
        if (position >= block.firstPosition) {
            const auto t = static_cast<std::size_t>(position - block.firstPosition);
            values[slots] = m_values.row(t) + offset;
            gates[slots++] = m_gates.row(t) + offset;
        } else {
            values[slots] = (previous ? state.previousValue(i) : state.openValue(i)) + offset;
            gates[slots++] = (previous ? state.previousGate(i) : state.openGate(i)) + offset;
        }
    };
    const std::uint64_t first = group * weights.ratio;
    // Tokens of the previous group that the state still holds as its open group are those of the
    // group that was unfinished when this block began.
    const std::uint64_t openGroup = block.firstPosition / weights.ratio;
    if (weights.overlap && group > 0) {
        for (std::size_t i = 0; i < weights.ratio; ++i)
            add(first - weights.ratio + i, 0, group - 1 != openGroup);
    }
    for (std::size_t i = 0; i < weights.ratio; ++i)
        add(first + i, weights.overlap ? weights.rowDim : 0, false);
    PoolParams pool;
    pool.values = values.data();
    pool.gates = gates.data();
    pool.numSlots = slots;
    pool.channels = weights.rowDim;
    pool.out = row;
    block.kernels.pool(pool);
    block.grid.toBFloat16(row, weights.rowDim);
    block.kernels.rmsNorm(row, weights.norm.data(), weights.rowDim, block.config.normEps, row);
    block.grid.toBFloat16(row, weights.rowDim);
    float* rotated = row + weights.rowDim - 2 * rope.pairs();
    if (first >= block.firstPosition) { // its angles are those of a token of this block
        const RopeBlock& known = *block.compressedRope;
        const auto t = static_cast<std::size_t>(first - block.firstPosition);
        rotate(rotated, known.cosines(t), known.sines(t), rope.pairs());
    } else {
        std::array<float, ModelConfig::kLargestRopeDim / 2> cosines{};
        std::array<float, ModelConfig::kLargestRopeDim / 2> sines{};
        rope.angles(first, cosines.data(), sines.data());
        rotate(rotated, cosines.data(), sines.data(), rope.pairs());
    }
    block.grid.toBFloat16(rotated, 2 * rope.pairs());
}

/// Leaves in `state` what the next block needs: the unfinished group and, with overlap, the last
/// complete one.
void Compressor::keepTail(const Block& block, const CompressorWeights& weights,
                          CompressorState& state)
{
    if (state.journals(block.size())) {
        for (std::size_t t = 0; t < block.size(); ++t)
            state.put(block.firstPosition + t, m_values.row(t), m_gates.row(t));
        return;
    }
    state.closeJournal();
    const std::uint64_t end = block.firstPosition + block.size();
    const std::uint64_t openBegin = end / weights.ratio * weights.ratio;
    const std::size_t width = weights.width();
    if (weights.overlap && openBegin > block.firstPosition) {
        // A group was completed in this block: it is the previous one from now on.
        for (std::size_t i = 0; i < weights.ratio; ++i) {
            const std::uint64_t position = openBegin - weights.ratio + i;
            if (position >= block.firstPosition) {
                const auto t = static_cast<std::size_t>(position - block.firstPosition);
                std::copy_n(m_values.row(t), width, state.previousValue(i));
                std::copy_n(m_gates.row(t), width, state.previousGate(i));
            } else {
                std::copy_n(state.openValue(i), width, state.previousValue(i));
                std::copy_n(state.openGate(i), width, state.previousGate(i));
            }
        }
    }
    for (std::uint64_t position = std::max(openBegin, block.firstPosition); position < end;
         ++position) {
        const auto i = static_cast<std::size_t>(position - openBegin);
        const auto t = static_cast<std::size_t>(position - block.firstPosition);
        std::copy_n(m_values.row(t), width, state.openValue(i));
        std::copy_n(m_gates.row(t), width, state.openGate(i));
    }
}

void Compressor::addProducts(const CompressorWeights& weights, std::vector<Product>& products)
{
    products.push_back({&weights.wkv, m_values.row(0), m_values.stride(), false});
    products.push_back({&weights.wgate, m_gates.row(0), m_gates.stride(), false});
}

void Compressor::forward(const Block& block, const CompressorWeights& weights,
                         const RopeTable& rope, CompressorState& state,
                         const std::function<void(float*)>& finish,
                         const std::function<void(const float*)>& emit)
{
    const auto addApe = [&](std::size_t t) {
        const auto i = static_cast<std::size_t>((block.firstPosition + t) % weights.ratio);
        const float* ape = weights.ape.data() + i * weights.width();
        float* gate = m_gates.row(t);
        for (std::size_t c = 0; c < weights.width(); ++c)
            gate[c] += ape[c];
    };
    block.pool.forRange(block.size(), 64, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t t = begin; t < end; ++t)
            addApe(t);
    });
    const std::uint64_t firstGroup = block.firstPosition / weights.ratio;
    const std::uint64_t endGroup = (block.firstPosition + block.size()) / weights.ratio;
    const auto groups = static_cast<std::size_t>(endGroup - firstGroup);
    block.pool.forRange(groups, 4, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t g = begin; g < end; ++g) {
            poolGroup(block, weights, rope, state, firstGroup + g, m_pooled.row(g));
            if (finish)
                finish(m_pooled.row(g));
        }
    });
    for (std::size_t g = 0; g < groups; ++g)
        emit(m_pooled.row(g));
    keepTail(block, weights, state);
}

} // namespace engine
