// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tokenizer.h"

#include <algorithm>
#include <thread>

#include <QTest>

#include "tokenizer_fixture.h"

using engine::TokenId;
using engine::Tokenizer;

namespace {

constexpr const char* kNoV4 = "LECTERN_V4_TOKENIZER names no readable tokenizer.json of "
                              "DeepSeek-V4 (models/tokenizer.json of the npm package "
                              "@lenml/tokenizer-deepseek_v4 3.7.2)";

QString shown(const std::vector<TokenId>& ids)
{
    QStringList texts;
    for (const TokenId id : ids) {
        texts << QString::number(id);
    }
    return texts.join(QLatin1Char(' '));
}

bool holdsSpecial(const Tokenizer& tokenizer, const std::vector<TokenId>& ids)
{
    return std::any_of(ids.begin(), ids.end(), [&](TokenId id) { return tokenizer.isSpecial(id); });
}

} // namespace

class TestTokenizer : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(fixture::builtIn() != nullptr); }

    void goldenCases_data();
    void goldenCases();
    void offsetsPointAtTheTokensBytes_data() { tokenizers(); }
    void offsetsPointAtTheTokensBytes();
    void addedTokensNeverComeOutOfText_data() { tokenizers(); }
    void addedTokensNeverComeOutOfText();
    void markedTextReadsAddedTokens();
    void longerAddedTokenWins();
    void idsOutsideTheVocabularyAreEmpty();
    void specialsAreFoundByContent();
    void threadsShareATokenizer();
    void repeatedEncodingIsTheSame();

private:
    static void tokenizers();
    static fixture::TokenizerPtr current();
    static std::vector<fixture::Case> currentCases();
};

void TestTokenizer::tokenizers()
{
    QTest::addColumn<bool>("isV4");
    QTest::newRow("built-in") << false;
    QTest::newRow("DeepSeek-V4") << true;
}

fixture::TokenizerPtr TestTokenizer::current()
{
    QFETCH(bool, isV4);
    return isV4 ? fixture::v4() : fixture::builtIn();
}

std::vector<fixture::Case> TestTokenizer::currentCases()
{
    QFETCH(bool, isV4);
    return fixture::readCases(isV4 ? "golden/tokenizer-v4/cases.jsonl"
                                   : "golden/built-in/tokenizer-cases.jsonl");
}

void TestTokenizer::goldenCases_data()
{
    tokenizers();
}

void TestTokenizer::goldenCases()
{
    const auto tokenizer = current();
    if (!tokenizer) {
        QSKIP(kNoV4);
    }
    QFETCH(bool, isV4);
    const auto added = fixture::addedTokens(isV4 ? fixture::v4File() : fixture::builtInFile());
    const auto cases = currentCases();
    QCOMPARE(cases.size(), std::size_t{688});
    int plain = 0;
    for (const fixture::Case& c : cases) {
        // The reference reads added tokens from text.
        QVERIFY2(tokenizer->encodeMarked(c.text) == c.ids,
                 qPrintable(QStringLiteral("%1\nwanted %2\nfound  %3")
                                .arg(QString::fromStdString(c.text), shown(c.ids),
                                     shown(tokenizer->encodeMarked(c.text)))));
        QCOMPARE(tokenizer->decode(c.ids), c.text);
        const auto ids = tokenizer->encode(c.text);
        QCOMPARE(tokenizer->decode(ids), c.text);
        const bool holdsAdded = std::any_of(added.begin(), added.end(), [&](const auto& content) {
            return c.text.find(content) != std::string::npos;
        });
        if (!holdsAdded) {
            QCOMPARE(ids, c.ids);
            ++plain;
        }
    }
    QCOMPARE(plain, isV4 ? 685 : 686); // the others are about added tokens
}

void TestTokenizer::offsetsPointAtTheTokensBytes()
{
    const auto tokenizer = current();
    if (!tokenizer) {
        QSKIP(kNoV4);
    }
    auto cases = currentCases();
    cases.push_back({"stray \xFF\xC3 bytes \xE4\xBD", {}});
    for (const fixture::Case& c : cases) {
        const engine::Encoding encoding = tokenizer->encodeWithOffsets(c.text);
        QCOMPARE(encoding.ids, tokenizer->encode(c.text));
        QCOMPARE(encoding.begins.size(), encoding.ids.size());
        std::size_t expected = 0;
        for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
            QCOMPARE(std::size_t{encoding.begins[i]}, expected);
            const auto bytes = tokenizer->tokenBytes(encoding.ids[i]);
            QVERIFY(!bytes.empty());
            QVERIFY(std::string_view(c.text).substr(expected, bytes.size()) == bytes);
            expected += bytes.size();
        }
        QCOMPARE(expected, c.text.size());
    }
}

