// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPixmap>
#include <QString>

namespace ui {

/// A line icon from resources/icons, drawn in the palette's text colour at the moment of painting:
/// it stays right when the desktop turns dark.
[[nodiscard]] QIcon lineIcon(const QString& name);

/// The same in one colour, for delegates and text. `size` in device-independent pixels.
[[nodiscard]] QPixmap linePixmap(const QString& name, const QColor& color, int size, double ratio);

} // namespace ui
