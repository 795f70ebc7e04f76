// SPDX-License-Identifier: GPL-3.0-or-later
// Texts that nobody would write: random ones (the seeds are fixed), and very long words.
#include <array>
#include <random>

#include <QTest>

#include "engine/tokenizer.h"
#include "tokenizer_fixture.h"

using engine::TokenId;
using engine::Tokenizer;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit)
{
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

void appendUtf8(std::string& text, char32_t character)
{
    const QString one = QString::fromUcs4(&character, 1);
    text += one.toStdString();
}

std::string randomBytes(Random& random)
{
    std::string text(below(random, 200), '\0');
    for (char& byte : text) {
        byte = static_cast<char>(below(random, 256));
    }
    return text;
}

/// Characters of all planes, the ones that split rules care about more often.
std::string randomUnicode(Random& random)
{
    struct Range
    {
        char32_t first;
        char32_t last;
    };
    constexpr std::array<Range, 12> kRanges = {{{0x20, 0x7E},
                                                {0x09, 0x0D},
                                                {'0', '9'},
                                                {0x80, 0x24F},
                                                {0x300, 0x36F},
                                                {0x400, 0x4FF},
                                                {0x5D0, 0x6FF},
                                                {0x2000, 0x206F},
                                                {0x3000, 0x30FF},
                                                {0x4E00, 0x9FFF},
                                                {0xE000, 0xFFFF},
                                                {0x10000, 0x10FFFF}}};
    std::string text;
    for (std::size_t left = below(random, 120); left > 0; --left) {
        const Range range = kRanges[below(random, kRanges.size())];
        const auto offset = static_cast<char32_t>(below(random, range.last - range.first + 1U));
        appendUtf8(text, range.first + offset);
    }
    return text;
}

/// Valid text with a few bytes overwritten: damage such as real files have.
std::string damagedUnicode(Random& random)
{
    std::string text = randomUnicode(random);
    for (std::size_t left = text.empty() ? 0 : below(random, 4); left > 0; --left) {
        text[below(random, text.size())] = static_cast<char>(below(random, 256));
    }
    return text;
}

/// Bits of added tokens, stuck together at random.
std::string shuffledMarkup(Random& random)
{
    constexpr std::array<std::string_view, 14> kParts = {
        "<",  "｜", "|", "User", "Assistant",         "｜>",  ">", "think",
        "</", "/",  " ", "DSML", "begin▁of▁sentence", "▁pad▁"};
    std::string text;
    for (std::size_t left = below(random, 30); left > 0; --left) {
        text += kParts[below(random, kParts.size())];
    }
    return text;
}

/// Empty if all is well.
QString faultOf(const Tokenizer& tokenizer, const std::string& text)
{
    const engine::Encoding encoding = tokenizer.encodeWithOffsets(text);
    const QString shown = QString::fromLatin1(QByteArray::fromStdString(text).toHex(' '));
    if (tokenizer.decode(encoding.ids) != text) {
        return "not the same bytes after decoding: " + shown;
    }
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
        if (tokenizer.isSpecial(encoding.ids[i])) {
            return "a special token from text: " + shown;
        }
        const auto bytes = tokenizer.tokenBytes(encoding.ids[i]);
        if (text.compare(encoding.begins[i], bytes.size(), bytes) != 0) {
            return "a wrong offset: " + shown;
        }
    }
    return {};
}

} // namespace

class TestTokenizerFuzz : public QObject
{
    Q_OBJECT

private slots:
    void randomTexts_data();
    void randomTexts();
    void strayBytesAreTokensOfTheirOwn();
    void longWords_data();
    void longWords();
};

using Maker = std::string (*)(Random&);
Q_DECLARE_METATYPE(Maker)

