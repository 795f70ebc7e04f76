// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"

#include <QAbstractListModel>

namespace ui {

/// Literal matches, as the find-anywhere window lists them.
class SearchHitModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role
    {
        referenceRole = Qt::UserRole,
        snippetRole,
        matchBeginRole, ///< QString positions within the snippet
        matchEndRole,
    };

    explicit SearchHitModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void setHits(const QList<SearchHit>& hits);
    [[nodiscard]] const SearchHit& hit(int row) const { return m_hits.at(row); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    QList<SearchHit> m_hits;
};

} // namespace ui
