// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/session_delegate.h"

#include "models/session_list_model.h"
#include "style/icons.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/row_painting.h"

#include <QDateTime>
#include <QLineEdit>
#include <QPainter>

namespace ui {

void SessionDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const
{
    const Tones t = tones(option.palette);
    paintRowBackground(painter, option);
    const QRect area = rowContents(option);
    const QFont plain = option.font;
    QFont title = plain;
    if ((option.state & QStyle::State_Selected) != 0) {
        title.setWeight(QFont::DemiBold);
    }
    const QFont small = smallFont(plain);
    const int line = QFontMetrics(plain).height();

    const QString when = whenText(index.data(SessionListModel::usedAtRole).toDateTime(),
                                  QDateTime::currentDateTime());
    const QRect top(area.left(), area.top(), area.width(), line);
    const int whenWidth = QFontMetrics(small).horizontalAdvance(when) + 8;
    painter->setFont(small);
    painter->setPen(t.secondary);
    painter->drawText(top, Qt::AlignRight | Qt::AlignVCenter, when);
    drawElided(painter, top.adjusted(0, 0, -whenWidth, 0), index.data().toString(), title,
               option.palette.color(QPalette::Text));

    QRect bottom(area.left(), top.bottom() + 3, area.width(), QFontMetrics(small).height());
    const bool reading = index.data(SessionListModel::readingRole).toBool();
    if (reading) {
        drawLineIcon(painter, bottom, QStringLiteral("working"), t.accent);
        bottom.setLeft(bottom.left() + bottom.height() + 3);
    }
    const QString question = index.data(SessionListModel::lastQuestionRole).toString();
    const qint64 tokens = index.data(SessionListModel::tokensRole).toLongLong();
    const QString second = reading               ? tr("Reading…")
                           : !question.isEmpty() ? question.simplified()
                           : tokens > 0          ? tokensText(tokens)
                                                 : tr("No sources yet");
    drawElided(painter, bottom, second, small, t.secondary);
}

QSize SessionDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {120, QFontMetrics(option.font).height() +
                     QFontMetrics(smallFont(option.font)).height() + 3 + 2 * kRowPadding};
}

void SessionDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    // The list may be refreshed while a title is being typed: what was typed stays.
    const auto* line = qobject_cast<QLineEdit*>(editor);
    if (line == nullptr || !line->isModified()) {
        QStyledItemDelegate::setEditorData(editor, index);
    }
}

void SessionDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                           const QModelIndex&) const
{
    QRect box = option.rect.adjusted(4, 0, -4, 0);
    box.setHeight(editor->sizeHint().height());
    box.moveTop(option.rect.top() + 3);
    editor->setGeometry(box);
}

} // namespace ui
