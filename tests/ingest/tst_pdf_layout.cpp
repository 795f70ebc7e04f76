// SPDX-License-Identifier: GPL-3.0-or-later
// How the words of PDF pages become running text: columns, paragraphs, headings, running heads.
#include <QGuiApplication>
#include <QTest>

#include "block_check.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "pdf_maker.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::BlockKind;
using ingest::readDocument;

namespace {

ingest::Document read(const PdfMaker& pdf)
{
    const SampleFolder folder;
    auto document = readDocument(folder.write("sample.pdf", pdf.bytes()));
    if (!document)
        throw std::runtime_error(document.error().message);
    return *document;
}

std::vector<std::string> blocksOf(const ingest::Document& document)
{
    std::vector<std::string> blocks;
    for (std::size_t i = 0; i < document.maps.blocks.size(); ++i)
        blocks.push_back(blockText(document, i));
    return blocks;
}

QString joined(const std::vector<std::string>& texts)
{
    QStringList list;
    for (const std::string& text : texts)
        list.append(QString::fromStdString(text));
    return list.join(QLatin1String(" | "));
}

QString outlineOf(const ingest::Document& document)
{
    std::vector<std::string> entries;
    for (const auto& entry : document.maps.outline)
        entries.push_back(std::string(entry.level, '-') + entry.title + " @" +
                          document.text.substr(entry.textBegin, 6));
    return joined(entries);
}

/// Full lines of one width, none of which looks like another.
std::vector<std::string> prose(int from, int lines)
{
    const std::vector<std::string> words{"whale",  "ocean",   "harpoon", "captain", "voyage",
                                         "island", "lantern", "sailor",  "timber",  "anchor"};
    std::vector<std::string> result;
    for (int i = from; i < from + lines; ++i) {
        std::string line = "the";
        for (int k = 0; k < 7; ++k)
            line += " " + words[static_cast<std::size_t>((i * 7 + k * (i % 3 + 1)) % 10)];
        result.push_back(line);
    }
    return result;
}

} // namespace

class TestPdfLayout : public QObject
{
    Q_OBJECT

private slots:
    void followsColumns();
    void goesOnFromColumnToColumn();
    void splitsParagraphs_data();
    void splitsParagraphs();
    void goesOnOverThePage();
    void takesRunningHeadsOut();
    void takesHeadsOfLeftAndRightPagesOut();
    void takesChapterHeadsOut();
    void keepsRepeatedTextOfForms();
    void readsPrintedPageNumbers();
    void readsRomanPageNumbers();
    void keepsNumbersThatAreNoPageNumbers();
    void findsHeadingsBySize();
    void placesTheOutlineOfTheFile();
    void thinsLeaders();
    void joinsLargeInitials();
    void keepsFootnotesApart();
    void keepsLinesOfListings();
};

void TestPdfLayout::followsColumns()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.text(60, 60, "A title over both of the columns of this page here", 18);
    // Written row by row, as some programs do: reading order is not the order in the file.
    const std::vector<std::string> left{"Left one of the first", "left two of the first",
                                        "left three is the last."};
    const std::vector<std::string> right{"Right one of the other", "right two of the other",
                                         "right three is the end."};
    for (std::size_t i = 0; i < left.size(); ++i) {
        pdf.text(60, 100 + 14 * static_cast<double>(i), left[i]);
        pdf.text(320, 100 + 14 * static_cast<double>(i), right[i]);
    }
    const auto document = read(pdf);
    const std::size_t last = document.text.find("left three");
    QVERIFY(last != std::string::npos);
    QVERIFY2(last < document.text.find("Right one"), document.text.c_str());
    QCOMPARE(brokenPromise(document), std::string());
    QCOMPARE(blockText(document, 1),
             "Left one of the first left two of the first left three is the last."s);
}

void TestPdfLayout::goesOnFromColumnToColumn()
{
    PdfMaker pdf;
    pdf.addPage();
    auto left = prose(0, 20);
    auto right = prose(20, 20);
    for (auto* column : {&left, &right}) {
        for (std::string& line : *column)
            line.resize(38, 'x');
    }
    left.back() = "and here the sentence of the column is";
    right.front() = "continued in the other column, as many";
    pdf.lines(50, 100, left, 10, 12);
    pdf.lines(320, 100, right, 10, 12);
    const auto document = read(pdf);
    QVERIFY2(document.text.find("column is continued in the other column") != std::string::npos,
             document.text.c_str());
    const std::size_t at = document.text.find("is continued");
    QCOMPARE(ingest::locate(document.maps, at, at + 12).boxes.size(), std::size_t{2});
}

