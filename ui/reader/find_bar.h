// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/place.h"

#include <QWidget>

class QCheckBox;
class QLineEdit;

namespace ui {

class SoftLabel;
class TextPositions;

/// Find in one document: literal, over line ends, with or without case and whole words.
class FindBar final : public QWidget
{
    Q_OBJECT
public:
    explicit FindBar(QWidget* parent = nullptr);

    /// Both must outlive their use here; null while nothing is shown.
    void setText(const QString* text, const TextPositions* positions);
    void start(const QString& suggestion); ///< shows the bar and takes the focus
    void next();
    void previous();
    [[nodiscard]] const QList<TextRange>& matches() const { return m_matches; }
    void setStartingPoint(qint64 codePoint) { m_from = codePoint; }

Q_SIGNALS:
    void matchesChanged();
    void shown(const ui::TextRange& match);
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void search();
    void step(int by);
    void updateCount();

    const QString* m_text = nullptr;
    const TextPositions* m_positions = nullptr;
    QLineEdit* m_edit = nullptr;
    QCheckBox* m_case = nullptr;
    QCheckBox* m_words = nullptr;
    SoftLabel* m_count = nullptr;
    QList<TextRange> m_matches;
    int m_current = -1;
    qint64 m_from = 0;
};

} // namespace ui
