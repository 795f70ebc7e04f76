// SPDX-License-Identifier: GPL-3.0-or-later
// What is read from PDF files word by word, and which files are refused how.
#include <QFont>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>
#include <QPdfWriter>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include <cmath>

#include "block_check.h"
#include "ingest/document_maps.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "pdf_maker.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::ErrorCode;
using ingest::readDocument;

namespace {

/// One page with some lines.
std::string onePage(const std::vector<std::string>& lines)
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.lines(72, 100, lines);
    return pdf.bytes();
}

/// A document as read, which must be readable.
ingest::Document read(const std::string& bytes)
{
    const SampleFolder folder;
    auto document = readDocument(folder.write("a.pdf", bytes));
    if (!document)
        throw std::runtime_error(document.error().message);
    return *document;
}

std::string textOf(const std::vector<std::string>& lines)
{
    return read(onePage(lines)).text;
}

} // namespace

class TestPdfText : public QObject
{
    Q_OBJECT

private slots:
    void readsWordsWithTheirBoxes();
    void placesWordsOfQtDocuments();
    void joinsDividedWords_data();
    void joinsDividedWords();
    void mapsBothHalvesOfADividedWord();
    void takesLigaturesApart();
    void keepsOtherCompatibilityCharacters();
    void setsNoSpacesBetweenHanAndKana();
    void readsRightToLeft_data();
    void readsRightToLeft();
    void readsPageLabels();
    void knowsTheTitle_data();
    void knowsTheTitle();
    void notesPagesWithoutText();
    void refusesScans();
    void asksForThePassword();
    void refusesDamagedFiles();
    void readsOnlyTheVisiblePage();
    void reportsProgress();
    void cancels();
    void storesItsMaps();
    void readsTheSameEveryTime();
};

void TestPdfText::readsWordsWithTheirBoxes()
{
    const auto document = read(onePage({"The quick brown fox", "jumps over the dog."}));
    QCOMPARE(document.text, "The quick brown fox jumps over the dog."s);
    QCOMPARE(document.maps.format, ingest::Format::pdf);
    QCOMPARE(document.maps.words.size(), std::size_t{8});
    QCOMPARE(brokenPromise(document), std::string());
    // Helvetica 11: "The " is 0.611 + 0.556 + 0.556 + 0.278 em wide.
    const ingest::Word& quick = document.maps.words[1];
    QCOMPARE(document.text.substr(quick.textBegin, quick.textEnd - quick.textBegin), "quick"s);
    QVERIFY(std::abs(quick.box.x0 * 595.0F - (72.0F + 2.001F * 11.0F)) < 0.5F);
    QVERIFY(quick.box.y0 * 842.0F < 95.0F && quick.box.y0 * 842.0F > 88.0F);
    QVERIFY(quick.box.y1 * 842.0F > 100.0F && quick.box.y1 * 842.0F < 105.0F);
    const auto position =
        ingest::locate(document.maps, document.text.find("fox"), document.text.find("over"));
    QCOMPARE(position.boxes.size(), std::size_t{2});
    QCOMPARE(*position.page, 0U);
}

void TestPdfText::placesWordsOfQtDocuments()
{
    const SampleFolder folder;
    const auto path = folder.path() / "qt.pdf";
    const QPointF at(100, 200);
    double width = 0.0;
    {
        QPdfWriter writer(QString::fromStdString(path.string()));
        writer.setResolution(72);
        writer.setPageMargins(QMarginsF(0, 0, 0, 0));
        writer.setPageSize(QPageSize(QPageSize::A4));
        QPainter painter(&writer);
        const QFont font(QStringLiteral("DejaVu Sans"), 20);
        painter.setFont(font);
        painter.drawText(at, QStringLiteral("Größe misst man"));
        width = QFontMetricsF(font, &writer).horizontalAdvance(QStringLiteral("Größe"));
    }
    const auto document = readDocument(path);
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    QCOMPARE(document->text, "Größe misst man"s);
    const auto& page = document->maps.pages.front();
    const auto& word = document->maps.words.front();
    QVERIFY(std::abs(word.box.x0 * page.widthPoints - 100.0F) < 1.5F);
    QVERIFY(std::abs(word.box.x1 * page.widthPoints - 100.0F - static_cast<float>(width)) < 1.5F);
    QVERIFY(word.box.y0 * page.heightPoints < 186.0F);
    QVERIFY(word.box.y1 * page.heightPoints > 200.0F && word.box.y1 * page.heightPoints < 210.0F);
}

