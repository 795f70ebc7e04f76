// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/context_meter.h"

#include "style/tones.h"
#include "text/wording.h"

#include <QEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace ui {
namespace {

constexpr int kBarWidth = 150;
constexpr int kBarHeight = 9;
constexpr int kGap = 10;
constexpr double kGettingFull = 0.85;
constexpr double kAlmostFull = 0.95;
constexpr int kMostSegments = 12; // the rest share one: thinner than a pixel tells nothing

} // namespace

ContextMeter::ContextMeter(QWidget* parent) : QAbstractButton(parent)
{
    setObjectName(QStringLiteral("contextMeter"));
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    clear();
}

void ContextMeter::clear()
{
    m_status = {};
    m_segments.clear();
    m_empty = true;
    setVisible(false);
}

void ContextMeter::setStatus(const SessionStatus& status, const QList<Source>& sources)
{
    m_status = status;
    m_empty = false;
    m_segments.clear();
    qint64 inSources = 0;
    for (const Source& source : sources) {
        const bool read = source.state == SourceState::ready ||
                          source.state == SourceState::missing ||
                          source.state == SourceState::changed;
        const qint64 tokens =
            read ? source.tokens
            : source.state == SourceState::reading || source.state == SourceState::stopped
                ? source.done
                : 0;
        if (tokens > 0) {
            m_segments.append({source.title, tokens, false});
            inSources += tokens;
        }
    }
    std::stable_sort(m_segments.begin(), m_segments.end(),
                     [](const Segment& a, const Segment& b) { return a.tokens > b.tokens; });
    while (m_segments.size() > kMostSegments) {
        const Segment last = m_segments.takeLast();
        m_segments.last().tokens += last.tokens;
        m_segments.last().name = tr("Other sources");
    }
    if (status.tokensUsed > inSources) {
        m_segments.append({otherTokensText(sources), status.tokensUsed - inSources, true});
    }
    setVisible(true);
    setText(words());
    setAccessibleName(words());
    QStringList lines{words()};
    for (const Segment& segment : std::as_const(m_segments)) {
        lines << tr("%1: %2").arg(segment.name, tokensText(segment.tokens));
    }
    lines << tr("Free: %1")
                 .arg(tokensText(std::max<qint64>(0, status.tokensLimit - status.tokensUsed)));
    setToolTip(lines.join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

QString ContextMeter::words() const
{
    const QString text =
        tr("%1 of %2 tokens")
            .arg(numberText(m_status.tokensUsed), numberText(m_status.tokensLimit));
    const double share = static_cast<double>(m_status.tokensUsed) /
                         static_cast<double>(std::max<qint64>(1, m_status.tokensLimit));
    if (share >= kAlmostFull) {
        return tr("%1 · Almost full").arg(text);
    }
    return share >= kGettingFull ? tr("%1 · Getting full").arg(text) : text;
}

QSize ContextMeter::sizeHint() const
{
    return {kBarWidth + kGap + fontMetrics().horizontalAdvance(text()) + 18,
            fontMetrics().height() + 6};
}

void ContextMeter::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tones t = tones(palette());
    const QColor base = palette().color(QPalette::Window);
    const QRectF bar(8, (height() - kBarHeight) / 2.0, kBarWidth, kBarHeight);
    QPainterPath round;
    round.addRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
    painter.save();
    painter.setClipPath(round);
    painter.fillRect(bar, mixed(base, palette().color(QPalette::WindowText), 0.13));
    double x = bar.left();
    const double perToken =
        bar.width() / static_cast<double>(std::max<qint64>(1, m_status.tokensLimit));
    for (qsizetype i = 0; i < m_segments.size(); ++i) {
        const Segment& segment = m_segments.at(i);
        const double width = static_cast<double>(segment.tokens) * perToken;
        const QRectF part(x, bar.top(), width, bar.height());
        const QColor color = segment.conversation
                                 ? t.caution
                                 : mixed(t.accent, base, 0.16 * (static_cast<double>(i % 3)));
        painter.fillRect(part, color);
        if (segment.conversation) { // a pattern beside the colour
            painter.fillRect(part, QBrush(mixed(color, Qt::white, 0.4), Qt::BDiagPattern));
        }
        if (width > 3.0) {
            painter.fillRect(QRectF(x + width - 1.0, bar.top(), 1.0, bar.height()), base);
        }
        x += width;
    }
    painter.restore();
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRectF(bar.right() + kGap, 0, width() - bar.right() - kGap, height()),
                     Qt::AlignLeft | Qt::AlignVCenter, text());
    if (hasFocus()) {
        painter.setPen(QPen(t.accent, 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
    }
}

void ContextMeter::changeEvent(QEvent* event)
{
    QAbstractButton::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        updateGeometry();
    }
}

} // namespace ui
