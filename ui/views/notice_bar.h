// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/error.h"

#include <QWidget>

#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace ui {

/// A failure in plain words over the conversation: the cause, at most one action, and Details.
class NoticeBar final : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeBar(QWidget* parent = nullptr);

    void showError(const Error& error);
    /// `action` runs at most once, then the bar closes.
    void showError(const Error& error, const QString& actionText, std::function<void()> action);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showDetails();

    Error m_error;
    std::function<void()> m_run;
    QLabel* m_icon = nullptr;
    QLabel* m_text = nullptr;
    QPushButton* m_action = nullptr;
    QPushButton* m_details = nullptr;
    QToolButton* m_close = nullptr;
};

} // namespace ui
