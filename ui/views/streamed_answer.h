// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/session_port.h"

#include <QElapsedTimer>

class QTextDocument;

namespace ui {

class AnswerWriter;

/// The last answer of a document while it is being written: knows where its text ends, so that a
/// delta costs an insertion and nothing else is set again.
class StreamedAnswer final
{
public:
    explicit StreamedAnswer(QTextDocument& document) : m_document(document) {}

    void restart(); ///< a new answer: the clock starts
    void setStage(AnswerStage stage, int done, int total);

    /// Headline and what has come so far, at the end of the document.
    void write(const AnswerWriter& writer, const Answer& answer, qint64 tokensRead);
    /// Sets everything below the headline again: after a citation came or changed.
    void rewrite(const AnswerWriter& writer, const Answer& answer, qint64 tokensRead);
    /// `delta` is already part of the answer's text.
    void append(const AnswerWriter& writer, const Answer& answer, const QString& delta);
    void updateStatus(const AnswerWriter& writer, qint64 tokensRead);
    /// The finished answer takes its place, headline included.
    void replace(const AnswerWriter& writer, const Answer& answer);

private:
    [[nodiscard]] QString statusText(qint64 tokensRead) const;

    QTextDocument& m_document;
    int m_bodyBegin = 0; ///< document position after the headline
    int m_textEnd = -1;  ///< where the next text goes; -1 until some has come
    int m_newlines = 0;  ///< line ends that came last and are not set yet
    AnswerStage m_stage = AnswerStage::looking;
    int m_stageDone = 0;
    int m_stageTotal = 0;
    QElapsedTimer m_elapsed;
};

} // namespace ui
