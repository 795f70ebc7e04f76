// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/chat_turn.h"

#include <chrono>

#include <fmt/format.h>

#include "usecases/error_mapping.h"
#include "usecases/json_values.h"

namespace app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kValueName = "chat";

double millisecondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

Result<engine::ChatEncoder> encoderOf(const LoadedModel& model)
{
    auto encoder = engine::ChatEncoder::create(model.tokenizer);
    // Every published chat model of the family has the tokens of tool calls; one that lacks them
    // was trained for something else.
    if (encoder && encoder->hasToolTokens()) {
        return std::move(*encoder);
    }
    return fail(ErrorCode::wrongUse,
                fmt::format("{} is no chat model: it answers questions from passages of the "
                            "sources, which is what the command ask does. To chat, give the folder "
                            "of a DeepSeek-V4 chat checkpoint with --model.",
                            model.identity.name));
}

std::string endName(engine::GenerationEnd end)
{
    switch (end) {
    case engine::GenerationEnd::stopToken:
        return "stop";
    case engine::GenerationEnd::tokenLimit:
        return "length";
    case engine::GenerationEnd::contextFull:
        return "context";
    case engine::GenerationEnd::caller:
        break;
    }
    return "stopped";
}

/// Hands events on while the model writes.
class ReplyWriter
{
public:
    ReplyWriter(const engine::ChatEncoder& encoder, engine::ThinkingMode thinking,
                const ChatObserver& observer, ChatReply& reply)
        : m_stream(encoder, thinking), m_observer(observer), m_reply(reply), m_begin(Clock::now())
    {
    }

    void push(engine::TokenId token)
    {
        if (m_reply.generatedTokens++ == 0) {
            m_reply.firstTokenMs = millisecondsSince(m_begin);
        }
        hand(m_stream.push(token));
    }

    void finish()
    {
        hand(m_stream.finish());
        m_reply.message = m_stream.message();
        m_reply.totalMs = millisecondsSince(m_begin);
    }

private:
    void hand(const std::vector<engine::ChatEvent>& events)
    {
        for (const engine::ChatEvent& event : events) {
            if (event.kind == engine::ChatEvent::Kind::reasoning && m_observer.reasoning) {
                m_observer.reasoning(event.text);
            } else if (event.kind == engine::ChatEvent::Kind::answer && m_observer.answer) {
                m_observer.answer(event.text);
            } else if (event.kind == engine::ChatEvent::Kind::brokenToolCall) {
                m_reply.brokenToolCalls.push_back(event.text);
            }
        }
    }

    engine::ChatStream m_stream;
    const ChatObserver& m_observer;
    ChatReply& m_reply;
    Clock::time_point m_begin;
};

engine::GenerationOptions optionsOf(const GenerationSettings& settings, engine::TokenId end)
{
    engine::GenerationOptions options;
    options.maxTokens = settings.maxTokens;
    options.stopTokens = {end};
    options.speculative = settings.speculative;
    options.draftTokens = settings.draftTokens;
    return options;
}

tl::unexpected<Error> refused(const engine::Error& error)
{
    // What the model or its vocabulary cannot do was asked for by the person.
    if (error.code == engine::ErrorCode::unsupported || error.code == engine::ErrorCode::badInput) {
        return fail(ErrorCode::wrongUse, error.message);
    }
    return passOn(error);
}

} // namespace

Result<ChatReply> chatTurn(Timeline& timeline, const LoadedModel& model,
                           const std::vector<engine::ChatMessage>& messages,
                           const GenerationSettings& settings, const ChatObserver& observer,
                           const std::stop_token& stop)
{
    auto encoder = encoderOf(model);
    if (!encoder) {
        return passOn(encoder.error());
    }
    engine::Session& session = timeline.session();
    engine::ChatOptions format;
    format.family = engine::detectEffortFamily(model.model->directory());
    format.thinking = settings.thinking.value_or(defaultThinking(format.family));
    format.begin = session.length() == 0;
    const auto prompt = encoder->encode(messages, format);
    if (!prompt) {
        return refused(prompt.error());
    }
    auto sampler = engine::Sampler::create(settings.sampling);
    if (!sampler) {
        return refused(sampler.error());
    }
    ChatReply reply;
    reply.thinking = format.thinking;
    reply.sessionTokens = session.length();
    reply.promptTokens = prompt->size();
    ReplyWriter writer(*encoder, format.thinking, observer, reply);
    engine::GenerationObserver tokens;
    tokens.token = [&writer](engine::TokenId token) {
        writer.push(token);
        return true;
    };
    const std::vector<std::byte> before = session.checkpoint();
    const auto report = engine::generate(session, *prompt, *sampler,
                                         optionsOf(settings, encoder->endToken()), tokens, stop);
    writer.finish();
    if (auto back = session.rewindTo(before); !back) {
        return passOn(back.error());
    }
    if (!report && report.error().code != engine::ErrorCode::cancelled) {
        return refused(report.error());
    }
    reply.end = report ? endName(report->end) : "stopped";
    reply.blocks = report ? report->blocks : 0;
    reply.drafted = report ? report->drafted : 0;
    reply.accepted = report ? report->accepted : 0;
    return reply;
}

Result<std::vector<engine::ChatMessage>> loadChat(storage::SessionFile& file)
{
    auto stored = file.value(kValueName);
    if (!stored) {
        return passOn(stored.error());
    }
    std::vector<engine::ChatMessage> messages;
    const Json json = *stored ? Json::parse(**stored, nullptr, false) : Json();
    if (!json.is_array()) {
        return messages;
    }
    for (const Json& turn : json) {
        engine::ChatMessage message;
        message.role = turn.value("role", std::string()) == "assistant"
                           ? engine::ChatRole::assistant
                           : engine::ChatRole::user;
        message.content = turn.value("content", std::string());
        message.reasoning = turn.value("reasoning", std::string());
        messages.push_back(std::move(message));
    }
    return messages;
}

Result<void> storeChat(storage::SessionFile& file, const std::vector<engine::ChatMessage>& messages)
{
    Json json = Json::array();
    for (const engine::ChatMessage& message : messages) {
        const bool isAssistant = message.role == engine::ChatRole::assistant;
        Json turn{{"role", isAssistant ? "assistant" : "user"}, {"content", message.content}};
        if (!message.reasoning.empty()) {
            turn["reasoning"] = message.reasoning;
        }
        json.push_back(std::move(turn));
    }
    auto stored = file.setValue(kValueName, dump(json));
    if (!stored) {
        return passOn(stored.error());
    }
    return {};
}

} // namespace app
