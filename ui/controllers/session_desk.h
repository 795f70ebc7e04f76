// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library_port.h"

#include <QSet>

namespace ui {

/// Which session is on the table: opens, makes, renames, trashes, and says so.
class SessionDesk final : public QObject
{
    Q_OBJECT
public:
    explicit SessionDesk(LibraryPort& library, QObject* parent = nullptr);

    [[nodiscard]] SessionPort* session() const { return m_session; }
    [[nodiscard]] LibraryPort& library() const { return m_library; }
    [[nodiscard]] QString titleOf(const QString& id) const;

    void open(const QString& idOrFile);
    void create();
    void openExample();
    void duplicate(const QString& id);
    /// Lets go of the session: the window closes.
    void clear() { take(nullptr); }
    void rename(const QString& id, const QString& title);
    void trash(const QString& id);
    void restore(const QString& id);

Q_SIGNALS:
    void sessionChanged(ui::SessionPort* session); ///< null: none is open
    void openFailed(const QString& id, const ui::Error& error);
    void trashed(const QString& id, const QString& title);

private:
    void asked(int request);
    void opened(SessionPort* session, int request);
    void take(SessionPort* session);
    void drop(const QString& id);

    LibraryPort& m_library;
    SessionPort* m_session = nullptr; ///< not owned; let go of when the library closes it
    /// Requests of this window that are not answered yet; only the last one's session is taken.
    QSet<int> m_requests;
    int m_request = 0;
    QString m_restored; ///< opens again once the library lists it
};

} // namespace ui
