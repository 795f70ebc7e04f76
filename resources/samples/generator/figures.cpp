// SPDX-License-Identifier: GPL-3.0-or-later
#include "figures.h"

#include "style.h"

#include <QHash>

namespace samples {

const Figure* findFigure(const QString& name)
{
    static const QHash<QString, Figure> figures{
        {QStringLiteral("cover"), {1760, 2500, drawCover}},
        {QStringLiteral("tower"), {680, 900, drawTower}},
        {QStringLiteral("rock"), {680, 700, drawRock}},
        {QStringLiteral("lens"), {680, 480, drawLens}},
        {QStringLiteral("watch"), {680, 604, drawWatch}},
        {QStringLiteral("signals"), {1420, 330, drawSignals}},
        {QStringLiteral("power"), {1420, 440, drawPower}},
    };
    const auto found = figures.constFind(name);
    return found == figures.constEnd() ? nullptr : &*found;
}

void drawLabel(QPainter& painter, QPointF anchor, const QString& text, Qt::Alignment alignment,
               int size, bool bold)
{
    QFont font = sansFont();
    font.setPixelSize(size);
    font.setBold(bold);
    painter.setFont(font);
    constexpr double kReach = 2000; // larger than any drawing: the text is never clipped
    QRectF box(anchor.x(), anchor.y() - kReach / 2, kReach, kReach);
    if (alignment.testFlag(Qt::AlignHCenter)) {
        box.translate(-kReach / 2, 0);
    } else if (alignment.testFlag(Qt::AlignRight)) {
        box.translate(-kReach, 0);
    }
    painter.drawText(box, static_cast<int>(alignment | Qt::AlignVCenter), text);
}

} // namespace samples
