// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPainter>
#include <QString>

namespace samples {

/// A vector drawing. `draw` paints into a box of `width` x `height` units of a tenth of a
/// millimetre, origin at the upper left; the caller has set the painter's scale.
struct Figure
{
    double width = 0;
    double height = 0;
    void (*draw)(QPainter& painter) = nullptr;
};

/// The drawing of that name, or null.
[[nodiscard]] const Figure* findFigure(const QString& name);

// The drawings of the station itself (figures_station.cpp) ...
void drawCover(QPainter& painter);
void drawTower(QPainter& painter);
void drawRock(QPainter& painter);
// ... and of how it works (figures_systems.cpp).
void drawLens(QPainter& painter);
void drawWatch(QPainter& painter);
void drawSignals(QPainter& painter);
void drawPower(QPainter& painter);

/// Text for drawings: `size` in the drawing's units, `flags` as for QPainter::drawText, placed at
/// the anchor point.
void drawLabel(QPainter& painter, QPointF anchor, const QString& text,
               Qt::Alignment alignment = Qt::AlignLeft, int size = 24, bool bold = false);

} // namespace samples
