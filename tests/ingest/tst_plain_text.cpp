// SPDX-License-Identifier: GPL-3.0-or-later
// Text files in many encodings, and what is no text.
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

#include "block_check.h"
#include "ingest/position.h"
#include "ingest/read_document.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::BlockKind;
using ingest::ErrorCode;
using ingest::readDocument;

class TestPlainText : public QObject
{
    Q_OBJECT

private slots:
    void decodesEncodings_data();
    void decodesEncodings();
    void overridesTheGuess();
    void keepsLinesOfTheFile_data();
    void keepsLinesOfTheFile();
    void findsParagraphsAndHeadings();
    void passesOverTablesOfContents();
    void takesTheTitleOfPublicDomainBooks();
    void hashesTheBytes();
    void refuses_data();
    void refuses();
    void refusesPlacesThatAreNoFiles();
    void saysWhichFileCannotBeRead();
    void cancels();
    void reportsReplacedCharacters();
};

void TestPlainText::decodesEncodings_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("encoding");
    QTest::addColumn<bool>("isGuess");
    const auto bytes = [](const char* hex) { return QByteArray::fromHex(hex); };
    QTest::newRow("plain ASCII") << QByteArray("Call me Ishmael.") << "Call me Ishmael."
                                 << "UTF-8" << false;
    QTest::newRow("UTF-8") << QByteArray("naïve café 你好") << "naïve café 你好"
                           << "UTF-8" << false;
    QTest::newRow("UTF-8 with a mark") << QByteArray("\xEF\xBB\xBFnaïve") << "naïve"
                                       << "UTF-8" << false;
    QTest::newRow("UTF-16LE with a mark") << bytes("fffe4800e9002100 3dd800de") << "Hé!😀"
                                          << "UTF-16LE" << false;
    QTest::newRow("UTF-16BE with a mark") << bytes("feff004800e90021") << "Hé!"
                                          << "UTF-16BE" << false;
    QTest::newRow("UTF-16LE without a mark")
        << bytes("43006100 6c006c00 20006d00 6500") << "Call me"
        << "UTF-16LE" << true;
    QTest::newRow("UTF-32LE with a mark") << bytes("fffe000048000000e9000000") << "Hé"
                                          << "UTF-32LE" << false;
    QTest::newRow("Latin-1") << QByteArray("Die Stra\xDF"
                                           "e ist na\xDF und sch\xF6n, \xFC"
                                           "ber \xD6l.")
                             << "Die Straße ist naß und schön, über Öl."
                             << "ISO-8859-1" << true;
    QTest::newRow("windows-1252 with few special characters")
        << QByteArray("It\x92s a caf\xE9.") << "It’s a café."
        << "windows-1252" << true;
    QTest::newRow("windows-1251")
        << bytes(
               "cff0e8e2e5f22c20ece8f02120c2f1e520f1f7e0f1f2ebe8e2fbe520f1e5ecfce820efeef5eee6e820"
               "e4f0f3e320ede020e4f0f3e3e02e")
        << "Привет, мир! Все счастливые семьи похожи друг на друга."
        << "windows-1251" << true;
    QTest::newRow("KOI8-R")
        << bytes(
               "f7d3c520d3dec1d3d4ccc9d7d9c520d3c5cdd8c920d0cfc8cfd6c920c4d2d5c720cec120c4d2d5c7c1"
               "2e")
        << "Все счастливые семьи похожи друг на друга."
        << "KOI8-R" << true;
    QTest::newRow("Shift_JIS")
        << bytes(
               "8ce1947982cd944c82c582a082e9814296bc914f82cd82dc82be96b382a2814282c782b182c590b682"
               "ea82bd82a982c682f182c68ca9939682aa82c282a982ca8142")
        << "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
        << "Shift_JIS" << true;
    QTest::newRow("EUC-JP")
        << bytes("b8e3c7daa4cfc7ada4c7a4a2a4eba1a3ccbec1b0a4cfa4dea4c0ccb5a4a4a1a3")
        << "吾輩は猫である。名前はまだ無い。"
        << "EUC-JP" << true;
    QTest::newRow("ISO-2022-JP, which is ASCII byte by byte")
        << bytes("1b24423863475a244f472d24472422246b21234c3e4130244f245e24404c35242421231b2842")
        << "吾輩は猫である。名前はまだ無い。"
        << "ISO-2022-JP" << true;
    QTest::newRow("GB18030")
        << bytes(
               "d1a7b6f8cab1cfb0d6aea3acb2bbd2e0cbb5baf5a3bfd3d0c5f3d7d4d4b6b7bdc0b4a3acb2bbd2e0c0"
               "d6baf5a3bf")
        << "学而时习之，不亦说乎？有朋自远方来，不亦乐乎？"
        << "GB18030" << true;
    QTest::newRow("Big5")
        << bytes(
               "bec7a6d3aec9b2dfa4a7a141a4a3a5e7bba1a547a148a6b3aa42a6dbbbb7a4e8a8d3a141a4a3a5e7bc"
               "d6a547a148")
        << "學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？"
        << "Big5" << true;
}