void TestPdfLayout::splitsParagraphs_data()
{
    // x, y and the words of each line
    using Lines = QList<std::tuple<double, double, QString>>;
    QTest::addColumn<Lines>("lines");
    QTest::addColumn<QString>("blocks");
    const QString full = QStringLiteral("These words make up a line that reaches the edge here");
    QTest::newRow("an indent begins a paragraph")
        << Lines{{72, 100, full},
                 {72, 114, full},
                 {72, 128, full + " x"},
                 {90, 142, full},
                 {72, 156, full}}
        << full + " " + full + " " + full + " x | " + full + " " + full;
    QTest::newRow("a gap begins a paragraph")
        << Lines{{72, 100, full}, {72, 114, full}, {72, 138, full}, {72, 152, full}}
        << full + " " + full + " | " + full + " " + full;
    QTest::newRow("a short line ends a paragraph")
        << Lines{{72, 100, full},
                 {72, 114, full},
                 {72, 128, "The end."},
                 {72, 142, full},
                 {72, 156, full}}
        << full + " " + full + " The end. | " + full + " " + full;
    QTest::newRow("lines of verse stay lines")
        << Lines{{72, 100, full},
                 {72, 114, full},
                 {72, 140, "Shall I compare thee"},
                 {72, 154, "to a day"},
                 {72, 168, "Thou art more lovely and"},
                 {72, 182, "more mild"}}
        << full + " " + full +
               " | Shall I compare thee\nto a day\nThou art more lovely and\nmore mild";
    QTest::newRow("list items") << Lines{{72, 100, full},
                                         {80, 114, "\u00B7 one"},
                                         {80, 128, "\u00B7 two"},
                                         {80, 142, "\u00B7 three"}}
                                << full + " | \u00B7 one | \u00B7 two | \u00B7 three";
    QTest::newRow("numbered items")
        << Lines{{72, 100, full + ":"}, {72, 114, "1. one is here."}, {72, 128, "2. two is there."}}
        << full + ": | 1. one is here. | 2. two is there.";
    QTest::newRow("references that hang")
        << Lines{{72, 100, full},       {90, 114, "goes on."}, {72, 128, full},
                 {90, 142, "goes on."}, {72, 156, full},       {90, 170, "goes on."}}
        << full + " goes on. | " + full + " goes on. | " + full + " goes on.";
    QTest::newRow("a raised number does not split")
        << Lines{{72, 100, full}, {72, 114, full}, {72, 128, full}}
        << full + " " + full + " " + full;
}

void TestPdfLayout::splitsParagraphs()
{
    using Lines = QList<std::tuple<double, double, QString>>;
    QFETCH(Lines, lines);
    QFETCH(QString, blocks);
    PdfMaker pdf;
    pdf.addPage();
    for (const auto& [x, y, text] : lines)
        pdf.text(x, y, text.toLatin1().toStdString());
    const auto document = read(pdf);
    QCOMPARE(joined(blocksOf(document)), blocks);
    QCOMPARE(brokenPromise(document), std::string());
}

void TestPdfLayout::goesOnOverThePage()
{
    PdfMaker pdf;
    pdf.addPage();
    auto lines = prose(0, 30);
    lines.back() = "and the sentence that began on this page is then";
    pdf.lines(72, 150, lines);
    pdf.addPage();
    lines = prose(30, 10);
    lines.front() = "continued on the next page of the book, as it is";
    pdf.lines(72, 150, lines);
    const auto document = read(pdf);
    const std::size_t at = document.text.find("is then continued on");
    QVERIFY2(at != std::string::npos, document.text.c_str());
    const auto position = ingest::locate(document.maps, at, at + 20);
    QCOMPARE(*position.page, 0U);
    QCOMPARE(position.lastPage, 1U);
    QCOMPARE(document.maps.pages[0].textEnd, at + 7);
    QCOMPARE(document.maps.pages[1].textBegin, at + 8);
}

