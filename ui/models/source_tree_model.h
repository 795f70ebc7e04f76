// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/source.h"

#include <QAbstractItemModel>
#include <QHash>

#include <memory>

namespace ui {

/// The sources of a session: single files at the top, added folders as trees.
class SourceTreeModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Role
    {
        idRole = Qt::UserRole, ///< empty for folders
        tokensRole,
        stateRole, ///< int of SourceState; a folder has the least finished of its files
        stateTextRole,
        formatRole,
        progressRole, ///< 0..1 while a source is being read, else -1
        isFolderRole,
        hiddenRole, ///< left out of answers
    };

    explicit SourceTreeModel(QObject* parent = nullptr);
    ~SourceTreeModel() override;

    void setSources(const QList<Source>& sources);
    void updateSource(const Source& source);
    [[nodiscard]] QModelIndex indexOf(const QString& sourceId) const;
    [[nodiscard]] const Source* sourceAt(const QModelIndex& index) const;
    [[nodiscard]] int sourceCount() const { return static_cast<int>(m_byId.size()); }

    [[nodiscard]] QModelIndex index(int row, int column,
                                    const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Sum;
    struct Node;

    Node* nodeOf(const QModelIndex& index) const;
    QModelIndex indexOf(const Node* node) const;
    Node* folderFor(const Source& source);
    static Sum sumOf(const Node& node);
    QVariant folderData(const Node& node, int role) const;
    static QVariant sourceData(const Source& source, const QString& name, int role);

    std::unique_ptr<Node> m_root;
    QHash<QString, Node*> m_byId;
};

} // namespace ui
