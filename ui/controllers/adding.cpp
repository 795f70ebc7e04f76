// SPDX-License-Identifier: GPL-3.0-or-later
#include "controllers/adding.h"

#include "controllers/session_desk.h"
#include "views/add_sources_dialog.h"

#include <QFileDialog>
#include <QMimeData>
#include <QSettings>
#include <QUrl>

namespace ui {
namespace {

const QString kLastFolder = QStringLiteral("adding/lastFolder");

} // namespace

Adding::Adding(SessionDesk& desk, QWidget& window)
    : QObject(&window), m_desk(desk), m_window(window)
{
    connect(&desk, &SessionDesk::sessionChanged, this, [this](SessionPort* session) {
        if (m_dialog != nullptr) {
            m_dialog->reject(); // it belongs to the session that was left
        }
        if (session != nullptr && !m_waiting.isEmpty()) {
            openPreview(std::exchange(m_waiting, {}));
        }
    });
    connect(&desk, &SessionDesk::openFailed, this, [this] { m_waiting.clear(); });
}

void Adding::chooseFiles()
{
    auto* dialog =
        new QFileDialog(&m_window, tr("Add files"), QSettings().value(kLastFolder).toString());
    dialog->setObjectName(QStringLiteral("addFilesDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this, dialog](const QStringList& files) {
        QSettings().setValue(kLastFolder, dialog->directory().absolutePath());
        add(files);
    });
    dialog->open();
}

void Adding::chooseFolder()
{
    auto* dialog =
        new QFileDialog(&m_window, tr("Add a folder"), QSettings().value(kLastFolder).toString());
    dialog->setObjectName(QStringLiteral("addFolderDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
        QSettings().setValue(kLastFolder, folder);
        add({folder});
    });
    dialog->open();
}

void Adding::add(const QStringList& paths)
{
    if (paths.isEmpty()) {
        return;
    }
    if (m_desk.session() != nullptr) {
        openPreview(paths);
        return;
    }
    m_waiting = paths;
    m_desk.create();
}

void Adding::openPreview(const QStringList& paths)
{
    if (m_dialog != nullptr) {
        m_dialog->reject();
    }
    m_dialog = new AddSourcesDialog(*m_desk.session(), paths, &m_window);
    m_dialog->setAttribute(Qt::WA_DeleteOnClose);
    m_dialog->open();
}

QStringList Adding::pathsIn(const QMimeData& data)
{
    QStringList paths;
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile()) {
            paths << url.toLocalFile();
        }
    }
    return paths;
}

} // namespace ui
