// SPDX-License-Identifier: GPL-3.0-or-later
#include <utility>

#include <fmt/format.h>

#include "cli/commands.h"
#include "usecases/chat_turn.h"
#include "usecases/json_values.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"

namespace app {

namespace {

/// What was given on the command line over what the session has.
void apply(const ChatArguments& given, GenerationSettings& settings)
{
    settings.thinking = given.thinking ? given.thinking : settings.thinking;
    settings.sampling.temperature = given.temperature.value_or(settings.sampling.temperature);
    settings.sampling.topP = given.topP.value_or(settings.sampling.topP);
    settings.sampling.minP = given.minP.value_or(settings.sampling.minP);
    settings.sampling.seed = given.seed.value_or(settings.sampling.seed);
    settings.maxTokens = given.maxTokens.value_or(settings.maxTokens);
    settings.speculative = given.speculative.value_or(settings.speculative);
    settings.draftTokens = given.draftTokens.value_or(settings.draftTokens);
    settings.system = given.system.value_or(settings.system);
}

Json replyJson(const ChatReply& reply, const GenerationSettings& settings)
{
    Json calls = Json::array();
    for (const engine::ToolCall& call : reply.message.toolCalls) {
        calls.push_back({{"name", call.name}, {"arguments", Json::parse(call.arguments)}});
    }
    return Json{
        {"answer", reply.message.content},
        {"reasoning", reply.message.reasoning},
        {"tool_calls", std::move(calls)},
        {"broken_tool_calls", reply.brokenToolCalls},
        {"end", reply.end},
        {"thinking", thinkingName(reply.thinking)},
        {"settings", toJson(settings)},
        {"timing", {{"first_token_ms", reply.firstTokenMs}, {"total_ms", reply.totalMs}}},
        {"tokens",
         {{"session", reply.sessionTokens},
          {"prompt", reply.promptTokens},
          {"generated", reply.generatedTokens}}},
        {"speculation",
         {{"blocks", reply.blocks}, {"drafted", reply.drafted}, {"accepted", reply.accepted}}}};
}

ChatObserver observerFor(const CommandContext& context)
{
    ChatObserver observer;
    if (context.invocation.json) {
        return observer;
    }
    // Thinking goes where progress goes, so that a pipe gets the answer alone.
    observer.reasoning = [&context](std::string_view piece) { context.console.aside(piece); };
    observer.answer = [&context, first = true](std::string_view piece) mutable {
        if (std::exchange(first, false)) {
            context.console.endAside();
        }
        context.console.write(piece);
    };
    return observer;
}

void say(const CommandContext& context, const ChatReply& reply)
{
    context.console.endAside();
    context.console.write("\n");
    for (const engine::ToolCall& call : reply.message.toolCalls) {
        context.console.note(fmt::format("The model asks for a tool, and none is there: {}({})",
                                         call.name, call.arguments));
    }
    if (reply.end == "length") {
        context.console.note("The reply ends here because of --max-tokens.");
    } else if (reply.end == "context") {
        context.console.note("The reply ends here: the model's context is full.");
    }
}

} // namespace

ExitCode runChat(const CommandContext& context)
{
    const Invocation& invocation = context.invocation;
    if (invocation.text.find_first_not_of(" \t\r\n") == std::string::npos) {
        return refuse(context, {ErrorCode::wrongUse, "wanted a message, found nothing but space"});
    }
    auto path = resolveExistingSession(invocation.library, invocation.session);
    if (!path) {
        return refuse(context, path.error());
    }
    auto session = OpenSession::open(*path, context.models, {invocation.threads});
    if (!session) {
        return refuse(context, session.error());
    }
    auto settings = loadGenerationSettings((*session)->file());
    if (!settings) {
        return refuse(context, settings.error());
    }
    const GenerationSettings before = *settings;
    apply(invocation.chat, *settings);
    auto reply = (*session)->chat(invocation.text, *settings, invocation.chat.startAnew,
                                  observerFor(context), context.stop);
    if (!reply) {
        Error error = reply.error();
        if (error.code == ErrorCode::mismatch) {
            error.message += fmt::format(" To do so: lectern add {} --read-again --model DIR",
                                         invocation.session);
        }
        return refuse(context, error);
    }
    if (!(*settings == before)) {
        if (auto stored = storeGenerationSettings((*session)->file(), *settings); !stored) {
            return refuse(context, stored.error());
        }
    }
    if (invocation.json) {
        context.console.writeLine(dump(replyJson(*reply, *settings)));
    } else {
        say(context, *reply);
    }
    if (reply->end == "stopped") {
        context.console.note("Stopped.");
        return ExitCode::failed;
    }
    return ExitCode::done;
}

} // namespace app
