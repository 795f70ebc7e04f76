// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/row_painting.h"

#include "style/icons.h"
#include "style/tones.h"

#include <QFontDatabase>
#include <QFontMetrics>
#include <QPainter>

#include <algorithm>

namespace ui {

QFont smallFont(const QFont& font)
{
    QFont small = font;
    small.setPointSizeF(std::max(7.5, font.pointSizeF() * 0.9));
    return small;
}

QFont codeFont(const QFont& font)
{
    QFont code = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    code.setFamilies({QStringLiteral("DejaVu Sans Mono"), QStringLiteral("Noto Sans Mono"),
                      QStringLiteral("monospace"), QStringLiteral("Noto Sans CJK SC")});
    code.setStyleHint(QFont::TypeWriter);
    code.setPointSizeF(std::max(7.5, font.pointSizeF() * 0.93)); // it runs larger than the text
    return code;
}

QRect rowContents(const QStyleOptionViewItem& option)
{
    return option.rect.adjusted(kRowInset + 8, kRowPadding, -kRowInset - 8, -kRowPadding);
}

void paintRowBackground(QPainter* painter, const QStyleOptionViewItem& option)
{
    const Tones t = tones(option.palette);
    const bool selected = (option.state & QStyle::State_Selected) != 0;
    const bool hover = (option.state & QStyle::State_MouseOver) != 0;
    const bool focus = (option.state & QStyle::State_HasFocus) != 0;
    if (!selected && !hover && !focus) {
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF rect = QRectF(option.rect).adjusted(kRowInset, 1.5, -kRowInset, -1.5);
    painter->setPen(focus ? QPen(t.accent, 1.2) : QPen(Qt::NoPen));
    painter->setBrush(selected ? t.chosen : hover ? QBrush(t.hover) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(rect, 5, 5);
    painter->restore();
}

void drawElided(QPainter* painter, const QRect& rect, const QString& text, const QFont& font,
                const QColor& color, Qt::TextElideMode mode)
{
    painter->setFont(font);
    painter->setPen(color);
    painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                      QFontMetrics(font).elidedText(text, mode, rect.width()));
}

void drawLineIcon(QPainter* painter, const QRect& rect, const QString& name, const QColor& color)
{
    const int side = rect.height();
    painter->drawPixmap(rect.topLeft(),
                        linePixmap(name, color, side, painter->device()->devicePixelRatioF()));
}

void drawProgressLine(QPainter* painter, const QRect& rect, double share, const QColor& groove,
                      const QColor& fill)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(groove);
    const double radius = rect.height() / 2.0;
    painter->drawRoundedRect(rect, radius, radius);
    QRectF done(rect);
    done.setWidth(std::max<double>(rect.height(), rect.width() * std::clamp(share, 0.0, 1.0)));
    painter->setBrush(fill);
    painter->drawRoundedRect(done, radius, radius);
    painter->restore();
}

void drawNumber(QPainter* painter, const QRectF& rect, int number, const QFont& font,
                const QColor& fill, const QColor& line, const QColor& text)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(line, 1.0));
    painter->setBrush(fill);
    const double radius = std::min(rect.height(), rect.width()) / 2.0 - 1.0;
    painter->drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    painter->setFont(font);
    painter->setPen(text);
    painter->drawText(rect, Qt::AlignCenter, QString::number(number));
    painter->restore();
}

} // namespace ui
