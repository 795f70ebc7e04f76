// SPDX-License-Identifier: GPL-3.0-or-later
// A chat model's words taken apart as they come: thinking, answer, tool calls.
#include <QtTest/QTest>

#include <QTemporaryDir>

#include "chat_tokenizer.h"
#include "engine/chat.h"

using namespace engine;

namespace {

const std::string kEnd = "<｜end▁of▁sentence｜>";

/// Joins events into one line, so that a failure can be read.
std::string shown(const std::vector<ChatEvent>& events)
{
    std::string line;
    ChatEvent::Kind last = ChatEvent::Kind::end;
    for (const ChatEvent& event : events) {
        const bool goesOn =
            !line.empty() && event.kind == last &&
            (event.kind == ChatEvent::Kind::reasoning || event.kind == ChatEvent::Kind::answer);
        last = event.kind;
        switch (event.kind) {
        case ChatEvent::Kind::reasoning:
            line += goesOn ? event.text : "|R:" + event.text;
            break;
        case ChatEvent::Kind::answer:
            line += goesOn ? event.text : "|A:" + event.text;
            break;
        case ChatEvent::Kind::toolCall:
            line += "|C:" + event.call.name + event.call.arguments;
            break;
        case ChatEvent::Kind::brokenToolCall:
            line += "|B:" + event.text;
            break;
        case ChatEvent::Kind::end:
            line += "|E";
            break;
        }
    }
    return line;
}

} // namespace

class TestChatStream final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        const std::filesystem::path file =
            std::filesystem::path(m_folder.path().toStdString()) / "tokenizer.json";
        ChatTokenizer::write(file);
        auto tokenizer = Tokenizer::open(file);
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().message.c_str());
        m_tokenizer = *tokenizer;
        auto encoder = ChatEncoder::create(m_tokenizer);
        QVERIFY(encoder);
        m_encoder = std::make_unique<ChatEncoder>(*encoder);
    }

    void wordsAreTakenApart_data();
    void wordsAreTakenApart();
    void nothingIsHeldBackForLong();
    void noHalfCharacter();
    void messageGoesBackIn();

private:
    QTemporaryDir m_folder;
    std::shared_ptr<const Tokenizer> m_tokenizer;
    std::unique_ptr<ChatEncoder> m_encoder;
};

void TestChatStream::wordsAreTakenApart_data()
{
    QTest::addColumn<QString>("written");
    QTest::addColumn<bool>("thinks");
    QTest::addColumn<QString>("wanted");
    const auto end = QString::fromStdString(kEnd);
    const auto row = [](const char* name, const QString& written, bool thinks,
                        const QString& wanted) {
        QTest::newRow(name) << written << thinks << wanted;
    };
    const QString call =
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"look\">\n"
        "<｜DSML｜parameter name=\"room\" string=\"true\">a < b</｜DSML｜parameter>\n"
        "<｜DSML｜parameter name=\"n\" string=\"false\">[1, 2]</｜DSML｜parameter>\n"
        "</｜DSML｜invoke>\n</｜DSML｜tool_calls>";
    const QString called = "|C:look{\"room\": \"a < b\", \"n\": [1, 2]}";
    row("answer", "Hello.\n" + end, false, "|A:Hello.\n|E");
    row("thinking, answer", "Hm.\n\n</think>\n\nHello." + end, true, "|R:Hm.\n\n|A:\n\nHello.|E");
    row("no end", "Hm.</think>Hello.\n\n<", true, "|R:Hm.|A:Hello.\n\n<");
    row("only thinking", "Hm", true, "|R:Hm");
    row("empty thinking", "</think>Yes" + end, true, "|A:Yes|E");
    row("call", "Hm.</think>I look.\n\n" + call + end, true, "|R:Hm.|A:I look." + called + "|E");
    row("call without an answer", "</think>" + call + end, true, called + "|E");
    // Pitfall 41: models leave out </think> before a call.
    row("call out of thinking", "Hm.\n\n" + call + end, true, "|R:Hm." + called + "|E");
    row("more line breaks than the format's belong to the answer", "I.\n\n\n\n" + call, false,
        "|A:I.\n\n" + called);
    row("two calls",
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"a\">\n</｜DSML｜invoke>\n"
        "<｜DSML｜invoke name=\"b\">\n\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>" +
            end,
        false, "|C:a{}|C:b{}|E");
    row("text after the calls", call + "Done." + end, false, called + "|A:Done.|E");
    row("call that breaks off",
        "I.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"a\">\n<｜DSML｜par", false,
        "|A:I.|B:<｜DSML｜invoke name=\"a\">\n<｜DSML｜par");
    row("call that ends with the turn", "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"a" + end,
        false, "|B:<｜DSML｜invoke name=\"a|E");
    row("value that is no JSON",
        "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"a\">\n"
        "<｜DSML｜parameter name=\"n\" string=\"false\">[1,</｜DSML｜parameter>\n"
        "</｜DSML｜invoke>\n</｜DSML｜tool_calls>" +
            end,
        false,
        "|B:<｜DSML｜invoke name=\"a\">\n<｜DSML｜parameter name=\"n\" string=\"false\">[1,"
        "</｜DSML｜parameter>\n</｜DSML｜invoke>|E");
    row("another tag", "<｜DSML｜other>x" + end, false, "|B:<｜DSML｜o|A:ther>x|E");
    row("tag inside a call", "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"a\">\nyes" + end, false,
        "|B:<｜DSML｜invoke name=\"a\">\ny|A:es|E");
    row("stray mark", "a ｜DSML｜b" + end, false, "|A:a b|E");
    row("less-than signs", "1 < 2 <\n\n<3" + end, false, "|A:1 < 2 <\n\n<3|E");
    row("thinking begun by the model", "<think>Hm.</think>Yes" + end, false, "|R:Hm.|A:Yes|E");
    row("tokens without a meaning here", "a<｜User｜>b<|EOT|>c" + end, false, "|A:abc|E");
    row("nothing after the end", "a" + end + "b" + end, false, "|A:a|E");
}

