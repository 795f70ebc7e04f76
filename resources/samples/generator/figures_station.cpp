// SPDX-License-Identifier: GPL-3.0-or-later
#include "figures.h"
#include "style.h"

#include <QLinearGradient>
#include <QPainterPath>
#include <QPolygonF>
#include <QRadialGradient>

#include <array>

namespace samples {
namespace {

void drawSky(QPainter& painter)
{
    QLinearGradient sky(0, 0, 0, 1900);
    sky.setColorAt(0, QColor(18, 30, 50));
    sky.setColorAt(0.7, QColor(48, 78, 108));
    sky.setColorAt(1, QColor(196, 150, 120));
    painter.fillRect(QRectF(0, 0, 1760, 1900), sky);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(255, 255, 255, 190));
    // A multiplicative sequence scatters the stars and gives the same sky in every build.
    unsigned seed = 12345;
    for (int star = 0; star < 90; ++star) {
        seed = seed * 1103515245U + 12345U;
        const double x = (seed >> 8U) % 1760U;
        seed = seed * 1103515245U + 12345U;
        const double y = (seed >> 8U) % 1150U;
        const double radius = 1.5 + (seed >> 5U) % 3U;
        painter.drawEllipse(QPointF(x, y), radius, radius);
    }
}

void drawBeam(QPainter& painter, QPointF lamp, double reach, double spread)
{
    QRadialGradient glow(lamp, std::abs(reach));
    glow.setColorAt(0, QColor(255, 232, 170, 210));
    glow.setColorAt(1, QColor(255, 232, 170, 0));
    painter.setBrush(glow);
    painter.drawPolygon(
        QPolygonF({lamp, lamp + QPointF(reach, -spread), lamp + QPointF(reach, spread)}));
}

void drawSeaAndRock(QPainter& painter)
{
    QLinearGradient sea(0, 1840, 0, 2500);
    sea.setColorAt(0, QColor(70, 104, 130));
    sea.setColorAt(1, QColor(16, 32, 52));
    painter.fillRect(QRectF(0, 1840, 1760, 660), sea);
    QPainterPath rock(QPointF(640, 1960));
    rock.cubicTo(760, 1900, 800, 1790, 930, 1770);
    rock.cubicTo(1040, 1740, 1190, 1750, 1290, 1790);
    rock.cubicTo(1400, 1830, 1480, 1910, 1620, 1960);
    rock.closeSubpath();
    painter.setBrush(QColor(32, 40, 52));
    painter.drawPath(rock);
    painter.setBrush(Qt::NoBrush);
    for (int row = 0; row < 7; ++row) {
        painter.setPen(QPen(QColor(220, 234, 242, 90 - row * 8), 5));
        QPainterPath wave(QPointF(-40 + (row % 2) * 90, 1985 + row * 72));
        for (int crest = 0; crest < 10; ++crest) {
            const QPointF at = wave.currentPosition();
            wave.cubicTo(at + QPointF(60, -26), at + QPointF(120, -26), at + QPointF(190, 0));
        }
        painter.drawPath(wave);
    }
    painter.setPen(Qt::NoPen);
}

/// The tower's outline, standing on `foot`, for the cover.
void drawCoverTower(QPainter& painter, QPointF foot)
{
    painter.save();
    painter.translate(foot);
    const auto halfWidthAt = [](double y) { return 92 + y * 0.045; }; // y is negative: it tapers
    painter.setBrush(QColor(240, 236, 228));
    painter.drawPolygon(
        QPolygonF({{-92, 0}, {92, 0}, {halfWidthAt(-780), -780}, {-halfWidthAt(-780), -780}}));
    painter.setBrush(kSignal);
    for (const double top : {-650.0, -330.0}) {
        const double bottom = top + 160;
        painter.drawPolygon(QPolygonF({{-halfWidthAt(bottom), bottom},
                                       {halfWidthAt(bottom), bottom},
                                       {halfWidthAt(top), top},
                                       {-halfWidthAt(top), top}}));
    }
    painter.setBrush(QColor(30, 40, 58, 60)); // the shaded side
    painter.drawPolygon(QPolygonF({{20, 0}, {92, 0}, {halfWidthAt(-780), -780}, {20, -780}}));
    painter.setBrush(kLight);
    for (const double y : {-730.0, -560.0, -430.0, -110.0}) {
        painter.drawRoundedRect(QRectF(-14, y, 28, 44), 14, 14);
    }
    painter.setBrush(QColor(24, 34, 50));
    painter.drawRect(QRectF(-86, -802, 172, 22));
    painter.drawRect(QRectF(-50, -826, 100, 26));
    painter.setBrush(QColor(255, 240, 190));
    painter.drawRect(QRectF(-42, -926, 84, 100));
    QPainterPath dome(QPointF(-58, -926));
    dome.cubicTo(-40, -1000, 40, -1000, 58, -926);
    dome.closeSubpath();
    painter.setBrush(kSignal);
    painter.drawPath(dome);
    painter.setPen(QPen(QColor(24, 34, 50), 7));
    painter.drawLine(QPointF(0, -980), QPointF(0, -1024));
    for (const double x : {-42.0, -14.0, 14.0, 42.0}) {
        painter.drawLine(QPointF(x, -926), QPointF(x, -826));
    }
    for (double x = -84; x <= 84; x += 24) {
        painter.drawLine(QPointF(x, -802), QPointF(x, -838));
    }
    painter.drawLine(QPointF(-86, -838), QPointF(86, -838));
    painter.restore();
}

struct Floor
{
    const char* name;
    double top;
    double bottom;
};

constexpr std::array<Floor, 7> kFloors{{
    {"Lantern", 96, 190},
    {"Lamp room and gallery", 190, 250},
    {"Watch room", 250, 345},
    {"Kitchen", 345, 450},
    {"Bunks and the log chest", 450, 560},
    {"Stores", 560, 675},
    {"Generators, compressor", 675, 800},
}};

double towerHalfWidth(double y)
{
    return 54 + (y - 250) * 0.075;
}

void drawDimension(QPainter& painter, double x, double top, double bottom, const QString& text)
{
    painter.setPen(QPen(kQuietInk, 2));
    painter.drawLine(QPointF(x, top), QPointF(x, bottom));
    for (const double y : {top, bottom}) {
        painter.drawLine(QPointF(x - 10, y), QPointF(x + 10, y));
    }
    painter.save();
    painter.translate(x - 16, (top + bottom) / 2);
    painter.rotate(-90);
    drawLabel(painter, {0, -6}, text, Qt::AlignHCenter, 22);
    painter.restore();
}

void drawTowerBody(QPainter& painter, double axis)
{
    painter.setPen(QPen(kInk, 4));
    painter.setBrush(kStone);
    painter.drawPolygon(QPolygonF({{axis - towerHalfWidth(800), 800},
                                   {axis + towerHalfWidth(800), 800},
                                   {axis + towerHalfWidth(250), 250},
                                   {axis - towerHalfWidth(250), 250}}));
    painter.setBrush(Qt::white);
    for (const Floor& floor : kFloors) {
        if (floor.top < 250) {
            continue;
        }
        const double inner = towerHalfWidth(floor.top) - 16;
        painter.setPen(QPen(kInk, 2));
        painter.drawRect(
            QRectF(axis - inner, floor.top + 8, 2 * inner, floor.bottom - floor.top - 14));
        painter.setPen(QPen(kDeepSea, 2));
        for (int step = 0; step < 5; ++step) { // the stair, five steps of it per floor
            const double rise = (floor.bottom - floor.top - 22) / 5;
            const QPointF at(axis - inner + 8 + step * 11, floor.bottom - 8 - step * rise);
            painter.drawPolyline(QPolygonF({at, at + QPointF(0, -rise), at + QPointF(11, -rise)}));
        }
    }
    painter.setPen(QPen(kInk, 4));
    painter.setBrush(kStone);
    painter.drawRect(QRectF(axis - 78, 236, 156, 16));
    painter.setBrush(QColor(255, 247, 222));
    painter.drawRect(QRectF(axis - 40, 120, 80, 116));
    painter.setBrush(kLight);
    painter.drawEllipse(QPointF(axis, 165), 13, 20);
    QPainterPath dome(QPointF(axis - 50, 120));
    dome.cubicTo(axis - 34, 70, axis + 34, 70, axis + 50, 120);
    dome.closeSubpath();
    painter.setBrush(kSignal);
    painter.drawPath(dome);
    for (double x = -74; x <= 74; x += 37) {
        painter.drawLine(QPointF(axis + x, 236), QPointF(axis + x, 206));
    }
    painter.drawLine(QPointF(axis - 78, 206), QPointF(axis - 40, 206));
    painter.drawLine(QPointF(axis + 40, 206), QPointF(axis + 78, 206));
}

QPainterPath rockOutline(double inset)
{
    // Hand-placed shore points; each higher contour is the same shape drawn closer to the summit.
    constexpr std::array<std::array<double, 2>, 12> kShore{{{330, 90},
                                                            {430, 120},
                                                            {520, 190},
                                                            {600, 270},
                                                            {585, 360},
                                                            {520, 430},
                                                            {470, 530},
                                                            {370, 590},
                                                            {250, 560},
                                                            {150, 480},
                                                            {90, 340},
                                                            {170, 180}}};
    const QPointF summit(330, 320);
    const auto point = [&](std::size_t index) {
        const auto& shore = kShore[index % kShore.size()];
        return summit + (QPointF(shore[0], shore[1]) - summit) * (1 - inset);
    };
    QPainterPath path((point(0) + point(kShore.size() - 1)) / 2);
    for (std::size_t index = 0; index < kShore.size(); ++index) {
        path.quadTo(point(index), (point(index) + point(index + 1)) / 2);
    }
    return path;
}

void drawRockGround(QPainter& painter)
{
    painter.fillRect(QRectF(0, 0, 680, 700), kSea);
    painter.setBrush(Qt::NoBrush);
    for (const double reach : {-0.10, -0.05}) {
        painter.setPen(QPen(QColor(255, 255, 255), 3));
        painter.drawPath(rockOutline(reach));
    }
    const std::array<QColor, 4> tints{QColor(226, 219, 205), QColor(216, 208, 192),
                                      QColor(206, 197, 179), QColor(196, 186, 166)};
    double inset = 0;
    for (const QColor& tint : tints) {
        painter.setPen(QPen(kQuietInk, inset > 0 ? 1.5 : 4));
        painter.setBrush(tint);
        painter.drawPath(rockOutline(inset));
        inset += 0.2;
    }
    int height = 3;
    for (const double x : {128.0, 170.0, 210.0}) {
        drawLabel(painter, {x, 330}, QString::number(height), Qt::AlignHCenter, 18);
        height += 3;
    }
}

void drawCompass(QPainter& painter, QPointF centre)
{
    painter.setPen(QPen(kInk, 3));
    painter.setBrush(kInk);
    painter.drawPolygon(
        QPolygonF({centre + QPointF(0, -46), centre + QPointF(12, 0), centre + QPointF(-12, 0)}));
    painter.setBrush(Qt::white);
    painter.drawPolygon(
        QPolygonF({centre + QPointF(0, 46), centre + QPointF(12, 0), centre + QPointF(-12, 0)}));
    drawLabel(painter, centre + QPointF(0, -64), QStringLiteral("N"), Qt::AlignHCenter, 26, true);
}

} // namespace

