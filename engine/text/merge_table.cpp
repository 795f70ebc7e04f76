// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/merge_table.h"

#include <algorithm>
#include <bit>

namespace engine {

MergeTable::MergeTable(std::span<const Merge> merges)
{
    const std::size_t slots = std::bit_ceil(std::max<std::size_t>(merges.size() * 2, 16));
    m_slots.resize(slots);
    m_mask = slots - 1;
    m_shift = 64U - static_cast<unsigned>(std::countr_zero(slots));
    for (const Merge& merge : merges) {
        const std::uint64_t key = keyOf(merge.left, merge.right);
        std::size_t at = slotOf(key);
        while (m_slots[at].key != kEmpty && m_slots[at].key != key) {
            at = (at + 1) & m_mask;
        }
        m_slots[at] = {key, {merge.rank, merge.merged}};
    }
}

} // namespace engine