void TestPlainText::decodesEncodings()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, text);
    QFETCH(QString, encoding);
    QFETCH(bool, isGuess);
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.txt", bytes.toStdString()));
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    QCOMPARE(QString::fromStdString(document->text), text);
    QCOMPARE(QString::fromStdString(document->encoding), encoding);
    const bool isNoted = !document->notes.empty() &&
                         document->notes.front().find(encoding.toStdString()) != std::string::npos;
    QCOMPARE(isNoted, isGuess);
    QCOMPARE(brokenPromise(*document), std::string());
}

void TestPlainText::overridesTheGuess()
{
    const SampleFolder folder;
    const auto path = folder.write("a.txt", "\xCF\xF0\xE8"); // "При" in windows-1251
    ingest::ReadOptions options;
    options.encoding = "windows-1251";
    QCOMPARE(readDocument(path, options)->text, "При"s);
    QVERIFY(readDocument(path, options)->notes.empty());
    options.encoding = "no-such-encoding";
    const auto refused = readDocument(path, options);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::unsupportedFormat);
    QVERIFY(refused.error().message.find("no-such-encoding") != std::string::npos);
}

void TestPlainText::keepsLinesOfTheFile_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QList<int>>("begins");
    QTest::newRow("Unix line ends")
        << QByteArray("a\n\nbc\n") << QByteArray("a\n\nbc\n") << QList<int>{0, 2, 3};
    QTest::newRow("no line end at the end")
        << QByteArray("a\nbc") << QByteArray("a\nbc") << QList<int>{0, 2};
    QTest::newRow("Windows line ends")
        << QByteArray("a\r\n\r\nbc\r\n") << QByteArray("a\n\nbc\n") << QList<int>{0, 2, 3};
    QTest::newRow("old Macintosh line ends")
        << QByteArray("a\r\rbc") << QByteArray("a\n\nbc") << QList<int>{0, 2, 3};
    QTest::newRow("a stray CR is kept")
        << QByteArray("a\rb\nc") << QByteArray("a\rb\nc") << QList<int>{0, 4};
    QTest::newRow("white space is kept")
        << QByteArray("  a\t \n\tb  \n") << QByteArray("  a\t \n\tb  \n") << QList<int>{0, 6};
}

void TestPlainText::keepsLinesOfTheFile()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, text);
    QFETCH(QList<int>, begins);
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.txt", bytes.toStdString()));
    QVERIFY(document);
    QCOMPARE(QByteArray::fromStdString(document->text), text);
    QCOMPARE(document->maps.lineBegins.size(), static_cast<std::size_t>(begins.size()));
    for (qsizetype i = 0; i < begins.size(); ++i)
        QCOMPARE(static_cast<int>(document->maps.lineBegins[static_cast<std::size_t>(i)]),
                 begins[i]);
    QCOMPARE(brokenPromise(*document), std::string());
}

