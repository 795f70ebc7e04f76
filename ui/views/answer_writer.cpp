// SPDX-License-Identifier: GPL-3.0-or-later
#include "views/answer_writer.h"

#include "text/text_positions.h"
#include "text/wording.h"
#include "views/inline_marks.h"
#include "views/row_painting.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QTextBlock>
#include <QTextOption>

#include <algorithm>

namespace ui {
namespace {

struct Wording
{
    Q_DECLARE_TR_FUNCTIONS(ui::AnswerWriter)
};

constexpr QChar kObject = QChar::ObjectReplacementCharacter;
constexpr double kNoteHang = 1.25; // lines: icon and gap
constexpr double kHang = 1.6;      // lines: number and gap, so that text under a source aligns
constexpr int kLongQuote = 700;    // characters; the reader shows the rest
constexpr int kLongQuoteLines = 10;
constexpr int kLongTitle = 64;

void startBlock(QTextCursor& cursor, const QTextBlockFormat& format)
{
    if (cursor.block().length() > 1 || cursor.position() > 0) {
        cursor.insertBlock(format, QTextCharFormat());
    } else {
        cursor.setBlockFormat(format);
    }
}

QString briefReference(const Place& place)
{
    Place brief = place;
    brief.sourceTitle = oneLine(place.sourceTitle, kLongTitle);
    return referenceText(brief);
}

} // namespace

AnswerWriter::AnswerWriter(const QFont& font, const QPalette& palette)
    : m_tones(tones(palette)), m_line(QFontMetricsF(font).lineSpacing()),
      m_linkColor(palette.color(QPalette::Link))
{
    QFont body = font;
    body.setPointSizeF(font.pointSizeF() * 1.08);
    m_body.setFont(body);
    m_body.setForeground(palette.color(QPalette::Text));
    QFont question = font;
    question.setPointSizeF(font.pointSizeF() * 1.2);
    question.setWeight(QFont::DemiBold);
    m_question.setFont(question);
    m_question.setForeground(palette.color(QPalette::Text));
    m_small.setFont(smallFont(font));
    m_small.setForeground(m_tones.secondary);
    QFont heading = smallFont(font);
    heading.setWeight(QFont::DemiBold);
    m_heading.setFont(heading);
    m_heading.setForeground(m_tones.secondary);
    m_quote.setFont(font);
    m_code.setFont(codeFont(font));
    m_quote.setForeground(
        mixed(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.82));
    m_code.setForeground(m_quote.foreground());
}

QString AnswerWriter::linkTo(const char* kind, const QString& answerId)
{
    return QLatin1String(kind) + QLatin1Char(':') + answerId;
}

QTextBlockFormat AnswerWriter::block(double above, double below, double left, double hanging) const
{
    QTextBlockFormat format;
    format.setTopMargin(above * m_line);
    format.setBottomMargin(below * m_line);
    format.setLeftMargin(left * m_line);
    format.setTextIndent(-hanging * m_line);
    if (hanging > 0.0) { // what follows the number starts where the next lines do
        format.setTabPositions({QTextOption::Tab(hanging * m_line, QTextOption::LeftTab)});
    }
    format.setLineHeight(132, QTextBlockFormat::ProportionalHeight);
    return format;
}

QTextCharFormat AnswerWriter::link(const QTextCharFormat& format, const QString& href) const
{
    QTextCharFormat linked = format;
    linked.setAnchor(true);
    linked.setAnchorHref(href);
    linked.setForeground(m_linkColor);
    return linked;
}

QColor AnswerWriter::stateColor(CitationState state) const
{
    switch (state) {
    case CitationState::exact:
        return m_tones.good;
    case CitationState::close:
    case CitationState::moved:
        return m_tones.caution;
    case CitationState::missing:
        return m_tones.bad;
    case CitationState::checking:
        break;
    }
    return m_tones.secondary;
}

void AnswerWriter::writeQuestion(QTextCursor& cursor, const Answer& answer, bool first) const
{
    startBlock(cursor, block(first ? 0.6 : 2.6, 0.1));
    cursor.insertText(Wording::tr("You · %1").arg(timeText(answer.askedAt.time())), m_small);
    addVersions(cursor, answer.id, EntryPart::question, answer.questionVersion);
    startBlock(cursor, block(0.0, 0.0));
    const QStringList lines = answer.question.split(QLatin1Char('\n'));
    cursor.insertText(lines.join(QChar(QChar::LineSeparator)), m_question);
}

void AnswerWriter::writeHeadline(QTextCursor& cursor, const Answer& answer) const
{
    startBlock(cursor, block(1.0, 0.15));
    const QString facts = answer.state == AnswerState::running ? QString() : answerHeadline(answer);
    cursor.insertText(
        facts.isEmpty() ? Wording::tr("Answer") : Wording::tr("Answer · %1").arg(facts), m_small);
    addVersions(cursor, answer.id, EntryPart::answer, answer.answerVersion);
}

void AnswerWriter::addVersions(QTextCursor& cursor, const QString& answerId, EntryPart part,
                               const Version& version) const
{
    if (version.count < 2) {
        return;
    }
    const bool isQuestion = part == EntryPart::question;
    const QString space(QChar(QChar::Nbsp));
    // A small thing to hit: it is set larger, and the blanks beside it are part of the link.
    QTextCharFormat large = m_small;
    large.setFontPointSize(m_question.fontPointSize());
    large.setFontWeight(QFont::DemiBold);
    const auto arrow = [&](const QString& sign, const char* kind, bool leads) {
        cursor.insertText(space + sign + space,
                          leads ? link(large, linkTo(kind, answerId)) : large);
    };
    cursor.insertText(space + space, m_small);
    arrow(QStringLiteral("‹"), isQuestion ? "older-question" : "older-answer", version.number > 1);
    cursor.insertText(Wording::tr("%1 / %2").arg(version.number).arg(version.count), m_small);
    arrow(QStringLiteral("›"), isQuestion ? "newer-question" : "newer-answer",
          version.number < version.count);
    cursor.setCharFormat(m_body);
}

void AnswerWriter::writeStatus(QTextCursor& cursor, const QString& text) const
{
    startBlock(cursor, block(0.0, 0.0));
    cursor.insertText(text, m_small);
}

void AnswerWriter::addText(QTextCursor& cursor, const QString& text, int& newlines) const
{
    qsizetype from = 0;
    for (qsizetype i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text.at(i) != QLatin1Char('\n')) {
            continue;
        }
        if (i > from) {
            if (newlines > 1) {
                cursor.insertBlock(block(0.5, 0.0), QTextCharFormat());
            } else if (newlines == 1) {
                cursor.insertText(QString(QChar(QChar::LineSeparator)), m_body);
            }
            newlines = 0;
            cursor.insertText(text.mid(from, i - from), m_body);
        }
        newlines += i < text.size() ? 1 : 0;
        from = i + 1;
    }
}

