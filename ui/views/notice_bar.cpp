// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/notice_bar.h"

#include "style/icons.h"
#include "style/tones.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace ui {

NoticeBar::NoticeBar(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("noticeBar"));
    m_icon = new QLabel;
    m_text = new QLabel;
    m_text->setObjectName(QStringLiteral("noticeText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_action = new QPushButton;
    m_action->setObjectName(QStringLiteral("noticeAction"));
    m_details = new QPushButton(tr("Details…"));
    m_details->setObjectName(QStringLiteral("noticeDetails"));
    m_details->setAccessibleName(tr("Details of the problem"));
    m_close = new QToolButton;
    m_close->setObjectName(QStringLiteral("noticeClose"));
    m_close->setAccessibleName(tr("Close this message"));
    m_close->setToolTip(tr("Close"));
    m_close->setIcon(lineIcon(QStringLiteral("close")));
    m_close->setAutoRaise(true);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(18, 8, 10, 8);
    layout->setSpacing(8);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(m_action);
    layout->addWidget(m_details);
    layout->addWidget(m_close);
    connect(m_close, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_details, &QPushButton::clicked, this, &NoticeBar::showDetails);
    connect(m_action, &QPushButton::clicked, this, [this] {
        hide();
        if (const auto run = std::exchange(m_run, nullptr)) {
            run();
        }
    });
    hide();
}

void NoticeBar::showError(const Error& error)
{
    showError(error, {}, nullptr);
}

void NoticeBar::showError(const Error& error, const QString& actionText,
                          std::function<void()> action)
{
    m_error = error;
    m_run = std::move(action);
    m_text->setText(error.message);
    m_action->setText(actionText);
    m_action->setAccessibleName(actionText);
    m_action->setVisible(m_run != nullptr);
    m_details->setVisible(!error.details.isEmpty());
    const int side = fontMetrics().height();
    m_icon->setPixmap(
        linePixmap(QStringLiteral("warning"), tones(palette()).caution, side, devicePixelRatioF()));
    setAccessibleName(error.message);
    show();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void NoticeBar::showDetails()
{
    auto* box = new QMessageBox(QMessageBox::NoIcon, tr("Details"), m_error.message,
                                QMessageBox::Close, this);
    box->setObjectName(QStringLiteral("noticeDetailsBox"));
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(m_error.details);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void NoticeBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const Tones t = tones(palette());
    painter.fillRect(rect(),
                     mixed(palette().color(QPalette::Base), t.caution, t.dark ? 0.16 : 0.10));
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.border);
}

void NoticeBar::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && isVisible()) {
        m_icon->setPixmap(linePixmap(QStringLiteral("warning"), tones(palette()).caution,
                                     fontMetrics().height(), devicePixelRatioF()));
    }
}

} // namespace ui
