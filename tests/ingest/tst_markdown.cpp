// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "block_check.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::BlockKind;
using ingest::readDocument;

Q_DECLARE_METATYPE(std::vector<BlockKind>)

class TestMarkdown : public QObject
{
    Q_OBJECT

private slots:
    void cutsAtBlocks_data();
    void cutsAtBlocks();
    void findsTheOutline();
    void toleratesFrontMatter();
    void keepsTheTextAndItsLines();
    void takesLongItemsApart();
};

void TestMarkdown::cutsAtBlocks_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<std::vector<BlockKind>>("kinds");
    using Kinds = std::vector<BlockKind>;
    using enum BlockKind;
    QTest::newRow("heading and paragraph") << "# One\n\nWords\nand more.\n"
                                           << Kinds{heading, paragraph};
    QTest::newRow("underlined heading") << "One\n===\nWords.\n" << Kinds{heading, paragraph};
    QTest::newRow("list items") << "- a\n- b\n  goes on\n\n1. c\n2. d\n"
                                << Kinds{listItem, listItem, listItem, listItem};
    QTest::newRow("fenced code") << "Before\n\n```cpp\nint a;\n\nint b;\n```\nAfter\n"
                                 << Kinds{paragraph, code, paragraph};
    QTest::newRow("table") << "| a | b |\n|---|---|\n| 1 | 2 |\n" << Kinds{table};
    QTest::newRow("quotation") << "> First.\n>\n> Second.\n" << Kinds{paragraph, paragraph};
    QTest::newRow("raw HTML") << "<div>\nwords\n</div>\n\nWords.\n" << Kinds{code, paragraph};
    QTest::newRow("what the parser takes out is a block too")
        << "See [a].\n\n[a]: https://example.org\n"
        << Kinds{paragraph, paragraph};
    QTest::newRow("rule between") << "a\n\n---\n\nb\n" << Kinds{paragraph, paragraph, paragraph};
}

void TestMarkdown::cutsAtBlocks()
{
    QFETCH(QString, text);
    QFETCH(std::vector<BlockKind>, kinds);
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.md", text.toStdString()));
    QVERIFY(document);
    QCOMPARE(document->maps.format, ingest::Format::markdown);
    std::vector<BlockKind> found;
    for (const auto& block : document->maps.blocks)
        found.push_back(block.kind);
    QCOMPARE(found, kinds);
    QCOMPARE(brokenPromise(*document), std::string());
}

void TestMarkdown::findsTheOutline()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write(
        "guide.md", "Intro.\n\n# The *Big* `Guide`\n\n## Part [one](x)\n\nWords.\n\n## Part two\n\n"
                    "Other words.\n\n```\n# no heading\n```\n"));
    QVERIFY(document);
    QCOMPARE(document->title, "The Big Guide"s);
    QCOMPARE(document->maps.outline.size(), std::size_t{3});
    QCOMPARE(document->maps.outline[1].title, "Part one"s);
    QCOMPARE(document->maps.outline[1].level, 1U);
    const std::size_t at = document->text.find("Words.");
    const auto position = ingest::locate(document->maps, at, at + 6);
    QCOMPARE(position.chapter, "Part one"s);
    QCOMPARE(*position.lineBegin, 7U);
    QVERIFY(!position.page);
    QCOMPARE(ingest::locate(document->maps, 0, 5).chapter, ""s);
}

void TestMarkdown::toleratesFrontMatter()
{
    const SampleFolder folder;
    const auto document = readDocument(
        folder.write("a.md", "---\ntitle: \"A Day: Notes\"\ntags: [a, b]\n---\n# One\n\nWords.\n"));
    QVERIFY(document);
    QCOMPARE(document->title, "A Day: Notes"s);
    QCOMPARE(document->maps.blocks[0].kind, BlockKind::code);
    QCOMPARE(blockText(*document, 1), "# One"s);
    QCOMPARE(*ingest::locate(document->maps, document->text.find("Words"), 0).lineBegin, 7U);
    QCOMPARE(brokenPromise(*document), std::string());
    // An open one is a rule and text.
    const auto open = readDocument(folder.write("b.md", "---\ntitle: A\n\nWords.\n"));
    QCOMPARE(open->title, "b.md"s);
}

void TestMarkdown::keepsTheTextAndItsLines()
{
    // A lone CR ends a line for CommonMark, but not here.
    const std::string text = "a\rb\n\n# Här\n\n* x\n\n\n";
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.md", text));
    QVERIFY(document);
    QCOMPARE(document->text, text);
    QCOMPARE(document->maps.lineBegins.size(), std::size_t{7});
    QCOMPARE(blockText(*document, 1), "# Här"s);
    QCOMPARE(brokenPromise(*document), std::string());
}

void TestMarkdown::takesLongItemsApart()
{
    const std::string paragraph(1000, 'x');
    const SampleFolder folder;
    const auto document = readDocument(
        folder.write("a.md", "- " + paragraph + "\n\n  " + paragraph + "\n\n  - inner\n- two\n"));
    QVERIFY(document);
    QCOMPARE(document->maps.blocks.size(), std::size_t{4});
    QCOMPARE(blockText(*document, 1), "  " + paragraph);
    QCOMPARE(brokenPromise(*document), std::string());
}

QTEST_GUILESS_MAIN(TestMarkdown)
#include "tst_markdown.moc"
