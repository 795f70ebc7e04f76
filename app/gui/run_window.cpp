// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/run_window.h"

#include <cstdio>
#include <memory>
#include <vector>

#include <QApplication>
#include <QTimer>

#include "cli/exit_code.h"
#include "gui/library_adaptor.h"
#include "gui/screenshot.h"
#include "gui/ui_values.h"
#include "ui/appearance.h"
#include "ui/main_window.h"
#include "usecases/locations.h"
#include "usecases/session_argument.h"

namespace app {

namespace {

bool hasDisplay()
{
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

int refuse(const Error& error)
{
    std::fprintf(stderr, "lectern: %s\n", error.message.c_str());
    return exitValue(exitCodeFor(error.code));
}

/// The windows of this run. A closed one is kept until the end: it shows nothing and costs little.
class Windows
{
public:
    explicit Windows(LibraryAdaptor& library) : m_library(library) {}

    ui::MainWindow& open(const QString& session)
    {
        auto& window = *m_windows.emplace_back(std::make_unique<ui::MainWindow>(m_library));
        QObject::connect(&window, &ui::MainWindow::newWindowRequested, &window,
                         [this, &window](const QString& wanted) {
                             ui::MainWindow& next = open(wanted);
                             next.resize(window.size());
                             next.move(window.pos() + QPoint(32, 32));
                             next.show();
                         });
        if (!session.isEmpty()) {
            window.openSession(session);
        }
        return window;
    }

private:
    LibraryAdaptor& m_library;
    std::vector<std::unique_ptr<ui::MainWindow>> m_windows;
};

} // namespace

int runWindow(int argc, char** argv, const Invocation& invocation,
              std::shared_ptr<ModelProvider> models, const std::stop_token& stop)
{
    if (!hasDisplay()) {
        if (invocation.screenshot.empty()) {
            return refuse({ErrorCode::failed,
                           "there is no display to open a window on. In the terminal: lectern add, "
                           "lectern ask (see lectern --help)"});
        }
        qputenv("QT_QPA_PLATFORM", "offscreen"); // a picture needs none
    }
    std::filesystem::path session;
    if (!invocation.session.empty()) {
        auto found = resolveExistingSession(invocation.library, invocation.session);
        if (!found) {
            return refuse(found.error());
        }
        session = std::filesystem::absolute(*found);
    }
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("lectern"));
    QCoreApplication::setOrganizationName(QStringLiteral("lectern"));
    QCoreApplication::setApplicationVersion(QStringLiteral(LECTERN_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Lectern"));
    QGuiApplication::setDesktopFileName(QStringLiteral("lectern"));
    ui::applyAppearance(application);

    LibraryAdaptor library(
        {invocation.library.empty() ? defaultLibrary() : invocation.library, invocation.threads},
        std::move(models));
    Windows windows(library);
    ui::MainWindow& window = windows.open({});
    Screenshot screenshot(window, library, invocation);
    window.show();
    // Without the question that closing the window asks: what has been read is kept anyway.
    const std::stop_callback ending(stop, [] {
        QMetaObject::invokeMethod(
            qApp, [] { QCoreApplication::exit(exitValue(ExitCode::done)); }, Qt::QueuedConnection);
    });
    if (!session.empty()) {
        window.openSession(toQt(session.string()));
    }
    return QApplication::exec();
}

} // namespace app
