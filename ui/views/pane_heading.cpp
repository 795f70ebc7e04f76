// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/pane_heading.h"

#include "views/soft_label.h"

#include <QHBoxLayout>

namespace ui {

PaneHeading::PaneHeading(const QString& title, QWidget* buddy, QWidget* parent) : QWidget(parent)
{
    auto* label = new SoftLabel(SoftLabel::Kind::smallStrong, title);
    label->setBuddy(buddy);
    m_note = new SoftLabel(SoftLabel::Kind::small);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(14, 10, 14, 6);
    layout->addWidget(label);
    layout->addStretch(1);
    layout->addWidget(m_note);
}

void PaneHeading::setNote(const QString& note)
{
    m_note->setText(note);
}

} // namespace ui
