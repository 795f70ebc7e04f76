// SPDX-License-Identifier: GPL-3.0-or-later
#include "gui/ui_values.h"

#include <QFileInfo>

#include "usecases/document_tokens.h"

namespace app {

namespace {

ui::CitationState toUi(storage::CitationState state)
{
    switch (state) {
    case storage::CitationState::exact:
        return ui::CitationState::exact;
    case storage::CitationState::close:
        return ui::CitationState::close;
    case storage::CitationState::moved:
        return ui::CitationState::moved;
    case storage::CitationState::missing:
        break;
    }
    return ui::CitationState::missing;
}

ui::AnswerState toUi(storage::MessageState state)
{
    switch (state) {
    case storage::MessageState::complete:
        return ui::AnswerState::found;
    case storage::MessageState::notFound:
        return ui::AnswerState::notFound;
    case storage::MessageState::cannotDo:
        return ui::AnswerState::cannotDo;
    case storage::MessageState::stopped:
        return ui::AnswerState::stopped;
    case storage::MessageState::failed:
        break;
    }
    return ui::AnswerState::failed;
}

ui::SourceState toUi(storage::SourceState state)
{
    switch (state) {
    case storage::SourceState::waiting:
        return ui::SourceState::waiting;
    case storage::SourceState::reading:
        return ui::SourceState::reading;
    case storage::SourceState::ready:
        return ui::SourceState::ready;
    case storage::SourceState::stopped:
        return ui::SourceState::stopped;
    case storage::SourceState::missing:
        return ui::SourceState::missing;
    case storage::SourceState::changed:
        return ui::SourceState::changed;
    case storage::SourceState::failed:
    case storage::SourceState::leftOut:
        break;
    }
    return ui::SourceState::failed;
}

QString joined(const std::vector<std::string>& sentences)
{
    QStringList list;
    for (const std::string& sentence : sentences) {
        list.append(toQt(sentence));
    }
    return list.join(QStringLiteral("; "));
}

qint64 charactersIn(const std::string& text)
{
    return static_cast<qint64>(charactersBefore(text, text.size()));
}

/// Takes " [n]" out of the text for each citation and notes where it stood.
std::string liftMarks(std::string text, QList<ui::Citation>& citations)
{
    // In the order of the text, so that what is cut out later stands behind what is noted.
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t close = text[at] == '[' ? text.find(']', at) : std::string::npos;
        const QString inside =
            close == std::string::npos ? QString() : toQt(text.substr(at + 1, close - at - 1));
        bool isNumber = false;
        const int number = inside.toInt(&isNumber);
        const auto cited = std::find_if(citations.begin(), citations.end(),
                                        [number](const auto& c) { return c.number == number; });
        if (!isNumber || cited == citations.end()) {
            plain += text[at++];
            continue;
        }
        while (!plain.empty() && plain.back() == ' ') {
            plain.pop_back();
        }
        if (cited->markAt < 0) {
            cited->markAt = static_cast<int>(charactersIn(plain));
        }
        at = close + 1;
    }
    return plain;
}

} // namespace

QString toQt(const std::string& text)
{
    return QString::fromStdString(text);
}

QDateTime toQt(storage::Timestamp time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count());
}

ui::Error toUi(const Error& error)
{
    ui::ErrorCode code = ui::ErrorCode::internal;
    switch (error.code) {
    case ErrorCode::failed:
        code = ui::ErrorCode::io;
        break;
    case ErrorCode::wrongUse:
    case ErrorCode::badInput:
        code = ui::ErrorCode::badInput;
        break;
    case ErrorCode::busy:
        code = ui::ErrorCode::busy;
        break;
    case ErrorCode::mismatch:
        code = ui::ErrorCode::otherModel;
        break;
    case ErrorCode::cancelled:
        code = ui::ErrorCode::cancelled;
        break;
    }
    return {code, toQt(error.message), QString()};
}

ui::SourceFormat toUiFormat(const std::string& format)
{
    if (format == "pdf") {
        return ui::SourceFormat::pdf;
    }
    if (format == "markdown") {
        return ui::SourceFormat::markdown;
    }
    return format == "code" ? ui::SourceFormat::code : ui::SourceFormat::text;
}

ui::Place toUi(const Place& place)
{
    ui::Place out;
    out.sourceId = place.sourceId == 0 ? QString() : sourceIdText(place.sourceId);
    out.sourceTitle = toQt(place.document);
    out.path = toQt(place.path);
    out.page = static_cast<int>(place.page.value_or(0));
    out.pageCount = static_cast<int>(place.pageCount);
    out.pageLabel = toQt(place.pageLabel);
    out.lineBegin = static_cast<int>(place.lineBegin.value_or(0));
    out.lineEnd = static_cast<int>(place.lineEnd.value_or(0));
    out.chapter = toQt(place.chapter);
    out.range = {static_cast<qint64>(place.characters.begin),
                 static_cast<qint64>(place.characters.end)};
    return out;
}

ui::SearchHit toUi(const SearchHit& hit)
{
    return {toUi(hit.place),
            toQt(hit.snippet),
            {static_cast<qint64>(hit.match.begin), static_cast<qint64>(hit.match.end)}};
}

ui::Citation toUi(const Citation& citation)
{
    ui::Citation out;
    out.number = static_cast<int>(citation.rank);
    out.place = toUi(citation.place);
    out.quote = toQt(citation.quote);
    out.before = toQt(citation.before);
    out.after = toQt(citation.after);
    out.state = toUi(citation.state);
    out.stateDetail = toQt(citation.stateDetail);
    out.role = citation.role == storage::CitationRole::support ? ui::CitationRole::support
                                                               : ui::CitationRole::alsoFound;
    out.score = citation.score;
    return out;
}

