// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/screenshot.h"

#include <cstdio>

#include <QAction>
#include <QApplication>
#include <QPixmap>

#include "cli/exit_code.h"
#include "gui/ui_values.h"

namespace app {

namespace {

constexpr std::chrono::milliseconds kSettle{1500};
constexpr std::chrono::minutes kLongest{5};
constexpr QSize kDefaultSize{1360, 860};

} // namespace

Screenshot::Screenshot(ui::MainWindow& window, ui::LibraryPort& library,
                       const Invocation& invocation)
    : m_window(window), m_invocation(invocation)
{
    if (invocation.screenshot.empty()) {
        return;
    }
    const QSize size(invocation.width, invocation.height);
    window.resize(size.isEmpty() ? kDefaultSize : size);
    m_settled.setSingleShot(true);
    m_settled.setInterval(kSettle);
    connect(&m_settled, &QTimer::timeout, this, &Screenshot::take);
    connect(&library, &ui::LibraryPort::sessionOpened, this, &Screenshot::follow);
    connect(&library, &ui::LibraryPort::sessionOpenFailed, this,
            [this](const QString&, const ui::Error& error) { giveUp(error.message); });
    QTimer::singleShot(kLongest, this, [this] { giveUp(tr("the window did not come to rest")); });
    if (invocation.session.empty()) {
        m_settled.start();
    }
}

void Screenshot::follow(ui::SessionPort* session)
{
    connect(session, &ui::SessionPort::answerFinished, this, &Screenshot::openFirstSource);
    connect(session, &ui::SessionPort::readerReady, this, [this](const ui::ReaderContent& content) {
        if (content.pages) {
            connect(content.pages.get(), &ui::PdfPageProvider::pageRendered, &m_settled,
                    qOverload<>(&QTimer::start));
        }
        m_settled.start();
    });
    if (m_invocation.text.empty()) {
        m_settled.start();
    } else if (!m_asked) {
        m_asked = true;
        session->ask(toQt(m_invocation.text));
    }
}

void Screenshot::openFirstSource(const ui::Answer& answer)
{
    if (answer.state == ui::AnswerState::failed) {
        giveUp(answer.failure);
        return;
    }
    m_settled.start();
    // The window's own command, so that the picture shows what a reader gets.
    if (auto* open = m_window.findChild<QAction*>(QStringLiteral("openCitation1"));
        open != nullptr && !answer.citations.isEmpty()) {
        open->trigger();
    }
}

void Screenshot::take()
{
    const QString file = toQt(m_invocation.screenshot.string());
    if (!m_window.grab().save(file, "PNG")) {
        giveUp(tr("%1: the picture could not be written").arg(file));
        return;
    }
    QApplication::exit(exitValue(ExitCode::done));
}

void Screenshot::giveUp(const QString& reason)
{
    std::fprintf(stderr, "lectern: %s\n", qPrintable(reason));
    QApplication::exit(exitValue(ExitCode::failed));
}

} // namespace app
