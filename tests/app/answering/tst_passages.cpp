// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <QtTest>

#include "answering/passages.h"
#include "scripted_sequence.h"

using answering::Block;
using answering::BlockKind;
using answering::Passage;

namespace {

/// Builds a text block by block, separated by blank lines.
class TextWithBlocks
{
public:
    TextWithBlocks& add(BlockKind kind, const std::string& block)
    {
        if (!m_text.empty()) {
            m_text += "\n\n";
        }
        const auto begin = static_cast<std::uint32_t>(m_text.size());
        m_text += block;
        m_blocks.push_back({kind, begin, static_cast<std::uint32_t>(m_text.size())});
        return *this;
    }

    std::vector<Passage> cut(const answering::PassageOptions& options = {}) const
    {
        return answering::cutPassages(m_text, m_blocks,
                                      builtInTokenizer()->encodeWithOffsets(m_text), options);
    }

    const std::string& text() const { return m_text; }
    std::string textOf(const Passage& passage) const
    {
        return m_text.substr(passage.textBegin, passage.textEnd - passage.textBegin);
    }

private:
    std::string m_text;
    std::vector<Block> m_blocks;
};

std::string sentences(int count)
{
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += (i > 0 ? " " : "") + std::string("The keeper of lamp number ") + std::to_string(i) +
                " walked slowly along the wall and counted the ships.";
    }
    return text;
}

bool isSpace(char c)
{
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

} // namespace

class TestPassages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyCharacterIsCoveredAndNoneTwice_data();
    void everyCharacterIsCoveredAndNoneTwice();
    void aParagraphIsAPassage();
    void shortNeighboursAreJoined();
    void shortNeighboursUnderDifferentHeadingsAreNot();
    void aHeadingGoesWithTheTextBelowIt();
    void aLongParagraphIsCutAtSentences();
    void aLongFunctionIsCutAtBlankLines();
    void textWithoutAnySpaceIsCutBetweenCharacters();
    void tokenRangesCoverThePassage();
    void emptyTextHasNoPassages();
};

void TestPassages::initTestCase()
{
    QVERIFY(builtInTokenizer() != nullptr);
}

void TestPassages::everyCharacterIsCoveredAndNoneTwice_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("hasBlocks");
    const QString prose = QString::fromStdString(sentences(80));
    QTest::newRow("prose without blocks")
        << prose + "\n\n" + prose.left(90) + "\n\n\nEnd." << false;
    QTest::newRow("one block too long") << prose << true;
    QTest::newRow("no sentence end") << QString("word ").repeated(2000) << true;
    QTest::newRow("no space") << QString::fromUtf8("логово").repeated(500) << true;
    QTest::newRow("CJK") << QString::fromUtf8("我们走在大路上。").repeated(300) << false;
    QTest::newRow("white space around") << "\n\n  \t" + prose + "  \n\n" << false;
    QTest::newRow("one letter") << QString("a") << false;
    QTest::newRow("emoji") << QString::fromUtf8("😀😀 👩‍👩‍👧 ").repeated(200)
                           << true;
}

void TestPassages::everyCharacterIsCoveredAndNoneTwice()
{
    QFETCH(QString, text);
    QFETCH(bool, hasBlocks);
    const std::string bytes = text.toStdString();
    std::vector<Block> blocks;
    if (hasBlocks) {
        blocks.push_back({BlockKind::paragraph, 0, static_cast<std::uint32_t>(bytes.size())});
    }
    const auto encoding = builtInTokenizer()->encodeWithOffsets(bytes);
    const auto passages = answering::cutPassages(bytes, blocks, encoding);
    QVERIFY(!passages.empty());
    std::size_t done = 0;
    for (const auto& passage : passages) {
        QVERIFY(passage.textBegin >= done && passage.textBegin < passage.textEnd);
        QVERIFY(std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(done),
                            bytes.begin() + passage.textBegin, isSpace));
        QVERIFY(!isSpace(bytes[passage.textBegin]) && !isSpace(bytes[passage.textEnd - 1]));
        const auto isContinuation = [&](std::size_t at) {
            return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xC0U) == 0x80U;
        };
        QVERIFY(!isContinuation(passage.textBegin) && !isContinuation(passage.textEnd));
        QVERIFY(passage.tokenEnd - passage.tokenBegin <= 400);
        done = passage.textEnd;
    }
    QVERIFY(std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end(), isSpace));
}

void TestPassages::aParagraphIsAPassage()
{
    TextWithBlocks document;
    document.add(BlockKind::paragraph, sentences(8)).add(BlockKind::paragraph, sentences(9));
    const auto passages = document.cut();
    QCOMPARE(passages.size(), std::size_t{2});
    QCOMPARE(document.textOf(passages[0]), sentences(8));
    QCOMPARE(document.textOf(passages[1]), sentences(9));
    QVERIFY(!passages[0].isCode);
}

