// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QDialog>

class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTreeView;

namespace ui {

class AddPreviewModel;
class SoftLabel;

/// What adding would do, before it does it: what is added, what needs an answer, what is left out
/// and why, and what it costs. Opens at once and fills when the files have been looked at.
class AddSourcesDialog final : public QDialog
{
    Q_OBJECT
public:
    AddSourcesDialog(SessionPort& session, const QStringList& paths, QWidget* parent = nullptr);

    void done(int result) override;

private:
    void build();
    void buildFooter();
    void showPreview(const AddPreview& preview);
    void showFailure(const Error& error);
    void updateFooter();
    void updatePasswordButton();
    void askPassword();

    SessionPort* m_session = nullptr; ///< not owned; let go of when the library closes it
    int m_request = 0;
    bool m_settled = false; ///< confirmed, cancelled or failed: nothing left to call off
    AddPreview m_preview;
    AddPreviewModel* m_model = nullptr;
    QStackedWidget* m_pages = nullptr;
    QTreeView* m_view = nullptr;
    SoftLabel* m_waiting = nullptr;
    QProgressBar* m_busy = nullptr;
    SoftLabel* m_total = nullptr;
    SoftLabel* m_room = nullptr;
    QPushButton* m_password = nullptr;
    QPushButton* m_add = nullptr;
};

} // namespace ui
