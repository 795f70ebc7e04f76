// SPDX-License-Identifier: GPL-3.0-or-later
#include "figures.h"
#include "style.h"

#include <QPainterPath>
#include <QPolygonF>
#include <QtMath>

namespace samples {
namespace {

void drawArrow(QPainter& painter, QPointF from, QPointF to)
{
    const QPointF step = to - from;
    const double length = std::hypot(step.x(), step.y());
    const QPointF along = step / length;
    const QPointF across(-along.y(), along.x());
    painter.setPen(QPen(kInk, 4));
    painter.drawLine(from, to - along * 14);
    painter.setPen(Qt::NoPen);
    painter.setBrush(kInk);
    painter.drawPolygon(
        QPolygonF({to, to - along * 20 + across * 9, to - along * 20 - across * 9}));
}

void drawBox(QPainter& painter, const QRectF& box, const QColor& fill, const QString& name,
             const QString& detail)
{
    painter.setPen(QPen(kInk, 3));
    painter.setBrush(fill);
    painter.drawRoundedRect(box, 12, 12);
    painter.setPen(kInk);
    const QPointF centre = box.center();
    drawLabel(painter, centre - QPointF(0, detail.isEmpty() ? 0 : 16), name, Qt::AlignHCenter, 26,
              true);
    drawLabel(painter, centre + QPointF(0, 18), detail, Qt::AlignHCenter, 22);
}

/// One ring of the lens in section, its flat side towards the lamp.
void drawPrism(QPainter& painter, double y, double height, double bulge, bool above)
{
    constexpr double kFlat = 300;
    const double outer = above ? y : y + height; // the thin edge is the one away from the axis
    const double inner = above ? y + height : y;
    QPainterPath prism(QPointF(kFlat, y));
    prism.lineTo(kFlat, y + height);
    prism.moveTo(kFlat, outer);
    prism.lineTo(kFlat + 16, outer);
    prism.quadTo(QPointF(kFlat + 16 + bulge, (outer + inner) / 2),
                 QPointF(kFlat + 16 + bulge, inner));
    prism.lineTo(kFlat, inner);
    painter.drawPath(prism);
}

/// The point of a clock face of 24 hours, midnight at the top.
QPointF onRing(double hour, double radius)
{
    const double angle = qDegreesToRadians(hour * 15 - 90);
    return {340 + radius * std::cos(angle), 290 + radius * std::sin(angle)};
}

QPainterPath ringSector(double fromHour, double toHour, double inner, double outer)
{
    const auto box = [](double radius) {
        return QRectF(340 - radius, 290 - radius, 2 * radius, 2 * radius);
    };
    const double start = 90 - fromHour * 15;
    const double sweep = -(toHour - fromHour) * 15;
    QPainterPath path;
    path.arcMoveTo(box(outer), start);
    path.arcTo(box(outer), start, sweep);
    path.arcTo(box(inner), start + sweep, -sweep);
    path.closeSubpath();
    return path;
}

void drawTimeAxis(QPainter& painter, double left, double perSecond)
{
    for (int second = 0; second <= 60; second += 5) {
        const double x = left + second * perSecond;
        painter.setPen(QPen(second % 20 == 0 ? kQuietInk : QColor(205, 213, 221), 2));
        painter.drawLine(QPointF(x, 20), QPointF(x, 268));
        painter.setPen(kInk);
        drawLabel(painter, {x, 296},
                  second == 60 ? QStringLiteral("60 s") : QString::number(second), Qt::AlignHCenter,
                  22);
    }
}

} // namespace

void drawLens(QPainter& painter)
{
    const QPointF lamp(96, 240);
    painter.setPen(QPen(kLight, 4));
    for (const double y : {62.0, 107.0, 150.0, 195.0, 240.0, 285.0, 330.0, 373.0, 418.0}) {
        painter.drawLine(lamp, QPointF(312, y));
        painter.drawLine(QPointF(312, y), QPointF(640, y));
    }
    painter.setPen(QPen(kInk, 3));
    painter.setBrush(QColor(200, 222, 232, 225));
    QPainterPath bullsEye(QPointF(300, 176));
    bullsEye.lineTo(318, 176);
    bullsEye.cubicTo(366, 205, 366, 275, 318, 304);
    bullsEye.lineTo(300, 304);
    bullsEye.closeSubpath();
    painter.drawPath(bullsEye);
    for (const double y : {130.0, 86.0, 42.0}) {
        drawPrism(painter, y, 40, 22, true);
        drawPrism(painter, 480 - y - 40, 40, 22, false);
    }
    painter.setBrush(kLight);
    painter.drawEllipse(lamp, 16, 24);
    painter.setPen(kInk);
    drawLabel(painter, {96, 300}, QStringLiteral("lamp"), Qt::AlignHCenter);
    drawLabel(painter, {420, 30}, QStringLiteral("rings"), Qt::AlignLeft);
    drawLabel(painter, {420, 262}, QStringLiteral("bull’s-eye"), Qt::AlignLeft);
    drawLabel(painter, {664, 460}, QStringLiteral("to the horizon"), Qt::AlignRight);
    painter.setPen(QPen(kQuietInk, 2));
    painter.drawLine(QPointF(412, 34), QPointF(338, 58));
    painter.drawLine(QPointF(412, 262), QPointF(358, 256));
    painter.drawLine(QPointF(96, 350), QPointF(300, 350));
    painter.drawLine(QPointF(96, 340), QPointF(96, 360));
    painter.setPen(kInk);
    drawLabel(painter, {186, 370}, QStringLiteral("500 mm"), Qt::AlignHCenter, 22);
}

void drawWatch(QPainter& painter)
{
    painter.setPen(QPen(kInk, 3));
    painter.setBrush(QColor(255, 244, 214));
    painter.drawPath(ringSector(8.8, 15.6, 170, 216));
    painter.setBrush(QColor(52, 76, 104));
    painter.drawPath(ringSector(15.6, 32.8, 170, 216));
    const QColor fills[] = {QColor(226, 234, 240), kStone, QColor(226, 234, 240), kStone};
    for (int watch = 0; watch < 4; ++watch) {
        painter.setPen(QPen(kInk, 3));
        painter.setBrush(fills[watch]);
        painter.drawPath(ringSector(watch * 6, watch * 6 + 6, 84, 164));
        const QPointF middle = onRing(watch * 6 + 3, 124);
        painter.setPen(kInk);
        drawLabel(painter, middle - QPointF(0, 12), QStringLiteral("watch"), Qt::AlignHCenter, 22);
        drawLabel(painter, middle + QPointF(0, 14), QString::number(watch + 1), Qt::AlignHCenter,
                  24, true);
        drawLabel(painter, onRing(watch * 6, watch % 2 == 0 ? 246 : 266),
                  QStringLiteral("%1:00").arg(watch * 6, 2, 10, QLatin1Char('0')), Qt::AlignHCenter,
                  26, true);
        painter.setPen(Qt::NoPen);
        painter.setBrush(kSignal);
        painter.drawEllipse(onRing(watch * 6, 193), 11, 11);
    }
    painter.setPen(kInk);
    drawLabel(painter, {340, 278}, QStringLiteral("24"), Qt::AlignHCenter, 40, true);
    drawLabel(painter, {340, 312}, QStringLiteral("hours"), Qt::AlignHCenter, 22);
    drawLabel(painter, onRing(15.6, 232) + QPointF(-4, 6), QStringLiteral("light lit"),
              Qt::AlignRight, 22);
    drawLabel(painter, onRing(8.8, 232) + QPointF(4, 6), QStringLiteral("light out"), Qt::AlignLeft,
              22);
    painter.setPen(Qt::NoPen);
    painter.setBrush(kSignal);
    painter.drawEllipse(QPointF(190, 584), 9, 9);
    painter.setPen(kInk);
    drawLabel(painter, {208, 584}, QStringLiteral("weather report by radio"), Qt::AlignLeft, 22);
}

void drawSignals(QPainter& painter)
{
    constexpr double kLeft = 150;
    constexpr double kPerSecond = 20;
    drawTimeAxis(painter, kLeft, kPerSecond);
    painter.setPen(kInk);
    drawLabel(painter, {120, 90}, QStringLiteral("Light"), Qt::AlignRight, 28, true);
    drawLabel(painter, {120, 205}, QStringLiteral("Horn"), Qt::AlignRight, 28, true);
    painter.setPen(QPen(kInk, 3));
    painter.setBrush(QColor(52, 76, 104));
    painter.drawRect(QRectF(kLeft, 55, 60 * kPerSecond, 70));
    painter.setBrush(kLight);
    for (int second = 0; second < 60; second += 20) {
        for (const double flash : {1.0, 3.0, 5.0}) {
            painter.drawRect(QRectF(kLeft + (second + flash) * kPerSecond, 55, 14, 70));
        }
    }
    painter.setBrush(kStone);
    painter.drawRect(QRectF(kLeft, 170, 60 * kPerSecond, 70));
    painter.setBrush(kSignal);
    for (const double blast : {0.0, 6.0}) {
        painter.drawRect(QRectF(kLeft + blast * kPerSecond, 170, 3 * kPerSecond, 70));
    }
}

void drawPower(QPainter& painter)
{
    const QColor source(226, 234, 240);
    const QColor store(255, 244, 214);
    drawBox(painter, {0, 30, 290, 90}, source, QStringLiteral("Cable"),
            QStringLiteral("400 volts, from 1967"));
    drawBox(painter, {0, 170, 290, 90}, source, QStringLiteral("Martha"),
            QStringLiteral("diesel, 12 kilowatts"));
    drawBox(painter, {0, 310, 290, 90}, source, QStringLiteral("Old Tom"),
            QStringLiteral("diesel, 12 kilowatts"));
    drawBox(painter, {410, 160, 230, 110}, kStone, QStringLiteral("Changeover"),
            QStringLiteral("after 20 seconds"));
    drawBox(painter, {760, 30, 250, 100}, Qt::white, QStringLiteral("Heating, kitchen"),
            QStringLiteral("cable or diesel only"));
    drawBox(painter, {760, 230, 250, 110}, store, QStringLiteral("Batteries"),
            QStringLiteral("24 volts, 48 hours"));
    drawBox(painter, {1140, 110, 280, 80}, Qt::white, QStringLiteral("Light"), {});
    drawBox(painter, {1140, 220, 280, 80}, Qt::white, QStringLiteral("Radio"), {});
    drawBox(painter, {1140, 330, 280, 80}, Qt::white, QStringLiteral("Emergency lamps"), {});
    drawArrow(painter, {290, 75}, {410, 185});
    drawArrow(painter, {290, 215}, {410, 215});
    drawArrow(painter, {290, 355}, {410, 245});
    drawArrow(painter, {640, 195}, {760, 90});
    drawArrow(painter, {640, 235}, {760, 280});
    drawArrow(painter, {1010, 265}, {1140, 155});
    drawArrow(painter, {1010, 280}, {1140, 262});
    drawArrow(painter, {1010, 300}, {1140, 365});
}

} // namespace samples
