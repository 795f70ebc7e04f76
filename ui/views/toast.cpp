// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/toast.h"

#include "style/tones.h"
#include "views/soft_label.h"

#include <QAccessible>
#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>

namespace ui {
namespace {

constexpr int kShownMs = 10'000;
constexpr int kAboveFoot = 44;

} // namespace

Toast::Toast(QWidget* window) : QWidget(window)
{
    setObjectName(QStringLiteral("toast"));
    m_text = new SoftLabel(SoftLabel::Kind::body);
    m_text->setObjectName(QStringLiteral("toastText"));
    m_action = new QPushButton;
    m_action->setObjectName(QStringLiteral("toastAction"));
    m_action->setAutoDefault(false);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(18, 10, 12, 10);
    layout->setSpacing(14);
    layout->addWidget(m_text);
    layout->addWidget(m_action);
    m_timer.setSingleShot(true);
    m_timer.setInterval(kShownMs);
    connect(&m_timer, &QTimer::timeout, this, &QWidget::hide);
    connect(m_action, &QPushButton::clicked, this, [this] {
        hide();
        if (const auto run = std::exchange(m_run, nullptr)) {
            run();
        }
    });
    hide();
}

void Toast::display(const QString& text, const QString& actionText, std::function<void()> action)
{
    m_run = std::move(action);
    m_text->setText(text);
    m_action->setText(actionText);
    m_action->setAccessibleName(actionText);
    m_action->setVisible(m_run != nullptr);
    setAccessibleName(text);
    place();
    show();
    raise();
    m_timer.start();
    QAccessibleEvent alert(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&alert);
}

void Toast::place()
{
    layout()->activate();
    const QSize size = sizeHint();
    const QWidget* window = parentWidget();
    setGeometry((window->width() - size.width()) / 2, window->height() - size.height() - kAboveFoot,
                size.width(), size.height());
}

void Toast::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tones t = tones(palette());
    painter.setBrush(mixed(palette().color(QPalette::Base), palette().color(QPalette::Text),
                           t.dark ? 0.12 : 0.04));
    painter.setPen(mixed(palette().color(QPalette::Base), palette().color(QPalette::Text), 0.28));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
}

bool Toast::event(QEvent* event)
{
    if (event->type() == QEvent::Enter) {
        m_timer.stop();
    } else if (event->type() == QEvent::Leave && isVisible()) {
        m_timer.start();
    }
    return QWidget::event(event);
}

} // namespace ui
