// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include "text/wording.h"
#include "views/main_window_private.h"

#include <QAction>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>

namespace ui {

MainWindow::MainWindow(LibraryPort& library, QWidget* parent)
    : QMainWindow(parent), d(std::make_unique<Private>(*this, library))
{
    d->build();
    d->buildStatusBar();
    d->connectActions();
    d->connectReaderActions();
    d->connectViews();
    d->restoreLayout();
    d->showModel();
    d->showSession(nullptr);
    d->showSessions();
}

MainWindow::~MainWindow()
{
    d->m_conversation->disconnect();
    d->m_reader->disconnect();
}

void MainWindow::openSession(const QString& idOrFile)
{
    d->m_desk.open(idOrFile);
}

void MainWindow::addPaths(const QStringList& paths)
{
    d->m_adding.add(paths);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (d->isAnotherOpen()) { // reading goes on without this window
        d->saveLayout();
        d->m_desk.clear();
        event->accept();
        return;
    }
    if (d->m_quitting || !d->isReading()) {
        d->saveLayout();
        event->accept();
        return;
    }
    event->ignore();
    const ReadingProgress progress = d->m_desk.session()->reading();
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Quit"),
                                tr("Reading is %1 done. It continues from there next time.")
                                    .arg(percentText(progress.tokensDone, progress.tokensTotal)),
                                QMessageBox::NoButton, this);
    box->setObjectName(QStringLiteral("quitBox"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QPushButton* quit = box->addButton(tr("Quit"), QMessageBox::AcceptRole);
    quit->setObjectName(QStringLiteral("quitAnyway"));
    QPushButton* keep = box->addButton(tr("Keep reading"), QMessageBox::RejectRole);
    keep->setObjectName(QStringLiteral("keepReading"));
    box->setDefaultButton(keep);
    connect(quit, &QPushButton::clicked, this, [this] {
        d->m_quitting = true;
        QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
    });
    box->open();
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    d->updateReaderVisibility();
    d->m_toast->place();
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::WindowStateChange && d->m_actions.fullScreen != nullptr) {
        d->m_actions.fullScreen->setChecked(isFullScreen());
    }
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const auto items = static_cast<int>(Adding::pathsIn(*event->mimeData()).size());
    if (items > 0) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
        d->m_drop->showFor(items);
    }
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    d->m_drop->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    d->m_drop->hide();
    const QStringList paths = Adding::pathsIn(*event->mimeData());
    if (!paths.isEmpty()) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
        d->m_adding.add(paths);
    }
}

} // namespace ui
