// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/error.h"
#include "ui/session_port.h"

#include <QDateTime>
#include <QList>
#include <QObject>

namespace ui {

/// One row of the list of sessions.
struct SessionSummary
{
    QString id;
    QString title;
    QString lastQuestion; ///< empty before the first
    QDateTime usedAt;
    qint64 tokens = 0;
    int sources = 0;
    qint64 bytes = 0; ///< on disk
    bool reading = false;
};

/// The model at hand, for the status bar and the empty window.
struct ModelInfo
{
    QString name;   ///< empty: no model is loaded
    QString device; ///< "CPU, 8 threads"
    qint64 contextTokens = 1'000'000;
    bool offline = true; ///< false: answers come from an endpoint over a network
    QString problem;     ///< why there is no usable model; empty when there is one
};

/// What the window needs from the library of sessions. Implemented by the application.
///
/// Thread rule: as SessionPort. The list is a cache that the application keeps; every change of it
/// is announced by sessionsChanged. Failures of any call arrive as failed().
class LibraryPort : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    [[nodiscard]] virtual QList<SessionSummary> sessions() const = 0; ///< newest use first
    [[nodiscard]] virtual ModelInfo model() const = 0;
    [[nodiscard]] virtual bool hasExample() const = 0;

    // Opening. Each call returns a request number, and the answer carries it: several windows may
    // share the port.

    /// Makes an empty session; sessionsChanged, then sessionOpened follow. An empty title lets the
    /// application name it after its first source.
    virtual int createSession(const QString& title) = 0;
    /// The sample session, made on first use and begun to be read; sessionOpened follows.
    virtual int openExample() = 0;
    /// Answered by sessionOpened or sessionOpenFailed. Opening an open session is allowed.
    virtual int openSession(const QString& id) = 0;
    /// A session file from anywhere ("thesis.lectern"). Answered like openSession.
    virtual int openSessionFile(const QString& path) = 0;
    /// The window that opened it shows another session now. Once no window shows it the application
    /// may close it when nothing runs in it any more.
    virtual void releaseSession(const QString& id) = 0;

    virtual void renameSession(const QString& id, const QString& title) = 0;
    /// Copies it, with all that was read. Answered by sessionDuplicated or failed.
    virtual void duplicateSession(const QString& id) = 0;
    virtual void trashSession(const QString& id) = 0; ///< closes it; kept in the trash for 30 days
    virtual void restoreSession(const QString& id) = 0;

Q_SIGNALS:
    void sessionsChanged();
    void modelChanged();
    /// The library owns the port. It stays valid until sessionClosed or the library's end; text and
    /// conversation are there already, loading the cache may go on (SessionStatus::canAnswer).
    void sessionOpened(ui::SessionPort* session, int request);
    void sessionOpenFailed(const QString& id, const ui::Error& error, int request);
    void sessionDuplicated(const QString& id, const QString& title); ///< of the copy
    void sessionClosed(const QString& id); ///< emitted before its port is deleted
    void failed(const ui::Error& error);
};

} // namespace ui

Q_DECLARE_METATYPE(ui::SessionSummary)
Q_DECLARE_METATYPE(ui::ModelInfo)
