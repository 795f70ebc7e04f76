// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/source_tree_model.h"

#include "text/wording.h"

#include <QStringList>

#include <optional>
#include <vector>

namespace ui {

struct SourceTreeModel::Sum
{
    qint64 tokens = 0;
    qint64 done = 0;
    int files = 0;
    int ready = 0;
    int failed = 0;
    int changed = 0;
    int missing = 0;
    SourceState state = SourceState::ready;
};

struct SourceTreeModel::Node
{
    QString name;
    bool folder = true;
    Source source; // of a file
    Node* parent = nullptr;
    std::vector<std::unique_ptr<Node>> children;
    QHash<QString, Node*> folders;  // among the children, by name
    mutable std::optional<Sum> sum; // of a folder, see sumOf()
    int row = 0;                    // among the parent's children: nothing is ever inserted before

    Node* add(QString childName, bool isFolder)
    {
        auto child = std::make_unique<Node>();
        child->name = std::move(childName);
        child->folder = isFolder;
        child->parent = this;
        child->row = static_cast<int>(children.size());
        if (isFolder) {
            folders.insert(child->name, child.get());
        }
        children.push_back(std::move(child));
        return children.back().get();
    }
};

namespace {

/// How much a state asks for attention: a folder shows the most pressing one of its files.
int urgency(SourceState state)
{
    switch (state) {
    case SourceState::reading:
        return 8;
    case SourceState::counting:
        return 7;
    case SourceState::extracting:
        return 6;
    case SourceState::failed:
        return 5;
    case SourceState::waiting:
        return 4;
    case SourceState::stopped:
        return 3;
    case SourceState::changed:
        return 2;
    case SourceState::missing:
        return 1;
    case SourceState::ready:
        break;
    }
    return 0;
}

template <typename Sum>
void count(const Source& source, Sum& sum)
{
    ++sum.files;
    sum.tokens += source.tokens > 0 ? source.tokens : 0;
    const bool read = source.state == SourceState::ready || source.state == SourceState::missing ||
                      source.state == SourceState::changed;
    sum.ready += read ? 1 : 0;
    sum.changed += source.state == SourceState::changed ? 1 : 0;
    sum.missing += source.state == SourceState::missing ? 1 : 0;
    sum.failed += source.state == SourceState::failed ? 1 : 0;
    if (read) {
        sum.done += source.tokens > 0 ? source.tokens : 0;
    } else if (source.state == SourceState::reading || source.state == SourceState::stopped) {
        sum.done += source.done;
    }
    if (urgency(source.state) > urgency(sum.state)) {
        sum.state = source.state;
    }
}

template <typename Sum>
void add(const Sum& part, Sum& sum)
{
    sum.tokens += part.tokens;
    sum.done += part.done;
    sum.files += part.files;
    sum.ready += part.ready;
    sum.failed += part.failed;
    sum.changed += part.changed;
    sum.missing += part.missing;
    if (urgency(part.state) > urgency(sum.state)) {
        sum.state = part.state;
    }
}

template <typename Sum>
QString folderStateText(const Sum& sum)
{
    const QString files = sum.files == 1
                              ? SourceTreeModel::tr("1 file")
                              : SourceTreeModel::tr("%1 files").arg(numberText(sum.files));
    if (sum.ready == sum.files && sum.changed > 0) {
        return SourceTreeModel::tr("%1, %2 changed on disk").arg(files, numberText(sum.changed));
    }
    if (sum.ready == sum.files && sum.missing > 0) {
        return SourceTreeModel::tr("%1, %2 not found").arg(files, numberText(sum.missing));
    }
    if (sum.ready == sum.files) {
        return files;
    }
    if (sum.failed > 0 && sum.ready + sum.failed == sum.files) {
        return SourceTreeModel::tr("%1, %2 could not be read").arg(files, numberText(sum.failed));
    }
    return SourceTreeModel::tr("%1 of %2 read").arg(numberText(sum.ready), files);
}

} // namespace

SourceTreeModel::SourceTreeModel(QObject* parent)
    : QAbstractItemModel(parent), m_root(std::make_unique<Node>())
{
}

SourceTreeModel::~SourceTreeModel() = default;

SourceTreeModel::Node* SourceTreeModel::folderFor(const Source& source)
{
    if (source.folder.isEmpty()) {
        return m_root.get();
    }
    QStringList path = source.relativePath.split(QLatin1Char('/'), Qt::SkipEmptyParts);
    if (!path.isEmpty()) {
        path.removeLast();
    }
    path.prepend(source.folder);
    Node* node = m_root.get();
    for (const QString& part : path) {
        Node* next = node->folders.value(part);
        node = next != nullptr ? next : node->add(part, true);
    }
    return node;
}

void SourceTreeModel::setSources(const QList<Source>& sources)
{
    beginResetModel();
    m_byId.clear();
    m_root = std::make_unique<Node>();
    for (const Source& source : sources) {
        const QString name = source.folder.isEmpty() || source.relativePath.isEmpty()
                                 ? source.title
                                 : source.relativePath.section(QLatin1Char('/'), -1);
        Node* node = folderFor(source)->add(name, false);
        node->source = source;
        m_byId.insert(source.id, node);
    }
    endResetModel();
}

void SourceTreeModel::updateSource(const Source& source)
{
    Node* node = m_byId.value(source.id);
    if (node == nullptr) {
        return; // not listed yet: sourcesChanged will bring it
    }
    node->source = source;
    if (source.folder.isEmpty()) {
        node->name = source.title;
    }
    for (Node* n = node; n != m_root.get(); n = n->parent) {
        n->sum.reset();
        const QModelIndex changed = indexOf(n);
        Q_EMIT dataChanged(changed, changed);
    }
}

QModelIndex SourceTreeModel::indexOf(const QString& sourceId) const
{
    const Node* node = m_byId.value(sourceId);
    return node == nullptr ? QModelIndex() : indexOf(node);
}

const Source* SourceTreeModel::sourceAt(const QModelIndex& index) const
{
    const Node* node = nodeOf(index);
    return node == m_root.get() || node->folder ? nullptr : &node->source;
}

SourceTreeModel::Node* SourceTreeModel::nodeOf(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<Node*>(index.internalPointer()) : m_root.get();
}

QModelIndex SourceTreeModel::indexOf(const Node* node) const
{
    return node == m_root.get() ? QModelIndex()
                                : createIndex(node->row, 0, const_cast<Node*>(node));
}

QModelIndex SourceTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, nodeOf(parent)->children[static_cast<std::size_t>(row)].get());
}

