// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/text_positions.h"

#include <algorithm>

namespace ui {

TextPositions::TextPositions(const QString& text) : m_size(text.size())
{
    for (qsizetype i = 0; i + 1 < text.size(); ++i) {
        if (text.at(i).isHighSurrogate() && text.at(i + 1).isLowSurrogate()) {
            m_pairs.push_back(i - static_cast<qint64>(m_pairs.size()));
            ++i;
        }
    }
}

qsizetype TextPositions::toString(qint64 codePoints) const
{
    const auto before = std::lower_bound(m_pairs.begin(), m_pairs.end(), codePoints);
    const qint64 position = codePoints + (before - m_pairs.begin());
    return static_cast<qsizetype>(std::clamp<qint64>(position, 0, m_size));
}

qint64 TextPositions::toCodePoints(qsizetype position) const
{
    // The n-th pair sits at string position m_pairs[n] + n; pairs wholly before `position` count.
    qsizetype low = 0;
    qsizetype high = static_cast<qsizetype>(m_pairs.size());
    while (low < high) {
        const qsizetype middle = (low + high) / 2;
        if (m_pairs[static_cast<std::size_t>(middle)] + middle + 1 < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return position - low;
}

} // namespace ui
