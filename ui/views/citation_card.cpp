// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/citation_card.h"

#include "style/icons.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/soft_label.h"

#include <QGridLayout>
#include <QLabel>
#include <QPainter>
#include <QScreen>

#include <algorithm>

namespace ui {
namespace {

constexpr int kContext = 160;
constexpr int kQuote = 600;

QString tail(const QString& text, int maxChars)
{
    const QString line = text.simplified();
    if (line.size() <= maxChars) {
        return line;
    }
    const qsizetype cut = line.indexOf(QLatin1Char(' '), line.size() - maxChars);
    return QChar(0x2026) + line.mid(std::max<qsizetype>(cut + 1, line.size() - maxChars));
}

} // namespace

CitationCard::CitationCard(QWidget* parent) : QFrame(parent, Qt::ToolTip)
{
    setObjectName(QStringLiteral("citationCard"));
    setFocusPolicy(Qt::NoFocus);
    setAttribute(Qt::WA_ShowWithoutActivating);
    m_title = new SoftLabel(SoftLabel::Kind::strong);
    m_quote = new QLabel;
    m_quote->setWordWrap(true);
    m_quote->setTextFormat(Qt::RichText);
    m_state = new SoftLabel(SoftLabel::Kind::small);
    m_stateIcon = new QLabel;

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setVerticalSpacing(6);
    layout->addWidget(m_title, 0, 0, 1, 2);
    layout->addWidget(m_quote, 1, 0, 1, 2);
    layout->addWidget(m_stateIcon, 2, 0);
    layout->addWidget(m_state, 2, 1);
    layout->setColumnStretch(1, 1);
    setFixedWidth(fontMetrics().averageCharWidth() * 58);
}

void CitationCard::showFor(const Citation& citation, const QPoint& globalPosition)
{
    const Tones t = tones(palette());
    m_title->setText(
        fontMetrics().elidedText(referenceText(citation.place), Qt::ElideMiddle, width() - 28));
    // The one place with markup: every part is escaped first.
    const QString soft = t.secondary.name();
    m_quote->setText(QStringLiteral("<span style='color:%1'>%2 </span>%3<span style='color:%1'> %4"
                                    "</span>")
                         .arg(soft, tail(citation.before, kContext).toHtmlEscaped(),
                              oneLine(citation.quote, kQuote).toHtmlEscaped(),
                              oneLine(citation.after, kContext).toHtmlEscaped()));
    QColor color = t.secondary;
    if (citation.state == CitationState::exact) {
        color = t.good;
    } else if (citation.state == CitationState::missing) {
        color = t.bad;
    } else if (citation.state != CitationState::checking) {
        color = t.caution;
    }
    const int side = fontMetrics().height();
    m_stateIcon->setPixmap(
        linePixmap(citationStateIcon(citation.state), color, side, devicePixelRatioF()));
    QPalette statePalette = palette();
    statePalette.setColor(QPalette::WindowText, color);
    m_state->setPalette(statePalette);
    m_state->setText(citation.state == CitationState::missing
                         ? citationStateText(citation)
                         : tr("%1 · click to open").arg(citationStateText(citation)));
    adjustSize();
    resize(width(), layout()->heightForWidth(width()));

    QRect box(globalPosition + QPoint(-24, 18), size());
    if (const QScreen* on = screen(); on != nullptr) {
        const QRect room = on->availableGeometry();
        if (box.bottom() > room.bottom()) {
            box.moveBottom(globalPosition.y() - 14);
        }
        box.moveLeft(
            std::clamp(box.left(), room.left(), std::max(room.left(), room.right() - box.width())));
    }
    move(box.topLeft());
    show();
}

void CitationCard::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Base));
    painter.setPen(tones(palette()).border);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace ui
