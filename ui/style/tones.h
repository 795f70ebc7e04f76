// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

namespace ui {

/// The few colours that QPalette has no role for, derived from the palette in force, so that light,
/// dark and high-contrast desktops all get readable ones.
struct Tones
{
    bool dark = false;
    QColor secondary; ///< text of lesser weight, still 4.5:1 on base
    QColor border;
    QColor subtle; ///< a surface slightly off the base
    QColor hover;
    QColor chosen; ///< background of the current row
    QColor accent;
    QColor onAccent;
    QColor good;
    QColor caution;
    QColor bad;
    QColor marker; ///< highlighter pen on text
};

[[nodiscard]] Tones tones(const QPalette& palette);

/// `share` of `over` laid on `under`.
[[nodiscard]] QColor mixed(const QColor& under, const QColor& over, double share);

[[nodiscard]] QPalette lightPalette();
[[nodiscard]] QPalette darkPalette();

} // namespace ui
