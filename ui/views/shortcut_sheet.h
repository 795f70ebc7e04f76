// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QAction;

namespace ui {

/// All shortcuts of the window, taken from its actions so that the list is never out of date.
class ShortcutSheet final : public QDialog
{
    Q_OBJECT
public:
    ShortcutSheet(const QList<QPair<QString, QList<QAction*>>>& groups, QWidget* parent = nullptr);
};

} // namespace ui
