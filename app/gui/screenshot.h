// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include "cli/invocation.h"
#include "ui/library_port.h"
#include "ui/main_window.h"

namespace app {

/// Takes a picture of the window for `lectern open --screenshot`: opens the session, asks if it was
/// told to, opens the first source of the answer, waits until everything is drawn, and ends the
/// program. Does nothing without that option.
class Screenshot final : public QObject
{
    Q_OBJECT
public:
    Screenshot(ui::MainWindow& window, ui::LibraryPort& library, const Invocation& invocation);

private:
    void follow(ui::SessionPort* session);
    void openFirstSource(const ui::Answer& answer);
    void take();
    void giveUp(const QString& reason);

    ui::MainWindow& m_window;
    const Invocation& m_invocation;
    QTimer m_settled; ///< restarted whenever something is drawn
    bool m_asked = false;
};

} // namespace app
