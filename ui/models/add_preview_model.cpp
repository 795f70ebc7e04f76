// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/add_preview_model.h"

#include "style/icons.h"
#include "text/wording.h"

#include <QFont>

#include <algorithm>
#include <array>

namespace ui {

struct AddPreviewModel::Node
{
    QString title;       // of a group
    qsizetype item = -1; // index into m_items
    int row = 0;
    Node* parent = nullptr;
    std::vector<std::unique_ptr<Node>> children;

    Node* add(QString text, qsizetype index)
    {
        auto child = std::make_unique<Node>();
        child->title = std::move(text);
        child->item = index;
        child->row = static_cast<int>(children.size());
        child->parent = this;
        children.push_back(std::move(child));
        return children.back().get();
    }
};

AddPreviewModel::AddPreviewModel(QObject* parent)
    : QAbstractItemModel(parent), m_root(std::make_unique<Node>())
{
}

AddPreviewModel::~AddPreviewModel() = default;

void AddPreviewModel::setPreview(const AddPreview& preview)
{
    m_items = preview.items;
    m_chosen.clear();
    for (const AddItem& item : std::as_const(m_items)) {
        if (item.verdict == AddVerdict::willBeAdded) {
            m_chosen.insert(item.id);
        }
    }
    build();
    Q_EMIT choiceChanged();
}

void AddPreviewModel::updateItem(const AddItem& item)
{
    const auto known = std::find_if(m_items.begin(), m_items.end(),
                                    [&](const AddItem& each) { return each.id == item.id; });
    if (known == m_items.end()) {
        return;
    }
    *known = item;
    if (item.verdict == AddVerdict::willBeAdded) {
        m_chosen.insert(item.id);
    }
    build(); // it may have changed its group
    Q_EMIT choiceChanged();
}

void AddPreviewModel::build()
{
    beginResetModel();
    m_root = std::make_unique<Node>();
    const std::array<std::pair<AddVerdict, QString>, 3> groups{
        std::pair{AddVerdict::willBeAdded, tr("Will be added")},
        std::pair{AddVerdict::needsYou, tr("Needs you")},
        std::pair{AddVerdict::skipped, tr("Skipped")},
    };
    for (const auto& [verdict, title] : groups) {
        const int size = count(verdict);
        if (size == 0) {
            continue;
        }
        Node* group = m_root->add(tr("%1: %2").arg(title, numberText(size)), -1);
        QHash<QString, Node*> reasons;
        for (qsizetype i = 0; i < m_items.size(); ++i) {
            const AddItem& item = m_items.at(i);
            if (item.verdict != verdict) {
                continue;
            }
            Node* home = group;
            if (verdict == AddVerdict::skipped && !item.reasonGroup.isEmpty()) {
                Node*& shared = reasons[item.reasonGroup];
                shared = shared != nullptr ? shared : group->add(item.reasonGroup, -1);
                home = shared;
            }
            home->add({}, i);
        }
        for (Node* reason : std::as_const(reasons)) {
            reason->title = tr("%1: %2").arg(
                reason->title, numberText(static_cast<qint64>(reason->children.size())));
        }
    }
    endResetModel();
}

QList<int> AddPreviewModel::chosen() const
{
    QList<int> ids;
    for (const AddItem& item : m_items) {
        if (m_chosen.contains(item.id)) {
            ids.append(item.id);
        }
    }
    return ids;
}

qint64 AddPreviewModel::chosenTokens() const
{
    qint64 sum = 0;
    for (const AddItem& item : m_items) {
        if (m_chosen.contains(item.id) && item.tokens > 0) {
            sum += item.tokens;
        }
    }
    return sum;
}

bool AddPreviewModel::allCounted() const
{
    return std::none_of(m_items.begin(), m_items.end(), [this](const AddItem& item) {
        return m_chosen.contains(item.id) && item.tokens < 0;
    });
}

const AddItem* AddPreviewModel::itemAt(const QModelIndex& index) const
{
    const Node* node = nodeOf(index);
    return node->item < 0 ? nullptr : &m_items.at(node->item);
}

int AddPreviewModel::count(AddVerdict verdict) const
{
    return static_cast<int>(
        std::count_if(m_items.begin(), m_items.end(),
                      [verdict](const AddItem& item) { return item.verdict == verdict; }));
}

AddPreviewModel::Node* AddPreviewModel::nodeOf(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<Node*>(index.internalPointer()) : m_root.get();
}

QModelIndex AddPreviewModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, nodeOf(parent)->children[static_cast<std::size_t>(row)].get());
}

