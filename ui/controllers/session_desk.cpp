// SPDX-License-Identifier: GPL-3.0-or-later
#include "controllers/session_desk.h"

#include <QFileInfo>

#include <algorithm>

namespace ui {
namespace {

bool lists(const QList<SessionSummary>& sessions, const QString& id)
{
    return std::any_of(sessions.begin(), sessions.end(),
                       [&](const SessionSummary& session) { return session.id == id; });
}

} // namespace

SessionDesk::SessionDesk(LibraryPort& library, QObject* parent)
    : QObject(parent), m_library(library)
{
    connect(&library, &LibraryPort::sessionOpened, this, &SessionDesk::opened);
    connect(&library, &LibraryPort::sessionOpenFailed, this,
            [this](const QString& id, const Error& error, int request) {
                if (m_requests.remove(request)) {
                    Q_EMIT openFailed(id, error);
                }
            });
    connect(&library, &LibraryPort::sessionClosed, this, &SessionDesk::drop);
    connect(&library, &LibraryPort::sessionsChanged, this, [this] {
        if (!m_restored.isEmpty() && lists(m_library.sessions(), m_restored)) {
            asked(m_library.openSession(std::exchange(m_restored, QString())));
        }
    });
}

QString SessionDesk::titleOf(const QString& id) const
{
    const QList<SessionSummary> sessions = m_library.sessions();
    const auto found = std::find_if(sessions.begin(), sessions.end(),
                                    [&](const SessionSummary& each) { return each.id == id; });
    return found == sessions.end() ? QString() : found->title;
}

void SessionDesk::open(const QString& idOrFile)
{
    if (m_session != nullptr && m_session->id() == idOrFile) {
        return;
    }
    if (!lists(m_library.sessions(), idOrFile) && QFileInfo::exists(idOrFile)) {
        asked(m_library.openSessionFile(QFileInfo(idOrFile).absoluteFilePath()));
    } else {
        asked(m_library.openSession(idOrFile));
    }
}

void SessionDesk::create()
{
    asked(m_library.createSession({}));
}

void SessionDesk::openExample()
{
    asked(m_library.openExample());
}

void SessionDesk::duplicate(const QString& id)
{
    m_library.duplicateSession(id);
}

void SessionDesk::opened(SessionPort* session, int request)
{
    if (!m_requests.remove(request)) {
        return; // another window's
    }
    if (request == m_request && session != m_session) {
        take(session);
    } else {
        m_library.releaseSession(session->id());
    }
}

void SessionDesk::asked(int request)
{
    m_requests.insert(request);
    m_request = request;
}

void SessionDesk::rename(const QString& id, const QString& title)
{
    const QString clean = title.simplified();
    if (!clean.isEmpty() && clean != titleOf(id)) {
        m_library.renameSession(id, clean);
    }
}

void SessionDesk::trash(const QString& id)
{
    const QString title = titleOf(id);
    if (m_session != nullptr && m_session->id() == id) {
        take(nullptr);
    }
    m_library.trashSession(id);
    Q_EMIT trashed(id, title);
}

void SessionDesk::restore(const QString& id)
{
    m_restored = id;
    m_library.restoreSession(id);
}

void SessionDesk::take(SessionPort* session)
{
    if (session == m_session) {
        return;
    }
    const QString last = m_session != nullptr ? m_session->id() : QString();
    m_session = session;
    Q_EMIT sessionChanged(session); // the views let go of the old one first
    if (!last.isEmpty()) {
        m_library.releaseSession(last);
    }
}

void SessionDesk::drop(const QString& id)
{
    if (m_session != nullptr && m_session->id() == id) {
        m_session = nullptr;
        Q_EMIT sessionChanged(nullptr);
    }
}

} // namespace ui
