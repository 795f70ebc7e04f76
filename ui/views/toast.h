// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <functional>

class QPushButton;

namespace ui {

class SoftLabel;

/// A line at the foot of the window that goes by itself, with at most one thing to do. It waits
/// while the pointer or the focus is on it.
class Toast final : public QWidget
{
    Q_OBJECT
public:
    explicit Toast(QWidget* window);

    void display(const QString& text, const QString& actionText, std::function<void()> action);
    void place(); ///< after the window was resized

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    SoftLabel* m_text = nullptr;
    QPushButton* m_action = nullptr;
    std::function<void()> m_run;
    QTimer m_timer;
};

} // namespace ui
