// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/source.h"

#include <QAbstractItemModel>
#include <QHash>
#include <QSet>

#include <memory>
#include <vector>

namespace ui {

/// A proposed addition in three groups: will be added, needs you, skipped (by reason). Ticking
/// chooses; a protected file can be ticked once its password was right.
class AddPreviewModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column
    {
        nameColumn,
        typeColumn,
        sizeColumn,
        tokensColumn,
        noteColumn,
        columns,
    };

    explicit AddPreviewModel(QObject* parent = nullptr);
    ~AddPreviewModel() override;

    void setPreview(const AddPreview& preview);
    void updateItem(const AddItem& item);
    [[nodiscard]] QList<int> chosen() const; ///< ids, in order of the preview
    [[nodiscard]] qint64 chosenTokens() const;
    [[nodiscard]] bool allCounted() const; ///< false: some chosen file has no token count yet
    [[nodiscard]] const AddItem* itemAt(const QModelIndex& index) const;
    [[nodiscard]] int count(AddVerdict verdict) const;

    [[nodiscard]] QModelIndex index(int row, int column,
                                    const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;

Q_SIGNALS:
    void choiceChanged();

private:
    struct Node;

    void build();
    Node* nodeOf(const QModelIndex& index) const;
    QVariant itemText(const AddItem& item, int column) const;

    QList<AddItem> m_items;
    QSet<int> m_chosen;
    std::unique_ptr<Node> m_root;
};

} // namespace ui
