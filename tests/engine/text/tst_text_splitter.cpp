// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/text_splitter.h"

#include <algorithm>
#include <array>
#include <string>

#include <QTest>

#include "text/regex_dialect.h"

using engine::ErrorCode;
using engine::pcreFromOniguruma;
using engine::SplitScratch;
using engine::TextSplitter;

namespace {

std::vector<std::string> cut(const std::vector<std::string>& patterns, const std::string& text)
{
    std::vector<engine::SplitRule> rules;
    for (const std::string& pattern : patterns) {
        rules.push_back({"rule", pattern, false});
    }
    const auto splitter = TextSplitter::create(rules);
    if (!splitter) {
        return {splitter.error().message};
    }
    std::vector<std::string> words;
    SplitScratch scratch;
    splitter->split(text, scratch, [&](std::string_view word) { words.emplace_back(word); });
    return words;
}

using Words = std::vector<std::string>;

} // namespace

Q_DECLARE_METATYPE(std::vector<std::string>)

class TestTextSplitter : public QObject
{
    Q_OBJECT

private slots:
    void cutsLikeTheReference_data();
    void cutsLikeTheReference();
    void spaceIsUnicodesWhiteSpace();
    void dialectIsRewritten_data();
    void dialectIsRewritten();
    void whatDiffersIsRefused_data();
    void whatDiffersIsRefused();
};

void TestTextSplitter::cutsLikeTheReference_data()
{
    QTest::addColumn<Words>("rules");
    QTest::addColumn<QString>("text");
    QTest::addColumn<Words>("words");
    const std::string spaces = R"(\s+(?!\S)|\s+)";
    QTest::newRow("no rules") << Words{} << "a b" << Words{"a b"};
    QTest::newRow("no text") << Words{"a"} << "" << Words{};
    QTest::newRow("matches and the rest") << Words{"b+"} << "abbc" << Words{"a", "bb", "c"};
    QTest::newRow("numbers by three")
        << Words{R"(\p{N}{1,3})"} << "x12345y" << Words{"x", "123", "45", "y"};
    QTest::newRow("last space goes with the word")
        << Words{R"( ?\p{L}+|\s+(?!\S)|\s+)"} << "a   b" << Words{"a", "  ", " b"};
    // A look-ahead ends where the piece of the earlier rule ends.
    QTest::newRow("later rules see one piece")
        << Words{R"(\p{N})", spaces} << "a  1" << Words{"a", "  ", "1"};
    QTest::newRow("one rule sees on")
        << Words{R"(\p{N}|)" + spaces} << "a  1" << Words{"a", " ", " ", "1"};
    QTest::newRow("line by line") << Words{"^a|b$"} << "aab\nab"
                                  << Words{"a", "a", "b", "\n", "a", "b"};
    QTest::newRow("matches of nothing")
        << Words{"(?=b)|x*"} << QStringLiteral("é") + "bxx" << Words{"é", "b", "xx"};
}

void TestTextSplitter::cutsLikeTheReference()
{
    QFETCH(Words, rules);
    QFETCH(QString, text);
    QFETCH(Words, words);
    QCOMPARE(cut(rules, text.toStdString()), words);
}