void TestPlainText::findsParagraphsAndHeadings()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write("whale", R"(MOBY DICK

CHAPTER I
Loomings

Call me Ishmael. Some years ago
I thought I would sail about.

It is a way I have.

CHAPTER II. The Carpet-Bag

I stuffed a shirt or two.

2.1 What Was in It

Shirts.

Notes
=====

The end.
)"));
    QVERIFY(document);
    QCOMPARE(document->language, ""s);
    QCOMPARE(document->title, "MOBY DICK"s);
    QCOMPARE(brokenPromise(*document), std::string());
    std::vector<std::string> outline;
    for (const auto& entry : document->maps.outline)
        outline.push_back(std::string(entry.level * 2, ' ') + entry.title);
    QVERIFY(outline.size() >= 5);
    QCOMPARE(outline[1], "CHAPTER I Loomings"s);
    QCOMPARE(outline[2], "CHAPTER II. The Carpet-Bag"s);
    QCOMPARE(outline[3], "  2.1 What Was in It"s);
    QCOMPARE(outline.back().substr(outline.back().size() - 5), "Notes"s);
    QCOMPARE(blockText(*document, 2),
             "Call me Ishmael. Some years ago\nI thought I would sail about."s);
    QCOMPARE(document->maps.blocks[1].kind, BlockKind::heading);
    QCOMPARE(document->maps.blocks[2].kind, BlockKind::paragraph);
    const std::size_t at = document->text.find("a shirt or two");
    const auto position = ingest::locate(document->maps, at, at + 5);
    QCOMPARE(position.chapter, "CHAPTER II. The Carpet-Bag"s);
    QCOMPARE(*position.lineBegin, 13U);
}

void TestPlainText::passesOverTablesOfContents()
{
    std::string text = "CONTENTS\n\n";
    for (int i = 1; i <= 6; ++i)
        text += "Chapter " + std::to_string(i) + "\n\n";
    for (int i = 1; i <= 6; ++i)
        text += "Chapter " + std::to_string(i) + "\n\nSome words of it.\n\n";
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.txt", text));
    QVERIFY(document);
    std::size_t chapters = 0;
    for (const auto& entry : document->maps.outline)
        chapters += entry.title.starts_with("Chapter") ? 1U : 0U;
    QCOMPARE(chapters, std::size_t{6});
    // The first one is where the chapter's text is.
    QVERIFY(document->maps.outline.front().textBegin > text.find("Chapter 6"));
}

void TestPlainText::takesTheTitleOfPublicDomainBooks()
{
    const SampleFolder folder;
    const auto document = readDocument(folder.write(
        "2701-0.txt", "The eBook of Moby Dick\n\nThis eBook is for the use of anyone.\n\n"
                      "Title: Moby Dick; Or, The Whale\n\nAuthor: Herman Melville\n\nText.\n"));
    QVERIFY(document);
    QCOMPARE(document->title, "Moby Dick; Or, The Whale"s);
    QCOMPARE(readDocument(folder.write("b.txt", "only one paragraph of text."))->title, "b.txt"s);
}

void TestPlainText::hashesTheBytes()
{
    const SampleFolder folder;
    const auto path = folder.write("a.txt", "abc");
    const auto document = readDocument(path);
    QVERIFY(document);
    // XXH3-128 of "abc", as the reference tool xxhsum -H2 prints it.
    QCOMPARE(document->contentHash, "06b05ab6733a618578af5f94892f3950"s);
    QCOMPARE(*ingest::hashFile(path), document->contentHash);
    QCOMPARE(document->fileBytes, std::uint64_t{3});
    QVERIFY(document->modifiedAtMs > 1'500'000'000'000);
    QVERIFY(document->path.is_absolute());
    QCOMPARE(ingest::hashFile(folder.path()).error().code, ErrorCode::wrongKind);
    QCOMPARE(ingest::hashFile(folder.path() / "none").error().code, ErrorCode::notFound);
}

