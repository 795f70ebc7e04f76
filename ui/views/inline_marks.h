// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/answer.h"

#include <QObject>
#include <QTextCharFormat>
#include <QTextObjectInterface>

class QTextDocument;

namespace ui {

/// Draws the small things that stand in the text of an answer: the number of a source and the sign
/// of its state.
class InlineMarks final : public QObject, public QTextObjectInterface
{
    Q_OBJECT
    Q_INTERFACES(QTextObjectInterface)
public:
    explicit InlineMarks(QTextDocument* document); ///< registers itself; owned by the document

    /// To be inserted as QChar::ObjectReplacementCharacter with one of these formats.
    [[nodiscard]] static QTextCharFormat numberFormat(const QTextCharFormat& text, int number,
                                                      CitationState state);
    [[nodiscard]] static QTextCharFormat iconFormat(const QTextCharFormat& text,
                                                    const QString& icon, const QColor& color);
    /// What the object stands for when text is copied: "[2]" or nothing.
    [[nodiscard]] static QString plainText(const QTextCharFormat& format);

    QSizeF intrinsicSize(QTextDocument* document, int position, const QTextFormat& format) override;
    void drawObject(QPainter* painter, const QRectF& rect, QTextDocument* document, int position,
                    const QTextFormat& format) override;
};

} // namespace ui
