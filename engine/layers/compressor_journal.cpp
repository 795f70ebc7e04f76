// SPDX-License-Identifier: GPL-3.0-or-later
// Taking back tokens: what each one overwrote in a compressor's state.
#include <algorithm>

#include "layers/compressor.h"

namespace engine {

void CompressorState::keepJournal(std::size_t tokens)
{
    m_journalTokens = tokens;
    m_journal.clear();
}

void CompressorState::put(std::uint64_t position, const float* value, const float* gate)
{
    const auto i = static_cast<std::size_t>(position % m_ratio);
    Overwritten& kept = m_journal.emplace_back();
    kept.position = position;
    kept.slot.assign(openValue(i), openValue(i) + m_width);
    kept.slot.insert(kept.slot.end(), openGate(i), openGate(i) + m_width);
    std::copy_n(value, m_width, openValue(i));
    std::copy_n(gate, m_width, openGate(i));
    if (overlaps() && i + 1 == m_ratio) {
        // Values and gates of the previous group lie in one piece, as those of the open one do.
        const std::size_t size = 2 * m_ratio * m_width;
        kept.previous.assign(previousValue(0), previousValue(0) + size);
        std::copy_n(openValue(0), size, previousValue(0));
    }
    if (m_journal.size() > m_journalTokens)
        m_journal.pop_front();
}

void CompressorState::takeBack(std::uint64_t length)
{
    while (!m_journal.empty() && m_journal.back().position >= length) {
        const Overwritten& kept = m_journal.back();
        const auto i = static_cast<std::size_t>(kept.position % m_ratio);
        std::copy(kept.previous.begin(), kept.previous.end(), previousValue(0));
        std::copy_n(kept.slot.data(), m_width, openValue(i));
        std::copy_n(kept.slot.data() + m_width, m_width, openGate(i));
        m_journal.pop_back();
    }
}

} // namespace engine
