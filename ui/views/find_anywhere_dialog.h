// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QDialog>
#include <QTimer>

class QLineEdit;
class QListView;

namespace ui {

class SearchHitModel;
class SoftLabel;

/// Literal search in everything the session holds. Stays open while hits are looked at.
class FindAnywhereDialog final : public QDialog
{
    Q_OBJECT
public:
    explicit FindAnywhereDialog(QWidget* parent = nullptr);

    void setSession(SessionPort* session);
    void start(const QString& text); ///< shows the dialog; an empty text keeps the last one

Q_SIGNALS:
    void hitOpened(const ui::SearchHit& hit);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void search();
    void showHits(int request, const QList<SearchHit>& hits, qint64 total);

    SessionPort* m_session = nullptr; ///< not owned; let go of when the library closes it
    QLineEdit* m_edit = nullptr;
    QListView* m_view = nullptr;
    SearchHitModel* m_model = nullptr;
    SoftLabel* m_count = nullptr;
    QTimer m_delay;
    int m_request = 0;
};

} // namespace ui
