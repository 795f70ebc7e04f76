// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <functional>

#include <QTemporaryDir>
#include <QTest>

#include "engine/tokenizer.h"
#include "tokenizer_fixture.h"

using engine::ErrorCode;
using engine::TokenId;
using engine::Tokenizer;
using nlohmann::json;

using Change = std::function<void(json&)>;
Q_DECLARE_METATYPE(Change)
Q_DECLARE_METATYPE(engine::ErrorCode)

class TestTokenizerFile : public QObject
{
    Q_OBJECT

private slots:
    void brokenFilesAreRefused_data();
    void brokenFilesAreRefused();
    void wrongContentIsRefused_data();
    void wrongContentIsRefused();
    void smallestTokenizerGivesBytes();
    void bothWaysOfWritingMerges();
    void lowerRankFirstThenLeftmost();
    void mergesNeverGiveAnAddedToken();
    void wholeWordsGoBeforeMerges();
    void splitRulesCutWords_data();
    void splitRulesCutWords();
    void patternThatNeedsMuchStackLosesNothing();
    void emptyNormalizerSequenceIsNone();

private:
    std::filesystem::path write(const std::string& text)
    {
        const auto file = std::filesystem::path(m_folder.path().toStdString()) / "tokenizer.json";
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }
    fixture::TokenizerPtr open(const json& contents)
    {
        auto opened = Tokenizer::open(write(contents.dump()));
        if (!opened) {
            qWarning("%s", opened.error().message.c_str());
        }
        return opened ? *opened : nullptr;
    }

    QTemporaryDir m_folder;
};

void TestTokenizerFile::brokenFilesAreRefused_data()
{
    QTest::addColumn<QByteArray>("contents");
    QTest::addColumn<QString>("wanted");
    QTest::newRow("empty") << QByteArray() << "wanted JSON, found: ";
    QTest::newRow("not JSON") << QByteArray("merges: none") << "wanted JSON, found: ";
    QTest::newRow("cut off") << QByteArray(R"({"model": {"vocab": {"a": 1)") << "wanted JSON";
    QTest::newRow("bytes") << QByteArray("{\"\xFF\": 1}") << "wanted JSON, found: ";
    QTest::newRow("another JSON value") << QByteArray("[1, 2]") << "model: wanted an object";
    QTest::newRow("another object") << QByteArray("{}") << "model: wanted an object, found nothing";
}

void TestTokenizerFile::brokenFilesAreRefused()
{
    QFETCH(QByteArray, contents);
    QFETCH(QString, wanted);
    const auto file = write(contents.toStdString());
    const auto opened = Tokenizer::open(file);
    QVERIFY(!opened);
    QCOMPARE(opened.error().code, ErrorCode::badInput);
    const QString message = QString::fromStdString(opened.error().message);
    QVERIFY2(message.startsWith(QString::fromStdString(file.string()) + ": " + wanted),
             qPrintable(message));

    for (const auto& missing : {file.parent_path() / "no such file", file.parent_path()}) {
        const auto none = Tokenizer::open(missing);
        QVERIFY(!none);
        QCOMPARE(none.error().code, ErrorCode::badInput);
        QVERIFY(none.error().message.starts_with(missing.string() + ": wanted a tokenizer.json"));
    }
}

