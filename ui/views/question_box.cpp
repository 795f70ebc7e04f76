// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/question_box.h"

#include "style/tones.h"
#include "views/question_edit.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>

namespace ui {

QuestionBox::QuestionBox(QuestionEdit* edit, QWidget* button, QWidget* parent)
    : QWidget(parent), m_edit(edit)
{
    setObjectName(QStringLiteral("questionBox"));
    edit->viewport()->setAutoFillBackground(false);
    edit->installEventFilter(this);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 5, 6, 5);
    layout->setSpacing(6);
    layout->addWidget(edit, 1, Qt::AlignVCenter);
    layout->addWidget(button, 0, Qt::AlignBottom);
}

void QuestionBox::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tones t = tones(palette());
    const bool focus = m_edit->hasFocus();
    painter.setBrush(palette().color(QPalette::Base));
    painter.setPen(QPen(focus ? t.accent : t.border, focus ? 1.5 : 1.0));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
}

bool QuestionBox::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_edit &&
        (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)) {
        update();
    }
    return QWidget::eventFilter(watched, event);
}

void QuestionBox::mousePressEvent(QMouseEvent*)
{
    m_edit->setFocus();
}

} // namespace ui
