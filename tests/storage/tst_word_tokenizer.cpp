// SPDX-License-Identifier: GPL-3.0-or-later
#include "word_tokenizer.h"

#include <QTest>

using namespace storage;

namespace {

/// "one two +part": a word at the same place as the one before has a plus.
std::string words(std::string_view text, TokenizeFor purpose = TokenizeFor::index)
{
    std::string all;
    forEachWord(text, purpose, [&](const IndexWord& word) {
        if (!all.empty())
            all += ' ';
        if (word.atSamePlace)
            all += '+';
        all += word.word;
        return true;
    });
    return all;
}

} // namespace

class TestWordTokenizer final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cutsWords_data();
    void cutsWords();
    void queryKeepsNamesWhole();
    void placesPointIntoTheText();
    void stopsWhenAsked();
    void longRunsAreCut();
};

void TestWordTokenizer::cutsWords_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("wanted");
    const auto row = [](const char* name, const char* text, const char* wanted) {
        QTest::newRow(name) << std::string(text) << std::string(wanted);
    };
    row("nothing", "", "");
    row("white space and signs", " \t\n--- ... !?", "");
    row("plain English", "Call me Ishmael.", "call me ishmael");
    row("apostrophe", "Newton's don’t", "newton s don t");
    row("numbers", "In 1851, 3.14 and x86_64", "in 1851 3 14 and x86 64");
    row("accents", "Crème brûlée, ÅNGSTRÖM", "creme brulee angstrom");
    row("combining accents", "Cre\u0300me", "creme");
    row("Greek and Cyrillic", "Ἀθῆναι ЁЛКА", "αθηναι елка");
    row("sharp s stays", "Straße", "straße");
    row("full width", "ＡＢＣ１２", "abc12");
    row("Chinese", "全文检索。", "全 文 检 索");
    row("Japanese with Latin", "SQLiteの検索ー", "sqlite +sq +lite の 検 索 ー");
    row("Korean", "검색 기능", "검 색 기 능");
    row("Thai, with its vowels", "ค้นหา", "ค ้ น ห า");
    row("Hindi keeps its vowel signs", "हिन्दी पाठ", "हिन्दी पाठ");
    row("Arabic", "كتاب، جديد", "كتاب جديد");
    row("camel case", "commitReading HTTPServer",
        "commitreading +commit +reading httpserver "
        "+http +server");
    row("no parts", "NASA Nasa nasa iPhone", "nasa nasa nasa iphone +i +phone");
    row("snake case and paths", "row_block a.b/c-d", "row block a b c d");
    row("bytes that are not UTF-8",
        "ab\xff"
        "cd",
        "ab cd");
}

void TestWordTokenizer::cutsWords()
{
    QFETCH(std::string, text);
    QFETCH(std::string, wanted);
    const std::string found = words(text);
    QVERIFY2(found == wanted, found.c_str());
}

void TestWordTokenizer::queryKeepsNamesWhole()
{
    QCOMPARE(words("commitReading", TokenizeFor::query), std::string("commitreading"));
}

void TestWordTokenizer::placesPointIntoTheText()
{
    const std::string text = "Die Größe: readRows 検索";
    std::vector<std::string> slices;
    forEachWord(text, TokenizeFor::index, [&](const IndexWord& word) {
        slices.push_back(text.substr(word.begin, word.end - word.begin));
        return true;
    });
    QCOMPARE(slices,
             (std::vector<std::string>{"Die", "Größe", "readRows", "read", "Rows", "検", "索"}));
}

void TestWordTokenizer::stopsWhenAsked()
{
    int seen = 0;
    forEachWord("one twoThree four", TokenizeFor::index,
                [&](const IndexWord&) { return ++seen < 3; });
    QCOMPARE(seen, 3);
}

void TestWordTokenizer::longRunsAreCut()
{
    const std::string run(10'000, 'a');
    const std::string kept(128, 'a');
    forEachWord(run + "é b", TokenizeFor::index, [](const IndexWord& word) {
        [&] { QVERIFY(word.word.size() <= 128); }();
        return true;
    });
    QCOMPARE(words(run + " b"), kept + " b");
}

QTEST_GUILESS_MAIN(TestWordTokenizer)
#include "tst_word_tokenizer.moc"
