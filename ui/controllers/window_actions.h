// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

class QAction;
class QActionGroup;
class QMainWindow;
class QMenu;

namespace ui {

/// Every command of the window, with its shortcut. They are children of the window and stand in its
/// menus; what they do is connected by the window.
struct WindowActions
{
    // File
    QAction* newSession = nullptr;
    QAction* newWindow = nullptr;
    QAction* addFiles = nullptr;
    QAction* addFolder = nullptr;
    QAction* openFile = nullptr;
    QAction* example = nullptr;
    QAction* exportTranscript = nullptr;
    QAction* quit = nullptr;
    // Edit
    QAction* copyQuote = nullptr;
    QAction* findHere = nullptr;
    QAction* findNext = nullptr;
    QAction* findPrevious = nullptr;
    QAction* findAnywhere = nullptr;
    // View
    QAction* sideBar = nullptr;
    QAction* reader = nullptr;
    QAction* zoomIn = nullptr;
    QAction* zoomOut = nullptr;
    QAction* zoomReset = nullptr;
    QAction* fitWidth = nullptr;
    QAction* fitPage = nullptr;
    QActionGroup* textSize = nullptr; ///< each action's data is the size in per cent
    QAction* fullScreen = nullptr;
    // Session
    QAction* askAgain = nullptr;
    QAction* editLast = nullptr;
    QAction* branchHere = nullptr;
    QAction* previousVersion = nullptr;
    QAction* nextVersion = nullptr;
    QAction* stop = nullptr;
    QAction* rename = nullptr;
    QAction* duplicate = nullptr;
    QAction* openInNewWindow = nullptr;
    QAction* trash = nullptr;
    // Sources
    QAction* openSource = nullptr;
    QAction* retrySource = nullptr;
    QAction* hideSource = nullptr; ///< checkable
    QAction* readSourceAgain = nullptr;
    QAction* removeSource = nullptr;
    QAction* pause = nullptr;
    QAction* resume = nullptr;
    QAction* cancelReading = nullptr;
    QAction* whatWasRead = nullptr;
    // Go
    QAction* back = nullptr;
    QAction* forward = nullptr;
    QAction* goTo = nullptr;
    QAction* nextCitation = nullptr;
    QAction* previousCitation = nullptr;
    QList<QAction*> citations; ///< 1 to 9
    QAction* questionBox = nullptr;
    QAction* nextPane = nullptr;
    QAction* previousPane = nullptr;
    QAction* closeTab = nullptr;
    // Help
    QAction* shortcuts = nullptr;
    QAction* about = nullptr;
};

/// Makes them and fills the window's menu bar.
[[nodiscard]] WindowActions makeActions(QMainWindow& window);

} // namespace ui
