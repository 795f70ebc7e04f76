// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/library_port.h"

#include <QAbstractListModel>

namespace ui {

/// The sessions of the library. Keeps rows (and so the selection) over a refresh: only what
/// changed is announced.
class SessionListModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role
    {
        idRole = Qt::UserRole,
        lastQuestionRole,
        usedAtRole,
        tokensRole,
        bytesRole,
        readingRole,
    };

    explicit SessionListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void setSessions(const QList<SessionSummary>& sessions);
    [[nodiscard]] QModelIndex indexOf(const QString& id) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void renamed(const QString& id, const QString& title);

private:
    QList<SessionSummary> m_sessions;
};

} // namespace ui
