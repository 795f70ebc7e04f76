// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace ui {

class SoftLabel;

/// The small title over a list, with a note at the right.
class PaneHeading final : public QWidget
{
    Q_OBJECT
public:
    PaneHeading(const QString& title, QWidget* buddy, QWidget* parent = nullptr);

    void setNote(const QString& note); ///< a count, say

private:
    SoftLabel* m_note = nullptr;
};

} // namespace ui