void drawCover(QPainter& painter)
{
    drawSky(painter);
    const QPointF foot(1100, 1800);
    const QPointF lamp = foot + QPointF(0, -876);
    drawBeam(painter, lamp, -1250, 165);
    drawBeam(painter, lamp, 800, 105);
    drawSeaAndRock(painter);
    drawCoverTower(painter, foot);
}

void drawTower(QPainter& painter)
{
    constexpr double kAxis = 235;
    painter.fillRect(QRectF(0, 852, 680, 48), kSea);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(206, 197, 179));
    painter.drawPolygon(
        QPolygonF({{60, 880}, {110, 815}, {150, 800}, {330, 800}, {390, 822}, {450, 880}}));
    drawTowerBody(painter, kAxis);
    for (const Floor& floor : kFloors) {
        const double y = (floor.top + floor.bottom) / 2;
        const double edge = floor.top < 250 ? 50 : towerHalfWidth(y);
        painter.setPen(QPen(kQuietInk, 2));
        painter.drawLine(QPointF(kAxis + edge - 12, y), QPointF(398, y));
        painter.setPen(kInk);
        drawLabel(painter, {408, y}, QString::fromLatin1(floor.name));
    }
    drawDimension(painter, 96, 82, 800, QStringLiteral("31 metres, 142 steps"));
    drawDimension(painter, 40, 165, 860, QStringLiteral("light 43 metres above mean high water"));
    painter.setPen(kInk);
    drawLabel(painter, {470, 876}, QStringLiteral("mean high water"), Qt::AlignLeft, 22);
}

