// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "cli/commands.h"
#include "usecases/json_values.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"
#include "usecases/transcript.h"
#include "usecases/words.h"

namespace app {

namespace {

bool isBlank(const std::string& text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
}

Json answerJson(const Exchange& exchange, double openMs)
{
    Json sources = Json::array();
    for (const Citation& citation : exchange.citations) {
        sources.push_back(toJson(citation));
    }
    return Json{{"answer", exchange.answer},
                {"not_found", exchange.state == storage::MessageState::notFound},
                {"sources", std::move(sources)},
                {"timing",
                 {{"open_ms", openMs},
                  {"first_token_ms", exchange.cost.firstTokenMs},
                  {"total_ms", exchange.cost.totalMs}}},
                {"tokens",
                 {{"session", exchange.cost.sessionTokens},
                  {"prompt", exchange.cost.promptTokens},
                  {"generated", exchange.cost.generatedTokens}}}};
}

std::string indented(const std::string& text)
{
    std::string out = "    ";
    for (const char c : text) {
        out += c;
        out += c == '\n' ? "    " : "";
    }
    return out;
}

void printSources(Console& console, const Exchange& exchange)
{
    console.write("\n");
    auto role = storage::CitationRole::support;
    for (const Citation& citation : exchange.citations) {
        if (citation.role != role && citation.role == storage::CitationRole::alsoFound) {
            console.writeLine("\nAlso found:");
        }
        if (citation.role != role && citation.role == storage::CitationRole::literalMatch) {
            console.writeLine("\nPlaces to look:");
        }
        role = citation.role;
        console.writeLine(fmt::format("\n[{}] {}  ({})", citation.rank, sourceLine(citation),
                                      stateWords(citation)));
        console.writeLine(indented(citation.quote));
    }
}

Result<std::unique_ptr<OpenSession>> openSession(const CommandContext& context)
{
    auto path = resolveExistingSession(context.invocation.library, context.invocation.session);
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto session = OpenSession::open(*path, context.models, {context.invocation.threads});
    if (!session) {
        return session;
    }
    if (auto loaded = (*session)->load(); !loaded) {
        Error error = loaded.error();
        if (error.code == ErrorCode::mismatch) {
            error.message +=
                fmt::format(" To do so: lectern add {} --read-again", context.invocation.session);
        }
        return tl::unexpected(error);
    }
    return session;
}

void warnOfUnread(const CommandContext& context, const Exchange& exchange)
{
    if (!exchange.cost.readInFull) {
        context.console.note("Some sources are not read to their end yet: the answer is about what "
                             "has been read. Adding them again reads on.");
    }
}

} // namespace

ExitCode runAsk(const CommandContext& context)
{
    if (isBlank(context.invocation.text)) {
        return refuse(context, {ErrorCode::wrongUse, "wanted a question, found nothing but space"});
    }
    const auto begin = std::chrono::steady_clock::now();
    auto session = openSession(context);
    if (!session) {
        return refuse(context, session.error());
    }
    const double openMs =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    const bool json = context.invocation.json;
    AskObserver observer;
    observer.stage = [&context](AskStage stage, std::size_t done, std::size_t total) {
        context.console.progress(
            stage == AskStage::looking
                ? "Looking through everything that was read"
                : fmt::format("Reading the best passages: {} of {}", done, total));
    };
    if (!json) {
        observer.text = [&context](std::string_view piece) { context.console.write(piece); };
    }
    // Without earlier questions: what a script asks does not depend on what was asked before.
    auto exchange = (*session)->ask(context.invocation.text, {}, observer, context.stop);
    context.console.endProgress();
    for (const std::string& notice : (*session)->takeNotices()) {
        context.console.note(notice);
    }
    if (!exchange) {
        return refuse(context, exchange.error());
    }
    if (json) {
        context.console.writeLine(dump(answerJson(*exchange, openMs + exchange->cost.openMs)));
    } else {
        printSources(context.console, *exchange);
    }
    warnOfUnread(context, *exchange);
    if (exchange->state == storage::MessageState::stopped) {
        context.console.note("Stopped.");
        return ExitCode::failed;
    }
    return ExitCode::done;
}

} // namespace app
