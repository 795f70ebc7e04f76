// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "support/chat_model.h"
#include "support/sample_files.h"
#include "usecases/document_tokens.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"

// Chatting over a session, in one process, with a checkpoint of random weights: which tokens the
// model gets, what stays in the file, and that the timeline is left alone.
class TestChatTurn : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void modelHasReadTheDocuments();
    void timelineIsLeftAlone();
    void turnsFollowEachOther();
    void speculationSaysTheSame();
    void stopKeepsNothing();
    void settingsStayWithTheSession();
    void strangeSettingsAreTheDefaults();
    void builtInModelIsNoChatModel();

private:
    std::unique_ptr<app::OpenSession> open(const std::string& name,
                                           const std::shared_ptr<app::ModelProvider>& models)
    {
        const auto argument = app::resolveSession(m_folder.path().toStdString(), name);
        auto file = app::openOrCreateSession(*argument);
        if (!file) {
            qFatal("%s", file.error().message.c_str());
        }
        return std::make_unique<app::OpenSession>(std::move(*file), models,
                                                  app::OpenSession::Options{1});
    }
    std::unique_ptr<app::OpenSession> open(const std::string& name) { return open(name, m_models); }

    void read(app::OpenSession& session, const QString& path)
    {
        const std::vector<std::filesystem::path> paths = {path.toStdString()};
        const auto plan =
            app::planAddition(*m_models->get()->tokenizer, paths, session.snapshot().value());
        QVERIFY(plan);
        QCOMPARE(plan->items.size(), std::size_t{1});
        const int id = plan->items.front().id;
        QVERIFY(session.store(*plan, std::span(&id, 1)));
        const auto done = session.read({}, {});
        QVERIFY2(done, done ? "" : done.error().message.c_str());
    }

    static app::GenerationSettings greedy()
    {
        app::GenerationSettings settings;
        settings.sampling.temperature = 0.0F;
        settings.maxTokens = 24;
        return settings;
    }

    app::ChatReply chat(app::OpenSession& session, const std::string& message,
                        const app::GenerationSettings& settings, bool startAnew = false)
    {
        auto reply = session.chat(message, settings, startAnew, {}, {});
        if (!reply) {
            qFatal("%s", reply.error().message.c_str());
        }
        return *reply;
    }

    static std::vector<std::byte> checkpointOf(app::OpenSession& session)
    {
        return session.file().loadCheckpoint().value().value().bytes;
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models;
    QString m_first;
    QString m_second;
};

void TestChatTurn::initTestCase()
{
    m_models = std::make_shared<app::ModelProvider>(
        makeChatModel(m_folder.filePath("model").toStdString()));
    m_first = m_folder.filePath("first.txt");
    m_second = m_folder.filePath("second.txt");
    sample::write(m_first, "The lighthouse has 214 steps.\n");
    sample::write(m_second, "The keeper counts them every night.\n");
}

/// The reply is that of a fresh engine session that was given begin, document and turn.
void TestChatTurn::modelHasReadTheDocuments()
{
    auto session = open("one");
    read(*session, m_first);
    const auto reply = chat(*session, "How many?", greedy());
    QCOMPARE(reply.generatedTokens, std::uint64_t{24});
    QCOMPARE(reply.end, std::string("length"));

    const auto model = m_models->get();
    auto fresh = engine::Session::create(
        model->model, engine::SessionOptions::forModel(model->model->config(), 1));
    const auto source = session->file().sources()->front();
    const auto text = session->file().sourceText(source.id);
    std::vector<engine::TokenId> tokens = {0};
    const auto document = app::documentTokens(*model->tokenizer, source.title, *text);
    tokens.insert(tokens.end(), document.ids.begin(), document.ids.end());
    QCOMPARE(reply.sessionTokens, std::uint64_t(tokens.size()));
    const auto encoder = engine::ChatEncoder::create(model->tokenizer);
    engine::ChatMessage said;
    said.content = "How many?";
    engine::ChatOptions format;
    format.begin = false;
    const auto prompt = encoder->encode(std::span(&said, 1), format);
    QCOMPARE(reply.promptTokens, std::uint64_t(prompt->size()));
    tokens.insert(tokens.end(), prompt->begin(), prompt->end());
    auto sampler = engine::Sampler::create({0.0F, 1.0F, 0.0F, 0});
    engine::GenerationOptions options;
    options.maxTokens = 24;
    options.stopTokens = {encoder->endToken()};
    const auto report = engine::generate(**fresh, tokens, *sampler, options);
    QVERIFY(report);
    engine::ChatStream stream(*encoder, engine::ThinkingMode::high);
    for (const engine::TokenId token : report->tokens) {
        static_cast<void>(stream.push(token));
    }
    static_cast<void>(stream.finish());
    QCOMPARE(reply.message.reasoning, stream.message().reasoning);
    QCOMPARE(reply.message.content, stream.message().content);
    QVERIFY(!(reply.message.reasoning + reply.message.content).empty());
}

