// SPDX-License-Identifier: GPL-3.0-or-later
// Random and damaged bytes: they may be refused, or read, but nothing else may happen. The seeds
// are fixed, so that a failure comes back.
#include <QElapsedTimer>
#include <QTest>

#include <random>

#include "block_check.h"
#include "ingest/document_maps.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "pdf_maker.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::readDocument;

namespace {

/// Reads and checks what was promised about the result, whatever it is.
void readAndCheck(const std::filesystem::path& path)
{
    const auto document = readDocument(path);
    if (!document) {
        QVERIFY(!document.error().message.empty());
        return;
    }
    QVERIFY(!document->title.empty());
    const std::string broken = brokenPromise(*document);
    QVERIFY2(broken.empty(), (path.string() + ": " + broken).c_str());
    const auto decoded = ingest::decodeMaps(ingest::encodeMaps(document->maps));
    QVERIFY(decoded);
    QVERIFY(*decoded == document->maps);
    for (std::size_t at = 0; at <= document->text.size(); at += 1 + document->text.size() / 50)
        QVERIFY(ingest::locate(document->maps, at, at + 40).lastPage <=
                document->maps.pages.size());
}

std::string randomBytes(std::mt19937& random, std::size_t size, bool printable)
{
    static const std::string kCode = " \n\t(){}[]<>;:,.=\"'`/*#\\-+abcdefABCDEF0123@!?|~";
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes += printable ? kCode[random() % kCode.size()] : static_cast<char>(random() % 256);
    return bytes;
}

} // namespace

class TestHostileInput : public QObject
{
    Q_OBJECT

private slots:
    void randomText_data();
    void randomText();
    void mixedFragments();
    void damagedPdfs();
    void randomMaps();
    void slowShapes_data();
    void slowShapes();
};

void TestHostileInput::randomText_data()
{
    QTest::addColumn<QString>("extension");
    for (const char* extension :
         {"txt", "md", "c",   "cpp", "py",   "js",   "ts",  "go",   "rs", "java", "rb",
          "lua", "sh", "sql", "hs",  "html", "json", "pdf", "lisp", "cs", "m"})
        QTest::newRow(extension) << extension;
}

void TestHostileInput::randomText()
{
    QFETCH(QString, extension);
    std::mt19937 random(static_cast<unsigned>(qHash(extension, 0)));
    const SampleFolder folder;
    for (int round = 0; round < 60; ++round) {
        const std::string bytes = randomBytes(random, random() % 4000, round % 3 != 0);
        readAndCheck(folder.write("a." + extension.toStdString(), bytes));
    }
}

void TestHostileInput::mixedFragments()
{
    const std::vector<std::string> fragments{"/*",
                                             "*/",
                                             "//",
                                             "\"\"\"",
                                             "R\"(",
                                             ")\"",
                                             "r#\"",
                                             "\"#",
                                             "'",
                                             "`",
                                             "${",
                                             "#if 0\n",
                                             "#else\n",
                                             "#endif\n",
                                             "{",
                                             "}",
                                             "\n}\n",
                                             "(",
                                             ")",
                                             "<",
                                             ">",
                                             "class A",
                                             "operator",
                                             "template<",
                                             "public:",
                                             "[[",
                                             "]]",
                                             "#[",
                                             "@x(",
                                             "func (",
                                             "=>",
                                             "function",
                                             "impl<",
                                             "namespace",
                                             "---\n",
                                             "```\n",
                                             "> ",
                                             "- ",
                                             "| a |\n|---|\n",
                                             "# ",
                                             "\xE4\xBD",
                                             "\xEF\xBB\xBF",
                                             "\xED\xA0\x80",
                                             "\r",
                                             "\r\n",
                                             "\f",
                                             "def x",
                                             "\n    ",
                                             "\n\t",
                                             "end\n",
                                             "Chapter 1\n\n",
                                             "<!--",
                                             "[x]: y\n",
                                             "\\",
                                             ";",
                                             ",",
                                             "::",
                                             "~"};
    std::mt19937 random(7); // NOLINT: the same bytes every time
    const SampleFolder folder;
    for (const char* name :
         {"a.cpp", "a.py", "a.rs", "a.js", "a.go", "a.md", "a.rb", "a.cs", "a.hs", "a"}) {
        for (int round = 0; round < 60; ++round) {
            std::string text;
            for (std::size_t i = random() % 200; i > 0; --i)
                text += fragments[random() % fragments.size()];
            readAndCheck(folder.write(name, text));
        }
    }
}

