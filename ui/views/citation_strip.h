// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"

#include <QListView>
#include <QStyledItemDelegate>
#include <QWidget>

namespace ui {

class CitationListModel;

class CitationChipDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex& index) const override;
};

/// The sources of the answer in hand as a row of chips over the question box: one glance, one
/// click, and the way for the keyboard and for screen readers.
class CitationStrip final : public QWidget
{
    Q_OBJECT
public:
    explicit CitationStrip(QWidget* parent = nullptr);

    void setAnswer(const QString& answerId, const QList<Citation>& citations);
    void add(const Citation& citation);
    [[nodiscard]] QString answerId() const;
    [[nodiscard]] const QList<Citation>& citations() const;
    [[nodiscard]] int currentNumber() const; ///< 0 where none is chosen
    void setCurrentNumber(int number);
    /// `by` places on from the current one; the number arrived at, 0 where there are none.
    int step(int by);

Q_SIGNALS:
    void activated(const QString& answerId, int number);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void refresh();

    CitationListModel* m_model = nullptr;
    QListView* m_view = nullptr;
};

} // namespace ui
