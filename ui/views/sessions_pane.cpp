// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/sessions_pane.h"

#include "models/session_list_model.h"
#include "style/icons.h"
#include "views/pane_heading.h"
#include "views/session_delegate.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

namespace ui {

SessionsPane::SessionsPane(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("sessionsPane"));
    m_model = new SessionListModel(this);
    m_filtered = new QSortFilterProxyModel(this);
    m_filtered->setSourceModel(m_model);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);

    m_filter = new QLineEdit;
    m_filter->setObjectName(QStringLiteral("sessionFilter"));
    m_filter->setAccessibleName(tr("Filter sessions"));
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(lineIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_filter->hide(); // until the list is long enough to need it

    m_view = new QListView;
    m_view->setObjectName(QStringLiteral("sessionsView"));
    m_view->setAccessibleName(tr("Sessions"));
    m_view->setModel(m_filtered);
    m_view->setItemDelegate(new SessionDelegate(m_view));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->viewport()->setAutoFillBackground(false);
    m_view->setMouseTracking(true);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_view->installEventFilter(this);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(new PaneHeading(tr("Sessions"), m_view));
    auto* filterBox = new QVBoxLayout;
    filterBox->setContentsMargins(10, 0, 10, 4);
    filterBox->addWidget(m_filter);
    layout->addLayout(filterBox);
    layout->addWidget(m_view, 1);

    connect(m_filter, &QLineEdit::textChanged, m_filtered,
            &QSortFilterProxyModel::setFilterFixedString);
    connect(m_model, &SessionListModel::renamed, this, &SessionsPane::renameRequested);
    const auto open = [this](const QModelIndex& index) {
        Q_EMIT openRequested(index.data(SessionListModel::idRole).toString());
    };
    connect(m_view, &QListView::clicked, this, open);
    connect(m_view, &QListView::activated, this, open);
}

void SessionsPane::setSessions(const QList<SessionSummary>& sessions)
{
    constexpr int kFilterFrom = 8;
    m_model->setSessions(sessions);
    m_filter->setVisible(sessions.size() >= kFilterFrom || !m_filter->text().isEmpty());
}

void SessionsPane::setCurrent(const QString& id)
{
    m_view->setCurrentIndex(m_filtered->mapFromSource(m_model->indexOf(id)));
}

QString SessionsPane::currentId() const
{
    return m_view->currentIndex().data(SessionListModel::idRole).toString();
}

void SessionsPane::renameCurrent()
{
    if (m_view->currentIndex().isValid()) {
        m_view->setFocus();
        m_view->edit(m_view->currentIndex());
    }
}

void SessionsPane::setContextActions(const QList<QAction*>& actions)
{
    m_view->addActions(actions);
}

bool SessionsPane::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Delete && key->modifiers() == Qt::NoModifier &&
            m_view->currentIndex().isValid()) {
            Q_EMIT deleteRequested(currentId());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace ui