void TestTextSplitter::spaceIsUnicodesWhiteSpace()
{
    constexpr std::array<char32_t, 25> kWhite = {
        0x9,    0xA,    0xB,    0xC,    0xD,    0x20,   0x85,   0xA0,   0x1680,
        0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008,
        0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    // \s takes a run of white space whole, \S leaves it so, in a class and outside of one.
    for (const char* pattern :
         {R"(\s+)", R"([\s]+)", R"([^\S]+)", R"(\S)", R"([\S])", R"([^\s])"}) {
        const auto splitter = TextSplitter::create({{"rule", pattern, false}});
        QVERIFY(splitter);
        SplitScratch scratch;
        for (char32_t c = 0; c <= 0x10FFFF; ++c) {
            if (c == 'x' || (c >= 0xD800 && c <= 0xDFFF)) {
                continue;
            }
            const std::string run = QString(QString::fromUcs4(&c, 1)).repeated(2).toStdString();
            bool whole = false;
            splitter->split("x" + run + "x", scratch,
                            [&](std::string_view word) { whole = whole || word == run; });
            const bool white = std::find(kWhite.begin(), kWhite.end(), c) != kWhite.end();
            QVERIFY2(whole == white, qPrintable(QString::number(c, 16) + pattern));
        }
    }
}

void TestTextSplitter::dialectIsRewritten_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain") << "a+[^b\\]]{1,3}(?:c|d)"
                           << "a+[^b\\]]{1,3}(?:c|d)";
    QTest::newRow("braces of a property") << R"(\p{L}+\x{20}+\P{N}{2})"
                                          << R"(\p{L}+\x{20}+\P{N}{2})";
    QTest::newRow("word") << R"(\w[\w-])"
                          << R"([\p{L}\p{M}\p{Nd}\p{Pc}][\p{L}\p{M}\p{Nd}\p{Pc}-])";
    QTest::newRow("no word") << R"(\W)"
                             << R"([^\p{L}\p{M}\p{Nd}\p{Pc}])";
    QTest::newRow("hexadecimal digit") << R"(\h\H)"
                                       << "[0-9A-Fa-f][^0-9A-Fa-f]";
    QTest::newRow("vertical tab") << R"(\v)"
                                  << R"(\x{B})";
    QTest::newRow("bracket first in a class") << "[]a][^]a]"
                                              << "[]a][^]a]";
    QTest::newRow("escaped bracket") << R"(\[s\]\\s)"
                                     << R"(\[s\]\\s)";
    QTest::newRow("letters in either case") << "(?i:'s|'T)|(?=x)(?!y)(?<=z)(?<!w)(?>v)"
                                            << "(?i:'s|'T)|(?=x)(?!y)(?<=z)(?<!w)(?>v)";
}

void TestTextSplitter::dialectIsRewritten()
{
    QFETCH(QString, pattern);
    QFETCH(QString, expected);
    const auto result = pcreFromOniguruma(pattern.toStdString());
    QVERIFY(result);
    QCOMPARE(QString::fromStdString(*result), expected);
}

void TestTextSplitter::whatDiffersIsRefused_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("found");
    QTest::newRow("possessive count") << "a{1,3}+"
                                      << "`}+`";
    QTest::newRow("class in a class") << "[a[b]]"
                                      << "a class inside a class at byte 2";
    QTest::newRow("intersection") << "[a-z&&[^b]]"
                                  << "a class inside a class at byte 4";
    QTest::newRow("named class") << "[[:alpha:]]"
                                 << "a class inside a class at byte 1";
    QTest::newRow("word boundary") << R"(x\b)"
                                   << "`\\b` at byte 1";
    QTest::newRow("quoting") << R"(\Qx\E)"
                             << "`\\Q`";
    QTest::newRow("flags") << "(?m:.)"
                           << "a group of the kind `(?m`";
    QTest::newRow("named group") << "(?<n>a)"
                                 << "a group of the kind `(?<`";
    QTest::newRow("verb") << "(*UTF)a"
                          << "`(*` at byte 0";
    QTest::newRow("no word in a class") << R"([\W])"
                                        << "a negated set inside a class";
    QTest::newRow("lone backslash") << "a\\"
                                    << "a lone `\\`";
}

void TestTextSplitter::whatDiffersIsRefused()
{
    QFETCH(QString, pattern);
    QFETCH(QString, found);
    const auto result = pcreFromOniguruma(pattern.toStdString());
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::unsupported);
    const QString message = QString::fromStdString(result.error().message);
    QVERIFY2(message.startsWith(found), qPrintable(message));

    const auto splitter = TextSplitter::create({{"a.key", pattern.toStdString(), false}});
    QVERIFY(!splitter);
    QVERIFY(splitter.error().message.starts_with("a.key: wanted a regular expression"));
}

QTEST_GUILESS_MAIN(TestTextSplitter)
#include "tst_text_splitter.moc"
