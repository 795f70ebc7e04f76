// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the window that follows the session on the table.
#include "views/main_window_private.h"

#include "style/icons.h"
#include "text/wording.h"
#include "views/context_dialog.h"
#include "views/export_dialog.h"
#include "views/shortcut_sheet.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>

#include <algorithm>

namespace ui {

void MainWindow::Private::showSession(SessionPort* session)
{
    m_lastCitation = {};
    m_conversationFirst = false;
    m_reader->setSession(session);
    m_conversation->setSession(session);
    m_find->setSession(session);
    if (session != nullptr) {
        m_libraryNotice->hide();
        connectSession(session);
        m_sessions->setCurrent(session->id());
        m_centre->setCurrentWidget(m_conversation);
        m_conversation->focusQuestion();
    } else {
        m_centre->setCurrentIndex(0);
        m_meter->clear();
        m_sessions->setCurrent({});
    }
    m_header->setTitle(session != nullptr ? session->title() : QString(), session != nullptr);
    m_window.setWindowTitle(session != nullptr ? tr("%1 — Lectern").arg(session->title())
                                               : tr("Lectern"));
    m_sources->setVisible(session != nullptr);
    showSources();
    fillEmptyPages();
    updateActions();
}

void MainWindow::Private::connectSession(SessionPort* session)
{
    session->disconnect(this); // it may have been on the table before
    connect(session, &SessionPort::titleChanged, this, [this, session](const QString& title) {
        if (session == m_desk.session()) {
            m_header->setTitle(title, true);
            m_window.setWindowTitle(tr("%1 — Lectern").arg(title));
        }
    });
    connect(session, &SessionPort::sourcesChanged, this, [this] { showSources(); });
    connect(session, &SessionPort::sourceChanged, this, [this, session](const Source& source) {
        if (session == m_desk.session()) {
            m_sources->updateSource(source);
            followSources();
        }
    });
    connect(session, &SessionPort::statusChanged, this, [this] { showStatus(); });
    connect(session, &SessionPort::readingChanged, this, [this, session](const ReadingProgress&) {
        if (session == m_desk.session()) {
            updateActions();
        }
    });
    connect(session, &SessionPort::readingFinished, this, [this, session](qint64 tokens) {
        announce(tr("Reading finished: %1 (%2)").arg(session->title(), tokensText(tokens)));
        if (!m_window.isActiveWindow()) {
            QApplication::alert(&m_window);
        }
    });
    connect(session, &SessionPort::exportFinished, this, [this](const QString& file) {
        m_toast->display(tr("Exported to %1").arg(file), {}, nullptr);
    });
    connect(session, &SessionPort::removalPriced, this,
            [this, session](const QString& id, const RemovalCost& cost) {
                if (session == m_desk.session() && id == m_priced) {
                    m_priced.clear();
                    confirmRemoval(id, cost);
                }
            });
    const auto fail = [this](const Error& error) { m_conversation->notice().showError(error); };
    connect(session, &SessionPort::exportFailed, this, [this](const Error& error) {
        m_conversation->notice().showError(error, tr("Choose another place"),
                                           [this] { exportTranscript(); });
    });
    connect(session, &SessionPort::failed, this, fail);
}

/// The first change shows at once, those that come on its heels together: small files are read by
/// the hundred a second.
void MainWindow::Private::followSources()
{
    m_sourcesChanged = true;
    if (!m_sourcesTimer.isActive()) {
        m_sourcesChanged = false;
        m_sourcesTimer.start();
        showStatus();
        updateActions();
    }
}

void MainWindow::Private::showSessions()
{
    m_sessions->setSessions(m_desk.library().sessions());
    if (m_desk.session() != nullptr) {
        m_sessions->setCurrent(m_desk.session()->id());
    }
    fillEmptyPages();
    updateActions();
}

void MainWindow::Private::showModel()
{
    const ModelInfo model = m_desk.library().model();
    m_model->setText(model.name.isEmpty() ? tr("No model") : model.name);
    m_model->setToolTip(model.problem.isEmpty() ? model.device : model.problem);
    m_model->setAccessibleName(tr("Model: %1").arg(m_model->text()));
    m_offline->setText(model.offline ? tr("Offline") : tr("Uses a network"));
    m_offline->setToolTip(model.offline
                              ? tr("No network connections are made: your documents and questions "
                                   "stay on this computer.")
                              : tr("Questions and passages are sent to the endpoint chosen in the "
                                   "settings."));
    m_offline->setAccessibleName(m_offline->text());
    if (!model.problem.isEmpty()) {
        Error error;
        error.message = model.problem;
        m_libraryNotice->showError(error);
    }
    fillEmptyPages();
}

void MainWindow::Private::showSources()
{
    const SessionPort* session = m_desk.session();
    m_sources->setSources(session != nullptr ? session->sources() : QList<Source>());
    showStatus();
    updateActions();
}

void MainWindow::Private::showStatus()
{
    if (const SessionPort* session = m_desk.session(); session != nullptr) {
        m_meter->setStatus(session->status(), session->sources());
    }
}

void MainWindow::Private::fillEmptyPages()
{
    const QString formats = tr("You can also drop files anywhere in this window: PDF, Markdown, "
                               "text, source code and whole folders.");
    const bool first = m_desk.library().sessions().isEmpty();
    QList<QAction*> next{m_actions.addFiles, m_actions.addFolder};
    if (m_desk.library().hasExample()) {
        next << m_actions.example;
    }
    m_firstRun->setText(tr("Ask questions about whole books and codebases"),
                        first ? tr("Everything stays on this computer.")
                              : tr("Choose a session at the left, or begin a new one."),
                        formats);
    m_firstRun->setActions(next);
    // Before the first session there is nothing to list at the left.
    m_side->setVisible(m_actions.sideBar->isChecked() && !(first && m_desk.session() == nullptr));
}

bool MainWindow::Private::isReading() const
{
    if (m_desk.session() == nullptr) {
        return false;
    }
    const ReadingState state = m_desk.session()->reading().state;
    return state == ReadingState::preparing || state == ReadingState::reading;
}

bool MainWindow::Private::isAnotherOpen() const
{
    const QWidgetList windows = QApplication::topLevelWidgets();
    return std::any_of(windows.begin(), windows.end(), [this](const QWidget* each) {
        return each != &m_window && each->isVisible() &&
               qobject_cast<const MainWindow*>(each) != nullptr;
    });
}

void MainWindow::Private::updateActions()
{
    const SessionPort* session = m_desk.session();
    const bool open = session != nullptr;
    const ReadingState reading = open ? session->reading().state : ReadingState::idle;
    const bool halted = reading == ReadingState::paused || reading == ReadingState::stopped;
    const bool asked = open && m_conversation->hasQuestion();
    const bool answering = open && m_conversation->isAnswering();
    m_actions.example->setVisible(m_desk.library().hasExample());
    m_actions.exportTranscript->setEnabled(asked);
    m_actions.findAnywhere->setEnabled(open && !session->sources().isEmpty());
    m_actions.askAgain->setEnabled(asked && !answering);
    m_actions.editLast->setEnabled(asked);
    m_actions.branchHere->setEnabled(asked && !answering);
    m_actions.previousVersion->setEnabled(!answering && m_conversation->hasVersions());
    m_actions.nextVersion->setEnabled(!answering && m_conversation->hasVersions());
    m_actions.stop->setEnabled(answering);
    m_actions.rename->setEnabled(!m_sessions->currentId().isEmpty());
    m_actions.trash->setEnabled(!m_sessions->currentId().isEmpty());
    m_actions.duplicate->setEnabled(!m_sessions->currentId().isEmpty());
    m_actions.openInNewWindow->setEnabled(!m_sessions->currentId().isEmpty());
    m_actions.pause->setEnabled(isReading());
    m_actions.resume->setEnabled(halted);
    m_actions.cancelReading->setEnabled(isReading() || reading == ReadingState::paused);
    m_actions.whatWasRead->setEnabled(open && !session->sources().isEmpty());

    const QString sourceId = m_sources->currentId();
    m_actions.openSource->setEnabled(!sourceId.isEmpty());
    const Source source = currentSource();
    m_actions.retrySource->setEnabled(source.state == SourceState::failed);
    m_actions.readSourceAgain->setEnabled(source.state == SourceState::changed);
    m_actions.hideSource->setEnabled(!sourceId.isEmpty());
    m_actions.hideSource->setChecked(source.hidden);
    m_actions.removeSource->setEnabled(!sourceId.isEmpty());

    const ReaderTab* tab = m_reader->currentTab();
    for (QAction* action :
         {m_actions.findHere, m_actions.findNext, m_actions.findPrevious, m_actions.zoomIn,
          m_actions.zoomOut, m_actions.zoomReset, m_actions.goTo, m_actions.closeTab}) {
        action->setEnabled(tab != nullptr);
    }
    for (QAction* action : {m_actions.fitWidth, m_actions.fitPage}) {
        action->setEnabled(tab != nullptr && tab->hasPages());
    }
    m_actions.back->setEnabled(m_reader->canGoBack());
    m_actions.forward->setEnabled(m_reader->canGoForward());
    m_actions.copyQuote->setEnabled(!m_lastCitation.quote.isEmpty());
    for (QAction* action : {m_actions.nextCitation, m_actions.previousCitation}) {
        action->setEnabled(asked);
    }
    for (QAction* action : m_actions.citations) {
        action->setEnabled(asked);
    }
    m_actions.questionBox->setEnabled(open);
}

void MainWindow::Private::showOpenFailure(const QString& id, const Error& error)
{
    NoticeBar& notice = m_desk.session() != nullptr ? m_conversation->notice() : *m_libraryNotice;
    // The list must not point at a session that is not on the table.
    m_sessions->setCurrent(m_desk.session() != nullptr ? m_desk.session()->id() : QString());
    notice.showError(error, tr("Try again"), [this, id] { m_desk.open(id); });
}

void MainWindow::Private::copyQuote()
{
    if (!m_lastCitation.quote.isEmpty()) {
        QApplication::clipboard()->setText(quoteWithReference(m_lastCitation));
        announce(tr("Quote copied with its reference."));
    }
}

void MainWindow::Private::trashSession(const QString& id)
{
    if (!id.isEmpty()) {
        m_desk.trash(id);
    }
}

Source MainWindow::Private::currentSource() const
{
    const QString id = m_sources->currentId();
    if (m_desk.session() != nullptr && !id.isEmpty()) {
        for (const Source& source : m_desk.session()->sources()) {
            if (source.id == id) {
                return source;
            }
        }
    }
    return {};
}

/// The one act that cannot be undone cheaply: it names its price first.
void MainWindow::Private::removeSource(const QString& id, bool readAgain)
{
    if (m_desk.session() != nullptr && !id.isEmpty()) {
        m_priced = id;
        m_pricedToRead = readAgain;
        m_desk.session()->priceRemoval(id);
    }
}

void MainWindow::Private::confirmRemoval(const QString& id, const RemovalCost& cost)
{
    SessionPort* session = m_desk.session();
    Source source;
    for (const Source& each : session->sources()) {
        source = each.id == id ? each : source;
    }
    if (source.id.isEmpty()) {
        return;
    }
    if (m_pricedToRead) {
        confirmReadingAgain(source, cost);
        return;
    }
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Remove a source"),
                                tr("Remove “%1” from this session?").arg(source.title),
                                QMessageBox::Cancel, &m_window);
    box->setObjectName(QStringLiteral("removeSourceBox"));
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(removalText(cost));
    box->setDefaultButton(QMessageBox::Cancel);
    box->setAttribute(Qt::WA_DeleteOnClose);
    if (!source.hidden) {
        QPushButton* hide = box->addButton(tr("Hide from answers"), QMessageBox::ActionRole);
        hide->setObjectName(QStringLiteral("hideInsteadButton"));
        hide->setToolTip(tr("Answers and searches leave it out. Nothing is read again."));
        connect(hide, &QPushButton::clicked, session,
                [session, id] { session->hideSource(id, true); });
    }
    QPushButton* remove = box->addButton(tr("Remove"), QMessageBox::DestructiveRole);
    remove->setObjectName(QStringLiteral("removeButton"));
    connect(remove, &QPushButton::clicked, session, [session, id] { session->removeSource(id); });
    box->open();
}