void TestTokenizerFuzz::randomTexts_data()
{
    QTest::addColumn<bool>("isV4");
    QTest::addColumn<Maker>("make");
    for (const bool isV4 : {false, true}) {
        const char* name = isV4 ? "DeepSeek-V4" : "built-in";
        QTest::addRow("%s, bytes", name) << isV4 << &randomBytes;
        QTest::addRow("%s, Unicode", name) << isV4 << &randomUnicode;
        QTest::addRow("%s, damaged Unicode", name) << isV4 << &damagedUnicode;
        QTest::addRow("%s, markup", name) << isV4 << &shuffledMarkup;
    }
}

void TestTokenizerFuzz::randomTexts()
{
    QFETCH(bool, isV4);
    QFETCH(Maker, make);
    const auto tokenizer = isV4 ? fixture::v4() : fixture::builtIn();
    if (!tokenizer) {
        QSKIP("LECTERN_V4_TOKENIZER names no readable tokenizer.json of DeepSeek-V4");
    }
    Random random(20260101);
    for (int i = 0; i < 3000; ++i) {
        const std::string text = make(random);
        const QString fault = faultOf(*tokenizer, text);
        QVERIFY2(fault.isEmpty(), qPrintable(fault));
        // The heap block ends where the text does: reading on would be seen by the sanitizer.
        const std::vector<char> exact(text.begin(), text.end());
        QCOMPARE(tokenizer->encode(std::string_view(exact.data(), exact.size())),
                 tokenizer->encode(text));
    }
}

void TestTokenizerFuzz::strayBytesAreTokensOfTheirOwn()
{
    const auto tokenizer = fixture::builtIn();
    QVERIFY(tokenizer != nullptr);
    for (const std::string stray : {"\xFF", "\x80", "\xC3", "\xE4\xBD", "\xED\xA0\x80", "\xC0\xAF",
                                    "\xF4\x90\x80\x80", "\xF0\x9F\x91"}) {
        std::vector<TokenId> expected = tokenizer->encode("before");
        for (const char byte : stray) {
            expected.push_back(tokenizer->encode(std::string(1, byte)).front());
        }
        const auto after = tokenizer->encode("after");
        expected.insert(expected.end(), after.begin(), after.end());
        QCOMPARE(tokenizer->encode("before" + stray + "after"), expected);
    }
}

void TestTokenizerFuzz::longWords_data()
{
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("one letter") << QByteArray("a");
    QTest::newRow("letters") << QByteArray();
    QTest::newRow("spaces") << QByteArray(" ");
    QTest::newRow("line breaks") << QByteArray("\n");
    QTest::newRow("spaces and line breaks") << QByteArray(" \r\n\t");
    QTest::newRow("digits") << QByteArray("7");
    QTest::newRow("signs") << QByteArray("=-");
    QTest::newRow("Chinese") << QByteArray("你好世界");
    QTest::newRow("combining marks") << QByteArray("e\u0301\u0323");
    QTest::newRow("joined emoji") << QByteArray("👩\u200D");
    QTest::newRow("stray bytes") << QByteArray("\xFF\x80");
    QTest::newRow("zero bytes") << QByteArray("\0", 1);
}

/// A million bytes without a place to cut. If anything here took quadratic time or stack, this test
/// would not end, or would crash.
void TestTokenizerFuzz::longWords()
{
    QFETCH(QByteArray, unit);
    Random random(7);
    std::string text;
    while (text.size() < 1'000'000) {
        if (unit.isEmpty()) {
            text.push_back(static_cast<char>('a' + below(random, 26)));
        } else {
            text += unit.toStdString();
        }
    }
    for (const auto& tokenizer : {fixture::builtIn(), fixture::v4()}) {
        if (!tokenizer) {
            continue; // the V4 tokenizer is not there; randomTexts says so
        }
        for (const std::string& whole : {text, text + "\nend", "begin " + text + "x"}) {
            QVERIFY(tokenizer->decode(tokenizer->encode(whole)) == whole);
        }
    }
}

QTEST_GUILESS_MAIN(TestTokenizerFuzz)
#include "tst_tokenizer_fuzz.moc"
