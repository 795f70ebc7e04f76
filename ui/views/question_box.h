// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace ui {

class QuestionEdit;

/// The rounded frame that holds the question and its button, lit while one of them has the focus.
class QuestionBox final : public QWidget
{
    Q_OBJECT
public:
    QuestionBox(QuestionEdit* edit, QWidget* button, QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;

private:
    QuestionEdit* m_edit = nullptr;
};

} // namespace ui