void TestPdfText::joinsDividedWords_data()
{
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<QString>("text");
    QTest::newRow("the whole word occurs elsewhere")
        << QStringList{"A committee met here in town, and the commit-",
                       "tee decided to go on with it."}
        << "A committee met here in town, and the committee decided to go on with it.";
    QTest::newRow("a compound that occurs elsewhere")
        << QStringList{"This well-known man here met another well-",
                       "known man in the town of his."}
        << "This well-known man here met another well-known man in the town of his.";
    QTest::newRow("a compound of two words")
        << QStringList{"They read all day long, and they wrote read-",
                       "long books, as long as they could."}
        << "They read all day long, and they wrote read-long books, as long as they could.";
    QTest::newRow("nothing is known of the word")
        << QStringList{"Here we see for once and only once the xylo-",
                       "phonist of the orchestra at work."}
        << "Here we see for once and only once the xylo-phonist of the orchestra at work.";
    QTest::newRow("upper case after the hyphen")
        << QStringList{"It is the history of the old and true Anglo-",
                       "Saxon people, and Anglosaxon too."}
        << "It is the history of the old and true Anglo-Saxon people, and Anglosaxon too.";
    QTest::newRow("a hyphen that stands for a word")
        << QStringList{"He collected stamps of all sorts from pre-",
                       "and postwar times, and preand too."}
        << "He collected stamps of all sorts from pre- and postwar times, and preand too.";
    QTest::newRow("a dash is no hyphen")
        << QStringList{"He went away from here to the old town -",
                       "and came back from there in the end."}
        << "He went away from here to the old town - and came back from there in the end.";
    QTest::newRow("a soft hyphen is never seen")
        << QStringList{"Here we see for once and only once the xylo\x08",
                       "phon\x08ist of the orchestra at work."}
        << "Here we see for once and only once the xylophonist of the orchestra at work.";
}

void TestPdfText::joinsDividedWords()
{
    QFETCH(QStringList, lines);
    QFETCH(QString, text);
    std::vector<std::string> texts;
    for (const QString& line : lines)
        texts.push_back(line.toStdString());
    QCOMPARE(QString::fromStdString(textOf(texts)), text);
}

void TestPdfText::mapsBothHalvesOfADividedWord()
{
    const auto document = read(onePage(
        {"A committee met here in town, and the commit-", "tee decided to go on with it."}));
    const std::size_t at = document.text.rfind("committee");
    const auto position = ingest::locate(document.maps, at, at + 9);
    QCOMPARE(position.boxes.size(), std::size_t{2});
    QVERIFY(position.boxes[0].box.x0 > 0.4F); // the end of the first line
    QVERIFY(position.boxes[1].box.x0 < 0.2F); // the begin of the second
    QVERIFY(position.boxes[1].box.y0 > position.boxes[0].box.y0);
}

void TestPdfText::takesLigaturesApart()
{
    // "official finds effort, a flower, waste, fast, soufflé"
    const auto document = read(onePage({"o\x04"
                                        "cial \x02nds e\x01ort, a \x03ower, wa\x06"
                                        "e, fa\x05, sou\x05\xE9"}));
    QCOMPARE(document.text.substr(0, 33), "official finds effort, a flower, "s);
    QCOMPARE(document.maps.words.size(), std::size_t{8});
    QCOMPARE(brokenPromise(document), std::string());
    const std::size_t at = document.text.find("effort");
    QCOMPARE(ingest::locate(document.maps, at, at + 6).boxes.size(), std::size_t{1});
}

void TestPdfText::keepsOtherCompatibilityCharacters()
{
    QCOMPARE(textOf({"x\xB2 + \xBD = \xBE, \xAA and \xBA"}), "x² + ½ = ¾, ª and º"s);
}

