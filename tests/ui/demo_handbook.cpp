// SPDX-License-Identifier: GPL-3.0-or-later
#include "poppler_pages.h"

#include <QFont>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>

#include <array>

namespace ui::test {
namespace {

struct Chapter
{
    const char* title;
    const char* text;
};

constexpr std::array<Chapter, 5> kChapters{{
    {"1  The light",
     "The lamp of the lighthouse stands forty-one metres above the mean high water. Its lens was "
     "ground in two halves and joined on the island in the spring of 1874, because no boat of the "
     "service could carry it whole.\n\n"
     "The light shows two white flashes every fifteen seconds. The keeper winds the clockwork each "
     "evening before lighting and again at midnight; a full winding drives the lens for nine "
     "hours. "
     "If the weight reaches the lowest mark before dawn, the second keeper turns the lens by hand "
     "and writes the minutes in the log.\n\n"
     "Oil is drawn from the lower tank only. The upper tank is the reserve, and it is measured on "
     "the first day of each month in the presence of both keepers."},
    {"2  The fog signal",
     "When the Hare Rock cannot be seen from the gallery, the fog signal is sounded. It gives one "
     "blast of four seconds every minute and a half. The boiler needs thirty-five minutes to raise "
     "steam from cold, so the keeper on watch lights it when he loses the outer buoy, not the "
     "rock.\n\n"
     "The signal is stopped only when the rock has been in sight for a quarter of an hour. Fog "
     "that "
     "has lifted once comes back more often than not, and a silent horn has cost more ships than a "
     "wasted ton of coal."},
    {"3  The boats",
     "Two boats are kept. The larger is for landing stores in the season from April to September; "
     "the smaller is for rescue and is never to be loaded with stores. Both are drawn above the "
     "second ring when the glass falls below twenty-nine inches.\n\n"
     "No keeper goes out alone. Where one is ill, the other lights the lamp, shows the red flag by "
     "day, and stays on the rock."},
    {"4  The log", "The log is written in ink at the end of each watch. It holds the wind, the "
                   "state of the glass, "
                   "the ships seen, the oil used and anything that was broken. A mistake is struck "
                   "through once, so "
                   "that it can still be read; no leaf is taken out.\n\n"
                   "The log of the last year stays on the rock. Older books go to the office in "
                   "the first boat of "
                   "the season, wrapped in oilcloth, against a receipt."},
    {"5  Relief", "A turn of duty is eight weeks. The relief is due on the first Tuesday with a "
                  "landing sea; after "
                  "three lost Tuesdays the office sends the steamer. Stores are kept for fourteen "
                  "weeks, and the "
                  "salted part of them is not opened before the ninth."},
}};

constexpr double kDpi = 1200.0;

double mm(double value)
{
    return value / 25.4 * kDpi;
}

QFont face(double points, bool bold = false)
{
    QFont font(QStringLiteral("Noto Serif"));
    font.setStyleHint(QFont::Serif);
    font.setPointSizeF(points);
    font.setBold(bold);
    return font;
}

void drawLighthouse(QPainter& painter, double x, double y, double size)
{
    painter.save();
    painter.translate(x, y);
    painter.scale(size / 100.0, size / 100.0);
    painter.setPen(QPen(QColor(0x2b, 0x3a, 0x4a), 1.2));
    painter.setBrush(QColor(0xf6, 0xf1, 0xe4));
    painter.drawPolygon(QPolygonF({{40, 96}, {44, 34}, {56, 34}, {60, 96}}));
    painter.setBrush(QColor(0xb5, 0x44, 0x3b));
    painter.drawPolygon(QPolygonF({{41.6, 71}, {42.8, 53}, {57.2, 53}, {58.4, 71}}));
    painter.setBrush(QColor(0xff, 0xd9, 0x66));
    painter.drawRect(QRectF(45, 22, 10, 12));
    painter.setBrush(QColor(0x2b, 0x3a, 0x4a));
    painter.drawPolygon(QPolygonF({{42, 22}, {50, 13}, {58, 22}}));
    painter.setPen(QPen(QColor(0xe0, 0xb0, 0x30), 1.0));
    painter.drawLine(QPointF(38, 28), QPointF(14, 22));
    painter.drawLine(QPointF(62, 28), QPointF(86, 22));
    painter.setPen(QPen(QColor(0x4a, 0x7a, 0xa6), 1.4));
    for (int wave = 0; wave < 3; ++wave) {
        painter.drawArc(QRectF(10 + wave * 28, 92, 26, 8), 0, 180 * 16);
    }
    painter.restore();
}

} // namespace

void writeHandbook(const QString& file)
{
    QPdfWriter writer(file);
    writer.setResolution(static_cast<int>(kDpi));
    writer.setPageSize(QPageSize(QPageSize::A5));
    writer.setPageMargins(QMarginsF(0, 0, 0, 0));
    writer.setTitle(QStringLiteral("The Keeper's Handbook"));
    QPainter painter(&writer);
    const double width = writer.width();

    painter.setFont(face(22, true));
    painter.drawText(QRectF(0, mm(34), width, mm(14)), Qt::AlignHCenter,
                     QStringLiteral("The Keeper's Handbook"));
    painter.setFont(face(11));
    painter.drawText(QRectF(0, mm(48), width, mm(8)), Qt::AlignHCenter,
                     QStringLiteral("Rules and customs of the Hare Rock station"));
    drawLighthouse(painter, width / 2 - mm(34), mm(72), mm(68));
    writer.newPage();
    painter.setFont(face(13, true));
    painter.drawText(QPointF(mm(20), mm(30)), QStringLiteral("Contents"));
    painter.setFont(face(10.5));
    double y = mm(42);
    for (const Chapter& chapter : kChapters) {
        painter.drawText(QPointF(mm(20), y), QString::fromUtf8(chapter.title));
        y += mm(7.5);
    }
    int number = 1;
    for (const Chapter& chapter : kChapters) {
        writer.newPage();
        painter.setPen(Qt::black);
        painter.setFont(face(15, true));
        painter.drawText(QPointF(mm(20), mm(28)), QString::fromUtf8(chapter.title));
        painter.setFont(face(10.5));
        painter.drawText(QRectF(mm(20), mm(37), width - mm(40), mm(150)),
                         Qt::AlignLeft | Qt::TextWordWrap, QString::fromUtf8(chapter.text));
        if (number == 1) {
            drawLighthouse(painter, width / 2 - mm(17), mm(134), mm(34));
            painter.setFont(face(8.5));
            painter.drawText(QRectF(0, mm(171), width, mm(6)), Qt::AlignHCenter,
                             QStringLiteral("The tower from the landing"));
        }
        painter.setFont(face(9));
        painter.drawText(QRectF(0, mm(196), width, mm(6)), Qt::AlignHCenter,
                         QString::number(number++));
    }
}

} // namespace ui::test
