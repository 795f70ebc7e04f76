// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/wording.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace ui {
namespace {

/// Gives these free functions a context of their own for the translators.
struct Wording
{
    Q_DECLARE_TR_FUNCTIONS(ui::Wording)
};

QString sourcesText(int count)
{
    return count == 1 ? Wording::tr("1 source") : Wording::tr("%1 sources").arg(numberText(count));
}

} // namespace

QString numberText(qint64 number)
{
    return QLocale().toString(number);
}

QString tokensText(qint64 tokens)
{
    if (tokens < 0) {
        return {};
    }
    return tokens == 1 ? Wording::tr("1 token") : Wording::tr("%1 tokens").arg(numberText(tokens));
}

QString percentText(qint64 part, qint64 of)
{
    // Rounded down: 100 % is said only when it is true.
    const qint64 percent = of > 0 ? std::clamp<qint64>(part * 100 / of, 0, 100) : 0;
    if (percent == 0 && part > 0) {
        return Wording::tr("<1 %");
    }
    return Wording::tr("%1 %").arg(numberText(percent));
}

QString bytesText(qint64 bytes)
{
    return QLocale().formattedDataSize(bytes, bytes < 1'000'000 ? 0 : 1, QLocale::DataSizeSIFormat);
}

QString aboutDuration(int seconds)
{
    if (seconds < 60) {
        return Wording::tr("less than a minute");
    }
    const int minutes = (seconds + 30) / 60;
    if (minutes < 2) {
        return Wording::tr("about a minute");
    }
    if (minutes < 90) {
        return Wording::tr("about %1 minutes").arg(numberText(minutes));
    }
    return Wording::tr("about %1 hours").arg(QLocale().toString(minutes / 60.0, 'f', 1));
}

QString secondsText(qint64 milliseconds)
{
    return Wording::tr("%1 s").arg(
        QLocale().toString(static_cast<double>(milliseconds) / 1000.0, 'f', 1));
}

QString timeText(const QTime& time)
{
    QString format = QLocale().timeFormat(QLocale::ShortFormat);
    return QLocale().toString(time, format.remove(QLatin1String(":ss")));
}

QString whenText(const QDateTime& when, const QDateTime& now)
{
    if (!when.isValid()) {
        return {};
    }
    const QDate day = when.date();
    const qint64 days = day.daysTo(now.date());
    if (days == 0) {
        return timeText(when.time());
    }
    if (days == 1) {
        return Wording::tr("Yesterday");
    }
    if (days > 1 && days < 7) {
        return QLocale().dayName(day.dayOfWeek());
    }
    return QLocale().toString(day, day.year() == now.date().year() ? QStringLiteral("d MMM")
                                                                   : QStringLiteral("d MMM yyyy"));
}

namespace {

/// The printed label where it says more than the page's number; ingest brackets one it has counted
/// itself.
QString tellingLabel(const Place& place)
{
    QString bare = place.pageLabel;
    bare.remove(QLatin1Char('[')).remove(QLatin1Char(']'));
    return bare == QString::number(place.page) ? QString() : place.pageLabel;
}

} // namespace

QString placeText(const Place& place)
{
    if (place.page > 0) {
        if (const QString label = tellingLabel(place); !label.isEmpty()) {
            return place.pageCount > 0
                       ? Wording::tr("p. %1 (%2 of %3)")
                             .arg(label, numberText(place.page), numberText(place.pageCount))
                       : Wording::tr("p. %1 (page %2 of the file)")
                             .arg(label, numberText(place.page));
        }
        return Wording::tr("p. %1").arg(numberText(place.page));
    }
    if (place.lineBegin > 0) {
        return place.lineEnd > place.lineBegin
                   ? Wording::tr("lines %1–%2")
                         .arg(numberText(place.lineBegin), numberText(place.lineEnd))
                   : Wording::tr("line %1").arg(numberText(place.lineBegin));
    }
    return place.chapter;
}

QString referenceText(const Place& place)
{
    const QString where = placeText(place);
    return where.isEmpty() ? place.sourceTitle
                           : Wording::tr("%1, %2").arg(place.sourceTitle, where);
}

QString shortReference(const Place& place)
{
    Place brief = place;
    brief.sourceTitle = oneLine(place.sourceTitle.section(QLatin1Char('/'), -1), 26);
    brief.pageCount = 0;
    if (const QString label = tellingLabel(brief); brief.page > 0 && !label.isEmpty()) {
        return Wording::tr("%1, p. %2").arg(brief.sourceTitle, label);
    }
    return referenceText(brief);
}

QString citationStateText(const Citation& citation)
{
    const auto with = [&](const QString& word) {
        return citation.stateDetail.isEmpty()
                   ? word
                   : Wording::tr("%1, %2").arg(word, citation.stateDetail);
    };
    switch (citation.state) {
    case CitationState::checking:
        return Wording::tr("Checking…");
    case CitationState::exact:
        return Wording::tr("Exact quote");
    case CitationState::close:
        return with(Wording::tr("Close match"));
    case CitationState::moved:
        return with(Wording::tr("Found elsewhere"));
    case CitationState::missing:
        return Wording::tr("Not in the source");
    }
    return {};
}

