// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "layers/block.h"
#include "model/weights.h"

namespace engine {

/// What a compressor carries from token to token: key and gate projections of the unfinished
/// group, and for the overlapping kind the first halves of the last complete group.
class CompressorState
{
public:
    CompressorState() = default;
    explicit CompressorState(const CompressorWeights& weights);

    void clear();
    /// The rows that count after `tokens` tokens, each [width], for checkpoints: values and gates
    /// of the open group, then those of the previous group.
    [[nodiscard]] std::vector<std::span<float>> usedRows(std::uint64_t tokens);

    /// Slot `i` of the open group, [width].
    [[nodiscard]] float* openValue(std::size_t i) { return m_memory.data() + i * m_width; }
    [[nodiscard]] float* openGate(std::size_t i)
    {
        return m_memory.data() + (m_ratio + i) * m_width;
    }
    /// Slot `i` of the previous group, [width] of which the first half counts (overlap only).
    [[nodiscard]] float* previousValue(std::size_t i)
    {
        return m_memory.data() + (2 * m_ratio + i) * m_width;
    }
    [[nodiscard]] float* previousGate(std::size_t i)
    {
        return m_memory.data() + (3 * m_ratio + i) * m_width;
    }

    /// Remembers what each of the last `tokens` tokens overwrites, for takeBack(); 0 ends it.
    void keepJournal(std::size_t tokens);
    /// Whether the tokens of a block of this size go into the journal.
    [[nodiscard]] bool journals(std::size_t tokens) const { return tokens <= m_journalTokens; }
    /// Puts the projections [width] of the token at `position`, with journal.
    void put(std::uint64_t position, const float* value, const float* gate);
    /// Forgets the journal's entries: the tokens until now can no longer be taken back.
    void closeJournal() { m_journal.clear(); }
    /// Undoes put() for all tokens from `length` on; they must be in the journal.
    void takeBack(std::uint64_t length);

private:
    /// What one token overwrote: its slot of the open group, and the previous group where the
    /// token completed one.
    struct Overwritten
    {
        std::uint64_t position = 0;
        std::vector<float> slot;     ///< value, then gate
        std::vector<float> previous; ///< values, then gates
    };

    [[nodiscard]] bool overlaps() const { return m_memory.size() >= 4 * m_ratio * m_width; }

    std::size_t m_ratio = 0;
    std::size_t m_width = 0;
    AlignedArray<float> m_memory;
    std::size_t m_journalTokens = 0;
    std::deque<Overwritten> m_journal; ///< oldest first
};

/// Pools groups of tokens into compressed rows (reference section 2.5).
class Compressor
{
public:
    void reset(const ModelConfig& config, std::size_t maxTokens);

    /// Adds the projections of the block's tokens (values and gates) to those of other parts that
    /// read the same input; forward() wants them computed.
    void addProducts(const CompressorWeights& weights, std::vector<Product>& products);

    /// Gives every row that becomes complete in this block (pooled, normed and rotated; [rowDim])
    /// to `finish`, if there is one, on several threads, then to `emit` in order, and leaves the
    /// rest in `state`.
    void forward(const Block& block, const CompressorWeights& weights, const RopeTable& rope,
                 CompressorState& state, const std::function<void(float*)>& finish,
                 const std::function<void(const float*)>& emit);

private:
    void poolGroup(const Block& block, const CompressorWeights& weights, const RopeTable& rope,
                   CompressorState& state, std::uint64_t group, float* row);
    void keepTail(const Block& block, const CompressorWeights& weights, CompressorState& state);

    Rows m_values; ///< [tokens, width]
    Rows m_gates;  ///< [tokens, width]
    Rows m_pooled; ///< [groups, rowDim]
};

} // namespace engine