QModelIndex SourceTreeModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexOf(nodeOf(child)->parent) : QModelIndex();
}

int SourceTreeModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int SourceTreeModel::columnCount(const QModelIndex&) const
{
    return 1;
}

QVariant SourceTreeModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Node& node = *nodeOf(index);
    return node.folder ? folderData(node, role) : sourceData(node.source, node.name, role);
}

/// What a folder's files add up to. Kept until one of them changes: a folder of thousands of files
/// is asked for it with every repaint.
SourceTreeModel::Sum SourceTreeModel::sumOf(const Node& node)
{
    if (!node.sum) {
        Sum sum;
        for (const auto& child : node.children) {
            child->folder ? add(sumOf(*child), sum) : count(child->source, sum);
        }
        node.sum = sum;
    }
    return *node.sum;
}

QVariant SourceTreeModel::folderData(const Node& node, int role) const
{
    const Sum sum = sumOf(node);
    switch (role) {
    case Qt::DisplayRole:
        return node.name;
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3").arg(node.name, folderStateText(sum), tokensText(sum.tokens));
    case tokensRole:
        return sum.tokens;
    case stateRole:
        return static_cast<int>(sum.state);
    case stateTextRole:
        return folderStateText(sum);
    case progressRole:
        return sum.state == SourceState::reading && sum.tokens > 0
                   ? static_cast<double>(sum.done) / static_cast<double>(sum.tokens)
                   : -1.0;
    case isFolderRole:
        return true;
    default:
        return {};
    }
}

QVariant SourceTreeModel::sourceData(const Source& source, const QString& name, int role)
{
    switch (role) {
    case Qt::DisplayRole:
        return name;
    case Qt::ToolTipRole:
        return sourceTip(source);
    case Qt::AccessibleTextRole:
        return tr("%1, %2, %3").arg(name, sourceStateText(source), tokensText(source.tokens));
    case idRole:
        return source.id;
    case tokensRole:
        return source.tokens;
    case stateRole:
        return static_cast<int>(source.state);
    case stateTextRole:
        return sourceStateText(source);
    case formatRole:
        return static_cast<int>(source.format);
    case progressRole:
        return (source.state == SourceState::reading || source.state == SourceState::extracting) &&
                       source.total > 0
                   ? static_cast<double>(source.done) / static_cast<double>(source.total)
                   : -1.0;
    case hiddenRole:
        return source.hidden;
    case isFolderRole:
        return false;
    default:
        return {};
    }
}

} // namespace ui
