// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader/reader_view.h"

#include "style/icons.h"
#include "text/wording.h"
#include "ui/session_port.h"

#include <QHBoxLayout>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>

namespace ui {
namespace {

constexpr int kLongestHistory = 200;
constexpr int kLongestTab = 28;

} // namespace

ReaderView::ReaderView(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("readerView"));
    setMinimumWidth(320);
    m_tabs = new QTabWidget;
    m_tabs->setObjectName(QStringLiteral("readerTabs"));
    m_tabs->setAccessibleName(tr("Open documents"));
    m_tabs->setTabsClosable(true);
    m_tabs->setMovable(true);
    m_tabs->setDocumentMode(true);
    m_tabs->setElideMode(Qt::ElideNone); // titles are cut where the tab is made
    m_tabs->tabBar()->setObjectName(QStringLiteral("readerTabBar"));
    m_tabs->tabBar()->setAccessibleName(tr("Open documents"));
    m_tabs->tabBar()->setExpanding(false);
    buildCorners();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_tabs);
    connect(m_tabs, &QTabWidget::tabCloseRequested, this, &ReaderView::closeTab);
}

void ReaderView::buildCorners()
{
    const auto tool = [](const char* icon, const QString& name, const char* objectName) {
        auto* button = new QToolButton;
        button->setObjectName(QLatin1String(objectName));
        button->setIcon(lineIcon(QLatin1String(icon)));
        button->setAccessibleName(name);
        button->setToolTip(name);
        button->setAutoRaise(true);
        return button;
    };
    m_back = tool("back", tr("Back (Alt+Left)"), "readerBack");
    m_forward = tool("forward", tr("Forward (Alt+Right)"), "readerForward");
    m_leave = tool("close", tr("Back to the conversation (Esc)"), "readerLeave");
    m_leave->setText(tr("Back to conversation"));
    m_leave->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_leave->hide();
    auto* corner = new QWidget;
    auto* row = new QHBoxLayout(corner);
    row->setContentsMargins(6, 3, 4, 3);
    row->setSpacing(2);
    row->addWidget(m_back);
    row->addWidget(m_forward);
    m_tabs->setCornerWidget(corner, Qt::TopLeftCorner);
    m_tabs->setCornerWidget(m_leave, Qt::TopRightCorner);
    connect(m_back, &QToolButton::clicked, this, &ReaderView::goBack);
    connect(m_forward, &QToolButton::clicked, this, &ReaderView::goForward);
    connect(m_leave, &QToolButton::clicked, this, &ReaderView::backToConversation);
    const auto update = [this] {
        m_back->setEnabled(canGoBack());
        m_forward->setEnabled(canGoForward());
    };
    connect(this, &ReaderView::historyChanged, this, update);
    update();
}

void ReaderView::setOverlay(bool overlay)
{
    m_leave->setVisible(overlay);
}

void ReaderView::setSession(SessionPort* session)
{
    if (m_session != nullptr) {
        m_session->disconnect(this);
    }
    m_session = session;
    while (m_tabs->count() > 0) {
        delete m_tabs->widget(0);
    }
    m_history.clear();
    m_at = 0;
    m_waiting = false;
    Q_EMIT historyChanged();
    Q_EMIT emptied();
    if (session == nullptr) {
        return;
    }
    connect(session, &SessionPort::readerReady, this, &ReaderView::addTab);
    connect(session, &SessionPort::readerFailed, this,
            [this](const QString& sourceId, const Error& error) {
                if (m_waiting && sourceId == m_wanted.sourceId) {
                    m_waiting = false;
                    m_travel = 0;
                    Q_EMIT failed(error);
                }
            });
    connect(session, &SessionPort::sourcesChanged, this, [this] {
        // A source that was taken out cannot stay open.
        const QList<Source> sources = m_session->sources();
        for (int i = m_tabs->count() - 1; i >= 0; --i) {
            const QString id = qobject_cast<ReaderTab*>(m_tabs->widget(i))->sourceId();
            if (std::none_of(sources.begin(), sources.end(),
                             [&](const Source& source) { return source.id == id; })) {
                closeTab(i);
            }
        }
    });
}

ReaderTab* ReaderView::currentTab() const
{
    return qobject_cast<ReaderTab*>(m_tabs->currentWidget());
}

bool ReaderView::isEmpty() const
{
    return m_tabs->count() == 0;
}

