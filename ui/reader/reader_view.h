// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "reader/reader_tab.h"
#include "ui/error.h"
#include "ui/place.h"

#include <QWidget>

class QTabWidget;
class QToolButton;

namespace ui {

class SessionPort;

/// The documents that are open, in tabs, with a way back after each jump.
class ReaderView final : public QWidget
{
    Q_OBJECT
public:
    explicit ReaderView(QWidget* parent = nullptr);

    void setSession(SessionPort* session); ///< closes all tabs
    void openSource(const QString& sourceId);
    void openPlace(const Place& place);
    [[nodiscard]] ReaderTab* currentTab() const;
    [[nodiscard]] bool isEmpty() const;
    void closeCurrent();
    /// Shows the button that leads back to the conversation, which the reader covers.
    void setOverlay(bool overlay);

    void goBack();
    void goForward();
    [[nodiscard]] bool canGoBack() const { return m_at > 0; }
    [[nodiscard]] bool canGoForward() const;

Q_SIGNALS:
    void opened();
    void emptied();
    void historyChanged();
    void failed(const ui::Error& error);
    void backToConversation();

private:
    void buildCorners();
    void arrive(const Place& place);
    void addTab(const ReaderContent& content);
    void closeTab(int index);
    void remember();
    void travel(int by);
    [[nodiscard]] int indexOf(const QString& sourceId) const;

    SessionPort* m_session = nullptr; ///< not owned; let go of when the library closes it
    QTabWidget* m_tabs = nullptr;
    QToolButton* m_back = nullptr;
    QToolButton* m_forward = nullptr;
    QToolButton* m_leave = nullptr;
    Place m_wanted; ///< asked for, its content has not come yet
    bool m_waiting = false;
    QList<ReaderPosition> m_history; ///< where jumps began and ended
    int m_at = 0;                    ///< index into m_history of what is shown
    int m_travel = 0;
};

} // namespace ui