void TestChatStream::wordsAreTakenApart()
{
    QFETCH(QString, written);
    QFETCH(bool, thinks);
    QFETCH(QString, wanted);
    const auto ids = m_tokenizer->encodeMarked(written.toStdString());
    ChatStream stream(*m_encoder, thinks ? ThinkingMode::high : ThinkingMode::none);
    std::vector<ChatEvent> events;
    const auto add = [&](std::vector<ChatEvent> more) {
        std::move(more.begin(), more.end(), std::back_inserter(events));
    };
    for (const TokenId id : ids)
        add(stream.push(id));
    add(stream.finish());
    QCOMPARE(QString::fromStdString(shown(events)), wanted);
    // The message holds the same.
    std::string reasoning;
    std::string answer;
    std::size_t calls = 0;
    for (const ChatEvent& event : events) {
        reasoning += event.kind == ChatEvent::Kind::reasoning ? event.text : "";
        answer += event.kind == ChatEvent::Kind::answer ? event.text : "";
        calls += event.kind == ChatEvent::Kind::toolCall ? 1 : 0;
    }
    QCOMPARE(stream.message().reasoning, reasoning);
    QCOMPARE(stream.message().content, answer);
    QCOMPARE(stream.message().toolCalls.size(), calls);
}

/// What is shown lags behind by the two line breaks and the sign that may begin a call.
void TestChatStream::nothingIsHeldBackForLong()
{
    ChatStream stream(*m_encoder, ThinkingMode::none);
    const std::string text = "a\nb\n\n\nc<d\n\n<e";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const TokenId id : m_tokenizer->encode(text.substr(i, 1))) {
            for (const ChatEvent& event : stream.push(id))
                out += event.text;
        }
        QVERIFY(text.compare(0, out.size(), out) == 0);
        QVERIFY(i + 1 - out.size() <= 3);
    }
    QCOMPARE(out, text);
}

/// Every byte a token: no event ends within a character, in text as in arguments.
void TestChatStream::noHalfCharacter()
{
    const QString written = "ä€😀</think>日本\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"é\">\n"
                            "<｜DSML｜parameter name=\"ü\" string=\"true\">𝄞</｜DSML｜parameter>\n"
                            "</｜DSML｜invoke>\n</｜DSML｜tool_calls>";
    // Before it the beginning of a character that goes on otherwise.
    std::vector<TokenId> ids = m_tokenizer->encode("\xF0");
    for (const TokenId id : m_tokenizer->encodeMarked(written.toStdString()))
        ids.push_back(id);
    ChatStream stream(*m_encoder, ThinkingMode::high);
    std::vector<ChatEvent> all;
    for (const TokenId id : ids) {
        for (ChatEvent& event : stream.push(id)) {
            for (const std::string* text : {&event.text, &event.call.name, &event.call.arguments}) {
                const auto qt = QString::fromStdString(*text);
                QCOMPARE(qt.toStdString(), *text); // Qt replaces what is no UTF-8
            }
            all.push_back(std::move(event));
        }
    }
    QCOMPARE(QString::fromStdString(shown(all)), "|R:\uFFFDä€😀|A:日本|C:é{\"ü\": \"𝄞\"}");
}

/// What came out of a stream is encoded into what the model had written.
void TestChatStream::messageGoesBackIn()
{
    const std::string written =
        "Hm.</think>I look.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"look\">\n"
        "<｜DSML｜parameter name=\"room\" string=\"true\">x</｜DSML｜parameter>\n"
        "</｜DSML｜invoke>\n</｜DSML｜tool_calls>" +
        kEnd;
    ChatStream stream(*m_encoder, ThinkingMode::high);
    for (const TokenId id : m_tokenizer->encodeMarked(written))
        static_cast<void>(stream.push(id));
    ChatMessage first;
    first.role = ChatRole::system;
    first.tools = {"{}"};
    ChatMessage asked;
    asked.content = "Where?";
    const auto ids = m_encoder->encode(std::vector{first, asked, stream.message()}, {});
    QVERIFY(ids);
    const std::string prompt = m_tokenizer->decode(*ids);
    QVERIFY2(prompt.ends_with("<｜Assistant｜><think>" + written), prompt.c_str());
}

QTEST_GUILESS_MAIN(TestChatStream)
#include "tst_chat_stream.moc"
