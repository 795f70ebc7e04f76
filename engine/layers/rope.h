// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/model_config.h"

namespace engine {

/// Rotary angles of one kind of layer (reference section 2.0): pair j of the last ropeDim elements
/// turns by position * f_j, everything in float32 as the reference has it.
class RopeTable
{
public:
    RopeTable() = default;
    /// `compressed`: base compress_rope_theta and YaRN; otherwise base rope_theta alone.
    RopeTable(const ModelConfig& config, bool compressed);

    [[nodiscard]] std::size_t pairs() const { return m_frequencies.size(); }
    [[nodiscard]] const std::vector<float>& frequencies() const { return m_frequencies; }

    /// cos and sin of every pair at `position`; both have room for pairs() values.
    void angles(std::uint64_t position, float* cosines, float* sines) const;

private:
    std::vector<float> m_frequencies;
};

/// Turns the interleaved pairs (x[2j], x[2j+1]).
void rotate(float* x, const float* cosines, const float* sines, std::size_t pairs);
/// Turns them back.
void rotateBack(float* x, const float* cosines, const float* sines, std::size_t pairs);

/// cos and sin for consecutive positions, computed once a block and shared by its layers.
class RopeBlock
{
public:
    /// Room for `count` positions from `firstPosition` on; compute() then fills [begin, end).
    void reset(const RopeTable& table, std::uint64_t firstPosition, std::size_t count);
    void compute(std::size_t begin, std::size_t end);
    [[nodiscard]] std::uint64_t firstPosition() const { return m_firstPosition; }
    [[nodiscard]] const float* cosines(std::size_t token) const
    {
        return m_cosines.data() + token * m_pairs;
    }
    [[nodiscard]] const float* sines(std::size_t token) const
    {
        return m_sines.data() + token * m_pairs;
    }
    [[nodiscard]] std::size_t pairs() const { return m_pairs; }

private:
    const RopeTable* m_table = nullptr;
    std::uint64_t m_firstPosition = 0;
    std::size_t m_pairs = 0;
    std::vector<float> m_cosines;
    std::vector<float> m_sines;
};

} // namespace engine