QModelIndex AddPreviewModel::parent(const QModelIndex& child) const
{
    if (!child.isValid()) {
        return {};
    }
    Node* up = nodeOf(child)->parent;
    return up == m_root.get() ? QModelIndex() : createIndex(up->row, 0, up);
}

int AddPreviewModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int AddPreviewModel::columnCount(const QModelIndex&) const
{
    return columns;
}

QVariant AddPreviewModel::itemText(const AddItem& item, int column) const
{
    switch (column) {
    case nameColumn:
        return item.name;
    case typeColumn:
        return item.verdict == AddVerdict::skipped ? QString() : formatText(item.format);
    case sizeColumn:
        if (item.pages > 0) {
            return item.pages == 1 ? tr("1 page") : tr("%1 pages").arg(numberText(item.pages));
        }
        if (item.lines > 0) {
            return item.lines == 1 ? tr("1 line") : tr("%1 lines").arg(numberText(item.lines));
        }
        return item.bytes > 0 ? bytesText(item.bytes) : QString();
    case tokensColumn:
        return item.tokens >= 0 ? numberText(item.tokens) : QString();
    case noteColumn:
        return item.reason;
    default:
        return {};
    }
}

QVariant AddPreviewModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Node& node = *nodeOf(index);
    if (node.item < 0) {
        if (role == Qt::DisplayRole && index.column() == nameColumn) {
            return node.title;
        }
        if (role == Qt::FontRole && node.parent == m_root.get()) {
            QFont font;
            font.setWeight(QFont::DemiBold);
            return font;
        }
        return {};
    }
    const AddItem& item = m_items.at(node.item);
    switch (role) {
    case Qt::DisplayRole:
        return itemText(item, index.column());
    case Qt::ToolTipRole:
        return item.reason.isEmpty() ? item.path : item.path + QLatin1Char('\n') + item.reason;
    case Qt::DecorationRole:
        if (index.column() == nameColumn && item.verdict != AddVerdict::skipped) {
            return lineIcon(formatIcon(item.format));
        }
        return {};
    case Qt::CheckStateRole:
        if (index.column() == nameColumn && (flags(index) & Qt::ItemIsUserCheckable) != 0) {
            return static_cast<int>(m_chosen.contains(item.id) ? Qt::Checked : Qt::Unchecked);
        }
        return {};
    case Qt::TextAlignmentRole:
        return index.column() == sizeColumn || index.column() == tokensColumn
                   ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
                   : QVariant();
    default:
        return {};
    }
}

bool AddPreviewModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    const AddItem* item = itemAt(index);
    if (role != Qt::CheckStateRole || item == nullptr ||
        (flags(index) & Qt::ItemIsUserCheckable) == 0) {
        return false;
    }
    if (value.toInt() == Qt::Checked) {
        m_chosen.insert(item->id);
    } else {
        m_chosen.remove(item->id);
    }
    Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
    Q_EMIT choiceChanged();
    return true;
}

Qt::ItemFlags AddPreviewModel::flags(const QModelIndex& index) const
{
    if (!index.isValid()) {
        return Qt::NoItemFlags;
    }
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    const AddItem* item = itemAt(index);
    const bool choosable =
        item != nullptr && item->verdict != AddVerdict::skipped && item->need != AddNeed::password;
    if (choosable && index.column() == nameColumn) {
        flags |= Qt::ItemIsUserCheckable;
    }
    return flags;
}

QVariant AddPreviewModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole && (section == sizeColumn || section == tokensColumn)) {
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
    case nameColumn:
        return tr("Name");
    case typeColumn:
        return tr("Type");
    case sizeColumn:
        return tr("Size");
    case tokensColumn:
        return tr("Tokens");
    case noteColumn:
        return tr("Note");
    default:
        return {};
    }
}

} // namespace ui
