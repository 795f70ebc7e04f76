// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/place.h"

#include <QString>

#include <vector>

namespace ui {

/// Converts between code points (the ports) and QString positions (the widgets) of one text. Only
/// characters beyond the basic plane make a difference, so only those are kept: most texts cost
/// nothing, and a lookup is a binary search.
class TextPositions final
{
public:
    TextPositions() = default;
    explicit TextPositions(const QString& text);

    [[nodiscard]] qsizetype toString(qint64 codePoints) const; ///< clamped to the text
    [[nodiscard]] qint64 toCodePoints(qsizetype position) const;

private:
    qsizetype m_size = 0;
    std::vector<qint64> m_pairs; ///< code-point index of each surrogate pair, ascending
};

} // namespace ui
