// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/message_page.h"

#include "views/soft_label.h"

#include <QAction>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QSvgRenderer>
#include <QVBoxLayout>

namespace ui {

class MessagePage::Logo final : public QWidget
{
public:
    Logo() : m_renderer(QStringLiteral(":/icons/lectern.svg"))
    {
        const int side = fontMetrics().height() * 4;
        setFixedSize(side, side);
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        m_renderer.render(&painter, rect());
    }

private:
    QSvgRenderer m_renderer;
};

MessagePage::MessagePage(QWidget* parent) : QWidget(parent)
{
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    m_logo = new Logo;
    m_title = new SoftLabel(SoftLabel::Kind::title);
    m_lead = new SoftLabel(SoftLabel::Kind::lead);
    m_small = new SoftLabel(SoftLabel::Kind::small);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(10);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(36, 24, 36, 24);
    layout->setSpacing(0);
    layout->addStretch(2);
    layout->addWidget(m_logo, 0, Qt::AlignHCenter);
    layout->addSpacing(18);
    for (SoftLabel* label : {m_title, m_lead}) {
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
        layout->addWidget(label);
        layout->addSpacing(8);
    }
    layout->addSpacing(16);
    layout->addLayout(m_buttons);
    layout->addSpacing(20);
    m_small->setWordWrap(true);
    m_small->setAlignment(Qt::AlignHCenter);
    layout->addWidget(m_small);
    layout->addStretch(3);
}

void MessagePage::setText(const QString& title, const QString& lead, const QString& small)
{
    m_title->setText(title);
    m_lead->setText(lead);
    m_lead->setVisible(!lead.isEmpty());
    m_small->setText(small);
    m_small->setVisible(!small.isEmpty());
}

void MessagePage::setLogoVisible(bool visible)
{
    m_logo->setVisible(visible);
}

void MessagePage::setActions(const QList<QAction*>& actions)
{
    if (actions == m_actions) {
        return;
    }
    m_actions = actions;
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_buttons->addStretch(1);
    for (QAction* action : actions) {
        QString text = action->iconText();
        auto* button = new QPushButton(action->icon(), text.remove(QLatin1Char('&')));
        button->setObjectName(objectName() + QLatin1Char('.') + action->objectName());
        button->setAccessibleName(button->text());
        button->setDefault(action == actions.constFirst());
        button->setAutoDefault(false);
        if (!action->shortcut().isEmpty()) {
            button->setToolTip(action->shortcut().toString(QKeySequence::NativeText));
        }
        button->setEnabled(action->isEnabled());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button,
                [button, action] { button->setEnabled(action->isEnabled()); });
        m_buttons->addWidget(button);
    }
    m_buttons->addStretch(1);
}

} // namespace ui