QString citationStateIcon(CitationState state)
{
    switch (state) {
    case CitationState::checking:
        return QStringLiteral("state-checking");
    case CitationState::exact:
        return QStringLiteral("state-exact");
    case CitationState::close:
        return QStringLiteral("state-close");
    case CitationState::moved:
        return QStringLiteral("state-moved");
    case CitationState::missing:
        return QStringLiteral("state-missing");
    }
    return {};
}

QString quoteWithReference(const Citation& citation)
{
    return Wording::tr("“%1” (%2)").arg(citation.quote.simplified(), referenceText(citation.place));
}

QString readInFullText(const Answer& answer)
{
    const QString counts =
        Wording::tr("%1, %2").arg(sourcesText(answer.sourcesRead), tokensText(answer.tokensRead));
    return answer.readInFull ? Wording::tr("Read in full: %1").arg(counts)
                             : Wording::tr("Read so far: %1").arg(counts);
}

QString answerHeadline(const Answer& answer)
{
    int support = 0;
    int exact = 0;
    for (const Citation& citation : answer.citations) {
        if (citation.role == CitationRole::support) {
            ++support;
            exact += citation.state == CitationState::exact ? 1 : 0;
        }
    }
    if (support == 0) {
        return {};
    }
    if (exact == support) {
        return support == 1
                   ? Wording::tr("1 source, quoted exactly")
                   : Wording::tr("%1 sources, all quoted exactly").arg(numberText(support));
    }
    if (exact == 0) {
        return Wording::tr("%1, none quoted exactly").arg(sourcesText(support));
    }
    return Wording::tr("%1, %2 quoted exactly").arg(sourcesText(support), numberText(exact));
}

QString answerAsText(const Answer& answer, bool withSources)
{
    QString text = answer.text;
    if (!withSources) {
        return text;
    }
    for (const Citation& citation : answer.citations) {
        text += QStringLiteral("\n[%1] %2 (%3)")
                    .arg(QString::number(citation.number), quoteWithReference(citation),
                         citationStateText(citation));
    }
    return text;
}

namespace {

QString extentText(const Source& source)
{
    if (source.pages > 0) {
        return source.pages == 1 ? Wording::tr("1 page")
                                 : Wording::tr("%1 pages").arg(numberText(source.pages));
    }
    if (source.lines > 0) {
        return source.lines == 1 ? Wording::tr("1 line")
                                 : Wording::tr("%1 lines").arg(numberText(source.lines));
    }
    return {};
}

QString readText(const Source& source)
{
    const QString extent = extentText(source);
    return extent.isEmpty() ? Wording::tr("Read") : Wording::tr("Read · %1").arg(extent);
}

} // namespace

QString sourceStateText(const Source& source)
{
    if (source.hidden) {
        return Wording::tr("Hidden from answers");
    }
    switch (source.state) {
    case SourceState::waiting:
        return Wording::tr("Waiting");
    case SourceState::extracting:
        if (source.total <= 0) {
            return Wording::tr("Extracting");
        }
        return source.pages > 0
                   ? Wording::tr("Extracting p. %1 of %2")
                         .arg(numberText(source.done), numberText(source.total))
                   : Wording::tr("Extracting, %1").arg(percentText(source.done, source.total));
    case SourceState::counting:
        return Wording::tr("Counting tokens");
    case SourceState::reading:
        return Wording::tr("Reading, %1").arg(percentText(source.done, source.total));
    case SourceState::ready:
        return source.detail.isEmpty() ? readText(source) : source.detail;
    case SourceState::stopped:
        return source.done > 0
                   ? Wording::tr("Stopped at %1").arg(percentText(source.done, source.total))
                   : Wording::tr("Not read yet");
    case SourceState::failed:
        return source.detail.isEmpty() ? Wording::tr("Could not be read") : source.detail;
    case SourceState::missing:
        return Wording::tr("Original file not found");
    case SourceState::changed:
        return Wording::tr("Changed on disk since it was read");
    }
    return {};
}

QString sourceStateIcon(SourceState state)
{
    switch (state) {
    case SourceState::waiting:
        return QStringLiteral("waiting");
    case SourceState::extracting:
    case SourceState::counting:
    case SourceState::reading:
        return QStringLiteral("working");
    case SourceState::ready:
        return {};
    case SourceState::stopped:
        return QStringLiteral("paused");
    case SourceState::failed:
    case SourceState::missing:
    case SourceState::changed:
        return QStringLiteral("warning");
    }
    return {};
}

QString formatIcon(SourceFormat format)
{
    switch (format) {
    case SourceFormat::pdf:
        return QStringLiteral("source-pdf");
    case SourceFormat::epub:
        return QStringLiteral("source-book");
    case SourceFormat::html:
        return QStringLiteral("source-web");
    case SourceFormat::markdown:
        return QStringLiteral("source-markdown");
    case SourceFormat::code:
        return QStringLiteral("source-code");
    case SourceFormat::word:
    case SourceFormat::text:
        break;
    }
    return QStringLiteral("source-text");
}

