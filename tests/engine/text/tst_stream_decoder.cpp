// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "engine/tokenizer.h"
#include "tokenizer_fixture.h"

using engine::StreamDecoder;
using engine::TokenId;

namespace {

const std::string kReplacement = "\uFFFD";

bool isWholeUtf8(const std::string& text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).toStdString() ==
           text;
}

/// Ids that spell `bytes` one by one, so that any cut can be tried.
std::vector<TokenId> byteIds(const engine::Tokenizer& tokenizer, const std::string& bytes)
{
    std::vector<TokenId> ids;
    for (const char byte : bytes) {
        // Alone, each byte is a token of its own (stray or ASCII).
        ids.push_back(tokenizer.encode(std::string(1, byte)).front());
    }
    return ids;
}

} // namespace

class TestStreamDecoder : public QObject
{
    Q_OBJECT

private slots:
    void casesComeOutInWholeCharacters_data();
    void casesComeOutInWholeCharacters();
    void bytesThatAreNoCharacter_data();
    void bytesThatAreNoCharacter();
    void wrongBytesAreShownAsSoonAsTheyAreKnown();
    void finishLeavesItReadyForMore();
};

void TestStreamDecoder::casesComeOutInWholeCharacters_data()
{
    QTest::addColumn<bool>("isV4");
    QTest::newRow("built-in") << false;
    QTest::newRow("DeepSeek-V4") << true;
}

void TestStreamDecoder::casesComeOutInWholeCharacters()
{
    QFETCH(bool, isV4);
    const auto tokenizer = isV4 ? fixture::v4() : fixture::builtIn();
    if (!tokenizer) {
        QSKIP("LECTERN_V4_TOKENIZER names no readable tokenizer.json of DeepSeek-V4");
    }
    for (const fixture::Case& c : fixture::readCases(
             isV4 ? "golden/tokenizer-v4/cases.jsonl" : "golden/built-in/tokenizer-cases.jsonl")) {
        StreamDecoder decoder(tokenizer);
        std::string text;
        for (const TokenId id : c.ids) {
            const std::string piece = decoder.push(id);
            QVERIFY(isWholeUtf8(piece));
            text += piece;
        }
        text += decoder.finish();
        QCOMPARE(text, tokenizer->decode(c.ids));
        QCOMPARE(text, c.text);
    }
}

void TestStreamDecoder::bytesThatAreNoCharacter_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("expected");
    const QByteArray r = QByteArray::fromStdString(kReplacement);
    QTest::newRow("nothing") << QByteArray() << QByteArray();
    QTest::newRow("lone continuation") << QByteArray("a\x80z") << "a" + r + "z";
    QTest::newRow("never a byte of UTF-8") << QByteArray("\xFF\xFE") << r + r;
    QTest::newRow("cut in the middle, then text") << QByteArray("\xE4\xBDx") << r + "x";
    QTest::newRow("cut at the end") << QByteArray("ok\xF0\x9F\x91") << "ok" + r;
    QTest::newRow("lead bytes only") << QByteArray("\xE4\xE4\xE4") << r + r + r;
    QTest::newRow("overlong slash") << QByteArray("\xC0\xAF") << r + r;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << r + r + r;
    QTest::newRow("past the last character") << QByteArray("\xF4\x90\x80\x80") << r + r + r + r;
    QTest::newRow("cut, then a whole one")
        << QByteArray("\xE4\xBD\xE4\xBD\xA0") << r + QByteArray("\xE4\xBD\xA0");
}

void TestStreamDecoder::bytesThatAreNoCharacter()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, expected);
    const auto tokenizer = fixture::builtIn();
    QVERIFY(tokenizer != nullptr);
    // However the bytes are cut into tokens, the text is the same.
    for (const auto& ids :
         {byteIds(*tokenizer, bytes.toStdString()), tokenizer->encode(bytes.toStdString())}) {
        StreamDecoder decoder(tokenizer);
        std::string text;
        for (const TokenId id : ids) {
            const std::string piece = decoder.push(id);
            QVERIFY(isWholeUtf8(piece));
            text += piece;
        }
        text += decoder.finish();
        QCOMPARE(QByteArray::fromStdString(text), expected);
    }
}

void TestStreamDecoder::wrongBytesAreShownAsSoonAsTheyAreKnown()
{
    const auto tokenizer = fixture::builtIn();
    const auto ids = byteIds(*tokenizer, "\xE4\xBDx\xFF");
    StreamDecoder decoder(tokenizer);
    QCOMPARE(decoder.push(ids[0]), std::string());
    QCOMPARE(decoder.push(ids[1]), std::string());
    QCOMPARE(decoder.push(ids[2]), kReplacement + "x");
    QCOMPARE(decoder.push(ids[3]), kReplacement); // can begin nothing
    QCOMPARE(decoder.finish(), std::string());
}

void TestStreamDecoder::finishLeavesItReadyForMore()
{
    const auto tokenizer = fixture::builtIn();
    StreamDecoder decoder(tokenizer);
    QCOMPARE(decoder.push(byteIds(*tokenizer, "\xE4").front()), std::string());
    QCOMPARE(decoder.finish(), kReplacement);
    QCOMPARE(decoder.finish(), std::string());
    QCOMPARE(decoder.push(tokenizer->encode("x").front()), std::string("x"));
    QCOMPARE(decoder.push(-1), std::string());
    QCOMPARE(decoder.push(*tokenizer->special("<think>")), std::string("<think>"));
}

QTEST_GUILESS_MAIN(TestStreamDecoder)
#include "tst_stream_decoder.moc"