void TestTokenizer::addedTokensNeverComeOutOfText()
{
    const auto tokenizer = current();
    if (!tokenizer) {
        QSKIP(kNoV4);
    }
    QFETCH(bool, isV4);
    const auto added = fixture::addedTokens(isV4 ? fixture::v4File() : fixture::builtInFile());
    QVERIFY(added.size() >= 7);
    const std::string before = "Text before ";
    for (const std::string& content : added) {
        std::vector<std::string> texts = {content,
                                          content + content,
                                          before + content + " and after.",
                                          "a" + content + "b",
                                          "\n" + content + "\n",
                                          "<" + content,
                                          content + ">",
                                          content.substr(1)};
        for (std::size_t length = 1; length < content.size(); ++length) {
            texts.push_back(content.substr(0, length)); // cuts characters too
        }
        for (const std::string& text : texts) {
            const auto ids = tokenizer->encode(text);
            QVERIFY2(!holdsSpecial(*tokenizer, ids), text.c_str());
            QCOMPARE(tokenizer->decode(ids), text);
        }
    }
}

void TestTokenizer::markedTextReadsAddedTokens()
{
    const auto tokenizer = fixture::builtIn();
    const auto user = tokenizer->special("<｜User｜>");
    const auto think = tokenizer->special("<think>");
    QVERIFY(user && think);
    QCOMPARE(tokenizer->encodeMarked(""), std::vector<TokenId>());
    QCOMPARE(tokenizer->encodeMarked("<｜User｜>"), std::vector<TokenId>{*user});
    QCOMPARE(tokenizer->encodeMarked("<｜User｜><think>"), (std::vector<TokenId>{*user, *think}));

    std::vector<TokenId> expected = tokenizer->encode("Hello <");
    expected.push_back(*think);
    const auto rest = tokenizer->encode("> it <thin");
    expected.insert(expected.end(), rest.begin(), rest.end());
    QCOMPARE(tokenizer->encodeMarked("Hello <<think>> it <thin"), expected);
}

void TestTokenizer::longerAddedTokenWins()
{
    const auto tokenizer = fixture::v4();
    if (!tokenizer) {
        QSKIP(kNoV4);
    }
    // Begin and end of the one that is not `normalized` stand inside others of the file's kinds.
    const std::string text = "<｜begin▁of▁repo▁name｜>x<｜begin▁of▁file｜><｜begin▁of▁file▁name｜>";
    const auto ids = tokenizer->encodeMarked(text);
    QCOMPARE(ids.size(), std::size_t{4});
    QCOMPARE(ids[0], *tokenizer->special("<｜begin▁of▁repo▁name｜>"));
    QCOMPARE(ids[2], *tokenizer->special("<｜begin▁of▁file｜>"));
    QCOMPARE(ids[3], *tokenizer->special("<｜begin▁of▁file▁name｜>"));
    QCOMPARE(tokenizer->decode(ids), text);
}

void TestTokenizer::idsOutsideTheVocabularyAreEmpty()
{
    const auto tokenizer = fixture::builtIn();
    QCOMPARE(tokenizer->vocabSize(), std::size_t{16384});
    for (const TokenId id : {-1, 16384, 1 << 30}) {
        QVERIFY(tokenizer->tokenBytes(id).empty());
        QVERIFY(!tokenizer->isSpecial(id));
    }
    const std::vector<TokenId> ids = {-7, tokenizer->encode("x").front(), 1 << 30};
    QCOMPARE(tokenizer->decode(ids), std::string("x"));
}

void TestTokenizer::specialsAreFoundByContent()
{
    const auto tokenizer = fixture::builtIn();
    QCOMPARE(tokenizer->special("<｜begin▁of▁sentence｜>"), std::optional<TokenId>(0));
    QCOMPARE(tokenizer->special("</think>"), std::optional<TokenId>(6));
    QVERIFY(tokenizer->isSpecial(6));
    QVERIFY(!tokenizer->isSpecial(7));
    QCOMPARE(tokenizer->tokenBytes(6), std::string_view("</think>"));
    QVERIFY(!tokenizer->special("the")); // a token, but not an added one
    QVERIFY(!tokenizer->special(""));
}

void TestTokenizer::threadsShareATokenizer()
{
    const auto tokenizer = fixture::builtIn();
    const auto cases = fixture::readCases("golden/built-in/tokenizer-cases.jsonl");
    std::vector<std::size_t> wrong(4, 0);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < wrong.size(); ++t) {
            threads.emplace_back([&, t] {
                for (std::size_t i = 0; i < 5 * cases.size(); ++i) {
                    const auto& c = cases[(i * (t + 1)) % cases.size()];
                    wrong[t] += tokenizer->encodeMarked(c.text) == c.ids ? 0U : 1U;
                }
            });
        }
    }
    QCOMPARE(wrong, std::vector<std::size_t>(4, 0));
}

/// What a word cache remembers must not depend on what came before.
void TestTokenizer::repeatedEncodingIsTheSame()
{
    const auto opened = Tokenizer::open(fixture::builtInFile());
    QVERIFY(opened);
    const auto cases = fixture::readCases("golden/built-in/tokenizer-cases.jsonl");
    for (int round = 0; round < 3; ++round) {
        for (const fixture::Case& c : cases) {
            QCOMPARE((*opened)->encodeMarked(c.text), c.ids);
            // The same words at the very end of a text are read in another way.
            QCOMPARE((*opened)->encodeMarked(std::string(c.text.data(), c.text.size())), c.ids);
        }
    }
}

QTEST_GUILESS_MAIN(TestTokenizer)
#include "tst_tokenizer.moc"
