// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/header_bar.h"

#include "controllers/window_actions.h"
#include "style/icons.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>

namespace ui {
namespace {

QToolButton* textButton(QAction* action, const QString& text, const char* objectName)
{
    auto* button = new QToolButton;
    button->setDefaultAction(action);
    button->setText(text);
    button->setObjectName(QLatin1String(objectName));
    button->setAccessibleName(text);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

} // namespace

HeaderBar::HeaderBar(const WindowActions& actions, QWidget* parent) : QToolBar(parent)
{
    setObjectName(QStringLiteral("headerBar"));
    setWindowTitle(tr("Main bar"));
    setMovable(false);
    setContextMenuPolicy(Qt::PreventContextMenu);
    setContentsMargins(6, 4, 6, 4);
    const int side = fontMetrics().height() + 1;
    setIconSize({side, side});

    auto* add = new QToolButton;
    add->setObjectName(QStringLiteral("addButton"));
    add->setText(tr("Add sources"));
    add->setAccessibleName(add->text());
    add->setToolTip(tr("Add files or a folder"));
    add->setIcon(lineIcon(QStringLiteral("plus")));
    add->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    add->setPopupMode(QToolButton::InstantPopup);
    add->setAutoRaise(true);
    add->setFocusPolicy(Qt::TabFocus);
    auto* menu = new QMenu(add);
    menu->setObjectName(QStringLiteral("addMenu"));
    menu->addAction(actions.addFiles);
    menu->addAction(actions.addFolder);
    add->setMenu(menu);
    addWidget(add);
    addWidget(textButton(actions.newSession, tr("New session"), "newSessionButton"));

    m_title = new QLineEdit;
    m_title->setObjectName(QStringLiteral("titleEdit"));
    m_title->setAccessibleName(tr("Session title"));
    m_title->setAlignment(Qt::AlignCenter);
    m_title->setFrame(false);
    m_title->setAcceptDrops(false);
    m_title->installEventFilter(this);
    m_title->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    QPalette palette = m_title->palette();
    palette.setBrush(QPalette::Base, Qt::transparent);
    m_title->setPalette(palette);
    addWidget(m_title);
    addWidget(textButton(actions.findAnywhere, tr("Find in all sources"), "findAnywhereButton"));

    connect(m_title, &QLineEdit::editingFinished, this, [this] {
        const QString title = m_title->text().simplified();
        m_title->deselect();
        if (m_editing && !title.isEmpty() && title != m_shown) {
            m_shown = title;
            Q_EMIT renamed(title);
        }
    });
    connect(m_title, &QLineEdit::returnPressed, m_title, [this] { m_title->clearFocus(); });
}

void HeaderBar::setTitle(const QString& title, bool renamable)
{
    m_shown = title;
    QFont font = this->font();
    font.setWeight(QFont::DemiBold);
    m_title->setFont(font);
    if (!renamable) {
        m_editing = false;
    }
    showElided();
    m_title->setEnabled(renamable);
    m_title->setFocusPolicy(renamable ? Qt::ClickFocus : Qt::NoFocus);
}

/// In full while it is being changed; else as much as there is room for.
void HeaderBar::showElided()
{
    if (m_editing) {
        return;
    }
    constexpr int kFrame = 16;
    m_title->setText(
        m_title->fontMetrics().elidedText(m_shown, Qt::ElideRight, m_title->width() - kFrame));
    m_title->setCursorPosition(0);
    m_title->setToolTip(m_shown.isEmpty() ? QString() : tr("%1\nClick to rename").arg(m_shown));
}

void HeaderBar::editTitle()
{
    m_title->setFocus(Qt::ShortcutFocusReason);
    m_title->selectAll();
}

bool HeaderBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_title) {
        return QToolBar::eventFilter(watched, event);
    }
    switch (event->type()) {
    case QEvent::FocusIn:
        m_editing = true;
        m_title->setText(m_shown);
        break;
    case QEvent::FocusOut:
        // After the line edit has seen it, and has said what was typed.
        QMetaObject::invokeMethod(
            this,
            [this] {
                m_editing = m_title->hasFocus();
                showElided();
            },
            Qt::QueuedConnection);
        break;
    case QEvent::Resize:
        showElided();
        break;
    case QEvent::KeyPress:
    case QEvent::ShortcutOverride:
        if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
            event->accept(); // ours, before the window's own Escape
            m_title->setText(m_shown);
            m_title->clearFocus();
            return true;
        }
        break;
    default:
        break;
    }
    return QToolBar::eventFilter(watched, event);
}

} // namespace ui
