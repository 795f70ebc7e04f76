// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPushButton;

namespace ui {

class SoftLabel;

/// Format and place for the transcript with its sources.
class ExportDialog final : public QDialog
{
    Q_OBJECT
public:
    /// `hasBranches`: there is more than what is shown.
    ExportDialog(const QString& sessionTitle, bool hasBranches, QWidget* parent = nullptr);

    [[nodiscard]] ExportFormat format() const;
    [[nodiscard]] QString file() const;
    [[nodiscard]] bool allBranches() const;

private:
    void updateSuffix();
    void updateButton();
    void browse();

    QComboBox* m_format = nullptr;
    QLineEdit* m_file = nullptr;
    QCheckBox* m_allBranches = nullptr;
    SoftLabel* m_note = nullptr;
    QPushButton* m_export = nullptr;
};

} // namespace ui
