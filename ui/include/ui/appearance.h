// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QApplication;

namespace ui {

enum class ColorScheme
{
    system, ///< follows the desktop, also when it changes
    light,
    dark,
};

/// Fonts, icon and colours of the whole program. Call once, before the first window. Where the
/// desktop brings its own Qt style and palette, they are kept; elsewhere a light or dark palette of
/// our own is set, after org.freedesktop.appearance color-scheme.
void applyAppearance(QApplication& application, ColorScheme scheme = ColorScheme::system);

} // namespace ui
