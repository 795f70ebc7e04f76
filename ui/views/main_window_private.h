// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "controllers/adding.h"
#include "controllers/session_desk.h"
#include "controllers/window_actions.h"
#include "reader/reader_view.h"
#include "ui/main_window.h"
#include "views/context_meter.h"
#include "views/conversation_view.h"
#include "views/drop_overlay.h"
#include "views/find_anywhere_dialog.h"
#include "views/header_bar.h"
#include "views/message_page.h"
#include "views/notice_bar.h"
#include "views/sessions_pane.h"
#include "views/soft_label.h"
#include "views/sources_pane.h"
#include "views/toast.h"
#include "views/transcript.h"

#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>

namespace ui {

/// The parts of the window and the wires between them.
class MainWindow::Private final : public QObject
{
    Q_OBJECT
public:
    Private(MainWindow& window, LibraryPort& library);

    void build();
    void buildStatusBar();
    void connectActions();
    void connectReaderActions();
    void connectViews();
    void connectConversation();
    void connectSession(SessionPort* session);

    void showSession(SessionPort* session);
    void showSessions();
    void showModel();
    void showSources();
    void showStatus();
    void followSources();
    void showOpenFailure(const QString& id, const Error& error);
    void fillEmptyPages();

    void updateActions();
    void updateReaderVisibility();
    void setReaderWanted(bool wanted);
    void setTextSize(int percent);
    void movePane(int by);
    void escape();
    void copyQuote();
    /// Asks for the price; the question to the reader follows when it is known.
    void removeSource(const QString& id, bool readAgain = false);
    void confirmRemoval(const QString& id, const RemovalCost& cost);
    void confirmReadingAgain(const Source& source, const RemovalCost& cost);
    void showCopy(const QString& id, const QString& title);
    [[nodiscard]] Source currentSource() const;
    void trashSession(const QString& id);
    void exportTranscript();
    void showContext();
    void showShortcuts();
    void showAbout();
    void announce(const QString& text);
    void restoreLayout();
    void saveLayout() const;
    [[nodiscard]] bool isReading() const;
    [[nodiscard]] bool isNarrow() const;
    [[nodiscard]] bool isAnotherOpen() const; ///< window of this program

    MainWindow& m_window;
    SessionDesk m_desk;
    Adding m_adding;
    WindowActions m_actions;
    HeaderBar* m_header = nullptr;
    QSplitter* m_splitter = nullptr;
    QSplitter* m_side = nullptr;
    SessionsPane* m_sessions = nullptr;
    SourcesPane* m_sources = nullptr;
    QStackedWidget* m_centre = nullptr;
    MessagePage* m_firstRun = nullptr;
    ConversationView* m_conversation = nullptr;
    ReaderView* m_reader = nullptr;
    ContextMeter* m_meter = nullptr;
    QLabel* m_announcer = nullptr;
    QLabel* m_model = nullptr;
    QLabel* m_offline = nullptr;
    NoticeBar* m_libraryNotice = nullptr;
    Toast* m_toast = nullptr;
    DropOverlay* m_drop = nullptr;
    FindAnywhereDialog* m_find = nullptr;
    bool m_readerWanted = true;       ///< the reader's own choice, F9
    bool m_conversationFirst = false; ///< narrow window: Esc brought the conversation back
    bool m_quitting = false;
    QString m_priced;            ///< the source whose price was asked for
    bool m_pricedToRead = false; ///< to read it again, not to remove it
    QTimer m_announcementTimer;
    QTimer m_sourcesTimer;         ///< see followSources()
    bool m_sourcesChanged = false; ///< since it was started
    double m_basePointSize = 10.0;
    Citation m_lastCitation; ///< for "Copy quote with reference"
};

} // namespace ui