void TestPdfText::setsNoSpacesBetweenHanAndKana()
{
    const QFont font(QStringLiteral("Noto Sans CJK JP"), 12);
    const SampleFolder folder;
    const auto path = folder.path() / "ja.pdf";
    {
        QPdfWriter writer(QString::fromStdString(path.string()));
        writer.setResolution(72);
        QPainter painter(&writer);
        painter.setFont(font);
        if (!QFontMetricsF(font).inFontUcs4(U'猫'))
            QSKIP("no font with Japanese characters is installed");
        painter.drawText(50, 100, QStringLiteral("吾輩は猫である。名前はまだ無い。どこで生れたか"));
        painter.drawText(50, 118, QStringLiteral("とんと見当がつかぬ。何でも薄暗いじめじめした所"));
        painter.drawText(50, 136, QStringLiteral("でニャーニャー泣いていた事だけは記憶している。"));
    }
    const auto document = readDocument(path);
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    QCOMPARE(QString::fromStdString(document->text),
             QStringLiteral("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
                            "何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは"
                            "記憶している。"));
    const std::size_t at = document->text.find("とんと");
    QVERIFY(!ingest::locate(document->maps, at, at + 9).boxes.empty());
}

void TestPdfText::readsRightToLeft_data()
{
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<QString>("text");
    QTest::newRow("Hebrew") << QStringList{QStringLiteral("בראשית ברא אלהים את השמים"),
                                           QStringLiteral("ואת הארץ.")}
                            << QStringLiteral("בראשית ברא אלהים את השמים ואת הארץ.");
    QTest::newRow("Hebrew with a number and brackets")
        << QStringList{QStringLiteral("בשנת 1948 (תש\"ח) קמה המדינה")}
        << QStringLiteral("בשנת 1948 (תש\"ח) קמה המדינה");
    QTest::newRow("Hebrew with foreign words")
        << QStringList{QStringLiteral("הספר Moby Dick נכתב בשנת 1851")}
        << QStringLiteral("הספר Moby Dick נכתב בשנת 1851");
    QTest::newRow("Arabic with joined letters")
        << QStringList{QStringLiteral("السلام عليكم ورحمة الله")}
        << QStringLiteral("السلام عليكم ورحمة الله");
}

void TestPdfText::readsRightToLeft()
{
    QFETCH(QStringList, lines);
    QFETCH(QString, text);
    const SampleFolder folder;
    const auto path = folder.path() / "rtl.pdf";
    {
        QPdfWriter writer(QString::fromStdString(path.string()));
        writer.setResolution(72);
        QPainter painter(&writer);
        painter.setFont(QFont(QStringLiteral("DejaVu Sans"), 14));
        painter.setLayoutDirection(Qt::RightToLeft);
        for (qsizetype i = 0; i < lines.size(); ++i)
            painter.drawText(QRectF(50, 100 + 22 * static_cast<double>(i), 400, 22), Qt::AlignLeft,
                             lines[i]);
    }
    const auto document = readDocument(path);
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    QCOMPARE(QString::fromStdString(document->text), text);
    QCOMPARE(brokenPromise(*document), std::string());
    // The first word stands furthest to the right.
    const auto& words = document->maps.words;
    for (const auto& word : words)
        QVERIFY(word.box.x1 <= words.front().box.x1);
}

void TestPdfText::readsPageLabels()
{
    PdfMaker pdf;
    for (int i = 0; i < 6; ++i) {
        pdf.addPage();
        pdf.text(72, 100, "Words of page " + std::string(1, static_cast<char>('a' + i)));
    }
    pdf.setPageLabels("0 << /S /r >> 2 << /S /D >> 4 << /P (A-) /S /D >>");
    const auto document = read(pdf.bytes());
    std::vector<std::string> labels;
    for (const auto& page : document.maps.pages)
        labels.push_back(page.label);
    QCOMPARE(labels, (std::vector<std::string>{"i", "ii", "1", "2", "A-1", "A-2"}));
    const std::size_t at = document.text.find("page d");
    const auto position = ingest::locate(document.maps, at, at + 6);
    QCOMPARE(*position.page, 3U);
    QCOMPARE(position.pageLabel, "2"s);
}

void TestPdfText::knowsTheTitle_data()
{
    QTest::addColumn<QString>("metadata");
    QTest::addColumn<QString>("largest");
    QTest::addColumn<QString>("title");
    QTest::newRow("by metadata") << "On Whales"
                                 << "Something Else"
                                 << "On Whales";
    QTest::newRow("a word processor's name") << "Microsoft Word - draft3.doc"
                                             << "On Whales"
                                             << "On Whales";
    QTest::newRow("a file name") << "chap03_v2.tex"
                                 << "On Whales"
                                 << "On Whales";
    QTest::newRow("no metadata") << ""
                                 << "On Whales"
                                 << "On Whales";
    QTest::newRow("nothing") << ""
                             << ""
                             << "a";
}

