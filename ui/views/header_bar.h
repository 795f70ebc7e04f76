// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>

class QLineEdit;

namespace ui {

struct WindowActions;

/// The row under the menus: add, new session, the session's title (click to rename), find.
class HeaderBar final : public QToolBar
{
    Q_OBJECT
public:
    HeaderBar(const WindowActions& actions, QWidget* parent);

    void setTitle(const QString& title, bool renamable);
    void editTitle();

Q_SIGNALS:
    void renamed(const QString& title);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showElided();

    QLineEdit* m_title = nullptr;
    QString m_shown; ///< the whole title
    bool m_editing = false;
};

} // namespace ui