/// Read, chat, read on: the same bits in the file as without the chat.
void TestChatTurn::timelineIsLeftAlone()
{
    auto plain = open("plain");
    read(*plain, m_first);
    read(*plain, m_second);
    auto session = open("chatted");
    read(*session, m_first);
    const auto before = checkpointOf(*session);
    app::GenerationSettings settings = greedy();
    settings.maxTokens = 300; // farther than a window ring holds
    chat(*session, "How many?", settings);
    settings.speculative = true;
    chat(*session, "And why?", settings);
    QCOMPARE(checkpointOf(*session), before);
    read(*session, m_second);
    QCOMPARE(checkpointOf(*session), checkpointOf(*plain));
    QVERIFY(session->file().verify());
}

void TestChatTurn::turnsFollowEachOther()
{
    std::uint64_t second = 0;
    {
        auto session = open("turns");
        read(*session, m_first);
        const auto reply = chat(*session, "How many?", greedy());
        second = chat(*session, "Why?", greedy()).promptTokens;
        QVERIFY(second > reply.promptTokens + reply.message.content.size() / 8);
    }
    // After reopening, too; from anew where that is asked for.
    auto session = open("turns");
    QCOMPARE(app::loadChat(session->file())->size(), std::size_t{4});
    QVERIFY(chat(*session, "Why?", greedy()).promptTokens > second);
    QVERIFY(chat(*session, "Why?", greedy(), true).promptTokens < second);
    QCOMPARE(app::loadChat(session->file())->size(), std::size_t{2});
    // A word to the model stands before all turns.
    app::GenerationSettings settings = greedy();
    const auto without = chat(*session, "Why?", settings, true).promptTokens;
    settings.system = "Be brief.";
    const auto with = chat(*session, "Why?", settings, true).promptTokens;
    QCOMPARE(with - without, std::uint64_t(m_models->get()->tokenizer->encode("Be brief.").size()));
}

void TestChatTurn::speculationSaysTheSame()
{
    auto session = open("drafts");
    read(*session, m_first);
    app::GenerationSettings settings = greedy();
    const auto plain = chat(*session, "How many?", settings, true);
    settings.speculative = true;
    settings.draftTokens = 3;
    const auto drafted = chat(*session, "How many?", settings, true);
    QCOMPARE(drafted.message.reasoning, plain.message.reasoning);
    QCOMPARE(drafted.message.content, plain.message.content);
    QVERIFY(drafted.drafted > 0);
    QCOMPARE(plain.drafted, std::uint64_t{0});
}

void TestChatTurn::stopKeepsNothing()
{
    auto session = open("stopped");
    read(*session, m_first);
    const auto before = checkpointOf(*session);
    std::stop_source stop;
    int pieces = 0;
    app::ChatObserver observer;
    const auto count = [&](std::string_view) {
        if (++pieces == 3) {
            stop.request_stop();
        }
    };
    observer.reasoning = count;
    observer.answer = count;
    app::GenerationSettings settings = greedy();
    settings.maxTokens = 5000;
    const auto reply = session->chat("How many?", settings, false, observer, stop.get_token());
    QVERIFY(reply);
    QCOMPARE(reply->end, std::string("stopped"));
    QVERIFY(pieces < 10);
    QVERIFY(!(reply->message.reasoning + reply->message.content).empty());
    QVERIFY(app::loadChat(session->file())->empty());
    QCOMPARE(checkpointOf(*session), before);
    QCOMPARE(chat(*session, "How many?", greedy()).generatedTokens, std::uint64_t{24});
}

void TestChatTurn::settingsStayWithTheSession()
{
    app::GenerationSettings settings;
    settings.thinking = engine::ThinkingMode::max;
    settings.sampling = {0.25F, 0.5F, 0.125F, 18446744073709551615U};
    settings.maxTokens = 77;
    settings.speculative = true;
    settings.draftTokens = 2;
    settings.system = "Sei kurz: “ja”.";
    {
        auto session = open("settings");
        QVERIFY(*app::loadGenerationSettings(session->file()) == app::GenerationSettings());
        QVERIFY(app::storeGenerationSettings(session->file(), settings));
    }
    auto session = open("settings");
    QVERIFY(*app::loadGenerationSettings(session->file()) == settings);
    QVERIFY(*app::loadGenerationSettings(open("other")->file()) == app::GenerationSettings());
}

void TestChatTurn::strangeSettingsAreTheDefaults()
{
    auto session = open("strange");
    for (const char* value : {"", "[]", "{\"temperature\": -4, \"thinking\": \"deep\"}",
                              "{\"max_tokens\": \"many\", \"speculative\": 3}"}) {
        QVERIFY(session->file().setValue("generation", value));
        QVERIFY(*app::loadGenerationSettings(session->file()) == app::GenerationSettings());
    }
}

void TestChatTurn::builtInModelIsNoChatModel()
{
    const auto builtIn = std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
    auto session = open("built-in", builtIn);
    const auto reply = session->chat("Hello?", {}, false, {}, {});
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, app::ErrorCode::wrongUse);
    QVERIFY(reply.error().message.find("ask") != std::string::npos);
    QVERIFY(reply.error().message.find("--model") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestChatTurn)
#include "tst_chat_turn.moc"
