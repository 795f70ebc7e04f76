// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/search_hit_model.h"

#include "text/text_positions.h"
#include "text/wording.h"

namespace ui {

void SearchHitModel::setHits(const QList<SearchHit>& hits)
{
    beginResetModel();
    m_hits = hits;
    endResetModel();
}

int SearchHitModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_hits.size());
}

QVariant SearchHitModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const SearchHit& hit = m_hits.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return tr("%1: %2").arg(referenceText(hit.place), oneLine(hit.snippet, 200));
    case Qt::ToolTipRole:
        return hit.place.path;
    case referenceRole:
        return referenceText(hit.place);
    case snippetRole:
        return hit.snippet;
    case matchBeginRole:
        return TextPositions(hit.snippet).toString(hit.match.begin);
    case matchEndRole:
        return TextPositions(hit.snippet).toString(hit.match.end);
    default:
        return {};
    }
}

} // namespace ui
