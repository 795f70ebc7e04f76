// SPDX-License-Identifier: GPL-3.0-or-later
// Commands that only look at what is stored: they need no model and work beside an open window.
#include <fmt/format.h>

#include "cli/commands.h"
#include "storage/session_library.h"
#include "usecases/addition_plan.h"
#include "usecases/document_tokens.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/locations.h"
#include "usecases/session_argument.h"
#include "usecases/text_search.h"
#include "usecases/words.h"

namespace app {

namespace {

Result<std::unique_ptr<storage::SessionFile>> openForReading(const CommandContext& context)
{
    auto path = resolveExistingSession(context.invocation.library, context.invocation.session);
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto file = storage::SessionFile::open(*path, storage::OpenMode::readOnly);
    if (!file) {
        return passOn(file.error());
    }
    return std::move(*file);
}

std::string oneLine(std::string text)
{
    for (char& c : text) {
        c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    }
    return text;
}

/// Without the begin token, as everywhere else.
std::uint64_t sourceTokens(const storage::SessionSummary& summary)
{
    return summary.tokensRead > kTimelineStart ? summary.tokensRead - kTimelineStart : 0;
}

std::string counted(std::uint64_t documents)
{
    return documents == 1 ? "1 document" : withThousands(documents) + " documents";
}

Json sessionJson(const storage::LibraryEntry& entry)
{
    Json json{{"name", entry.name}, {"path", entry.path.string()}};
    if (entry.summary) {
        const storage::SessionSummary& summary = *entry.summary;
        json["title"] = summary.info.title;
        json["documents"] = summary.sourceCount;
        json["tokens"] = sourceTokens(summary);
        json["tokens_known"] = summary.tokensKnown;
        json["messages"] = summary.messageCount;
        json["last_question"] = summary.lastQuestion;
        json["last_used"] = isoTime(summary.info.lastUsed);
        json["model"] = summary.info.model.name;
        json["bytes"] = summary.fileBytes;
    }
    json["open"] = entry.openForWriting;
    json["problem"] = entry.problem ? Json(entry.problem->message) : Json(nullptr);
    return json;
}

std::string sessionLine(const storage::LibraryEntry& entry)
{
    if (!entry.summary) {
        return fmt::format("{:<24} {}", entry.name,
                           entry.problem ? entry.problem->message : "cannot be read");
    }
    const storage::SessionSummary& summary = *entry.summary;
    const bool renamed = !summary.info.title.empty() && summary.info.title != entry.name;
    const std::string name =
        renamed ? fmt::format("{} ({})", summary.info.title, entry.name) : entry.name;
    return fmt::format("{:<24} {:>12} tokens  {:>13}  {}{}", name,
                       withThousands(sourceTokens(summary)), counted(summary.sourceCount),
                       dateAndTime(summary.info.lastUsed), entry.openForWriting ? "  open" : "");
}

} // namespace

ExitCode runSearch(const CommandContext& context)
{
    if (context.invocation.text.empty()) {
        return refuse(context, {ErrorCode::wrongUse, "wanted a text to search for, found nothing"});
    }
    auto file = openForReading(context);
    if (!file) {
        return refuse(context, file.error());
    }
    PlaceFinder places(**file);
    auto found = searchText(**file, places, context.invocation.text, context.invocation.limit);
    if (!found) {
        return refuse(context, found.error());
    }
    if (context.invocation.json) {
        Json hits = Json::array();
        for (const SearchHit& hit : found->hits) {
            hits.push_back(toJson(hit));
        }
        context.console.writeLine(dump(Json{{"hits", std::move(hits)}}));
        return ExitCode::done;
    }
    for (const SearchHit& hit : found->hits) {
        const std::string where = placeWords(hit.place);
        context.console.writeLine(fmt::format("{}{}{}: {}", hit.place.document,
                                              where.empty() ? "" : ", ", where,
                                              oneLine(hit.snippet)));
    }
    context.console.writeLine(found->total == 1
                                  ? std::string("1 place")
                                  : fmt::format("{} places", withThousands(found->total)));
    return ExitCode::done;
}

ExitCode runSources(const CommandContext& context)
{
    auto file = openForReading(context);
    if (!file) {
        return refuse(context, file.error());
    }
    auto sources = (*file)->sources();
    if (!sources) {
        return refuse(context, toAppError(sources.error()));
    }
    if (context.invocation.json) {
        Json documents = Json::array();
        for (const storage::Source& source : *sources) {
            documents.push_back(toJson(source, *sources));
        }
        context.console.writeLine(dump(Json{{"documents", std::move(documents)}}));
        return ExitCode::done;
    }
    std::uint64_t tokens = 0;
    for (const storage::Source& source : *sources) {
        tokens += source.tokenCount.value_or(0);
        context.console.writeLine(
            fmt::format("{:<8} {:>12} tokens  {}  {}", sourceStateWord(source, *sources),
                        withThousands(source.tokenCount.value_or(0)), source.title, source.path));
    }
    context.console.writeLine(fmt::format("{}, {} of {} tokens", counted(sources->size()),
                                          withThousands(tokens), withThousands(kSessionTokens)));
    return ExitCode::done;
}

ExitCode runSessions(const CommandContext& context)
{
    const std::filesystem::path folder =
        context.invocation.library.empty() ? defaultLibrary() : context.invocation.library;
    auto library = storage::SessionLibrary::open(folder);
    if (!library) {
        return refuse(context, toAppError(library.error()));
    }
    auto sessions = library->sessions();
    if (!sessions) {
        return refuse(context, toAppError(sessions.error()));
    }
    if (context.invocation.json) {
        Json list = Json::array();
        for (const storage::LibraryEntry& entry : *sessions) {
            list.push_back(sessionJson(entry));
        }
        context.console.writeLine(
            dump(Json{{"library", folder.string()}, {"sessions", std::move(list)}}));
        return ExitCode::done;
    }
    for (const storage::LibraryEntry& entry : *sessions) {
        context.console.writeLine(sessionLine(entry));
    }
    if (sessions->empty()) {
        context.console.note(fmt::format("No sessions in {} yet. To make one: lectern add NAME "
                                         "PATH...",
                                         folder.string()));
    }
    return ExitCode::done;
}

} // namespace app
