// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sources_pane.h"

#include "models/source_tree_model.h"
#include "text/wording.h"
#include "views/pane_heading.h"
#include "views/soft_label.h"
#include "views/source_delegate.h"

#include <QKeyEvent>
#include <QLabel>
#include <QSet>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

namespace ui {
namespace {

/// The names from the top: survives a model reset, which indexes do not.
QString pathOf(const QModelIndex& index)
{
    return index.isValid() ? pathOf(index.parent()) + QLatin1Char('\n') + index.data().toString()
                           : QString();
}

void collectExpanded(const QTreeView& view, const QModelIndex& parent, QSet<QString>& expanded)
{
    for (int row = 0; row < view.model()->rowCount(parent); ++row) {
        const QModelIndex index = view.model()->index(row, 0, parent);
        if (view.isExpanded(index)) {
            expanded.insert(pathOf(index));
            collectExpanded(view, index, expanded);
        }
    }
}

void restoreExpanded(QTreeView& view, const QModelIndex& parent, const QSet<QString>& expanded)
{
    for (int row = 0; row < view.model()->rowCount(parent); ++row) {
        const QModelIndex index = view.model()->index(row, 0, parent);
        if (expanded.contains(pathOf(index))) {
            view.expand(index);
            restoreExpanded(view, index, expanded);
        }
    }
}

} // namespace

SourcesPane::SourcesPane(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("sourcesPane"));
    m_model = new SourceTreeModel(this);
    m_view = new QTreeView;
    m_view->setObjectName(QStringLiteral("sourcesView"));
    m_view->setAccessibleName(tr("Sources"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new SourceDelegate(m_view));
    m_view->setHeaderHidden(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setMouseTracking(true);
    m_view->setIndentation(14);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->installEventFilter(this);

    m_empty = new SoftLabel(SoftLabel::Kind::small, tr("Nothing added yet."));
    m_empty->setObjectName(QStringLiteral("sourcesEmpty"));
    m_empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_empty->setContentsMargins(14, 4, 14, 4);
    m_empty->setWordWrap(true);

    m_stack = new QStackedWidget;
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_empty);
    m_stack->setCurrentWidget(m_empty);
    m_heading = new PaneHeading(tr("Sources"), m_view);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_heading);
    layout->addWidget(m_stack, 1);

    const auto open = [this](const QModelIndex& index) {
        if (const Source* source = m_model->sourceAt(index)) {
            Q_EMIT openRequested(source->id);
        } else {
            m_view->setExpanded(index, !m_view->isExpanded(index));
        }
    };
    connect(m_view, &QTreeView::clicked, this, open);
    connect(m_view, &QTreeView::activated, this, [this, open](const QModelIndex& index) {
        if (m_view->hasFocus() && m_model->sourceAt(index) != nullptr) {
            open(index);
        }
    });
    m_view->setExpandsOnDoubleClick(false);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
            &SourcesPane::currentChanged);
}

void SourcesPane::setSources(const QList<Source>& sources)
{
    QSet<QString> expanded;
    collectExpanded(*m_view, {}, expanded);
    const QString current = currentId();
    m_model->setSources(sources);
    restoreExpanded(*m_view, {}, expanded);
    setCurrent(current);
    m_stack->setCurrentWidget(sources.isEmpty() ? static_cast<QWidget*>(m_empty) : m_view);
    updateNote();
}

void SourcesPane::updateSource(const Source& source)
{
    m_model->updateSource(source);
}

void SourcesPane::updateNote()
{
    const int count = m_model->sourceCount();
    m_heading->setNote(count > 0 ? numberText(count) : QString());
}

void SourcesPane::setContextActions(const QList<QAction*>& actions)
{
    m_view->addActions(actions);
}

QString SourcesPane::currentId() const
{
    return m_view->currentIndex().data(SourceTreeModel::idRole).toString();
}

void SourcesPane::setCurrent(const QString& sourceId)
{
    const QModelIndex index = m_model->indexOf(sourceId);
    if (index.isValid()) {
        m_view->setCurrentIndex(index);
    }
}

bool SourcesPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete && !currentId().isEmpty()) {
        Q_EMIT removeRequested(currentId());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ui
