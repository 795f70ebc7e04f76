// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/citation_list_model.h"

#include "text/wording.h"

namespace ui {

void CitationListModel::setAnswer(const QString& answerId, const QList<Citation>& citations)
{
    beginResetModel();
    m_answerId = answerId;
    m_citations = citations;
    endResetModel();
}

void CitationListModel::add(const Citation& citation)
{
    for (qsizetype i = 0; i < m_citations.size(); ++i) {
        if (m_citations.at(i).number == citation.number) {
            m_citations[i] = citation;
            const QModelIndex changed = index(static_cast<int>(i));
            Q_EMIT dataChanged(changed, changed);
            return;
        }
    }
    const int row = static_cast<int>(m_citations.size());
    beginInsertRows({}, row, row);
    m_citations.append(citation);
    endInsertRows();
}

int CitationListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_citations.size());
}

QVariant CitationListModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Citation& citation = m_citations.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return tr("Source %1: %2. %3. “%4”")
            .arg(numberText(citation.number), referenceText(citation.place),
                 citationStateText(citation), oneLine(citation.quote, 200));
    case numberRole:
        return citation.number;
    case stateRole:
        return static_cast<int>(citation.state);
    case Qt::ToolTipRole:
        return tr("%1\n%2").arg(referenceText(citation.place), citationStateText(citation));
    case shortReferenceRole:
        return shortReference(citation.place);
    default:
        return {};
    }
}

} // namespace ui