void TestTokenizerFile::wrongContentIsRefused_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("wanted");
    const auto bad = [](const char* name, const char* wanted, const Change& change) {
        QTest::newRow(name) << change << ErrorCode::badInput << wanted;
    };
    const auto unsupported = [](const char* name, const char* wanted, const Change& change) {
        QTest::newRow(name) << change << ErrorCode::unsupported << wanted;
    };
    bad("no vocab", "model.vocab: wanted an object of tokens and ids, found nothing",
        [](json& j) { j["model"].erase("vocab"); });
    bad("vocab is an array", "model.vocab: wanted an object of tokens and ids, found [1]",
        [](json& j) { j["model"]["vocab"] = {1}; });
    bad("id is a text", R"(model.vocab["a"]: wanted an id from 0 to 16777215, found "7")",
        [](json& j) { j["model"]["vocab"]["a"] = "7"; });
    bad("negative id", R"(model.vocab["a"]: wanted an id from 0 to 16777215, found -1)",
        [](json& j) { j["model"]["vocab"]["a"] = -1; });
    bad("huge id", R"(model.vocab["a"]: wanted an id from 0 to 16777215, found 4000000000)",
        [](json& j) { j["model"]["vocab"]["a"] = 4000000000U; });
    bad("id far from all others", R"(model.vocab["b"]: wanted an id below 65793, found 16777215)",
        [](json& j) { j["model"]["vocab"]["b"] = 16777215; });
    bad("added token far from all others", "added_tokens[0].id: wanted an id below 65793, found",
        [](json& j) { j["added_tokens"][0]["id"] = 16777215; });
    bad("two tokens of one id", R"(model.vocab["b"]: wanted an id of its own, found 97)",
        [](json& j) { j["model"]["vocab"]["b"] = 97; });
    bad("a byte is missing",
        R"(model.vocab: wanted a token for each of the 256 bytes, found none for byte 97 ("a"))",
        [](json& j) { j["model"]["vocab"].erase("a"); });
    bad("no merges", "model.merges: wanted an array of pairs, found nothing",
        [](json& j) { j["model"].erase("merges"); });
    bad("merge of three", "model.merges[0]: wanted two tokens, found an array of 3", [](json& j) {
        j["model"]["merges"] = json::array({{"a", "b", "c"}});
    });
    bad("merge without a space", R"(model.merges[0]: wanted two tokens, found "ab")",
        [](json& j) { j["model"]["merges"] = {"ab"}; });
    bad("merge with two spaces", R"(model.merges[0]: wanted two tokens, found "a b c")",
        [](json& j) { j["model"]["merges"] = {"a b c"}; });
    bad("merge of an unknown token",
        R"(model.merges[0]: wanted two tokens of model.vocab that together are one, found ["a","b"])",
        [](json& j) {
            j["model"]["merges"] = json::array({{"a", "b"}});
        });
    bad("added tokens are no array", "added_tokens: wanted an array, found 7",
        [](json& j) { j["added_tokens"] = 7; });
    bad("added token without content", "added_tokens[0].content: wanted a text, found nothing",
        [](json& j) { j["added_tokens"][0].erase("content"); });
    bad("added token without id", "added_tokens[0].id: wanted an id from 0 to 16777215, found",
        [](json& j) { j["added_tokens"][0].erase("id"); });
    bad("added token takes another's id", "added_tokens[0].id: wanted an id of its own, found 97",
        [](json& j) { j["added_tokens"][0]["id"] = 97; });
    bad("unknown pre-tokenizer",
        R"(pre_tokenizer.type: wanted Sequence, Split or ByteLevel, found "Metaspace")",
        [](json& j) {
            j["pre_tokenizer"] = {{"type", "Metaspace"}};
        });
    bad("no pre-tokenizer",
        "pre_tokenizer.type: wanted Sequence, Split or ByteLevel, found nothing",
        [](json& j) { j["pre_tokenizer"] = nullptr; });
    bad("unknown step in a sequence",
        R"(pre_tokenizer.pretokenizers[0].type: wanted Sequence, Split or ByteLevel, found "Digits")",
        [](json& j) {
            j["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {{{"type", "Digits"}}}}};
        });
    bad("split without pattern", "pre_tokenizer.pattern: wanted a Regex or a String, found nothing",
        [](json& j) {
            j["pre_tokenizer"] = {{"type", "Split"}, {"behavior", "Isolated"}};
        });
    bad("pattern that is none",
        "pre_tokenizer.pretokenizers[0].pattern.Regex: wanted a regular expression, found `a(b`",
        [](json& j) {
            j["pre_tokenizer"] = {
                {"type", "Sequence"},
                {"pretokenizers",
                 {{{"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{"Regex", "a(b"}}}},
                  j["pre_tokenizer"]}}};
        });
    unsupported("another model", R"(model.type: wanted "BPE", found "Unigram")",
                [](json& j) { j["model"]["type"] = "Unigram"; });
    unsupported("dropout", "model.dropout: wanted null, found 0.1",
                [](json& j) { j["model"]["dropout"] = 0.1; });
    unsupported("normalizer", R"(normalizer: wanted null, found {"type":"NFC"})", [](json& j) {
        j["normalizer"] = {{"type", "NFC"}};
    });
    unsupported("other split behaviour",
                R"(pre_tokenizer.behavior: wanted "Isolated", found "Removed")", [](json& j) {
                    j["pre_tokenizer"] = {{"type", "Split"}, {"behavior", "Removed"}};
                });
    unsupported("prefix space", "pre_tokenizer.add_prefix_space: wanted false, found true",
                [](json& j) { j["pre_tokenizer"]["add_prefix_space"] = true; });
    unsupported("no ByteLevel", "pre_tokenizer: wanted a ByteLevel step at the end", [](json& j) {
        j["pre_tokenizer"] = {
            {"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{"String", " "}}}};
    });
    unsupported("added token that takes spaces", "added_tokens[0].lstrip: wanted false, found true",
                [](json& j) { j["added_tokens"][0]["lstrip"] = true; });
}

void TestTokenizerFile::wrongContentIsRefused()
{
    QFETCH(Change, change);
    QFETCH(ErrorCode, code);
    QFETCH(QString, wanted);
    json contents = fixture::smallTokenizer();
    change(contents);
    const auto file = write(contents.dump());
    const auto opened = Tokenizer::open(file);
    QVERIFY(!opened);
    const QString message = QString::fromStdString(opened.error().message);
    QVERIFY2(message.startsWith(QString::fromStdString(file.string()) + ": " + wanted),
             qPrintable(message));
    QCOMPARE(opened.error().code, code);
}

void TestTokenizerFile::smallestTokenizerGivesBytes()
{
    const auto tokenizer = open(fixture::smallTokenizer());
    QVERIFY(tokenizer != nullptr);
    QCOMPARE(tokenizer->vocabSize(), std::size_t{301});
    QCOMPARE(tokenizer->special("<end>"), std::optional<TokenId>(300));
    QVERIFY(tokenizer->tokenBytes(299).empty());
    std::string all;
    std::vector<TokenId> expected;
    for (int byte = 0; byte < 256; ++byte) {
        all.push_back(static_cast<char>(byte));
        expected.push_back(byte);
    }
    QCOMPARE(tokenizer->encode(all), expected);
    QCOMPARE(tokenizer->decode(expected), all);
}

void TestTokenizerFile::bothWaysOfWritingMerges()
{
    json pairs = fixture::smallTokenizer();
    fixture::addMerge(pairs, "a", "b");
    fixture::addMerge(pairs, "Ġ", "ab"); // a space in the byte alphabet
    json texts = pairs;
    texts["model"]["merges"] = {"a b", "Ġ ab"};
    for (const json& contents : {pairs, texts}) {
        const auto tokenizer = open(contents);
        QVERIFY(tokenizer != nullptr);
        QCOMPARE(tokenizer->encode("ab ab"), (std::vector<TokenId>{256, 257}));
        QCOMPARE(tokenizer->tokenBytes(257), std::string_view(" ab"));
    }
}

void TestTokenizerFile::lowerRankFirstThenLeftmost()
{
    json contents = fixture::smallTokenizer();
    fixture::addMerge(contents, "b", "c"); // 256
    fixture::addMerge(contents, "a", "b"); // 257
    fixture::addMerge(contents, "x", "x"); // 258
    const auto tokenizer = open(contents);
    QVERIFY(tokenizer != nullptr);
    QCOMPARE(tokenizer->encode("abc"), (std::vector<TokenId>{'a', 256}));
    QCOMPARE(tokenizer->encode("xxx"), (std::vector<TokenId>{258, 'x'}));
}

/// A vocabulary may hold an added token in a form that the merges lead to.
void TestTokenizerFile::mergesNeverGiveAnAddedToken()
{
    json contents = fixture::smallTokenizer();
    contents["model"]["vocab"]["<end>"] = 300;
    contents["model"]["vocab"]["<e"] = 256;
    contents["model"]["vocab"]["nd"] = 257;
    contents["model"]["vocab"]["nd>"] = 258;
    contents["model"]["merges"] = {"< e", "n d", "nd >", "<e nd>"};
    contents["model"]["ignore_merges"] = true;
    const auto tokenizer = open(contents);
    QVERIFY(tokenizer != nullptr);
    QCOMPARE(tokenizer->encode("<end>"), (std::vector<TokenId>{256, 258}));
    QCOMPARE(tokenizer->encodeMarked("<end>"), (std::vector<TokenId>{300}));
}

void TestTokenizerFile::wholeWordsGoBeforeMerges()
{
    json contents = fixture::smallTokenizer();
    contents["model"]["vocab"]["abc"] = 256; // no merge leads there
    QCOMPARE(open(contents)->encode("abc"), (std::vector<TokenId>{'a', 'b', 'c'}));
    contents["model"]["ignore_merges"] = true;
    QCOMPARE(open(contents)->encode("abc"), (std::vector<TokenId>{256}));
    QCOMPARE(open(contents)->encode("abcd"), (std::vector<TokenId>{'a', 'b', 'c', 'd'}));
}

void TestTokenizerFile::splitRulesCutWords_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<std::vector<int>>("expected"); // of "aaa a1a": 256 is "aa", 257 " a"
    const auto split = [](const char* kind, const char* pattern) -> Change {
        return [=](json& j) {
            const json byteLevel = j["pre_tokenizer"];
            const json rule = {
                {"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{kind, pattern}}}};
            j["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {rule, byteLevel}}};
        };
    };
    QTest::newRow("none") << Change([](json&) {}) << std::vector<int>{256, 'a', 257, '1', 'a'};
    QTest::newRow("of ByteLevel itself")
        << Change([](json& j) { j["pre_tokenizer"]["use_regex"] = true; })
        << std::vector<int>{256, 'a', 257, '1', 'a'};
    QTest::newRow("single letters")
        << split("Regex", "a") << std::vector<int>{'a', 'a', 'a', ' ', 'a', '1', 'a'};
    QTest::newRow("a text") << split("String", " ")
                            << std::vector<int>{256, 'a', ' ', 'a', '1', 'a'};
    QTest::newRow("a text is no expression")
        << split("String", ".") << std::vector<int>{256, 'a', 257, '1', 'a'};
    QTest::newRow("matches of nothing cut")
        << split("Regex", "(?=a)") << std::vector<int>{'a', 'a', 'a', ' ', 'a', '1', 'a'};
}

void TestTokenizerFile::splitRulesCutWords()
{
    QFETCH(Change, change);
    QFETCH(std::vector<int>, expected);
    json contents = fixture::smallTokenizer();
    fixture::addMerge(contents, "a", "a");
    fixture::addMerge(contents, "Ġ", "a");
    change(contents);
    const auto tokenizer = open(contents);
    QVERIFY(tokenizer != nullptr);
    QCOMPARE(tokenizer->encode("aaa a1a"), std::vector<TokenId>(expected));
}

/// Alternatives under a repeat take stack for every turn, more than compiled patterns are given;
/// the match must be found all the same. Where there is no memory for it either, the text must
/// stay.
void TestTokenizerFile::patternThatNeedsMuchStackLosesNothing()
{
    json contents = fixture::smallTokenizer();
    fixture::addMerge(contents, "c", "d");
    contents["pre_tokenizer"] = {
        {"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{"Regex", "(a|b|ab)+c"}}}},
          contents["pre_tokenizer"]}}};
    const auto tokenizer = open(contents);
    QVERIFY(tokenizer != nullptr);
    for (const int turns : {1, 50'000, 1'000'000}) {
        std::string text;
        for (int i = 0; i < turns; ++i) {
            text += "ab";
        }
        text += "cd";
        const auto ids = tokenizer->encode(text);
        QVERIFY(tokenizer->decode(ids) == text);
        if (turns <= 50'000) {
            QCOMPARE(ids.size(), text.size()); // cut before the d, so that c and d do not merge
        }
    }
}

void TestTokenizerFile::emptyNormalizerSequenceIsNone()
{
    json contents = fixture::smallTokenizer();
    contents["normalizer"] = {{"type", "Sequence"}, {"normalizers", json::array()}};
    QVERIFY(open(contents) != nullptr);
    contents.erase("normalizer");
    QVERIFY(open(contents) != nullptr);
}

QTEST_GUILESS_MAIN(TestTokenizerFile)
#include "tst_tokenizer_file.moc"
