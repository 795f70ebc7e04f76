// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "style/tones.h"
#include "ui/answer.h"

#include <QFont>
#include <QPalette>
#include <QSet>
#include <QTextBlockFormat>
#include <QTextCharFormat>
#include <QTextCursor>

namespace ui {

/// Sets an answer in type at a cursor. Everything from the model or a document goes in as text with
/// a format, never as markup, so nothing in it can become a link, an image or a tag.
///
/// Links it makes: cite:<answer>/<number>, hit:<answer>/<index>, search:<answer>, copy:<answer>,
/// copy-sources:<answer>, again:<answer>, edit:<answer>, branch:<answer>, and
/// older-question:<answer>, newer-question:, older-answer:, newer-answer: for other versions.
class AnswerWriter final
{
public:
    AnswerWriter(const QFont& font, const QPalette& palette);

    /// Quotations from these are set in the fixed-width face.
    void setCodeSources(const QSet<QString>& sourceIds) { m_codeSources = sourceIds; }

    void writeQuestion(QTextCursor& cursor, const Answer& answer, bool first) const;
    void writeHeadline(QTextCursor& cursor, const Answer& answer) const;
    /// Text, sources and foot: everything below the headline.
    void writeBody(QTextCursor& cursor, const Answer& answer) const;
    void writeStatus(QTextCursor& cursor, const QString& text) const;
    [[nodiscard]] const QTextCharFormat& statusFormat() const { return m_small; }

    /// The text with its marks in place; then more of it bit by bit. `newlines` counts line ends
    /// that came last and are not set yet; start it at 0.
    void writeText(QTextCursor& cursor, const Answer& answer, int& newlines) const;
    void addText(QTextCursor& cursor, const QString& text, int& newlines) const;
    void addMark(QTextCursor& cursor, const QString& answerId, const Citation& citation) const;
    void writeSources(QTextCursor& cursor, const Answer& answer) const;

    [[nodiscard]] static QString linkTo(const char* kind, const QString& answerId);

private:
    void writeNotFound(QTextCursor& cursor, const Answer& answer) const;
    void writeHit(QTextCursor& cursor, const QString& answerId, int index,
                  const SearchHit& hit) const;
    void writeSource(QTextCursor& cursor, const QString& answerId, const Citation& citation) const;
    void writeQuote(QTextCursor& cursor, const Citation& citation) const;
    void writeAlsoFound(QTextCursor& cursor, const QString& answerId,
                        const Citation& citation) const;
    void writeHeading(QTextCursor& cursor, const QString& text) const;
    /// "‹ 2 / 3 ›" behind what stands there; nothing where there is one version.
    void addVersions(QTextCursor& cursor, const QString& answerId, EntryPart part,
                     const Version& version) const;
    void writeFoot(QTextCursor& cursor, const Answer& answer) const;
    void writeNote(QTextCursor& cursor, const QString& icon, const QColor& color,
                   const QString& text) const;
    [[nodiscard]] QColor stateColor(CitationState state) const;
    [[nodiscard]] QTextBlockFormat block(double above, double below, double left = 0.0,
                                         double hanging = 0.0) const;
    [[nodiscard]] QTextCharFormat link(const QTextCharFormat& format, const QString& href) const;

    Tones m_tones;
    double m_line = 0.0; ///< height of a line: the unit of all distances
    QTextCharFormat m_body;
    QTextCharFormat m_question;
    QTextCharFormat m_small;
    QTextCharFormat m_heading;
    QTextCharFormat m_quote;
    QTextCharFormat m_code;
    QSet<QString> m_codeSources;
    QColor m_linkColor;
};

} // namespace ui
