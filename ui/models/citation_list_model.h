// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"

#include <QAbstractListModel>

namespace ui {

/// The numbered sources of one answer. This list, not the links in the text, is what assistive
/// technology reads: each row says number, document, place, quote and state.
class CitationListModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role
    {
        numberRole = Qt::UserRole,
        stateRole,
        shortReferenceRole,
    };

    explicit CitationListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    void setAnswer(const QString& answerId, const QList<Citation>& citations);
    void add(const Citation& citation); ///< replaces the one with the same number
    [[nodiscard]] QString answerId() const { return m_answerId; }
    [[nodiscard]] const QList<Citation>& citations() const { return m_citations; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    QString m_answerId;
    QList<Citation> m_citations;
};

} // namespace ui
