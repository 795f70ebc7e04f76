// SPDX-License-Identifier: GPL-3.0-or-later
#include "controllers/window_actions.h"

#include "style/icons.h"

#include <QAction>
#include <QActionGroup>
#include <QCoreApplication>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>

#include <array>

namespace ui {
namespace {

struct Wording
{
    Q_DECLARE_TR_FUNCTIONS(ui::WindowActions)
};

/// Adds actions to one menu after the other.
class MenuFiller final
{
public:
    explicit MenuFiller(QMainWindow& window) : m_window(window) {}

    void menu(const char* objectName, const QString& title)
    {
        m_menu = m_window.menuBar()->addMenu(title);
        m_menu->setObjectName(QLatin1String(objectName));
    }

    QAction* add(const char* objectName, const QString& text, const QList<QKeySequence>& keys = {},
                 const char* icon = nullptr)
    {
        auto* action = new QAction(text, &m_window);
        action->setObjectName(QLatin1String(objectName));
        action->setShortcuts(keys);
        if (icon != nullptr) {
            action->setIcon(lineIcon(QLatin1String(icon)));
        }
        m_menu->addAction(action);
        return action;
    }

    void gap() { m_menu->addSeparator(); }

    QMenu* subMenu(const char* objectName, const QString& title)
    {
        QMenu* menu = m_menu->addMenu(title);
        menu->setObjectName(QLatin1String(objectName));
        return menu;
    }

private:
    QMainWindow& m_window;
    QMenu* m_menu = nullptr;
};

QList<QKeySequence> keys(const char* first, const char* second = nullptr)
{
    QList<QKeySequence> list{QKeySequence(QLatin1String(first))};
    if (second != nullptr) {
        list << QKeySequence(QLatin1String(second));
    }
    return list;
}

void fillFile(MenuFiller& fill, WindowActions& a)
{
    fill.menu("fileMenu", Wording::tr("&File"));
    a.newSession =
        fill.add("newSession", Wording::tr("&New session"), keys("Ctrl+N"), "new-session");
    a.newWindow = fill.add("newWindow", Wording::tr("New &window"), keys("Ctrl+Shift+N"));
    a.openFile = fill.add("openSessionFile", Wording::tr("Open session &file…"));
    fill.gap();
    a.addFiles = fill.add("addFiles", Wording::tr("&Add files…"), keys("Ctrl+O"), "add-files");
    a.addFolder =
        fill.add("addFolder", Wording::tr("Add f&older…"), keys("Ctrl+Shift+O"), "add-folder");
    a.example = fill.add("tryExample", Wording::tr("&Try with an example"), {}, "example");
    fill.gap();
    a.exportTranscript =
        fill.add("exportTranscript", Wording::tr("&Export transcript…"), keys("Ctrl+S"), "export");
    fill.gap();
    a.quit = fill.add("quit", Wording::tr("&Quit"), keys("Ctrl+Q"));
    a.quit->setMenuRole(QAction::QuitRole);
}

void fillEdit(MenuFiller& fill, WindowActions& a)
{
    fill.menu("editMenu", Wording::tr("&Edit"));
    a.copyQuote = fill.add("copyQuote", Wording::tr("&Copy quote with reference"),
                           keys("Ctrl+Shift+C"), "copy");
    fill.gap();
    a.findHere =
        fill.add("findHere", Wording::tr("&Find in this document"), keys("Ctrl+F"), "search");
    a.findNext = fill.add("findNextMatch", Wording::tr("Find &next"), keys("F3"));
    a.findPrevious = fill.add("findPreviousMatch", Wording::tr("Find &previous"), keys("Shift+F3"));
    a.findAnywhere = fill.add("findAnywhere", Wording::tr("Find in &all sources…"),
                              keys("Ctrl+Shift+F"), "search");
    a.findAnywhere->setIconText(Wording::tr("Find in all sources"));
}

void fillView(MenuFiller& fill, WindowActions& a, QMainWindow& window)
{
    fill.menu("viewMenu", Wording::tr("&View"));
    a.sideBar = fill.add("toggleSideBar", Wording::tr("&Side bar"), keys("F7"));
    a.sideBar->setCheckable(true);
    a.sideBar->setChecked(true);
    a.reader = fill.add("toggleReader", Wording::tr("&Reader"), keys("F9"));
    a.reader->setCheckable(true);
    fill.gap();
    a.zoomIn = fill.add("zoomIn", Wording::tr("&Larger page"), keys("Ctrl++", "Ctrl+="), "zoom-in");
    a.zoomOut = fill.add("zoomOut", Wording::tr("S&maller page"), keys("Ctrl+-"), "zoom-out");
    a.zoomReset = fill.add("zoomReset", Wording::tr("&Printed size"), keys("Ctrl+0"));
    a.fitWidth = fill.add("fitWidth", Wording::tr("Fit the &width"), {}, "fit-width");
    a.fitPage = fill.add("fitPage", Wording::tr("F&it the page"), keys("Ctrl+J"), "fit-page");
    fill.gap();
    QMenu* sizes = fill.subMenu("textSizeMenu", Wording::tr("&Text size"));
    a.textSize = new QActionGroup(&window);
    for (const int percent : std::array{80, 90, 100, 110, 125, 150, 175, 200}) {
        auto* action = new QAction(Wording::tr("%1 %").arg(percent), &window);
        action->setObjectName(QStringLiteral("textSize%1").arg(percent));
        action->setCheckable(true);
        action->setChecked(percent == 100);
        action->setData(percent);
        a.textSize->addAction(action);
        sizes->addAction(action);
    }
    a.fullScreen = fill.add("fullScreen", Wording::tr("&Full screen"), keys("F11"));
    a.fullScreen->setCheckable(true);
}

void fillSession(MenuFiller& fill, WindowActions& a)
{
    fill.menu("sessionMenu", Wording::tr("&Session"));
    a.askAgain = fill.add("askAgain", Wording::tr("&Ask again"), keys("Ctrl+R"));
    a.editLast =
        fill.add("editLastQuestion", Wording::tr("&Edit the last question"), keys("Ctrl+E"));
    a.branchHere = fill.add("branchHere", Wording::tr("&Branch from this answer"));
    a.previousVersion =
        fill.add("previousVersion", Wording::tr("Pre&vious version"), keys("Ctrl+PgUp"));
    a.nextVersion = fill.add("nextVersion", Wording::tr("Ne&xt version"), keys("Ctrl+PgDown"));
    a.stop = fill.add("stopAnswer", Wording::tr("&Stop the answer"), {}, "stop");
    fill.gap();
    a.rename = fill.add("renameSession", Wording::tr("&Rename…"), keys("F2"), "rename");
    a.duplicate = fill.add("duplicateSession", Wording::tr("D&uplicate"), {}, "copy");
    a.openInNewWindow = fill.add("openInNewWindow", Wording::tr("Open in a new &window"));
    a.trash = fill.add("deleteSession", Wording::tr("&Delete"), {}, "trash");
}

void fillSources(MenuFiller& fill, WindowActions& a)
{
    fill.menu("sourcesMenu", Wording::tr("S&ources"));
    a.openSource = fill.add("openSource", Wording::tr("&Open in the reader"));
    a.retrySource = fill.add("retrySource", Wording::tr("&Try again"));
    a.readSourceAgain = fill.add("readSourceAgain", Wording::tr("Read the changed file &again…"));
    a.hideSource = fill.add("hideSource", Wording::tr("&Hide from answers"));
    a.hideSource->setCheckable(true);
    a.removeSource = fill.add("removeSource", Wording::tr("&Remove…"), {}, "trash");
    fill.gap();
    a.pause = fill.add("pauseReading", Wording::tr("&Pause reading"), {}, "paused");
    a.resume = fill.add("resumeReading", Wording::tr("&Continue reading"), {}, "play");
    a.cancelReading = fill.add("cancelReading", Wording::tr("C&ancel reading"));
    fill.gap();
    a.whatWasRead = fill.add("whatWasRead", Wording::tr("&What the model has read…"), {}, "info");
}

void fillGo(MenuFiller& fill, WindowActions& a, QMainWindow& window)
{
    fill.menu("goMenu", Wording::tr("&Go"));
    a.back = fill.add("goBack", Wording::tr("&Back"), keys("Alt+Left"), "back");
    a.forward = fill.add("goForward", Wording::tr("&Forward"), keys("Alt+Right"), "forward");
    a.goTo = fill.add("goToPage", Wording::tr("&Go to page or line…"), keys("Ctrl+G"));
    a.closeTab = fill.add("closeDocument", Wording::tr("&Close document"), keys("Ctrl+W"));
    fill.gap();
    a.nextCitation = fill.add("nextCitation", Wording::tr("&Next citation"), keys("Alt+Down"));
    a.previousCitation =
        fill.add("previousCitation", Wording::tr("&Previous citation"), keys("Alt+Up"));
    QMenu* numbers = fill.subMenu("citationMenu", Wording::tr("Open c&itation"));
    for (int number = 1; number <= 9; ++number) {
        auto* action = new QAction(Wording::tr("Citation &%1").arg(number), &window);
        action->setObjectName(QStringLiteral("openCitation%1").arg(number));
        action->setShortcut(QKeySequence(QStringLiteral("Ctrl+%1").arg(number)));
        action->setData(number);
        numbers->addAction(action);
        a.citations << action;
    }
    fill.gap();
    a.questionBox = fill.add("questionBox", Wording::tr("&Question box"), keys("Ctrl+L"));
    a.nextPane = fill.add("nextPane", Wording::tr("Ne&xt pane"), keys("F6"));
    a.previousPane = fill.add("previousPane", Wording::tr("Pre&vious pane"), keys("Shift+F6"));
}

void fillHelp(MenuFiller& fill, WindowActions& a)
{
    fill.menu("helpMenu", Wording::tr("&Help"));
    a.shortcuts =
        fill.add("shortcutSheet", Wording::tr("&Keyboard shortcuts"), keys("F1", "Ctrl+?"));
    a.about = fill.add("about", Wording::tr("&About Lectern"));
    a.about->setMenuRole(QAction::AboutRole);
}

} // namespace

WindowActions makeActions(QMainWindow& window)
{
    WindowActions actions;
    MenuFiller fill(window);
    fillFile(fill, actions);
    fillEdit(fill, actions);
    fillView(fill, actions, window);
    fillSession(fill, actions);
    fillSources(fill, actions);
    fillGo(fill, actions, window);
    fillHelp(fill, actions);
    return actions;
}

} // namespace ui
