// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/citation_strip.h"

#include "models/citation_list_model.h"
#include "style/tones.h"
#include "text/wording.h"
#include "views/row_painting.h"
#include "views/soft_label.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QResizeEvent>

#include <algorithm>

namespace ui {
namespace {

constexpr int kGap = 6;

QString chipText(const QModelIndex& index)
{
    return index.data(CitationListModel::shortReferenceRole).toString();
}

int chipHeight(const QFont& font)
{
    return QFontMetrics(smallFont(font)).height() + 10;
}

QColor stateColor(CitationState state, const Tones& t)
{
    switch (state) {
    case CitationState::exact:
        return t.good;
    case CitationState::close:
    case CitationState::moved:
        return t.caution;
    case CitationState::missing:
        return t.bad;
    case CitationState::checking:
        break;
    }
    return t.secondary;
}

} // namespace

void CitationChipDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const
{
    const Tones t = tones(option.palette);
    const auto state = static_cast<CitationState>(index.data(CitationListModel::stateRole).toInt());
    const bool selected = (option.state & QStyle::State_Selected) != 0;
    const bool hover = (option.state & QStyle::State_MouseOver) != 0;
    const bool focus = (option.state & QStyle::State_HasFocus) != 0;
    const QRect box(option.rect.left(), option.rect.top() + 1, option.rect.width() - kGap,
                    option.rect.height() - 2);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(selected || focus ? t.accent : t.border, focus ? 1.6 : 1.0));
    painter->setBrush(selected ? t.chosen : hover ? t.hover : option.palette.color(QPalette::Base));
    painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), box.height() / 2.0,
                             box.height() / 2.0);
    painter->restore();

    const QFont small = smallFont(option.font);
    QFont number = small;
    number.setWeight(QFont::DemiBold);
    const QRect inside = box.adjusted(10, 0, -10, 0);
    const QString digits = QString::number(index.data(CitationListModel::numberRole).toInt());
    painter->setFont(number);
    painter->setPen(option.palette.color(QPalette::Link));
    painter->drawText(inside, Qt::AlignLeft | Qt::AlignVCenter, digits);
    const int after = QFontMetrics(number).horizontalAdvance(digits) + 6;
    const int icon = QFontMetrics(small).height() - 2;
    drawElided(painter, inside.adjusted(after, 0, -icon - 4, 0), chipText(index), small,
               option.palette.color(QPalette::Text));
    drawLineIcon(painter,
                 QRect(inside.right() - icon + 1, box.center().y() - icon / 2 + 1, icon, icon),
                 citationStateIcon(state), stateColor(state, t));
}

QSize CitationChipDelegate::sizeHint(const QStyleOptionViewItem& option,
                                     const QModelIndex& index) const
{
    const QFont small = smallFont(option.font);
    QFont number = small;
    number.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(small);
    const QString digits = QString::number(index.data(CitationListModel::numberRole).toInt());
    const int width = 20 + QFontMetrics(number).horizontalAdvance(digits) + 6 +
                      metrics.horizontalAdvance(chipText(index)) + 4 + metrics.height() + 2;
    return {width + kGap, chipHeight(option.font) + 2};
}

CitationStrip::CitationStrip(QWidget* parent) : QWidget(parent)
{
    m_model = new CitationListModel(this);
    m_view = new QListView;
    m_view->setObjectName(QStringLiteral("citationsView"));
    m_view->setAccessibleName(tr("Sources of the answer"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new CitationChipDelegate(m_view));
    m_view->setFlow(QListView::LeftToRight);
    m_view->setWrapping(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setMouseTracking(true);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    auto* label = new SoftLabel(SoftLabel::Kind::small, tr("Sources"));
    label->setBuddy(m_view);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(2, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(label);
    layout->addWidget(m_view, 1);
    const auto open = [this](const QModelIndex& index) {
        Q_EMIT activated(m_model->answerId(), index.data(CitationListModel::numberRole).toInt());
    };
    connect(m_view, &QListView::clicked, this, open);
    connect(m_view, &QListView::activated, this, open);
    refresh();
}

void CitationStrip::setAnswer(const QString& answerId, const QList<Citation>& citations)
{
    m_model->setAnswer(answerId, citations);
    refresh();
}

void CitationStrip::add(const Citation& citation)
{
    m_model->add(citation);
    refresh();
}

void CitationStrip::refresh()
{
    m_view->setFixedHeight(chipHeight(font()) + 2);
    setVisible(m_model->rowCount() > 0);
}

QString CitationStrip::answerId() const
{
    return m_model->answerId();
}

const QList<Citation>& CitationStrip::citations() const
{
    return m_model->citations();
}

int CitationStrip::currentNumber() const
{
    return m_view->currentIndex().data(CitationListModel::numberRole).toInt();
}

void CitationStrip::setCurrentNumber(int number)
{
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex index = m_model->index(row);
        if (index.data(CitationListModel::numberRole).toInt() == number) {
            m_view->setCurrentIndex(index);
            m_view->scrollTo(index);
            return;
        }
    }
    m_view->setCurrentIndex({});
}

int CitationStrip::step(int by)
{
    const int rows = m_model->rowCount();
    if (rows == 0) {
        return 0;
    }
    const QModelIndex now = m_view->currentIndex();
    const int row = now.isValid() ? std::clamp(now.row() + by, 0, rows - 1) : 0;
    const int number = m_model->index(row).data(CitationListModel::numberRole).toInt();
    setCurrentNumber(number);
    return number;
}

void CitationStrip::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    refresh();
    if (m_view->currentIndex().isValid()) {
        m_view->scrollTo(m_view->currentIndex());
    }
}

} // namespace ui
