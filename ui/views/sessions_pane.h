// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library_port.h"

#include <QWidget>

class QLineEdit;
class QListView;
class QSortFilterProxyModel;

namespace ui {

class SessionListModel;

/// The list of sessions with a filter. Enter or a click opens; F2 renames; Del deletes.
class SessionsPane final : public QWidget
{
    Q_OBJECT
public:
    explicit SessionsPane(QWidget* parent = nullptr);

    void setSessions(const QList<SessionSummary>& sessions);
    void setCurrent(const QString& id);
    [[nodiscard]] QString currentId() const;
    void renameCurrent();
    /// Shown by a right click on a session; the actions act on the current one.
    void setContextActions(const QList<QAction*>& actions);

Q_SIGNALS:
    void openRequested(const QString& id);
    void renameRequested(const QString& id, const QString& title);
    void deleteRequested(const QString& id);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    SessionListModel* m_model = nullptr;
    QSortFilterProxyModel* m_filtered = nullptr;
    QLineEdit* m_filter = nullptr;
    QListView* m_view = nullptr;
};

} // namespace ui
