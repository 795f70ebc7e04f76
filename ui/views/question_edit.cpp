// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/question_edit.h"

#include <QKeyEvent>
#include <QMimeData>
#include <QTextBlock>
#include <QUrl>

#include <algorithm>
#include <cmath>

namespace ui {
namespace {

constexpr int kMaxLines = 8;

} // namespace

QuestionEdit::QuestionEdit(QWidget* parent) : QPlainTextEdit(parent)
{
    setObjectName(QStringLiteral("questionEdit"));
    setAccessibleName(tr("Question"));
    setPlaceholderText(tr("Ask a question about your sources"));
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    document()->setDocumentMargin(6);
    connect(this, &QPlainTextEdit::textChanged, this, &QuestionEdit::fit);
    fit();
}

QSize QuestionEdit::sizeHint() const
{
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid(); block = block.next()) {
        lines += std::max(1, block.lineCount());
        if (lines >= kMaxLines) {
            break;
        }
    }
    const double text = std::clamp(lines, 1, kMaxLines) * fontMetrics().lineSpacing();
    return {200, static_cast<int>(std::ceil(text + 2 * document()->documentMargin())) + 2};
}

QSize QuestionEdit::minimumSizeHint() const
{
    return {120, sizeHint().height()};
}

void QuestionEdit::fit()
{
    const int wanted = sizeHint().height();
    if (height() != wanted || minimumHeight() != wanted) {
        setFixedHeight(wanted);
        updateGeometry();
    }
    setVerticalScrollBarPolicy(document()->blockCount() > kMaxLines ? Qt::ScrollBarAsNeeded
                                                                    : Qt::ScrollBarAlwaysOff);
}

void QuestionEdit::keyPressEvent(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && (event->modifiers() & Qt::ShiftModifier) == 0) {
        Q_EMIT asked();
        return;
    }
    if (enter) {
        // A new paragraph, not the line separator that the base class would set: it is sent on.
        insertPlainText(QStringLiteral("\n"));
        ensureCursorVisible();
        return;
    }
    if (event->key() == Qt::Key_Up && document()->isEmpty()) {
        Q_EMIT lastQuestionWanted();
        return;
    }
    if (event->key() == Qt::Key_Escape) {
        event->ignore(); // stops the answer or closes what is open
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void QuestionEdit::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    fit();
}

void QuestionEdit::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        fit();
    }
}

bool QuestionEdit::canInsertFromMimeData(const QMimeData* source) const
{
    // Dropped files belong to the window; pasted ones are taken below.
    return source->hasText() || source->hasUrls();
}

void QuestionEdit::insertFromMimeData(const QMimeData* source)
{
    QStringList files;
    for (const QUrl& url : source->urls()) {
        if (url.isLocalFile()) {
            files << url.toLocalFile();
        }
    }
    if (!files.isEmpty()) {
        Q_EMIT filesPasted(files);
        return;
    }
    insertPlainText(source->text());
}

} // namespace ui
