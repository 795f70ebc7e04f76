// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QDialog>

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
    explicit ExportDialog(const QString& sessionTitle, QWidget* parent = nullptr);

    [[nodiscard]] ExportFormat format() const;
    [[nodiscard]] QString file() const;

private:
    void updateSuffix();
    void updateButton();
    void browse();

    QComboBox* m_format = nullptr;
    QLineEdit* m_file = nullptr;
    SoftLabel* m_note = nullptr;
    QPushButton* m_export = nullptr;
};

} // namespace ui
