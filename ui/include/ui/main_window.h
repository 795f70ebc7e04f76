// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>

#include <memory>

namespace ui {

class LibraryPort;

/// The program's window. Keeps geometry in QSettings (set the application's and organisation's
/// names first). GUI thread only. The library must outlive it.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
public:
    explicit MainWindow(LibraryPort& library, QWidget* parent = nullptr);
    ~MainWindow() override;

    /// Opens a session of the library, or a session file where `idOrFile` names one.
    void openSession(const QString& idOrFile);
    /// As if the paths had been dropped: makes a session if none is open, then shows the preview.
    void addPaths(const QStringList& paths);

Q_SIGNALS:
    /// Another window on the same library is wanted, with that session or an empty one.
    void newWindowRequested(const QString& sessionId);

protected:
    void closeEvent(QCloseEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace ui