void TestPdfLayout::takesRunningHeadsOut()
{
    PdfMaker pdf;
    for (int i = 0; i < 8; ++i) {
        pdf.addPage();
        pdf.text(72, 60, "A History of Whaling");
        pdf.text(480, 60, "Volume 2");
        pdf.lines(72, 100, prose(i * 10, 10));
        pdf.text(290, 800, "- " + std::to_string(i + 1) + " -");
    }
    const auto document = read(pdf);
    QVERIFY2(document.text.find("History") == std::string::npos, document.text.c_str());
    QVERIFY(document.text.find("Volume") == std::string::npos);
    QVERIFY(document.text.find('-') == std::string::npos);
    for (const std::string& line : prose(0, 80))
        QVERIFY2(document.text.find(line) != std::string::npos, line.c_str());
}

void TestPdfLayout::takesHeadsOfLeftAndRightPagesOut()
{
    PdfMaker pdf;
    for (int i = 0; i < 10; ++i) {
        pdf.addPage();
        pdf.text(72, 60,
                 i % 2 == 0 ? std::to_string(i + 1) + "  HERMAN MELVILLE"
                            : "MOBY DICK  " + std::to_string(i + 1));
        pdf.lines(72, 100, prose(i * 10, 10));
    }
    const auto document = read(pdf);
    QVERIFY2(document.text.find("MELVILLE") == std::string::npos, document.text.c_str());
    QVERIFY(document.text.find("MOBY") == std::string::npos);
}

void TestPdfLayout::takesChapterHeadsOut()
{
    PdfMaker pdf;
    for (int i = 0; i < 12; ++i) {
        pdf.addPage();
        const std::string chapter = i < 4   ? "Loomings"
                                    : i < 8 ? "The Carpet-Bag"
                                            : "The Spouter-Inn";
        if (i % 4 == 0)
            pdf.text(72, 140, chapter, 20);
        else
            pdf.text(72, 60, chapter, 9);
        pdf.lines(72, 180, prose(i * 10, 10));
    }
    const auto document = read(pdf);
    const auto count = [&](const std::string& words) {
        std::size_t found = 0;
        for (std::size_t at = document.text.find(words); at != std::string::npos;
             at = document.text.find(words, at + 1))
            ++found;
        return found;
    };
    QCOMPARE(count("Loomings"), std::size_t{1}); // the heading itself
    QCOMPARE(count("The Carpet-Bag"), std::size_t{1});
    QCOMPARE(outlineOf(document), QStringLiteral("Loomings @Loomin | The Carpet-Bag @The Ca | "
                                                 "The Spouter-Inn @The Sp"));
}

void TestPdfLayout::keepsRepeatedTextOfForms()
{
    PdfMaker pdf;
    for (int i = 0; i < 8; ++i) {
        pdf.addPage();
        pdf.text(100, 120, "Certificate number " + std::to_string(i));
    }
    const auto document = read(pdf);
    QVERIFY2(document.text.find("Certificate number 3") != std::string::npos,
             document.text.c_str());
}

void TestPdfLayout::readsPrintedPageNumbers()
{
    PdfMaker pdf;
    for (int i = 0; i < 9; ++i) {
        pdf.addPage();
        pdf.lines(72, 100, prose(i * 10, 10));
        if (i >= 3 && i != 5)
            pdf.text(290, 800, std::to_string(i - 2));
    }
    const auto document = read(pdf);
    std::vector<std::string> labels;
    for (const auto& page : document.maps.pages)
        labels.push_back(page.label);
    QCOMPARE(joined(labels), QStringLiteral("[1] | [2] | [3] | 1 | 2 | 3 | 4 | 5 | 6"));
    QVERIFY(document.text.find_first_of("0123456789") == std::string::npos);
}

void TestPdfLayout::readsRomanPageNumbers()
{
    PdfMaker pdf;
    const std::vector<std::string> printed{"i", "ii", "iii", "iv", "1", "2", "3", "4"};
    for (std::size_t i = 0; i < printed.size(); ++i) {
        pdf.addPage();
        pdf.lines(72, 100, prose(static_cast<int>(i) * 10, 10));
        pdf.text(290, 800, printed[i]);
    }
    const auto document = read(pdf);
    std::vector<std::string> labels;
    for (const auto& page : document.maps.pages)
        labels.push_back(page.label);
    QCOMPARE(labels, printed);
    QVERIFY(document.text.find("iii") == std::string::npos);
}

void TestPdfLayout::keepsNumbersThatAreNoPageNumbers()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.lines(72, 100, prose(0, 5));
    pdf.text(72, 700, "1984");
    const auto document = read(pdf);
    QVERIFY2(document.text.find("1984") != std::string::npos, document.text.c_str());
}