void TestHostileInput::damagedPdfs()
{
    PdfMaker pdf;
    for (int i = 0; i < 6; ++i) {
        pdf.addPage();
        pdf.text(72, 60, "Running head " + std::to_string(i));
        pdf.lines(72, 100, {"Some words that make a line of text,", "and a divi-", "ded word."});
        pdf.text(72, 300, "A Heading", 20);
        pdf.picture(100, 400, 50);
    }
    pdf.addOutline("A Heading", 0, 290);
    pdf.addOutline("B", 3, 90);
    pdf.setPageLabels("0 << /S /D >>");
    const std::string whole = pdf.bytes();
    const std::vector<std::string> values{"-1",   "99999999999", "1e30",  "0",
                                          "null", "1 0 R",       "<< >>", "[ ]",
                                          "(",    ">>",          "nan",   "2147483648"};
    std::mt19937 random(11); // NOLINT: the same bytes every time
    const SampleFolder folder;
    for (int round = 0; round < 300; ++round) {
        std::string bytes = whole;
        const std::size_t at = random() % bytes.size();
        switch (round % 4) {
        case 0:
            bytes.resize(at);
            break;
        case 1:
            for (int i = 0; i < 20; ++i)
                bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
            break;
        case 2: { // another value for a number
            const std::size_t digit = bytes.find_first_of("0123456789", at);
            if (digit != std::string::npos) {
                const std::size_t end = bytes.find_first_not_of("0123456789.", digit);
                bytes.replace(digit, end - digit, values[random() % values.size()]);
            }
            break;
        }
        default:
            bytes.erase(at, random() % 200);
        }
        readAndCheck(folder.write("a.pdf", bytes));
    }
}

void TestHostileInput::randomMaps()
{
    // Encoded without checks, so that their checksum is right and their content is not.
    std::mt19937 random(13); // NOLINT: the same values every time
    const auto offset = [&random] {
        const auto value = static_cast<ingest::Offset>(random());
        return random() % 8 == 0 ? value : value % 50;
    };
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        ingest::DocumentMaps maps;
        maps.textBytes = offset();
        for (std::size_t i = random() % 3; i > 0; --i)
            maps.pages.push_back({"x", 1.0F, 1.0F, offset(), offset()});
        for (std::size_t i = random() % 3; i > 0; --i)
            maps.words.push_back({offset(), offset(), offset() % 3, {}});
        for (std::size_t i = random() % 3; i > 0; --i)
            maps.lineBegins.push_back(offset());
        for (std::size_t i = random() % 3; i > 0; --i)
            maps.outline.push_back({"x", offset(), offset(), offset()});
        for (std::size_t i = random() % 3; i > 0; --i)
            maps.blocks.push_back(
                {static_cast<ingest::BlockKind>(random() % 7), offset(), offset()});
        auto bytes = ingest::encodeMaps(maps);
        const auto decoded = ingest::decodeMaps(bytes);
        if (decoded) {
            ++accepted;
            QVERIFY(*decoded == maps);
            QVERIFY(ingest::locate(*decoded, offset(), offset()).boxes.size() < 3);
        }
        bytes.resize(random() % (bytes.size() + 1));
        QVERIFY(!ingest::decodeMaps(bytes) || bytes.size() == ingest::encodeMaps(maps).size());
    }
    QVERIFY(accepted > 20); // the harmless ones
}

void TestHostileInput::slowShapes_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("open parentheses") << "a.cpp" << QByteArray("((((");
    QTest::newRow("open braces") << "a.cpp" << QByteArray("a{{{");
    QTest::newRow("closing braces") << "a.cpp" << QByteArray("}}}}");
    QTest::newRow("closing braces at line begins") << "a.cpp" << QByteArray("}\n}\n");
    QTest::newRow("template brackets") << "a.cpp" << QByteArray("a<a<");
    QTest::newRow("heads that never end") << "a.cpp" << QByteArray("a<b ");
    QTest::newRow("short heads with open brackets") << "a.cpp" << QByteArray("a<a<a<{}");
    QTest::newRow("slashes of JavaScript") << "a.js" << QByteArray("=/[ ");
    QTest::newRow("quotes") << "a.py" << QByteArray("'\"\n");
    QTest::newRow("open raw strings") << "a.cpp" << QByteArray("R\"(");
    QTest::newRow("nested quotations") << "a.md" << QByteArray("> > ");
    QTest::newRow("nested lists") << "a.md" << QByteArray("- - ");
    QTest::newRow("open links") << "a.md" << QByteArray("[a](");
    QTest::newRow("emphasis") << "a.md" << QByteArray("*a_ ");
    QTest::newRow("tables") << "a.md" << QByteArray("|a|b\n");
    QTest::newRow("indented definitions") << "a.py" << QByteArray("def a:\n ");
    QTest::newRow("one long line") << "a.txt" << QByteArray("word ");
    QTest::newRow("one long line of Latin-1") << "a.txt" << QByteArray("w\xF6rd");
    QTest::newRow("blank lines") << "a.txt" << QByteArray("\n \n\t");
    QTest::newRow("directives") << "a.c" << QByteArray("#if\n");
}

void TestHostileInput::slowShapes()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, unit);
    const SampleFolder folder;
    const auto path =
        folder.write(name.toStdString(), unit.repeated(1'000'000 / unit.size()).toStdString());
    QElapsedTimer timer;
    timer.start();
    readAndCheck(path);
    // A megabyte takes well under a second; what grows with the square takes minutes.
    QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(TestHostileInput)
#include "tst_hostile_input.moc"