ui::Answer toUi(const Exchange& exchange, const QString& id)
{
    ui::Answer answer;
    answer.id = id;
    answer.question = toQt(exchange.question);
    answer.askedAt = toQt(exchange.askedAt);
    answer.state = toUi(exchange.state);
    for (const Citation& citation : exchange.citations) {
        if (citation.role == storage::CitationRole::literalMatch) {
            answer.places.append({toUi(citation.place), toQt(citation.quote), {}});
        } else {
            answer.citations.append(toUi(citation));
        }
    }
    answer.text = toQt(liftMarks(exchange.answer, answer.citations));
    if (answer.state == ui::AnswerState::notFound) {
        // The window says this sentence itself, as a heading.
        const QString said = QStringLiteral("Your sources do not seem to say this.");
        if (answer.text.startsWith(said)) {
            answer.text = answer.text.mid(said.size()).trimmed();
        }
    }
    answer.searchTerms = toQt(exchange.searchTerm);
    answer.sourcesRead = static_cast<int>(exchange.cost.sourcesRead);
    answer.tokensRead = static_cast<qint64>(exchange.cost.sessionTokens);
    answer.readInFull = exchange.cost.readInFull;
    answer.firstTokenMs = static_cast<qint64>(exchange.cost.firstTokenMs);
    answer.totalMs = static_cast<qint64>(exchange.cost.totalMs);
    answer.modelName = toQt(exchange.modelName);
    return answer;
}

ui::Source toUi(const storage::Source& source)
{
    ui::Source out;
    out.id = sourceIdText(source.id);
    out.title = toQt(source.title);
    out.path = toQt(source.path);
    out.folder = toQt(source.folder);
    out.relativePath = toQt(source.relativePath);
    out.format = toUiFormat(source.format);
    out.pages = static_cast<int>(source.pageCount);
    out.lines = static_cast<int>(source.lineCount);
    out.tokens = source.tokenCount ? static_cast<qint64>(*source.tokenCount) : -1;
    out.state = toUi(source.state);
    out.total = std::max<qint64>(out.tokens, 0);
    out.done = source.state == storage::SourceState::ready ? out.total : 0;
    const QString notes = joined(source.notes);
    out.detail = toQt(source.reason);
    out.detail +=
        (out.detail.isEmpty() || notes.isEmpty() ? QString() : QStringLiteral("; ")) + notes;
    out.encoding = toQt(source.encoding);
    out.hidden = source.hidden;
    if (source.readAt) {
        out.readAt = toQt(*source.readAt);
    }
    return out;
}

ui::AddItem toUi(const AddItem& item)
{
    ui::AddItem out;
    out.id = item.id;
    out.path = toQt(item.path.string());
    out.name = item.relativePath.empty() ? toQt(item.path.filename().string())
                                         : toQt(item.relativePath.generic_string());
    out.format = toUiFormat(item.format);
    out.bytes = static_cast<qint64>(item.bytes);
    out.pages = static_cast<int>(item.pages);
    out.lines = static_cast<int>(item.lines);
    out.tokens = item.tokens ? static_cast<qint64>(*item.tokens) : -1;
    out.reason = toQt(item.reason);
    out.reasonGroup = toQt(item.reasonGroup);
    switch (item.verdict) {
    case AddVerdict::add:
    case AddVerdict::tooMuch: // the dialog shows what does not fit and lets the reader choose
        out.verdict = ui::AddVerdict::willBeAdded;
        break;
    case AddVerdict::needsPassword:
        out.verdict = ui::AddVerdict::needsYou;
        out.need = ui::AddNeed::password;
        break;
    case AddVerdict::present:
    case AddVerdict::skipped:
    case AddVerdict::failed:
        out.verdict = ui::AddVerdict::skipped;
        break;
    }
    if (out.verdict == ui::AddVerdict::skipped && out.reasonGroup.isEmpty()) {
        out.reasonGroup = QStringLiteral("cannot be read");
    }
    return out;
}

ui::SessionSummary toUi(const storage::LibraryEntry& entry)
{
    ui::SessionSummary out;
    out.id = toQt(entry.path.string());
    out.title = toQt(entry.name);
    if (!entry.summary) {
        out.lastQuestion = entry.problem ? toQt(entry.problem->message) : QString();
        out.usedAt = QFileInfo(out.id).lastModified();
        return out;
    }
    const storage::SessionSummary& summary = *entry.summary;
    out.title = summary.info.title.empty() ? out.title : toQt(summary.info.title);
    out.lastQuestion = toQt(summary.lastQuestion);
    out.usedAt = toQt(summary.info.lastUsed);
    out.tokens =
        static_cast<qint64>(summary.tokensRead - std::min(summary.tokensRead, kTimelineStart));
    out.sources = static_cast<int>(summary.sourceCount);
    out.bytes = static_cast<qint64>(summary.fileBytes);
    return out;
}

ui::ReadingTime toUi(const ReadingPace& pace, std::uint64_t position)
{
    ui::ReadingTime time;
    if (pace.perSecond > 0.0) {
        const bool slowsDown = pace.halvedAt > 0.0;
        const double slower = slowsDown ? static_cast<double>(position) / pace.halvedAt : 0.0;
        time.perToken = (1.0 + slower) / pace.perSecond;
        time.perTokenSquared = slowsDown ? 0.5 / (pace.halvedAt * pace.perSecond) : 0.0;
    }
    return time;
}

QString sourceIdText(storage::SourceId id)
{
    return QString::number(id);
}

storage::SourceId sourceIdFrom(const QString& text)
{
    return text.toLongLong();
}

} // namespace app
