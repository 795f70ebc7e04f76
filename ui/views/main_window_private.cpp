// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/main_window_private.h"

#include "style/icons.h"
#include "text/wording.h"
#include "views/question_edit.h"

#include <QAccessible>
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QFileDialog>
#include <QMenuBar>
#include <QScreen>
#include <QSettings>
#include <QShortcut>
#include <QStatusBar>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {
namespace {

constexpr int kNarrow = 1100; // below, the reader covers the conversation
constexpr int kFollowMs = 100;
constexpr int kAnnouncementMs = 20'000; // then it is no news any more
constexpr QSize kStartSize{1360, 860};
constexpr QSize kSmallest{800, 560};

const QString kGeometry = QStringLiteral("window/geometry");
const QString kSplitter = QStringLiteral("window/splitter");
const QString kSide = QStringLiteral("window/side");
const QString kTextSize = QStringLiteral("window/textSize");

} // namespace

MainWindow::Private::Private(MainWindow& window, LibraryPort& library)
    : m_window(window), m_desk(library), m_adding(m_desk, window),
      m_basePointSize(QApplication::font().pointSizeF())
{
}

void MainWindow::Private::build()
{
    m_window.setObjectName(QStringLiteral("mainWindow"));
    m_window.setWindowTitle(tr("Lectern"));
    m_window.setMinimumSize(kSmallest);
    m_window.setAcceptDrops(true);
    m_actions = makeActions(m_window);
    m_header = new HeaderBar(m_actions, &m_window);
    m_window.addToolBar(m_header);

    m_sessions = new SessionsPane;
    m_sources = new SourcesPane;
    m_side = new QSplitter(Qt::Vertical);
    m_side->setObjectName(QStringLiteral("sideBar"));
    m_side->setAccessibleName(tr("Side bar"));
    m_side->setMinimumWidth(200);
    m_side->setChildrenCollapsible(false);
    m_side->addWidget(m_sessions);
    m_side->addWidget(m_sources);
    m_side->setSizes({300, 400});

    m_conversation = new ConversationView;
    m_conversation->setAddActions({m_actions.addFiles, m_actions.addFolder});
    m_firstRun = new MessagePage;
    m_firstRun->setObjectName(QStringLiteral("firstRunPage"));
    m_libraryNotice = new NoticeBar;
    m_libraryNotice->setObjectName(QStringLiteral("libraryNotice"));
    auto* firstRun = new QWidget;
    auto* firstRunLayout = new QVBoxLayout(firstRun);
    firstRunLayout->setContentsMargins(0, 0, 0, 0);
    firstRunLayout->setSpacing(0);
    firstRunLayout->addWidget(m_libraryNotice);
    firstRunLayout->addWidget(m_firstRun, 1);
    m_centre = new QStackedWidget;
    m_centre->setObjectName(QStringLiteral("centre"));
    m_centre->addWidget(firstRun);
    m_centre->addWidget(m_conversation);

    m_reader = new ReaderView;
    m_splitter = new QSplitter(Qt::Horizontal);
    m_splitter->setObjectName(QStringLiteral("mainSplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_side);
    m_splitter->addWidget(m_centre);
    m_splitter->addWidget(m_reader);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setStretchFactor(2, 1);
    m_splitter->setSizes({260, 550, 550});
    m_reader->hide();
    m_window.setCentralWidget(m_splitter);

    m_toast = new Toast(&m_window);
    m_drop = new DropOverlay(&m_window);
    m_find = new FindAnywhereDialog(&m_window);
    // Whatever is dropped belongs to the window; a text field would take a file for its name.
    for (QWidget* child : m_splitter->findChildren<QWidget*>()) {
        child->setAcceptDrops(false);
    }
}

void MainWindow::Private::buildStatusBar()
{
    m_meter = new ContextMeter;
    m_announcer = new QLabel;
    m_announcer->setObjectName(QStringLiteral("statusAnnouncer"));
    m_announcer->setTextFormat(Qt::PlainText);
    m_announcer->setAccessibleName(tr("Status"));
    m_model = new QLabel;
    m_model->setObjectName(QStringLiteral("modelLabel"));
    m_model->setTextFormat(Qt::PlainText);
    m_offline = new QLabel;
    m_offline->setObjectName(QStringLiteral("offlineLabel"));
    QStatusBar* bar = m_window.statusBar();
    bar->setObjectName(QStringLiteral("statusBar"));
    bar->setSizeGripEnabled(false);
    bar->setContentsMargins(4, 2, 10, 2);
    bar->addWidget(m_meter);
    bar->addWidget(m_announcer, 1);
    m_model->setContentsMargins(8, 0, 8, 0);
    m_offline->setContentsMargins(8, 0, 4, 0);
    bar->addPermanentWidget(m_model);
    bar->addPermanentWidget(m_offline);
}

void MainWindow::Private::connectActions()
{
    const WindowActions& a = m_actions;
    connect(a.newSession, &QAction::triggered, this, [this] { m_desk.create(); });
    connect(a.addFiles, &QAction::triggered, this, [this] { m_adding.chooseFiles(); });
    connect(a.addFolder, &QAction::triggered, this, [this] { m_adding.chooseFolder(); });
    connect(a.example, &QAction::triggered, this, [this] { m_desk.openExample(); });
    connect(a.newWindow, &QAction::triggered, this,
            [this] { Q_EMIT m_window.newWindowRequested({}); });
    connect(a.openInNewWindow, &QAction::triggered, this,
            [this] { Q_EMIT m_window.newWindowRequested(m_sessions->currentId()); });
    connect(a.duplicate, &QAction::triggered, this,
            [this] { m_desk.duplicate(m_sessions->currentId()); });
    connect(a.openFile, &QAction::triggered, this, [this] {
        auto* dialog = new QFileDialog(&m_window, tr("Open a session file"));
        dialog->setObjectName(QStringLiteral("openSessionDialog"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilter(tr("Lectern sessions (*.lectern)"));
        connect(dialog, &QFileDialog::fileSelected, this,
                [this](const QString& file) { m_desk.open(file); });
        dialog->open();
    });
    connect(a.exportTranscript, &QAction::triggered, this, [this] { exportTranscript(); });
    connect(a.quit, &QAction::triggered, qApp, &QApplication::closeAllWindows);
    connect(a.copyQuote, &QAction::triggered, this, [this] { copyQuote(); });
    connect(a.findAnywhere, &QAction::triggered, this, [this] { m_find->start({}); });
    connect(a.sideBar, &QAction::toggled, m_side, &QWidget::setVisible);
    connect(a.textSize, &QActionGroup::triggered, this,
            [this](QAction* action) { setTextSize(action->data().toInt()); });
    connect(a.fullScreen, &QAction::triggered, this, [this](bool on) {
        m_window.setWindowState(on ? m_window.windowState() | Qt::WindowFullScreen
                                   : m_window.windowState() & ~Qt::WindowFullScreen);
    });
    connect(a.askAgain, &QAction::triggered, m_conversation, &ConversationView::askAgain);
    connect(a.editLast, &QAction::triggered, m_conversation, &ConversationView::editLastQuestion);
    connect(a.branchHere, &QAction::triggered, m_conversation, &ConversationView::branchHere);
    connect(a.previousVersion, &QAction::triggered, this,
            [this] { m_conversation->stepVersion(-1); });
    connect(a.nextVersion, &QAction::triggered, this, [this] { m_conversation->stepVersion(1); });
    connect(a.stop, &QAction::triggered, m_conversation, &ConversationView::stop);
    connect(a.rename, &QAction::triggered, this, [this] {
        if (m_side->isVisible()) {
            m_sessions->renameCurrent();
        } else {
            m_header->editTitle();
        }
    });
    connect(a.trash, &QAction::triggered, this, [this] { trashSession(m_sessions->currentId()); });
    connect(a.openSource, &QAction::triggered, this,
            [this] { m_reader->openSource(m_sources->currentId()); });
    connect(a.retrySource, &QAction::triggered, this,
            [this] { m_desk.session()->retrySource(m_sources->currentId()); });
    connect(a.hideSource, &QAction::triggered, this,
            [this](bool hidden) { m_desk.session()->hideSource(m_sources->currentId(), hidden); });
    connect(a.readSourceAgain, &QAction::triggered, this,
            [this] { removeSource(m_sources->currentId(), true); });
    connect(a.removeSource, &QAction::triggered, this,
            [this] { removeSource(m_sources->currentId()); });
    connect(a.pause, &QAction::triggered, this, [this] { m_desk.session()->pauseReading(); });
    connect(a.resume, &QAction::triggered, this, [this] { m_desk.session()->resumeReading(); });
    connect(a.cancelReading, &QAction::triggered, this,
            [this] { m_desk.session()->cancelReading(); });
    connect(a.whatWasRead, &QAction::triggered, this, [this] { showContext(); });
    connect(a.shortcuts, &QAction::triggered, this, [this] { showShortcuts(); });
    connect(a.about, &QAction::triggered, this, [this] { showAbout(); });
    // Escape is no menu command: what it does depends on what is in the way.
    auto* escapeKey = new QShortcut(QKeySequence(Qt::Key_Escape), &m_window);
    connect(escapeKey, &QShortcut::activated, this, [this] { escape(); });
}

void MainWindow::Private::connectReaderActions()
{
    const WindowActions& a = m_actions;
    const auto withTab = [this](auto call) {
        return [this, call] {
            if (ReaderTab* tab = m_reader->currentTab(); tab != nullptr) {
                call(*tab);
            }
        };
    };
    connect(a.findHere, &QAction::triggered, this, withTab([](ReaderTab& t) { t.startFind(); }));
    connect(a.findNext, &QAction::triggered, this, withTab([](ReaderTab& t) { t.findNext(1); }));
    connect(a.findPrevious, &QAction::triggered, this,
            withTab([](ReaderTab& t) { t.findNext(-1); }));
    connect(a.zoomIn, &QAction::triggered, this, withTab([](ReaderTab& t) { t.zoomBy(1); }));
    connect(a.zoomOut, &QAction::triggered, this, withTab([](ReaderTab& t) { t.zoomBy(-1); }));
    connect(a.zoomReset, &QAction::triggered, this, withTab([](ReaderTab& t) { t.resetZoom(); }));
    connect(a.fitWidth, &QAction::triggered, this, withTab([](ReaderTab& t) { t.fitWidth(); }));
    connect(a.fitPage, &QAction::triggered, this, withTab([](ReaderTab& t) { t.fitPage(); }));
    connect(a.goTo, &QAction::triggered, this,
            withTab([](ReaderTab& t) { t.focusPositionField(); }));
    connect(a.closeTab, &QAction::triggered, m_reader, &ReaderView::closeCurrent);
    connect(a.back, &QAction::triggered, m_reader, &ReaderView::goBack);
    connect(a.forward, &QAction::triggered, m_reader, &ReaderView::goForward);
    connect(a.reader, &QAction::triggered, this, [this](bool on) { setReaderWanted(on); });
    connect(a.nextCitation, &QAction::triggered, this, [this] { m_conversation->stepCitation(1); });
    connect(a.previousCitation, &QAction::triggered, this,
            [this] { m_conversation->stepCitation(-1); });
    for (QAction* citation : a.citations) {
        connect(citation, &QAction::triggered, this,
                [this, citation] { m_conversation->openCitation(citation->data().toInt()); });
    }
    connect(a.questionBox, &QAction::triggered, this, [this] {
        m_conversationFirst = true;
        updateReaderVisibility();
        m_conversation->focusQuestion();
    });
    connect(a.nextPane, &QAction::triggered, this, [this] { movePane(1); });
    connect(a.previousPane, &QAction::triggered, this, [this] { movePane(-1); });
}

void MainWindow::Private::connectViews()
{
    LibraryPort& library = m_desk.library();
    connect(&library, &LibraryPort::sessionsChanged, this, [this] { showSessions(); });
    connect(&library, &LibraryPort::modelChanged, this, [this] { showModel(); });
    const auto fail = [this](const Error& error) {
        (m_desk.session() != nullptr ? m_conversation->notice() : *m_libraryNotice)
            .showError(error);
    };
    connect(&library, &LibraryPort::failed, this, fail);
    connect(&m_desk, &SessionDesk::sessionChanged, this,
            [this](SessionPort* session) { showSession(session); });
    connect(&m_desk, &SessionDesk::openFailed, this,
            [this](const QString& id, const Error& error) { showOpenFailure(id, error); });
    connect(&m_desk, &SessionDesk::trashed, this, [this](const QString& id, const QString& title) {
        m_toast->display(tr("Session “%1” deleted.").arg(oneLine(title, 60)), tr("Undo"),
                         [this, id] { m_desk.restore(id); });
    });
    connect(m_header, &HeaderBar::renamed, this, [this](const QString& title) {
        if (m_desk.session() != nullptr) {
            m_desk.rename(m_desk.session()->id(), title);
        }
    });

    connect(m_sessions, &SessionsPane::openRequested, &m_desk, &SessionDesk::open);
    connect(m_sessions, &SessionsPane::renameRequested, &m_desk, &SessionDesk::rename);
    connect(m_sessions, &SessionsPane::deleteRequested, this,
            [this](const QString& id) { trashSession(id); });
    m_sessions->setContextActions({m_actions.openInNewWindow, m_actions.rename, m_actions.duplicate,
                                   m_actions.exportTranscript, m_actions.trash});
    connect(&library, &LibraryPort::sessionDuplicated, this,
            [this](const QString& id, const QString& title) { showCopy(id, title); });
    connect(m_sources, &SourcesPane::openRequested, m_reader, &ReaderView::openSource);
    connect(m_sources, &SourcesPane::removeRequested, this,
            [this](const QString& id) { removeSource(id); });
    connect(m_sources, &SourcesPane::currentChanged, this, [this] { updateActions(); });
    m_sources->setContextActions({m_actions.openSource, m_actions.retrySource,
                                  m_actions.readSourceAgain, m_actions.hideSource,
                                  m_actions.removeSource});
    m_sourcesTimer.setSingleShot(true);
    m_sourcesTimer.setInterval(kFollowMs);
    connect(&m_sourcesTimer, &QTimer::timeout, this, [this] {
        if (m_sourcesChanged) {
            followSources();
        }
    });
    m_announcementTimer.setSingleShot(true);
    m_announcementTimer.setInterval(kAnnouncementMs);
    connect(&m_announcementTimer, &QTimer::timeout, m_announcer, &QLabel::clear);
    connectConversation();
}

void MainWindow::Private::connectConversation()
{
    connect(m_conversation, &ConversationView::citationOpened, this,
            [this](const Citation& citation) {
                m_lastCitation = citation;
                if (citation.state == CitationState::missing) {
                    announce(tr("This quote is not in the source: there is nothing to show."));
                    m_reader->openSource(citation.place.sourceId);
                } else {
                    m_reader->openPlace(citation.place);
                }
                updateActions();
            });
    connect(m_conversation, &ConversationView::hitOpened, this,
            [this](const SearchHit& hit) { m_reader->openPlace(hit.place); });
    connect(m_conversation, &ConversationView::searchRequested, m_find, &FindAnywhereDialog::start);
    connect(m_conversation, &ConversationView::filesOffered, &m_adding, &Adding::add);
    connect(m_conversation, &ConversationView::announcement, this,
            [this](const QString& text) { announce(text); });
    connect(m_conversation, &ConversationView::stateChanged, this, [this] { updateActions(); });
    connect(m_find, &FindAnywhereDialog::hitOpened, this,
            [this](const SearchHit& hit) { m_reader->openPlace(hit.place); });

    connect(m_reader, &ReaderView::opened, this, [this] {
        m_readerWanted = true;
        m_conversationFirst = false;
        updateReaderVisibility();
    });
    connect(m_reader, &ReaderView::emptied, this, [this] { updateReaderVisibility(); });
    connect(m_reader, &ReaderView::historyChanged, this, [this] { updateActions(); });
    connect(m_reader, &ReaderView::failed, this,
            [this](const Error& error) { m_conversation->notice().showError(error); });
    connect(m_reader, &ReaderView::backToConversation, this, [this] {
        m_conversationFirst = true;
        updateReaderVisibility();
        m_conversation->focusQuestion();
    });
    connect(m_meter, &QAbstractButton::clicked, this, [this] { showContext(); });
}

void MainWindow::Private::restoreLayout()
{
    const QSettings settings;
    QSize size = kStartSize;
    if (const QScreen* screen = m_window.screen(); screen != nullptr) {
        size = size.boundedTo(screen->availableSize());
    }
    m_window.resize(size.expandedTo(kSmallest));
    m_window.restoreGeometry(settings.value(kGeometry).toByteArray());
    m_splitter->restoreState(settings.value(kSplitter).toByteArray());
    m_side->restoreState(settings.value(kSide).toByteArray());
    if (const int percent = settings.value(kTextSize, 100).toInt(); percent != 100) {
        setTextSize(percent);
    }
}

void MainWindow::Private::saveLayout() const
{
    QSettings settings;
    settings.setValue(kGeometry, m_window.saveGeometry());
    if (!m_reader->isHidden() && !isNarrow()) {
        settings.setValue(kSplitter, m_splitter->saveState());
    }
    settings.setValue(kSide, m_side->saveState());
}

void MainWindow::Private::setTextSize(int percent)
{
    QFont font = QApplication::font();
    font.setPointSizeF(m_basePointSize * std::clamp(percent, 80, 200) / 100.0);
    QApplication::setFont(font);
    for (QAction* action : m_actions.textSize->actions()) {
        action->setChecked(action->data().toInt() == percent);
    }
    QSettings().setValue(kTextSize, percent);
}

bool MainWindow::Private::isNarrow() const
{
    return m_window.width() < kNarrow;
}

void MainWindow::Private::updateReaderVisibility()
{
    const bool has = !m_reader->isEmpty();
    const bool covered = isNarrow() && has && m_readerWanted && !m_conversationFirst;
    m_reader->setVisible(has && m_readerWanted && (!isNarrow() || covered));
    m_centre->setVisible(!covered);
    m_reader->setOverlay(covered);
    m_actions.reader->setEnabled(has);
    m_actions.reader->setChecked(!m_reader->isHidden());
    updateActions();
}

void MainWindow::Private::setReaderWanted(bool wanted)
{
    m_readerWanted = wanted;
    m_conversationFirst = false;
    updateReaderVisibility();
}

/// F6: from pane to pane, left to right.
void MainWindow::Private::movePane(int by)
{
    QList<QWidget*> panes;
    if (!m_side->isHidden()) {
        panes << m_sessions->findChild<QWidget*>(QStringLiteral("sessionsView"))
              << m_sources->findChild<QWidget*>(QStringLiteral("sourcesView"));
    }
    if (!m_centre->isHidden() && m_desk.session() != nullptr) {
        panes << &m_conversation->transcript()
              << m_conversation->findChild<QWidget*>(QStringLiteral("questionEdit"));
    }
    if (!m_reader->isHidden() && m_reader->currentTab() != nullptr) {
        panes << m_reader->currentTab();
    }
    panes.removeIf([](QWidget* pane) { return pane == nullptr || !pane->isVisible(); });
    if (panes.isEmpty()) {
        return;
    }
    const QWidget* focus = QApplication::focusWidget();
    const auto here = std::find_if(panes.begin(), panes.end(), [focus](QWidget* pane) {
        return focus != nullptr && (pane == focus || pane->isAncestorOf(focus));
    });
    const auto count = panes.size();
    const qsizetype at = here == panes.end() ? (by > 0 ? -1 : 0) : here - panes.begin();
    panes.at(((at + by) % count + count) % count)->setFocus(Qt::ShortcutFocusReason);
}

/// The nearest thing first: find bar, running answer, highlight, covering reader.
void MainWindow::Private::escape()
{
    ReaderTab* tab = m_reader->isHidden() ? nullptr : m_reader->currentTab();
    if (tab != nullptr && tab->closeFind()) {
        return;
    }
    if (m_conversation->isAnswering()) {
        m_conversation->stop();
    } else if (tab != nullptr && tab->hasMark()) {
        tab->clearMark();
    } else if (isNarrow() && !m_reader->isHidden()) {
        m_conversationFirst = true;
        updateReaderVisibility();
        m_conversation->focusQuestion();
    }
}

void MainWindow::Private::announce(const QString& text)
{
    m_announcer->setText(text);
    m_announcementTimer.start();
    m_announcer->setAccessibleDescription(text);
    QAccessibleEvent alert(m_announcer, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

} // namespace ui