void TestPdfText::knowsTheTitle()
{
    QFETCH(QString, metadata);
    QFETCH(QString, largest);
    QFETCH(QString, title);
    PdfMaker pdf;
    pdf.addPage();
    pdf.setTitle(metadata.toStdString());
    pdf.text(72, 60, largest.toStdString(), 24);
    pdf.lines(
        72, 100,
        {"Some words of the text that follows here,", "and more words of the text as it goes on."});
    QCOMPARE(QString::fromStdString(read(pdf.bytes()).title), title);
}

void TestPdfText::notesPagesWithoutText()
{
    PdfMaker pdf;
    for (int i = 0; i < 12; ++i) {
        pdf.addPage();
        if (i == 4 || i == 5 || i == 6 || i == 9)
            pdf.picture(100, 100, 300);
        else
            pdf.text(72, 100, "Words " + std::string(static_cast<std::size_t>(i) + 1, 'x'));
    }
    const auto document = read(pdf.bytes());
    QCOMPARE(document.notes, std::vector<std::string>{"4 of 12 pages have no text: p. 5–7, 10."});
    QCOMPARE(document.maps.pages.size(), std::size_t{12});
    QCOMPARE(document.maps.pages[4].textBegin, document.maps.pages[4].textEnd);
}

void TestPdfText::refusesScans()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.picture(100, 100, 300);
    pdf.addPage();
    const SampleFolder folder;
    const auto document = readDocument(folder.write("scan.pdf", pdf.bytes()));
    QVERIFY(!document);
    QCOMPARE(document.error().code, ErrorCode::empty);
    QVERIFY(document.error().message.find("2 pages") != std::string::npos);
}

void TestPdfText::asksForThePassword()
{
    const QString qpdf = QStandardPaths::findExecutable(QStringLiteral("qpdf"));
    if (qpdf.isEmpty())
        QSKIP("qpdf, which encrypts the sample, is not installed");
    const SampleFolder folder;
    const auto plain = folder.write("plain.pdf", onePage({"Secret words."}));
    const auto encrypt = [&](const QString& user, const QString& owner, const QString& bits) {
        const auto path = folder.path() / ("locked" + bits.toStdString() + ".pdf");
        QStringList arguments{QStringLiteral("--encrypt"), user, owner, bits};
        if (bits != QLatin1String("256"))
            arguments.prepend(QStringLiteral("--allow-weak-crypto"));
        arguments << QStringLiteral("--") << QString::fromStdString(plain.string())
                  << QString::fromStdString(path.string());
        return QProcess::execute(qpdf, arguments) == 0 ? path : std::filesystem::path();
    };
    for (const char* bits : {"256", "128", "40"}) {
        const auto locked =
            encrypt(QStringLiteral("wäl"), QStringLiteral("owner"), QLatin1String(bits));
        QVERIFY(!locked.empty());
        QCOMPARE(readDocument(locked).error().code, ErrorCode::encrypted);
        ingest::ReadOptions options;
        options.password = "wrong";
        QCOMPARE(readDocument(locked, options).error().code, ErrorCode::wrongPassword);
        options.password = "wäl";
        const auto opened = readDocument(locked, options);
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QCOMPARE(opened->text, "Secret words."s);
        options.password = "owner";
        QCOMPARE(readDocument(locked, options)->text, "Secret words."s);
    }
    // Only the owner's password: everybody may read.
    const auto open = encrypt(QString(), QStringLiteral("owner"), QStringLiteral("256"));
    QCOMPARE(readDocument(open)->text, "Secret words."s);
}

