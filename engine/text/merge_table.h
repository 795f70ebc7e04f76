// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/tokenizer.h"

namespace engine {

/// Two neighbours that become one token. Its rank is its place in the list of merges.
struct Merge
{
    TokenId left = 0;
    TokenId right = 0;
    TokenId merged = 0;
    std::uint32_t rank = 0;
};

/// All merges, found by their two sides. Open addressing at half load: a look-up reads one cache
/// line as a rule, and most look-ups of an encoder find nothing.
class MergeTable final
{
public:
    static constexpr std::uint32_t kNoRank = std::numeric_limits<std::uint32_t>::max();

    struct Found
    {
        std::uint32_t rank = kNoRank; ///< kNoRank: the two do not merge
        TokenId merged = 0;
    };

    /// Of two merges with the same sides the later one holds, as in the reference implementation.
    explicit MergeTable(std::span<const Merge> merges);

    [[nodiscard]] Found find(TokenId left, TokenId right) const
    {
        const std::uint64_t key = keyOf(left, right);
        for (std::size_t at = slotOf(key);; at = (at + 1) & m_mask) {
            const Slot& slot = m_slots[at];
            if (slot.key == key) {
                return slot.found;
            }
            if (slot.key == kEmpty) {
                return {};
            }
        }
    }

    /// Brings what find(left, right) will read into the cache.
    void prefetch(TokenId left, TokenId right) const
    {
        __builtin_prefetch(&m_slots[slotOf(keyOf(left, right))]);
    }

private:
    struct Slot
    {
        std::uint64_t key = kEmpty;
        Found found;
    };

    // Ids are never negative, so no pair has this key.
    static constexpr std::uint64_t kEmpty = std::numeric_limits<std::uint64_t>::max();

    static std::uint64_t keyOf(TokenId left, TokenId right)
    {
        return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U) |
               static_cast<std::uint32_t>(right);
    }
    [[nodiscard]] std::size_t slotOf(std::uint64_t key) const
    {
        // Fibonacci hashing: 2^64 divided by the golden ratio; the high bits are the mixed ones.
        return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> m_shift);
    }

    std::vector<Slot> m_slots;
    std::size_t m_mask = 0;
    unsigned m_shift = 0;
};

} // namespace engine