void MainWindow::Private::confirmReadingAgain(const Source& source, const RemovalCost& cost)
{
    SessionPort* session = m_desk.session();
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Read a changed file again"),
                                tr("“%1” has changed since it was read.").arg(source.title),
                                QMessageBox::Cancel, &m_window);
    box->setObjectName(QStringLiteral("readAgainBox"));
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(
        tr("The new version is read behind the other sources, and answers use it instead of the "
           "one before, which keeps its place (%1). Taking that out as well frees the place: %2")
            .arg(tokensText(source.tokens), removalText(cost)));
    box->setAttribute(Qt::WA_DeleteOnClose);
    const QString id = source.id;
    QPushButton* replace =
        box->addButton(tr("Read, and take the old one out"), QMessageBox::ActionRole);
    replace->setObjectName(QStringLiteral("replaceButton"));
    connect(replace, &QPushButton::clicked, session,
            [session, id] { session->readSourceAgain(id, true); });
    QPushButton* read = box->addButton(tr("Read"), QMessageBox::AcceptRole);
    read->setObjectName(QStringLiteral("readNewButton"));
    connect(read, &QPushButton::clicked, session,
            [session, id] { session->readSourceAgain(id, false); });
    box->setDefaultButton(read);
    box->open();
}

void MainWindow::Private::showCopy(const QString& id, const QString& title)
{
    m_toast->display(tr("Copied as “%1”.").arg(oneLine(title, 60)), tr("Open"),
                     [this, id] { m_desk.open(id); });
}

