// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/drop_overlay.h"

#include "style/icons.h"
#include "style/tones.h"
#include "text/wording.h"

#include <QPainter>

namespace ui {

DropOverlay::DropOverlay(QWidget* window) : QWidget(window)
{
    setObjectName(QStringLiteral("dropOverlay"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropOverlay::showFor(int items)
{
    m_text =
        items == 1 ? tr("Drop to add 1 item") : tr("Drop to add %1 items").arg(numberText(items));
    setAccessibleName(m_text);
    setGeometry(parentWidget()->rect());
    show();
    raise();
}

void DropOverlay::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tones t = tones(palette());
    QColor veil = mixed(palette().color(QPalette::Base), t.accent, 0.22);
    veil.setAlpha(226);
    painter.fillRect(rect(), veil);
    painter.setPen(QPen(t.accent, 2.0, Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(16, 16, -16, -16), 12, 12);
    QFont font = this->font();
    font.setPointSizeF(font.pointSizeF() * 1.6);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(palette().color(QPalette::Text));
    const int side = QFontMetrics(font).height() * 2;
    const QPoint middle = rect().center();
    painter.drawPixmap(middle.x() - side / 2, middle.y() - side - 6,
                       linePixmap(QStringLiteral("add-files"), palette().color(QPalette::Text),
                                  side, devicePixelRatioF()));
    painter.drawText(QRect(0, middle.y() + 6, width(), side), Qt::AlignHCenter | Qt::AlignTop,
                     m_text);
}

} // namespace ui