void AnswerWriter::addMark(QTextCursor& cursor, const QString& answerId,
                           const Citation& citation) const
{
    const QString href =
        linkTo("cite", answerId) + QLatin1Char('/') + QString::number(citation.number);
    cursor.insertText(QString(QChar(QChar::Nbsp)), m_body);
    cursor.insertText(QString(kObject), InlineMarks::numberFormat(link(m_body, href),
                                                                  citation.number, citation.state));
    // A later delta must not continue the link.
    cursor.setCharFormat(m_body);
}

void AnswerWriter::writeText(QTextCursor& cursor, const Answer& answer, int& newlines) const
{
    QList<Citation> marks;
    for (const Citation& citation : answer.citations) {
        if (citation.markAt >= 0) {
            marks.append(citation);
        }
    }
    std::stable_sort(marks.begin(), marks.end(),
                     [](const Citation& a, const Citation& b) { return a.markAt < b.markAt; });
    startBlock(cursor, block(0.0, 0.0));
    const TextPositions positions(answer.text);
    qsizetype from = 0;
    for (const Citation& mark : std::as_const(marks)) {
        const qsizetype at = positions.toString(mark.markAt);
        addText(cursor, answer.text.mid(from, at - from), newlines);
        addMark(cursor, answer.id, mark);
        from = at;
    }
    addText(cursor, answer.text.mid(from), newlines);
}