QString formatText(SourceFormat format)
{
    switch (format) {
    case SourceFormat::pdf:
        return Wording::tr("PDF");
    case SourceFormat::epub:
        return Wording::tr("EPUB");
    case SourceFormat::word:
        return Wording::tr("Word");
    case SourceFormat::html:
        return Wording::tr("HTML");
    case SourceFormat::markdown:
        return Wording::tr("Markdown");
    case SourceFormat::code:
        return Wording::tr("Source code");
    case SourceFormat::text:
        break;
    }
    return Wording::tr("Text");
}

QString sourceTip(const Source& source)
{
    QStringList lines{source.title};
    if (!source.path.isEmpty()) {
        lines << source.path;
    }
    QStringList facts{formatText(source.format)};
    if (const QString extent = extentText(source); !extent.isEmpty()) {
        facts << extent;
    }
    if (source.tokens >= 0) {
        facts << tokensText(source.tokens);
    }
    if (!source.encoding.isEmpty()) {
        facts << source.encoding;
    }
    lines << facts.join(QStringLiteral(" · "));
    lines << sourceStateText(source);
    if (!source.detail.isEmpty() && source.detail != lines.constLast()) {
        lines << source.detail;
    }
    if (source.readAt.isValid()) {
        lines << Wording::tr("Read at %1")
                     .arg(QLocale().toString(source.readAt, QLocale::ShortFormat));
    }
    if (!source.sha256.isEmpty()) {
        lines << Wording::tr("SHA-256 %1").arg(source.sha256);
    }
    return lines.join(QLatin1Char('\n'));
}

QString otherTokensText(const QList<Source>& sources)
{
    const bool unread = std::any_of(sources.begin(), sources.end(), [](const Source& source) {
        return source.state == SourceState::waiting || source.state == SourceState::reading ||
               source.state == SourceState::stopped;
    });
    return unread ? Wording::tr("Not read yet") : Wording::tr("Earlier versions of files");
}

QString removalText(const RemovalCost& cost)
{
    if (cost.tokens <= 0) {
        return Wording::tr("Nothing has to be read again.");
    }
    const QString later = cost.laterSources == 1
                              ? Wording::tr("1 source")
                              : Wording::tr("%1 sources").arg(numberText(cost.laterSources));
    const QString what = Wording::tr("%1, %2").arg(later, tokensText(cost.tokens));
    return cost.seconds >= 0 ? Wording::tr("Later sources must be read again, %1 (%2).")
                                   .arg(aboutDuration(cost.seconds), what)
                             : Wording::tr("Later sources must be read again (%1).").arg(what);
}

QString readingText(const ReadingProgress& progress)
{
    const QString percent = percentText(progress.tokensDone, progress.tokensTotal);
    switch (progress.state) {
    case ReadingState::idle:
        return {};
    case ReadingState::preparing:
        return Wording::tr("Preparing %1").arg(sourcesText(progress.sourcesTotal));
    case ReadingState::reading:
        if (progress.waiting) {
            return Wording::tr("Reading %1: %2. Waiting for the other session")
                .arg(sourcesText(progress.sourcesTotal), percent);
        }
        return progress.secondsLeft >= 0
                   ? Wording::tr("Reading %1: %2, %3 left")
                         .arg(sourcesText(progress.sourcesTotal), percent,
                              aboutDuration(progress.secondsLeft))
                   : Wording::tr("Reading %1: %2").arg(sourcesText(progress.sourcesTotal), percent);
    case ReadingState::paused:
        return Wording::tr("Reading is paused at %1").arg(percent);
    case ReadingState::stopped:
        return progress.tokensTotal > 0 // not known of an earlier run
                   ? Wording::tr("Reading was stopped at %1. What has been read is kept.")
                         .arg(percent)
                   : Wording::tr("Reading was stopped. What has been read is kept.");
    }
    return {};
}

QString readingDetail(const ReadingProgress& progress)
{
    QStringList parts;
    if (!progress.sourceName.isEmpty()) {
        parts << progress.sourceName;
    }
    if (progress.tokensTotal > 0) {
        parts << Wording::tr("%1 of %2 tokens")
                     .arg(numberText(progress.tokensDone), numberText(progress.tokensTotal));
    }
    if (progress.tokensPerSecond >= 1.0 && progress.state == ReadingState::reading) {
        parts << Wording::tr("%1 tokens/s").arg(numberText(std::llround(progress.tokensPerSecond)));
    }
    return parts.join(QStringLiteral(" · "));
}

QString oneLine(const QString& text, int maxChars)
{
    QString line = text.simplified();
    if (line.size() <= maxChars) {
        return line;
    }
    qsizetype cut = line.lastIndexOf(QLatin1Char(' '), maxChars - 1);
    if (cut < maxChars / 2) {
        cut = maxChars - 1;
        if (line.at(cut - 1).isHighSurrogate()) {
            --cut;
        }
    }
    return line.left(cut) + QChar(0x2026);
}

} // namespace ui
