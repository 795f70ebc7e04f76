// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QRect>
#include <QString>
#include <QStyleOptionViewItem>

class QPainter;

namespace ui {

// What the list delegates share, so that all rows look alike.

inline constexpr int kRowPadding = 7;
inline constexpr int kRowInset = 6; ///< the rounded background keeps off the pane's edges

[[nodiscard]] QFont smallFont(const QFont& font);
[[nodiscard]] QFont codeFont(const QFont& font); ///< fixed width, to stand beside `font`
[[nodiscard]] QRect rowContents(const QStyleOptionViewItem& option);
void paintRowBackground(QPainter* painter, const QStyleOptionViewItem& option);
void drawElided(QPainter* painter, const QRect& rect, const QString& text, const QFont& font,
                const QColor& color, Qt::TextElideMode mode = Qt::ElideRight);
/// A square icon at the left of `rect`, as high as it.
void drawLineIcon(QPainter* painter, const QRect& rect, const QString& name, const QColor& color);
void drawProgressLine(QPainter* painter, const QRect& rect, double share, const QColor& groove,
                      const QColor& fill);
/// The round number of a citation.
void drawNumber(QPainter* painter, const QRectF& rect, int number, const QFont& font,
                const QColor& fill, const QColor& line, const QColor& text);

} // namespace ui