void TestPdfText::refusesDamagedFiles()
{
    const SampleFolder folder;
    const auto refused = [&](const std::string& bytes) {
        const auto document = readDocument(folder.write("a.pdf", bytes));
        return document ? "was read"s
               : document.error().message.find("a.pdf") == std::string::npos
                   ? "the message names no file"s
               : document.error().code == ErrorCode::damaged ? "damaged"s
                                                             : document.error().message;
    };
    QCOMPARE(refused("%PDF-1.7\n"), "damaged"s);
    QCOMPARE(refused("%PDF-1.7\n" + std::string(5000, 'x')), "damaged"s);
    QCOMPARE(refused("PDF? Words."), "damaged"s);
    const std::string whole = onePage({"Words that are read."});
    QCOMPARE(refused(whole.substr(0, 60)), "damaged"s);
    // A lost end is repaired; what can be read is read.
    const auto cut =
        readDocument(folder.write("cut.pdf", whole.substr(0, whole.find("startxref"))));
    QVERIFY2(cut, cut ? "" : cut.error().message.c_str());
    QCOMPARE(cut->text, "Words that are read."s);
    // A page whose text has no end: the others are read, and the user is told.
    PdfMaker pdf;
    for (const char* words : {"Words that are read.", "Words that never end."}) {
        pdf.addPage();
        pdf.text(72, 300, words);
    }
    std::string open = pdf.bytes();
    open.replace(open.find("never end.)"), 11, "never end. ");
    const auto unfinished = readDocument(folder.write("open.pdf", open));
    QVERIFY2(unfinished, unfinished ? "" : unfinished.error().message.c_str());
    QCOMPARE(unfinished->text, "Words that are read."s);
    QCOMPARE(unfinished->notes.size(), std::size_t{2});
    QCOMPARE(unfinished->notes[0], "1 of 2 pages has no text: p. 2."s);
    QVERIFY2(unfinished->notes[1].starts_with("The file has errors"), unfinished->notes[1].c_str());
}

void TestPdfText::readsOnlyTheVisiblePage()
{
    PdfMaker pdf;
    pdf.addPage();
    pdf.text(72, 100, "Visible words.");
    pdf.text(72, 900, "Below the page.");
    pdf.text(700, 300, "Beside the page.");
    QCOMPARE(read(pdf.bytes()).text, "Visible words."s);
}

void TestPdfText::reportsProgress()
{
    PdfMaker pdf;
    for (int i = 0; i < 60; ++i) {
        pdf.addPage();
        pdf.text(72, 300, "Page " + std::to_string(i * 7919 % 1000));
    }
    const SampleFolder folder;
    std::vector<std::size_t> done;
    ingest::ReadOptions options;
    options.progress = [&done](std::size_t pages, std::size_t all) {
        done.push_back(pages);
        if (all != 60)
            done.push_back(1000);
    };
    QVERIFY(readDocument(folder.write("a.pdf", pdf.bytes()), options));
    // In between the caller's thread reports when it finishes a page; on a busy machine the other
    // threads may take them all.
    QVERIFY(done.size() >= 2);
    QCOMPARE(done.front(), std::size_t{0});
    QCOMPARE(done.back(), std::size_t{60});
    QVERIFY(std::is_sorted(done.begin(), done.end()));
}

void TestPdfText::cancels()
{
    PdfMaker pdf;
    for (int i = 0; i < 60; ++i) {
        pdf.addPage();
        pdf.text(72, 300, "Words");
    }
    const SampleFolder folder;
    const auto path = folder.write("a.pdf", pdf.bytes());
    std::stop_source stop;
    ingest::ReadOptions options;
    options.stop = stop.get_token();
    options.progress = [&stop](std::size_t pages, std::size_t) {
        if (pages >= 3)
            stop.request_stop();
    };
    const auto document = readDocument(path, options);
    QVERIFY(!document);
    QCOMPARE(document.error().code, ErrorCode::cancelled);
}

void TestPdfText::storesItsMaps()
{
    const auto document = read(onePage({"The quick brown fox", "jumps over the dog."}));
    const auto decoded = ingest::decodeMaps(ingest::encodeMaps(document.maps));
    QVERIFY(decoded);
    QVERIFY(*decoded == document.maps);
}

void TestPdfText::readsTheSameEveryTime()
{
    // Long enough for several threads.
    PdfMaker pdf;
    for (int i = 0; i < 120; ++i) {
        pdf.addPage();
        pdf.lines(72, 100,
                  {"Words of page number " + std::to_string(i * 7919 % 1000) + " that are",
                   "many and many more."});
    }
    const std::string bytes = pdf.bytes();
    const auto first = read(bytes);
    for (int round = 0; round < 5; ++round) {
        const auto again = read(bytes);
        QVERIFY(again.text == first.text);
        QVERIFY(again.maps == first.maps);
    }
}

QTEST_MAIN(TestPdfText)
#include "tst_pdf_text.moc"
