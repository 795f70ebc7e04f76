// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QAction;
class QHBoxLayout;

namespace ui {

class SoftLabel;

/// A page of its own where there is nothing to show yet: a sentence, the next steps as buttons, and
/// small print.
class MessagePage final : public QWidget
{
    Q_OBJECT
public:
    explicit MessagePage(QWidget* parent = nullptr);

    void setText(const QString& title, const QString& lead, const QString& small);
    /// Buttons for actions that exist elsewhere; the first one is the default.
    void setActions(const QList<QAction*>& actions);
    void setLogoVisible(bool visible);

private:
    class Logo;

    Logo* m_logo = nullptr;
    SoftLabel* m_title = nullptr;
    SoftLabel* m_lead = nullptr;
    SoftLabel* m_small = nullptr;
    QHBoxLayout* m_buttons = nullptr;
    QList<QAction*> m_actions;
};

} // namespace ui
