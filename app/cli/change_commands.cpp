// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on a session's branches and sources, and on the session as a whole.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "cli/commands.h"
#include "usecases/error_mapping.h"
#include "usecases/json_values.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"
#include "usecases/source_changes.h"
#include "usecases/words.h"

namespace app {

namespace {

using SessionFilePointer = std::unique_ptr<storage::SessionFile>;

Result<SessionFilePointer> openFile(const CommandContext& context, storage::OpenMode mode)
{
    auto path = resolveExistingSession(context.invocation.library, context.invocation.session);
    if (!path) {
        return tl::unexpected(path.error());
    }
    auto file = storage::SessionFile::open(*path, mode);
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

/// A terminal's answer. Elsewhere nobody is there to ask.
bool saysYes(const std::string& question)
{
    if (isatty(STDIN_FILENO) != 1) {
        return false;
    }
    fmt::print(stderr, "{} [y/N] ", question);
    std::fflush(stderr);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

Json priceJson(const RemovalPrice& price)
{
    return Json{{"sources", price.laterSources},
                {"tokens", price.tokens},
                {"seconds", price.duration ? Json(price.duration->count()) : Json(nullptr)}};
}

Result<void> readOn(const CommandContext& context, OpenSession& session)
{
    ReadingObserver observer;
    observer.progress = [&context](const ReadingProgress& progress) {
        context.console.progress(progressWords(progress));
    };
    auto done = session.read(observer, context.stop);
    context.console.endProgress();
    if (!done && done.error().code == ErrorCode::cancelled) {
        return fail(ErrorCode::cancelled,
                    "stopped: what is not read yet is waiting, and adding any "
                    "of the documents again reads on");
    }
    return done;
}

ExitCode setHiddenTo(const CommandContext& context, bool hidden)
{
    auto file = openFile(context, storage::OpenMode::readWrite);
    if (!file) {
        return refuse(context, file.error());
    }
    auto source = findSource(**file, context.invocation.document);
    if (!source) {
        return refuse(context, source.error());
    }
    if (auto done = setHidden(**file, source->id, hidden); !done) {
        return refuse(context, done.error());
    }
    if (context.invocation.json) {
        context.console.writeLine(dump(Json{{"document", source->title}, {"hidden", hidden}}));
    } else {
        context.console.note(
            hidden ? fmt::format("“{}” is left out of answers and searches.", source->title)
                   : fmt::format("“{}” takes part in answers again.", source->title));
    }
    return ExitCode::done;
}

} // namespace

ExitCode runMessages(const CommandContext& context)
{
    auto file = openFile(context, storage::OpenMode::readOnly);
    if (!file) {
        return refuse(context, file.error());
    }
    const auto messages = (*file)->messages();
    if (!messages) {
        return refuse(context, toAppError(messages.error()));
    }
    auto tree = loadTree(**file);
    if (!tree) {
        return refuse(context, tree.error());
    }
    const auto path = tree->path();
    Json list = Json::array();
    for (const storage::Message& message : *messages) {
        const bool isAnswer = message.role == storage::MessageRole::assistant;
        const bool shown = std::find(path.begin(), path.end(), message.id) != path.end();
        const auto follows = tree->node(message.id).parent;
        const Version version = tree->version(message.id);
        if (context.invocation.json) {
            list.push_back({{"id", message.id},
                            {"follows", follows ? Json(*follows) : Json(nullptr)},
                            {"role", isAnswer ? "answer" : "question"},
                            {"shown", shown},
                            {"version", version.number},
                            {"versions", version.count},
                            {"time", isoTime(message.created)},
                            {"text", message.text}});
            continue;
        }
        const std::string place =
            version.count > 1 ? fmt::format("{}/{}", version.number, version.count) : std::string();
        context.console.writeLine(fmt::format("{} {:>5}  {:<8}  {:>5}  {}", shown ? '*' : ' ',
                                              message.id, isAnswer ? "answer" : "question", place,
                                              oneLine(message.text)));
    }
    if (context.invocation.json) {
        context.console.writeLine(dump(Json{{"messages", std::move(list)}}));
    } else if (messages->empty()) {
        context.console.note("Nothing has been asked yet.");
    }
    return ExitCode::done;
}

ExitCode runDuplicate(const CommandContext& context)
{
    const Invocation& invocation = context.invocation;
    auto path = resolveExistingSession(invocation.library, invocation.session);
    if (!path) {
        return refuse(context, path.error());
    }
    std::string title = invocation.text;
    if (title.empty()) {
        auto file = openFile(context, storage::OpenMode::readOnly);
        if (!file) {
            return refuse(context, file.error());
        }
        const auto info = (*file)->info();
        title = info && !info->title.empty() ? info->title : path->stem().string();
    }
    const auto copy = duplicateSession(invocation.library, *path, title);
    if (!copy) {
        return refuse(context, copy.error());
    }
    if (invocation.json) {
        context.console.writeLine(
            dump(Json{{"name", copy->stem().string()}, {"path", copy->string()}}));
    } else {
        context.console.writeLine(copy->string());
    }
    return ExitCode::done;
}

ExitCode runRemove(const CommandContext& context)
{
    auto path = resolveExistingSession(context.invocation.library, context.invocation.session);
    if (!path) {
        return refuse(context, path.error());
    }
    auto session = OpenSession::open(*path, context.models, {context.invocation.threads});
    if (!session) {
        return refuse(context, session.error());
    }
    storage::SessionFile& file = (*session)->file();
    auto source = findSource(file, context.invocation.document);
    if (!source) {
        return refuse(context, source.error());
    }
    auto price = removalPrice(file, source->id);
    if (!price) {
        return refuse(context, price.error());
    }
    context.console.note(priceWords(*price));
    if (price->tokens > 0 && !context.invocation.yes &&
        !saysYes(fmt::format("Remove “{}”?", source->title))) {
        return refuse(context,
                      {ErrorCode::wrongUse,
                       fmt::format("nothing was removed: wanted --yes, since other sources "
                                   "have to be read again. To leave “{}” out of answers "
                                   "instead, which costs nothing: lectern hide",
                                   source->title)});
    }
    if (auto done = (*session)->removeSource(source->id); !done) {
        return refuse(context, done.error());
    }
    if (price->tokens > 0) {
        if (auto read = readOn(context, **session); !read) {
            return refuse(context, read.error());
        }
    }
    if (context.invocation.json) {
        context.console.writeLine(
            dump(Json{{"document", source->title}, {"read_again", priceJson(*price)}}));
    } else {
        context.console.note(fmt::format("“{}” was removed.", source->title));
    }
    return ExitCode::done;
}

ExitCode runHide(const CommandContext& context)
{
    return setHiddenTo(context, true);
}

ExitCode runShow(const CommandContext& context)
{
    return setHiddenTo(context, false);
}

} // namespace app
