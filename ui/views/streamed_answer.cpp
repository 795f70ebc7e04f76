// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/streamed_answer.h"

#include "text/wording.h"
#include "views/answer_writer.h"

#include <QCoreApplication>
#include <QTextBlock>
#include <QTextDocument>

#include <algorithm>

namespace ui {
namespace {

struct Wording
{
    Q_DECLARE_TR_FUNCTIONS(ui::StreamedAnswer)
};

} // namespace

void StreamedAnswer::restart()
{
    m_stage = AnswerStage::looking;
    m_stageDone = 0;
    m_stageTotal = 0;
    m_elapsed.start();
}

void StreamedAnswer::setStage(AnswerStage stage, int done, int total)
{
    m_stage = stage;
    m_stageDone = done;
    m_stageTotal = total;
}

void StreamedAnswer::write(const AnswerWriter& writer, const Answer& answer, qint64 tokensRead)
{
    QTextCursor cursor(&m_document);
    cursor.movePosition(QTextCursor::End);
    writer.writeHeadline(cursor, answer);
    m_bodyBegin = cursor.position();
    rewrite(writer, answer, tokensRead);
}

void StreamedAnswer::rewrite(const AnswerWriter& writer, const Answer& answer, qint64 tokensRead)
{
    QTextCursor cursor(&m_document);
    cursor.setPosition(m_bodyBegin);
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    cursor.removeSelectedText();
    m_newlines = 0;
    if (answer.text.isEmpty()) {
        m_textEnd = -1;
        writer.writeStatus(cursor, statusText(tokensRead));
    } else {
        writer.writeText(cursor, answer, m_newlines);
        m_textEnd = cursor.position();
    }
    writer.writeSources(cursor, answer);
}

void StreamedAnswer::append(const AnswerWriter& writer, const Answer& answer, const QString& delta)
{
    if (m_textEnd < 0) { // the waiting line makes room for the first words
        rewrite(writer, answer, 0);
        return;
    }
    QTextCursor cursor(&m_document);
    cursor.setPosition(m_textEnd);
    cursor.beginEditBlock();
    writer.addText(cursor, delta, m_newlines);
    cursor.endEditBlock();
    m_textEnd = cursor.position();
}

QString StreamedAnswer::statusText(qint64 tokensRead) const
{
    QString text;
    if (m_stage == AnswerStage::waiting) {
        text = Wording::tr("Waiting for the other session…");
    } else if (m_stage == AnswerStage::reading && m_stageTotal > 0) {
        text =
            Wording::tr("Reading passage %1 of %2 again…")
                .arg(numberText(std::min(m_stageDone + 1, m_stageTotal)), numberText(m_stageTotal));
    } else if (tokensRead > 0) {
        text = Wording::tr("Looking through %1…").arg(tokensText(tokensRead));
    } else {
        text = Wording::tr("Looking through your sources…");
    }
    // The time that has passed, never a guess of what remains.
    const qint64 seconds = m_elapsed.elapsed() / 1000;
    return seconds > 0 ? Wording::tr("%1 %2 s").arg(text, numberText(seconds)) : text;
}

void StreamedAnswer::updateStatus(const AnswerWriter& writer, qint64 tokensRead)
{
    if (m_textEnd >= 0) {
        return;
    }
    QTextCursor cursor(&m_document);
    cursor.setPosition(m_bodyBegin);
    if (cursor.movePosition(QTextCursor::NextBlock)) {
        cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        cursor.insertText(statusText(tokensRead), writer.statusFormat());
    }
}

void StreamedAnswer::replace(const AnswerWriter& writer, const Answer& answer)
{
    QTextCursor cursor(&m_document);
    cursor.beginEditBlock();
    const QTextBlock question = m_document.findBlock(m_bodyBegin).previous();
    cursor.setPosition(question.position() + question.length() - 1);
    cursor.movePosition(QTextCursor::End, QTextCursor::KeepAnchor);
    cursor.removeSelectedText();
    writer.writeHeadline(cursor, answer);
    writer.writeBody(cursor, answer);
    cursor.endEditBlock();
}

} // namespace ui
