// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/session_list_model.h"

#include "text/wording.h"

#include <algorithm>

namespace ui {
namespace {

bool holds(const QList<SessionSummary>& sessions, const QString& id)
{
    return std::any_of(sessions.begin(), sessions.end(),
                       [&](const SessionSummary& session) { return session.id == id; });
}

} // namespace

void SessionListModel::setSessions(const QList<SessionSummary>& sessions)
{
    for (qsizetype i = m_sessions.size() - 1; i >= 0; --i) {
        if (!holds(sessions, m_sessions.at(i).id)) {
            const int row = static_cast<int>(i);
            beginRemoveRows({}, row, row);
            m_sessions.removeAt(i);
            endRemoveRows();
        }
    }
    for (qsizetype i = 0; i < sessions.size(); ++i) {
        const int row = static_cast<int>(i);
        const int old = indexOf(sessions.at(i).id).row();
        if (old < 0) {
            beginInsertRows({}, row, row);
            m_sessions.insert(i, sessions.at(i));
            endInsertRows();
            continue;
        }
        if (old != row) { // earlier rows are in place already, so it can only come up
            beginMoveRows({}, old, old, {}, row);
            m_sessions.move(old, i);
            endMoveRows();
        }
        m_sessions[i] = sessions.at(i);
        Q_EMIT dataChanged(index(row), index(row));
    }
}

QModelIndex SessionListModel::indexOf(const QString& id) const
{
    for (qsizetype i = 0; i < m_sessions.size(); ++i) {
        if (m_sessions.at(i).id == id) {
            return index(static_cast<int>(i));
        }
    }
    return {};
}

int SessionListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_sessions.size());
}

QVariant SessionListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const SessionSummary& session = m_sessions.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return session.title;
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3")
            .arg(session.title, whenText(session.usedAt, QDateTime::currentDateTime()),
                 tokensText(session.tokens));
    case Qt::ToolTipRole: {
        QStringList lines{session.title};
        if (!session.lastQuestion.isEmpty()) {
            lines << oneLine(session.lastQuestion, 120);
        }
        lines << tr("%1 sources · %2 · %3 on disk")
                     .arg(numberText(session.sources), tokensText(session.tokens),
                          bytesText(session.bytes));
        return lines.join(QLatin1Char('\n'));
    }
    case idRole:
        return session.id;
    case lastQuestionRole:
        return session.lastQuestion;
    case usedAtRole:
        return session.usedAt;
    case tokensRole:
        return session.tokens;
    case bytesRole:
        return session.bytes;
    case readingRole:
        return session.reading;
    default:
        return {};
    }
}

bool SessionListModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    const QString title = value.toString().trimmed();
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid) ||
        title.isEmpty() || title == m_sessions.at(index.row()).title) {
        return false;
    }
    m_sessions[index.row()].title = title; // shown at once; the library confirms by its list
    Q_EMIT dataChanged(index, index);
    Q_EMIT renamed(m_sessions.at(index.row()).id, title);
    return true;
}

Qt::ItemFlags SessionListModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags flags = QAbstractListModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsEditable : flags;
}

} // namespace ui
