// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/soft_label.h"

#include "style/tones.h"

#include <QApplication>
#include <QEvent>

#include <algorithm>

namespace ui {
namespace {

double scaleOf(SoftLabel::Kind kind)
{
    switch (kind) {
    case SoftLabel::Kind::small:
    case SoftLabel::Kind::smallStrong:
        return 0.9;
    case SoftLabel::Kind::lead:
        return 1.15;
    case SoftLabel::Kind::title:
        return 1.7;
    case SoftLabel::Kind::body:
    case SoftLabel::Kind::strong:
        break;
    }
    return 1.0;
}

} // namespace

SoftLabel::SoftLabel(Kind kind, const QString& text, QWidget* parent)
    : QLabel(text, parent), m_kind(kind)
{
    setTextFormat(Qt::PlainText);
    setForegroundRole(QPalette::WindowText); // also on a base-coloured page
    restyle();
}

void SoftLabel::changeEvent(QEvent* event)
{
    QLabel::changeEvent(event);
    if (event->type() == QEvent::ApplicationFontChange ||
        event->type() == QEvent::ApplicationPaletteChange) {
        restyle();
    }
}

void SoftLabel::restyle()
{
    QFont font = QApplication::font();
    font.setPointSizeF(std::max(7.5, font.pointSizeF() * scaleOf(m_kind)));
    if (m_kind != Kind::small && m_kind != Kind::body && m_kind != Kind::lead) {
        font.setWeight(QFont::DemiBold);
    }
    setFont(font);
    if (m_kind == Kind::small || m_kind == Kind::smallStrong || m_kind == Kind::lead) {
        QPalette palette = QApplication::palette();
        palette.setColor(QPalette::WindowText, tones(palette).secondary);
        setPalette(palette);
    }
}

} // namespace ui