void TestPdfLayout::findsHeadingsBySize()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.text(72, 80, "The Whole Book", 24);
    pdf.text(72, 120, "First Chapter", 16);
    pdf.lines(72, 150, prose(0, 6));
    pdf.text(72, 260, "1.2 A Section", 11);
    pdf.lines(72, 290, prose(6, 6));
    pdf.text(72, 400, "Second Chapter", 16);
    pdf.lines(72, 430, prose(12, 6));
    const auto document = read(pdf);
    QCOMPARE(outlineOf(document),
             QStringLiteral("The Whole Book @The Wh | -First Chapter @First  | "
                            "--1.2 A Section @1.2 A  | -Second Chapter @Second"));
    QCOMPARE(document.title, "The Whole Book"s);
    const std::size_t at = document.text.find(prose(8, 1).front());
    QCOMPARE(ingest::locate(document.maps, at, at + 1).chapter, "1.2 A Section"s);
    QCOMPARE(document.maps.blocks[1].kind, BlockKind::heading);
}

void TestPdfLayout::placesTheOutlineOfTheFile()
{
    PdfMaker pdf;
    for (int i = 0; i < 3; ++i) {
        pdf.addPage();
        pdf.lines(72, 100, prose(i * 30, 10));
        pdf.text(72, 280, "Chapter about " + std::string(1, static_cast<char>('A' + i)), 11);
        pdf.lines(72, 310, prose(i * 30 + 10, 10));
    }
    pdf.addOutline("Chapter about A", 0, 275);
    pdf.addOutline("Chapter about B", 1, 0); // without a place on the page: found by its words
    pdf.addOutline("Other words", 2, 270);   // not in the text: found by its place
    const auto document = read(pdf);
    QCOMPARE(outlineOf(document),
             QStringLiteral("Chapter about A @Chapte | Chapter about B @Chapte | "
                            "Other words @Chapte"));
    std::size_t headings = 0;
    for (const auto& block : document.maps.blocks)
        headings += block.kind == BlockKind::heading ? 1U : 0U;
    QVERIFY(headings >= 2);
    const std::size_t at = document.text.find("Chapter about C");
    QCOMPARE(document.maps.outline[2].textBegin, at);
    QCOMPARE(document.maps.outline[1].textEnd, at);
}

void TestPdfLayout::thinsLeaders()
{
    PdfMaker pdf;
    pdf.addPage();
    std::string dots;
    for (int i = 0; i < 40; ++i)
        dots += " .";
    pdf.lines(72, 100, {"Loomings" + dots + " 3", "The Carpet-Bag" + dots + " 17"});
    const auto document = read(pdf);
    QCOMPARE(document.text, "Loomings ... 3\nThe Carpet-Bag ... 17"s);
    QCOMPARE(brokenPromise(document), std::string());
}

void TestPdfLayout::joinsLargeInitials()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.text(72, 128, "C", 40);
    pdf.text(103, 102, "ALL me Ishmael. Some years ago, never mind how");
    pdf.text(103, 116, "long precisely, having little or no money in it");
    pdf.lines(72, 140, prose(0, 4));
    const auto document = read(pdf);
    QVERIFY2(document.text.find("CALL me Ishmael.") != std::string::npos, document.text.c_str());
}

void TestPdfLayout::keepsFootnotesApart()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.lines(72, 150, prose(0, 20));
    pdf.text(72, 700, "1", 6);
    pdf.text(77, 702, "A note on the first page of the book.", 8);
    pdf.text(72, 712, "2", 6);
    pdf.text(77, 714, "Another note there.", 8);
    const auto document = read(pdf);
    const auto blocks = blocksOf(document);
    QVERIFY(blocks.size() >= 3);
    QVERIFY2(blocks[blocks.size() - 2].ends_with("A note on the first page of the book."),
             blocks[blocks.size() - 2].c_str());
    QVERIFY2(blocks.back().ends_with("Another note there."), blocks.back().c_str());
    QVERIFY(blocks.back().find("first page") == std::string::npos);
}

void TestPdfLayout::keepsLinesOfListings()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.lines(72, 100, prose(0, 6));
    pdf.lines(72, 200,
              {"351 for each of the words in the list of them do this",
               "352 add one to the count of it and look at the next one",
               "353 and so on until the end of the list of them is here"});
    const auto document = read(pdf);
    QVERIFY2(document.text.find("do this\n352 add") != std::string::npos, document.text.c_str());
}

QTEST_MAIN(TestPdfLayout)
#include "tst_pdf_layout.moc"