void MainWindow::Private::exportTranscript()
{
    SessionPort* session = m_desk.session();
    if (session == nullptr) {
        return;
    }
    auto* dialog = new ExportDialog(session->title(), m_conversation->hasVersions(), &m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, session, [session, dialog] {
        session->exportTo(dialog->format(), dialog->file(), dialog->allBranches());
    });
    dialog->open();
}

void MainWindow::Private::showContext()
{
    if (const SessionPort* session = m_desk.session(); session != nullptr) {
        auto* dialog = new ContextDialog(session->status(), session->sources(), &m_window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    }
}

void MainWindow::Private::showShortcuts()
{
    QList<QPair<QString, QList<QAction*>>> groups;
    for (const QAction* top : m_window.menuBar()->actions()) {
        QList<QAction*> commands;
        for (QAction* action : top->menu()->actions()) {
            commands << (action->menu() != nullptr ? action->menu()->actions()
                                                   : QList<QAction*>{action});
        }
        groups.append({top->text().remove(QLatin1Char('&')), commands});
    }
    auto* sheet = new ShortcutSheet(groups, &m_window);
    sheet->setAttribute(Qt::WA_DeleteOnClose);
    sheet->open();
}

void MainWindow::Private::showAbout()
{
    auto* box = new QMessageBox(&m_window);
    box->setObjectName(QStringLiteral("aboutBox"));
    box->setWindowTitle(tr("About Lectern"));
    box->setIconPixmap(QApplication::windowIcon().pixmap(64, 64));
    box->setTextFormat(Qt::PlainText);
    const QString version = QApplication::applicationVersion();
    box->setText(version.isEmpty() ? tr("Lectern") : tr("Lectern %1").arg(version));
    const ModelInfo model = m_desk.library().model();
    box->setInformativeText(
        tr("Reads whole books and codebases and answers with sources that you can check.\n\n"
           "Model: %1\nFree software under the GNU General Public License, version 3 or later.")
            .arg(model.name.isEmpty() ? tr("none") : model.name));
    box->addButton(QMessageBox::Close);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

} // namespace ui
