// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/source_delegate.h"

#include "models/source_tree_model.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/row_painting.h"

#include <QPainter>

namespace ui {
namespace {

/// Files that were read, inside a folder, need no second line: a codebase stays a compact tree.
bool isCompact(const QModelIndex& index)
{
    const auto state = static_cast<SourceState>(index.data(SourceTreeModel::stateRole).toInt());
    return index.parent().isValid() && state == SourceState::ready &&
           !index.data(SourceTreeModel::hiddenRole).toBool();
}

QColor stateColor(SourceState state, const Tones& t)
{
    switch (state) {
    case SourceState::failed:
        return t.bad;
    case SourceState::missing:
    case SourceState::changed:
        return t.caution;
    case SourceState::extracting:
    case SourceState::counting:
    case SourceState::reading:
        return t.accent;
    case SourceState::waiting:
    case SourceState::ready:
    case SourceState::stopped:
        break;
    }
    return t.secondary;
}

} // namespace

void SourceDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const
{
    const Tones t = tones(option.palette);
    paintRowBackground(painter, option);
    const QRect area =
        option.rect.adjusted(8, isCompact(index) ? 3 : kRowPadding - 1, -kRowInset - 8, 0);
    const QFont small = smallFont(option.font);
    const int line = QFontMetrics(option.font).height();
    const auto state = static_cast<SourceState>(index.data(SourceTreeModel::stateRole).toInt());
    const bool folder = index.data(SourceTreeModel::isFolderRole).toBool();

    const QString icon = folder ? QStringLiteral("folder")
                                : formatIcon(static_cast<SourceFormat>(
                                      index.data(SourceTreeModel::formatRole).toInt()));
    QRect top(area.left(), area.top(), area.width(), line);
    drawLineIcon(painter, top, icon, t.secondary);
    top.setLeft(top.left() + line + 6);

    const qint64 tokens = index.data(SourceTreeModel::tokensRole).toLongLong();
    if (tokens >= 0) {
        const QString text = numberText(tokens);
        painter->setFont(small);
        painter->setPen(t.secondary);
        painter->drawText(top, Qt::AlignRight | Qt::AlignVCenter, text);
        top.setRight(top.right() - QFontMetrics(small).horizontalAdvance(text) - 8);
    }
    const bool hidden = index.data(SourceTreeModel::hiddenRole).toBool();
    drawElided(painter, top, index.data().toString(), option.font,
               hidden ? t.secondary : option.palette.color(QPalette::Text), Qt::ElideMiddle);
    if (isCompact(index)) {
        return;
    }
    QRect bottom(top.left(), top.bottom() + 2, area.right() - top.left(),
                 QFontMetrics(small).height());
    const QColor color = hidden ? t.secondary : stateColor(state, t);
    const QString mark = hidden ? QString() : sourceStateIcon(state);
    if (!mark.isEmpty()) {
        drawLineIcon(painter, bottom, mark, color);
        bottom.setLeft(bottom.left() + bottom.height() + 3);
    }
    drawElided(painter, bottom, index.data(SourceTreeModel::stateTextRole).toString(), small,
               color == t.accent ? t.secondary : color);
    const double progress = index.data(SourceTreeModel::progressRole).toDouble();
    if (progress >= 0.0) {
        drawProgressLine(painter,
                         QRect(top.left(), bottom.bottom() + 2, area.right() - top.left(), 3),
                         progress, t.border, t.accent);
    }
}

QSize SourceDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    // Asked for every row of an open folder, so the metrics are looked up once.
    if (m_line == 0 || m_font != option.font) {
        m_font = option.font;
        m_line = QFontMetrics(option.font).height();
        m_smallLine = QFontMetrics(smallFont(option.font)).height();
    }
    if (isCompact(index)) {
        return {100, m_line + 6};
    }
    return {100, m_line + m_smallLine + 4 + 2 * kRowPadding - 2};
}

} // namespace ui