void drawRock(QPainter& painter)
{
    drawRockGround(painter);
    painter.setPen(QPen(kInk, 4));
    painter.setBrush(Qt::white);
    painter.drawEllipse(QPointF(330, 290), 34, 34);
    painter.setBrush(kSignal);
    painter.drawEllipse(QPointF(330, 290), 16, 16);
    painter.setBrush(QColor(235, 235, 235));
    painter.drawEllipse(QPointF(400, 455), 25, 25);
    painter.setBrush(kStone);
    painter.drawRect(QRectF(230, 380, 76, 44));
    painter.drawEllipse(QPointF(212, 402), 15, 15);
    painter.setPen(QPen(kSignal, 7));
    painter.drawLine(QPointF(592, 296), QPointF(548, 300));
    painter.drawLine(QPointF(332, 92), QPointF(336, 138));
    painter.setPen(QPen(kInk, 4));
    painter.drawLine(QPointF(538, 330), QPointF(610, 312));
    painter.drawRect(QRectF(526, 322, 16, 16));

    painter.setPen(QPen(kQuietInk, 2));
    painter.drawLine(QPointF(600, 214), QPointF(584, 284));
    painter.drawLine(QPointF(612, 406), QPointF(592, 326));
    painter.setPen(kInk);
    drawLabel(painter, {330, 237}, QStringLiteral("Tower"), Qt::AlignHCenter, 24, true);
    drawLabel(painter, {400, 455}, QStringLiteral("H"), Qt::AlignHCenter, 30, true);
    drawLabel(painter, {385, 500}, QStringLiteral("helicopter disc"), Qt::AlignHCenter, 22);
    drawLabel(painter, {255, 446}, QStringLiteral("store, rain tank"), Qt::AlignHCenter, 20);
    drawLabel(painter, {345, 62}, QStringLiteral("north landing (ladder)"), Qt::AlignHCenter, 22);
    drawLabel(painter, {664, 196}, QStringLiteral("east landing"), Qt::AlignRight, 22);
    drawLabel(painter, {664, 424}, QStringLiteral("crane, 750 kg"), Qt::AlignRight, 22);
    drawLabel(painter, {20, 600}, QStringLiteral("no landing on"), Qt::AlignLeft, 22);
    drawLabel(painter, {20, 628}, QStringLiteral("the west side"), Qt::AlignLeft, 22);
    drawCompass(painter, {60, 110});
    painter.setPen(QPen(kInk, 5));
    painter.drawLine(QPointF(500, 660), QPointF(628, 660));
    drawLabel(painter, {564, 638}, QStringLiteral("50 metres"), Qt::AlignHCenter, 22);
}

} // namespace samples