void AnswerWriter::writeBody(QTextCursor& cursor, const Answer& answer) const
{
    int newlines = 0;
    switch (answer.state) {
    case AnswerState::notFound:
        writeNotFound(cursor, answer);
        break;
    case AnswerState::failed:
        if (!answer.text.isEmpty()) {
            writeText(cursor, answer, newlines);
        }
        writeNote(cursor, QStringLiteral("warning"), m_tones.bad,
                  answer.failure.isEmpty() ? Wording::tr("The answer could not be completed.")
                                           : answer.failure);
        break;
    case AnswerState::stopped:
        if (!answer.text.isEmpty()) {
            writeText(cursor, answer, newlines);
        }
        writeNote(cursor, QStringLiteral("stop"), m_tones.secondary, Wording::tr("Stopped."));
        break;
    case AnswerState::cannotDo:
        writeNote(cursor, QStringLiteral("info"), m_tones.accent, answer.text);
        break;
    case AnswerState::running:
    case AnswerState::found:
        writeText(cursor, answer, newlines);
        break;
    }
    writeSources(cursor, answer);
    writeFoot(cursor, answer);
}

void AnswerWriter::writeNote(QTextCursor& cursor, const QString& icon, const QColor& color,
                             const QString& text) const
{
    startBlock(cursor, block(0.3, 0.0, kNoteHang, kNoteHang));
    cursor.insertText(QString(kObject), InlineMarks::iconFormat(m_body, icon, color));
    cursor.insertText(QLatin1Char(' ') + text, m_body);
}

void AnswerWriter::writeNotFound(QTextCursor& cursor, const Answer& answer) const
{
    startBlock(cursor, block(0.0, 0.0));
    QTextCharFormat strong = m_body;
    strong.setFontWeight(QFont::DemiBold);
    cursor.insertText(Wording::tr("Your sources do not seem to say this."), strong);
    if (!answer.text.isEmpty()) {
        startBlock(cursor, block(0.3, 0.0));
        int newlines = 0;
        addText(cursor, answer.text, newlines);
    }
    if (!answer.places.isEmpty()) {
        writeHeading(cursor, Wording::tr("Places to look"));
        for (qsizetype i = 0; i < answer.places.size(); ++i) {
            writeHit(cursor, answer.id, static_cast<int>(i), answer.places.at(i));
        }
    } else if (!answer.searchTerms.isEmpty() && answer.text.isEmpty()) {
        startBlock(cursor, block(0.3, 0.0));
        cursor.insertText(
            Wording::tr("The words “%1” do not stand in the text either.").arg(answer.searchTerms),
            m_body);
    }
    if (!answer.searchTerms.isEmpty()) {
        startBlock(cursor, block(0.5, 0.0));
        cursor.insertText(Wording::tr("Search the text for “%1”").arg(answer.searchTerms),
                          link(m_quote, linkTo("search", answer.id)));
    }
}

void AnswerWriter::writeHit(QTextCursor& cursor, const QString& answerId, int index,
                            const SearchHit& hit) const
{
    startBlock(cursor, block(0.25, 0.0, 0.4));
    cursor.insertText(
        referenceText(hit.place),
        link(m_quote, linkTo("hit", answerId) + QLatin1Char('/') + QString::number(index)));
    startBlock(cursor, block(0.0, 0.0, 0.4));
    const TextPositions positions(hit.snippet);
    const qsizetype begin = positions.toString(hit.match.begin);
    const qsizetype end = std::max(begin, positions.toString(hit.match.end));
    QTextCharFormat matched = m_quote;
    matched.setBackground(m_tones.marker);
    // Line ends of the page mean nothing in a snippet.
    const auto flat = [](QString text) {
        return text.replace(QLatin1Char('\n'), QLatin1Char(' '));
    };
    cursor.insertText(flat(hit.snippet.left(begin)), m_quote);
    cursor.insertText(flat(hit.snippet.mid(begin, end - begin)), matched);
    cursor.insertText(flat(hit.snippet.mid(end)), m_quote);
}

void AnswerWriter::writeHeading(QTextCursor& cursor, const QString& text) const
{
    startBlock(cursor, block(0.9, 0.1));
    cursor.insertText(text, m_heading);
}

void AnswerWriter::writeSources(QTextCursor& cursor, const Answer& answer) const
{
    bool headed = false;
    for (const Citation& citation : answer.citations) {
        if (citation.role == CitationRole::support) {
            if (!headed) {
                writeHeading(cursor, Wording::tr("Sources"));
                headed = true;
            }
            writeSource(cursor, answer.id, citation);
        }
    }
    bool also = false;
    for (const Citation& citation : answer.citations) {
        if (citation.role == CitationRole::alsoFound) {
            if (!also) {
                writeHeading(cursor, headed ? Wording::tr("Also found")
                                            : Wording::tr("Passages that may fit"));
                also = true;
            }
            writeAlsoFound(cursor, answer.id, citation);
        }
    }
}

