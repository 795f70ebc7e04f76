// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/hit_delegate.h"

#include "models/search_hit_model.h"
#include "style/tones.h"
#include "views/row_painting.h"

#include <QPainter>

#include <algorithm>

namespace ui {
namespace {

struct Snippet
{
    QString before;
    QString match;
    QString after;
};

/// In three parts, without line ends, the part before cut so that the match stays in sight.
Snippet parts(const QModelIndex& index, const QFontMetrics& metrics, int width)
{
    QString text = index.data(SearchHitModel::snippetRole).toString();
    const int begin = index.data(SearchHitModel::matchBeginRole).toInt();
    const int end = std::max(begin, index.data(SearchHitModel::matchEndRole).toInt());
    text.replace(QLatin1Char('\n'), QLatin1Char(' '));
    text.replace(QLatin1Char('\t'), QLatin1Char(' '));
    Snippet snippet{text.left(begin), text.mid(begin, end - begin), text.mid(end)};
    snippet.before = metrics.elidedText(snippet.before, Qt::ElideLeft, width * 2 / 5);
    return snippet;
}

} // namespace

void HitDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const
{
    const Tones t = tones(option.palette);
    paintRowBackground(painter, option);
    const QRect area = rowContents(option);
    const QFont small = smallFont(option.font);
    const QRect top(area.left(), area.top(), area.width(), QFontMetrics(small).height());
    drawElided(painter, top, index.data(SearchHitModel::referenceRole).toString(), small,
               t.secondary, Qt::ElideMiddle);
    const QFontMetrics metrics(option.font);
    QRect line(area.left(), top.bottom() + 3, area.width(), metrics.height());
    const Snippet snippet = parts(index, metrics, line.width());
    const QColor text = option.palette.color(QPalette::Text);
    const auto put = [&](const QString& part, bool marked) {
        const int width = std::min(metrics.horizontalAdvance(part), line.width());
        if (width <= 0) {
            return;
        }
        if (marked) {
            painter->fillRect(QRect(line.left(), line.top(), width, line.height()), t.marker);
        }
        drawElided(painter, line, part, option.font, text);
        line.setLeft(line.left() + width);
    };
    put(snippet.before, false);
    put(snippet.match, true);
    put(snippet.after, false);
}

QSize HitDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {200, QFontMetrics(option.font).height() +
                     QFontMetrics(smallFont(option.font)).height() + 3 + 2 * kRowPadding};
}

} // namespace ui