void TestPassages::shortNeighboursAreJoined()
{
    TextWithBlocks document;
    document.add(BlockKind::listItem, "- lamp oil").add(BlockKind::listItem, "- a rope");
    document.add(BlockKind::paragraph, sentences(8));
    const auto passages = document.cut();
    QCOMPARE(passages.size(), std::size_t{2});
    QCOMPARE(document.textOf(passages[0]), std::string("- lamp oil\n\n- a rope"));
}

void TestPassages::shortNeighboursUnderDifferentHeadingsAreNot()
{
    TextWithBlocks document;
    document.add(BlockKind::heading, "# Oil").add(BlockKind::paragraph, "Two barrels.");
    document.add(BlockKind::heading, "# Rope").add(BlockKind::paragraph, "Nine fathoms.");
    const auto passages = document.cut();
    QCOMPARE(passages.size(), std::size_t{2});
    QCOMPARE(passages[0].heading, std::string("Oil"));
    QCOMPARE(passages[1].heading, std::string("Rope"));
}

void TestPassages::aHeadingGoesWithTheTextBelowIt()
{
    TextWithBlocks document;
    document.add(BlockKind::paragraph, sentences(4)).add(BlockKind::heading, "Part two");
    document.add(BlockKind::heading, "Of the wall").add(BlockKind::paragraph, sentences(8));
    document.add(BlockKind::paragraph, sentences(7));
    const auto passages = document.cut();
    QCOMPARE(passages.size(), std::size_t{3});
    QVERIFY(passages[0].heading.empty());
    QCOMPARE(document.textOf(passages[1]), "Part two\n\nOf the wall\n\n" + sentences(8));
    QCOMPARE(passages[1].heading, std::string("Of the wall"));
    QCOMPARE(passages[2].heading, std::string("Of the wall"));
}

void TestPassages::aLongParagraphIsCutAtSentences()
{
    TextWithBlocks document;
    document.add(BlockKind::paragraph, sentences(50));
    const auto passages = document.cut();
    QVERIFY(passages.size() >= 2);
    for (const auto& passage : passages) {
        const auto text = document.textOf(passage);
        QVERIFY(text.starts_with("The keeper"));
        QVERIFY(text.ends_with("the ships."));
        QVERIFY(passage.tokenEnd - passage.tokenBegin >= 150); // about equal parts, no crumbs
    }
}

void TestPassages::aLongFunctionIsCutAtBlankLines()
{
    std::string code = "void countShips()\n{\n";
    for (int part = 0; part < 12; ++part) {
        for (int line = 0; line < 4; ++line) {
            code +=
                "    ships[" + std::to_string(part * 4 + line) + "] = lookOut(harbour, north);\n";
        }
        code += "\n";
    }
    code += "}";
    TextWithBlocks document;
    document.add(BlockKind::definition, code);
    const auto passages = document.cut();
    QVERIFY(passages.size() >= 2);
    for (const auto& passage : passages) {
        QVERIFY(passage.isCode);
        QVERIFY(document.textOf(passage).ends_with(";") || document.textOf(passage).ends_with("}"));
    }
    QCOMPARE(document.text().substr(passages[0].textEnd, 2), std::string("\n\n"));
}

void TestPassages::textWithoutAnySpaceIsCutBetweenCharacters()
{
    TextWithBlocks document;
    document.add(BlockKind::paragraph, std::string(5000, 'a'));
    std::size_t total = 0;
    for (const auto& passage : document.cut()) {
        total += passage.textEnd - passage.textBegin;
    }
    QCOMPARE(total, std::size_t{5000});
}

void TestPassages::tokenRangesCoverThePassage()
{
    TextWithBlocks document;
    document.add(BlockKind::heading, "A heading").add(BlockKind::paragraph, sentences(60));
    const auto encoding = builtInTokenizer()->encodeWithOffsets(document.text());
    for (const auto& passage : document.cut()) {
        QVERIFY(encoding.begins[passage.tokenBegin] <= passage.textBegin);
        QVERIFY(passage.tokenBegin + 1 == encoding.begins.size() ||
                encoding.begins[passage.tokenBegin + 1] > passage.textBegin);
        QVERIFY(encoding.begins[passage.tokenEnd - 1] < passage.textEnd);
        QVERIFY(passage.tokenEnd == encoding.begins.size() ||
                encoding.begins[passage.tokenEnd] >= passage.textEnd);
    }
}

void TestPassages::emptyTextHasNoPassages()
{
    QVERIFY(answering::cutPassages("", {}, builtInTokenizer()->encodeWithOffsets("")).empty());
    const std::string blank = " \n\n \t";
    QVERIFY(
        answering::cutPassages(blank, {}, builtInTokenizer()->encodeWithOffsets(blank)).empty());
}

QTEST_GUILESS_MAIN(TestPassages)
#include "tst_passages.moc"