void AnswerWriter::writeSource(QTextCursor& cursor, const QString& answerId,
                               const Citation& citation) const
{
    const QString href =
        linkTo("cite", answerId) + QLatin1Char('/') + QString::number(citation.number);
    startBlock(cursor, block(0.4, 0.0, kHang, kHang));
    cursor.insertText(QString(kObject), InlineMarks::numberFormat(link(m_quote, href),
                                                                  citation.number, citation.state));
    cursor.insertText(QStringLiteral("\t"), m_quote);
    cursor.insertText(briefReference(citation.place), link(m_quote, href));
    cursor.insertText(QStringLiteral("   "), m_small);
    const QColor color = stateColor(citation.state);
    cursor.insertText(QString(kObject),
                      InlineMarks::iconFormat(m_small, citationStateIcon(citation.state), color));
    QTextCharFormat word = m_small;
    word.setForeground(color);
    cursor.insertText(citationStateText(citation), word);
    writeQuote(cursor, citation);
}

void AnswerWriter::writeQuote(QTextCursor& cursor, const Citation& citation) const
{
    startBlock(cursor, block(0.05, 0.0, kHang));
    if (!m_codeSources.contains(citation.place.sourceId)) {
        // Where a text file breaks its lines says nothing here.
        cursor.insertText(Wording::tr("“%1”").arg(oneLine(citation.quote, kLongQuote)), m_quote);
        return;
    }
    QString quote = citation.quote;
    while (!quote.isEmpty() && quote.back().isSpace()) {
        quote.chop(1);
    }
    QStringList lines = quote.split(QLatin1Char('\n'));
    if (lines.size() > kLongQuoteLines) {
        lines = lines.mid(0, kLongQuoteLines) << QString(QChar(0x2026));
    }
    cursor.insertText(lines.join(QChar(QChar::LineSeparator)), m_code);
}

void AnswerWriter::writeAlsoFound(QTextCursor& cursor, const QString& answerId,
                                  const Citation& citation) const
{
    const QString href =
        linkTo("cite", answerId) + QLatin1Char('/') + QString::number(citation.number);
    startBlock(cursor, block(0.25, 0.0, kHang, kHang));
    cursor.insertText(QString(kObject), InlineMarks::numberFormat(link(m_quote, href),
                                                                  citation.number, citation.state));
    cursor.insertText(QStringLiteral("\t"), m_quote);
    cursor.insertText(briefReference(citation.place), link(m_quote, href));
    cursor.insertText(QStringLiteral("   ") + oneLine(citation.quote, 90), m_small);
}

void AnswerWriter::writeFoot(QTextCursor& cursor, const Answer& answer) const
{
    if (answer.state == AnswerState::running) {
        return;
    }
    startBlock(cursor, block(0.9, 0.0));
    QStringList facts;
    if (answer.sourcesRead > 0) {
        facts << readInFullText(answer);
    }
    if (answer.totalMs >= 0) {
        facts << secondsText(answer.totalMs);
    }
    if (!facts.isEmpty()) {
        cursor.insertText(facts.join(QStringLiteral(" · ")), m_small);
        startBlock(cursor, block(0.1, 0.0));
    }
    const QString gap = QStringLiteral("     ");
    if (!answer.text.isEmpty()) {
        cursor.insertText(Wording::tr("Copy"), link(m_small, linkTo("copy", answer.id)));
        cursor.insertText(gap, m_small);
    }
    if (!answer.citations.isEmpty()) {
        cursor.insertText(Wording::tr("Copy with sources"),
                          link(m_small, linkTo("copy-sources", answer.id)));
        cursor.insertText(gap, m_small);
    }
    cursor.insertText(Wording::tr("Ask again"), link(m_small, linkTo("again", answer.id)));
    cursor.insertText(gap, m_small);
    cursor.insertText(Wording::tr("Edit question"), link(m_small, linkTo("edit", answer.id)));
    cursor.insertText(gap, m_small);
    cursor.insertText(Wording::tr("Branch from here"), link(m_small, linkTo("branch", answer.id)));
}

} // namespace ui
