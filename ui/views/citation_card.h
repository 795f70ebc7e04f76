// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"

#include <QFrame>

class QLabel;

namespace ui {

class SoftLabel;

/// What a number in the text stands for: shown while the pointer rests on it.
class CitationCard final : public QFrame
{
    Q_OBJECT
public:
    explicit CitationCard(QWidget* parent);

    void showFor(const Citation& citation, const QPoint& globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    SoftLabel* m_title = nullptr;
    QLabel* m_quote = nullptr;
    SoftLabel* m_state = nullptr;
    QLabel* m_stateIcon = nullptr;
};

} // namespace ui