int ReaderView::indexOf(const QString& sourceId) const
{
    for (int i = 0; i < m_tabs->count(); ++i) {
        if (qobject_cast<ReaderTab*>(m_tabs->widget(i))->sourceId() == sourceId) {
            return i;
        }
    }
    return -1;
}

void ReaderView::openSource(const QString& sourceId)
{
    if (const int index = indexOf(sourceId); index >= 0) {
        remember();
        m_tabs->setCurrentIndex(index);
        remember();
        Q_EMIT opened();
        return;
    }
    Place place;
    place.sourceId = sourceId;
    openPlace(place);
}

void ReaderView::openPlace(const Place& place)
{
    if (m_session == nullptr) {
        return;
    }
    m_wanted = place;
    if (indexOf(place.sourceId) >= 0) {
        remember();
        arrive(place);
        return;
    }
    m_waiting = true;
    m_session->requestReader(place.sourceId);
}

void ReaderView::addTab(const ReaderContent& content)
{
    if (!m_waiting || content.sourceId != m_wanted.sourceId) {
        return; // the reader has moved on
    }
    m_waiting = false;
    if (indexOf(content.sourceId) < 0) {
        auto* tab = new ReaderTab(content);
        if (m_travel == 0) {
            remember(); // before the new tab covers what was shown
        }
        const int index = m_tabs->addTab(
            tab, lineIcon(formatIcon(content.format)),
            oneLine(content.title, kLongestTab).replace(QLatin1Char('&'), QLatin1String("&&")));
        m_tabs->setTabToolTip(index, content.path.isEmpty() ? content.title : content.path);
        for (const auto side : {QTabBar::LeftSide, QTabBar::RightSide}) {
            if (QWidget* close = m_tabs->tabBar()->tabButton(index, side)) {
                close->setObjectName(QStringLiteral("closeTab"));
                close->setAccessibleName(tr("Close %1").arg(content.title));
            }
        }
    }
    if (m_travel != 0) {
        travel(std::exchange(m_travel, 0));
        return;
    }
    arrive(m_wanted);
}

void ReaderView::arrive(const Place& place)
{
    Q_EMIT opened(); // visible first: what is one third down depends on the height
    m_tabs->setCurrentIndex(indexOf(place.sourceId));
    ReaderTab* tab = currentTab();
    if (!place.range.isEmpty() || place.page > 0 || place.lineBegin > 0) {
        tab->showPlace(place);
    }
    remember();
}

/// Puts what is shown now at the end of the way travelled; what lay ahead is forgotten.
void ReaderView::remember()
{
    const ReaderTab* tab = currentTab();
    if (tab == nullptr) {
        return;
    }
    const ReaderPosition here = tab->position();
    const bool same = m_at < m_history.size() && m_history.at(m_at).sourceId == here.sourceId &&
                      m_history.at(m_at).range == here.range;
    if (same) {
        m_history[m_at] = here;
    } else {
        m_history.resize(m_history.isEmpty() ? 0 : m_at + 1);
        m_history.append(here);
        if (m_history.size() > kLongestHistory) {
            m_history.removeFirst();
        }
        m_at = static_cast<int>(m_history.size()) - 1;
    }
    Q_EMIT historyChanged();
}

bool ReaderView::canGoForward() const
{
    return m_at + 1 < m_history.size();
}

void ReaderView::goBack()
{
    if (canGoBack()) {
        travel(-1);
    }
}

void ReaderView::goForward()
{
    if (canGoForward()) {
        travel(1);
    }
}

void ReaderView::travel(int by)
{
    const ReaderPosition target = m_history.at(m_at + by);
    const int index = indexOf(target.sourceId);
    if (index < 0) { // closed since: fetch it again, then go there
        m_wanted = {};
        m_wanted.sourceId = target.sourceId;
        m_waiting = true;
        m_travel = by;
        m_session->requestReader(target.sourceId);
        return;
    }
    m_at += by;
    Q_EMIT opened();
    m_tabs->setCurrentIndex(index);
    currentTab()->restore(target);
    Q_EMIT historyChanged();
}

void ReaderView::closeTab(int index)
{
    delete m_tabs->widget(index);
    if (isEmpty()) {
        Q_EMIT emptied();
    }
}

void ReaderView::closeCurrent()
{
    if (!isEmpty()) {
        closeTab(m_tabs->currentIndex());
    }
}

} // namespace ui