void TestPlainText::refuses_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("word");
    const QByteArray zeros("a\0b\0\0c", 6);
    QTest::newRow("empty file") << "a.txt" << QByteArray() << ErrorCode::empty << "0 bytes";
    QTest::newRow("blank file") << "a.txt" << QByteArray(" \n\n\t") << ErrorCode::empty << "blank";
    QTest::newRow("zero bytes") << "a.txt" << zeros << ErrorCode::unsupportedFormat << "binary";
    QTest::newRow("a picture") << "a.txt" << QByteArray("\x89PNG\r\n\x1a\n\0\0", 10)
                               << ErrorCode::unsupportedFormat << "PNG";
    QTest::newRow("an EPUB book") << "a.epub" << QByteArray("PK\x03\x04\x14\0\0", 7)
                                  << ErrorCode::unsupportedFormat << "EPUB";
    QTest::newRow("control codes") << "a.txt" << QByteArray("\x01\x02\x03\x04 text \x05\x06\x0e")
                                   << ErrorCode::unsupportedFormat << "binary";
    QTest::newRow("a PDF by name only")
        << "a.pdf" << QByteArray("Just words.") << ErrorCode::damaged << "%PDF-";
}

void TestPlainText::refuses()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(ErrorCode, code);
    QFETCH(QString, word);
    const SampleFolder folder;
    const auto path = folder.write(name.toStdString(), bytes.toStdString());
    const auto document = readDocument(path);
    QVERIFY(!document);
    QCOMPARE(document.error().code, code);
    const QString message = QString::fromStdString(document.error().message);
    QVERIFY2(message.contains(word), qPrintable(message));
    QVERIFY2(message.contains(QString::fromStdString(path.string())), qPrintable(message));
}

void TestPlainText::refusesPlacesThatAreNoFiles()
{
    const SampleFolder folder;
    QCOMPARE(readDocument(folder.path() / "none.txt").error().code, ErrorCode::notFound);
    QCOMPARE(readDocument(folder.path()).error().code, ErrorCode::wrongKind);
    // A pipe must not be opened: without a writer that would wait for ever.
    const auto pipe = folder.path() / "pipe";
    QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
    QCOMPARE(readDocument(pipe).error().code, ErrorCode::wrongKind);
    ingest::ReadOptions options;
    options.maxFileBytes = 3;
    QCOMPARE(readDocument(folder.write("a.txt", "four"), options).error().code,
             ErrorCode::tooLarge);
    QVERIFY(readDocument(folder.write("b.txt", "abc"), options));
}

void TestPlainText::saysWhichFileCannotBeRead()
{
    const SampleFolder folder;
    const auto path = folder.write("secret.txt", "words");
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    std::filesystem::permissions(path, std::filesystem::perms::none);
    // Permissions bind everybody but root.
    const bool isRoot = ::geteuid() == 0;
    if (isRoot)
        QCOMPARE(::seteuid(65534), 0);
    const auto document = readDocument(path);
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    QVERIFY(!document);
    QCOMPARE(document.error().code, ErrorCode::io);
    QVERIFY(document.error().message.find("secret.txt") != std::string::npos);
}

void TestPlainText::cancels()
{
    const SampleFolder folder;
    std::stop_source stop;
    stop.request_stop();
    ingest::ReadOptions options;
    options.stop = stop.get_token();
    QCOMPARE(readDocument(folder.write("a.txt", "words"), options).error().code,
             ErrorCode::cancelled);
}

void TestPlainText::reportsReplacedCharacters()
{
    std::string text;
    for (int i = 0; i < 30; ++i)
        text += "naïve café ";
    const SampleFolder folder;
    const auto document = readDocument(folder.write("a.txt", text + "\xE4\xBD")); // cut short
    QVERIFY(document);
    QCOMPARE(document->encoding, "UTF-8"s);
    QCOMPARE(document->text, text + "�");
    QCOMPARE(document->notes.size(), std::size_t{1});
}

QTEST_GUILESS_MAIN(TestPlainText)
#include "tst_plain_text.moc"
