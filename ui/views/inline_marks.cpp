// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/inline_marks.h"

#include "style/icons.h"
#include "style/tones.h"
#include "views/row_painting.h"

#include <QAbstractTextDocumentLayout>
#include <QApplication>
#include <QPainter>
#include <QTextDocument>

#include <cmath>

namespace ui {
namespace {

constexpr int kObjectType = QTextFormat::UserObject + 1;
constexpr int kNumber = QTextFormat::UserProperty + 1;
constexpr int kState = QTextFormat::UserProperty + 2;
constexpr int kIcon = QTextFormat::UserProperty + 3;
constexpr int kColor = QTextFormat::UserProperty + 4;

QFont numberFont(const QFont& text)
{
    QFont font = smallFont(text);
    font.setPointSizeF(font.pointSizeF() * 0.92);
    font.setWeight(QFont::DemiBold);
    font.setUnderline(false);
    return font;
}

QTextCharFormat objectFormat(const QTextCharFormat& text)
{
    QTextCharFormat format = text;
    format.setObjectType(kObjectType);
    format.setVerticalAlignment(QTextCharFormat::AlignMiddle);
    format.setFontUnderline(false);
    return format;
}

} // namespace

InlineMarks::InlineMarks(QTextDocument* document) : QObject(document)
{
    document->documentLayout()->registerHandler(kObjectType, this);
}

QTextCharFormat InlineMarks::numberFormat(const QTextCharFormat& text, int number,
                                          CitationState state)
{
    QTextCharFormat format = objectFormat(text);
    format.setProperty(kNumber, number);
    format.setProperty(kState, static_cast<int>(state));
    return format;
}

QTextCharFormat InlineMarks::iconFormat(const QTextCharFormat& text, const QString& icon,
                                        const QColor& color)
{
    QTextCharFormat format = objectFormat(text);
    format.setProperty(kIcon, icon);
    format.setProperty(kColor, color);
    return format;
}

QString InlineMarks::plainText(const QTextCharFormat& format)
{
    return format.hasProperty(kNumber) ? QStringLiteral("[%1]").arg(format.intProperty(kNumber))
                                       : QString();
}

QSizeF InlineMarks::intrinsicSize(QTextDocument*, int, const QTextFormat& format)
{
    const QFont text = format.toCharFormat().font();
    const QFontMetricsF metrics(text);
    if (!format.hasProperty(kNumber)) {
        const double side = std::round(metrics.ascent() + metrics.descent() * 0.4);
        return {side + 3.0, side};
    }
    const QFontMetricsF small(numberFont(text));
    const double height = std::round(metrics.ascent() + metrics.descent() * 0.7);
    const double digits = small.horizontalAdvance(QString::number(format.intProperty(kNumber)));
    return {std::max(height, std::round(digits + 10.0)) + 2.0, height};
}

void InlineMarks::drawObject(QPainter* painter, const QRectF& rect, QTextDocument*, int,
                             const QTextFormat& format)
{
    const QPalette palette = QApplication::palette();
    const Tones t = tones(palette);
    if (!format.hasProperty(kNumber)) {
        const int side = static_cast<int>(rect.height());
        painter->drawPixmap(rect.topLeft(),
                            linePixmap(format.stringProperty(kIcon), format.colorProperty(kColor),
                                       side, painter->device()->devicePixelRatioF()));
        return;
    }
    const QColor base = palette.color(QPalette::Base);
    QColor fill = mixed(base, t.accent, t.dark ? 0.42 : 0.14);
    QColor line = mixed(base, t.accent, t.dark ? 0.6 : 0.35);
    QColor text = palette.color(t.dark ? QPalette::Text : QPalette::Link);
    switch (static_cast<CitationState>(format.intProperty(kState))) {
    case CitationState::checking:
        fill = t.subtle;
        line = t.border;
        text = t.secondary;
        break;
    case CitationState::missing:
        fill = base;
        line = t.bad;
        text = t.bad;
        break;
    case CitationState::exact:
    case CitationState::close:
    case CitationState::moved:
        break;
    }
    drawNumber(painter, rect.adjusted(1, 0, -1, 0), format.intProperty(kNumber),
               numberFont(format.toCharFormat().font()), fill, line, text);
}

} // namespace ui
