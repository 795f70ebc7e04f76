// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QStringList>

class QMimeData;
class QWidget;

namespace ui {

class AddSourcesDialog;
class SessionDesk;

/// The ways by which files come in: dialogs, drops, pastes. Where no session is open, one is made
/// first.
class Adding final : public QObject
{
    Q_OBJECT
public:
    Adding(SessionDesk& desk, QWidget& window);

    void chooseFiles();
    void chooseFolder();
    void add(const QStringList& paths);
    [[nodiscard]] static QStringList pathsIn(const QMimeData& data);

private:
    void openPreview(const QStringList& paths);

    SessionDesk& m_desk;
    QWidget& m_window;
    QStringList m_waiting; ///< for the session that is being made
    QPointer<AddSourcesDialog> m_dialog;
};

} // namespace ui
