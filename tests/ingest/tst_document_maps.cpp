// SPDX-License-Identifier: GPL-3.0-or-later
// The stored form of the maps, and places found through them.
#include <QTest>

#include <cmath>

#include "ingest/document_maps.h"
#include "ingest/position.h"

using namespace std::string_literals;
using ingest::Box;
using ingest::decodeMaps;
using ingest::DocumentMaps;
using ingest::encodeMaps;
using ingest::ErrorCode;
using ingest::locate;

namespace {

constexpr float step(int steps)
{
    return static_cast<float>(steps) / 65535.0F;
}

Box box(int x0, int y0, int x1, int y1)
{
    return {step(x0), step(y0), step(x1), step(y1)};
}

/// Two pages: "One two" / "three" on page xii, "four five" on page 1, then a page without text.
DocumentMaps pagedMaps()
{
    DocumentMaps maps;
    maps.format = ingest::Format::pdf;
    maps.textBytes = 24;
    maps.pages = {
        {"xii", 595.0F, 842.0F, 0, 13}, {"1", 842.0F, 595.0F, 15, 24}, {"[3]", 1.5F, 2.5F, 24, 24}};
    maps.words = {{0, 3, 0, box(100, 100, 200, 150)},
                  {4, 7, 0, box(220, 100, 300, 150)},
                  {8, 13, 0, box(100, 200, 300, 250)},
                  {15, 19, 1, box(0, 0, 65535, 65535)},
                  {20, 24, 1, box(1, 2, 3, 4)}};
    maps.outline = {{"Part – one", 0, 0, 24}, {"1.1", 1, 8, 13}, {"1.2", 1, 15, 24}};
    maps.blocks = {{ingest::BlockKind::heading, 0, 7},
                   {ingest::BlockKind::paragraph, 8, 13},
                   {ingest::BlockKind::table, 15, 24}};
    return maps;
}

DocumentMaps linedMaps()
{
    DocumentMaps maps;
    maps.format = ingest::Format::sourceCode;
    maps.textBytes = 300'000;
    maps.lineBegins = {0, 1, 2, 100, 299'999};
    maps.outline = {{"A", 0, 1, 120}, {"f", 1, 2, 100}, {"g", 0, 200, 250}};
    return maps;
}

} // namespace

class TestDocumentMaps : public QObject
{
    Q_OBJECT

private slots:
    void comesBackAsItWas();
    void refusesCutBytes();
    void refusesChangedBytes();
    void refusesLiesWithARightChecksum();
    void refusesNewerVersions();
    void findsPagesAndBoxes_data();
    void findsPagesAndBoxes();
    void findsLines_data();
    void findsLines();
    void findsTheInnermostChapter();
    void placesNothingInNothing();
};

void TestDocumentMaps::comesBackAsItWas()
{
    for (const DocumentMaps& maps : {DocumentMaps(), pagedMaps(), linedMaps()}) {
        const auto bytes = encodeMaps(maps);
        const auto decoded = decodeMaps(bytes);
        QVERIFY2(decoded, decoded ? "" : decoded.error().message.c_str());
        QVERIFY(*decoded == maps);
    }
    // A long row of words costs few bytes each.
    DocumentMaps maps = pagedMaps();
    maps.words.clear();
    maps.textBytes = 60'000;
    for (int i = 0; i < 10'000; ++i) {
        const auto begin = static_cast<ingest::Offset>(i * 6);
        maps.words.push_back({begin, begin + 5, 0, box(i, i / 10, i + 1, i / 10 + 1)});
    }
    maps.pages[0].textEnd = maps.pages[1].textBegin = maps.pages[1].textEnd = 0;
    maps.pages[2].textBegin = maps.pages[2].textEnd = 0;
    const auto bytes = encodeMaps(maps);
    QVERIFY(*decodeMaps(bytes) == maps);
    QVERIFY2(bytes.size() < 80'000, qPrintable(QString::number(bytes.size())));
}

void TestDocumentMaps::refusesCutBytes()
{
    const auto bytes = encodeMaps(pagedMaps());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const auto decoded = decodeMaps(std::span(bytes).first(size));
        QVERIFY(!decoded);
        QCOMPARE(decoded.error().code, ErrorCode::damaged);
    }
}

void TestDocumentMaps::refusesChangedBytes()
{
    const auto bytes = encodeMaps(pagedMaps());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const unsigned bit : {0U, 3U, 7U}) {
            auto changed = bytes;
            changed[i] ^= static_cast<std::byte>(1U << bit);
            QVERIFY(!decodeMaps(changed));
        }
    }
}

void TestDocumentMaps::refusesLiesWithARightChecksum()
{
    // Whoever writes hostile bytes also writes their checksum. Encoding maps that break the
    // promises of document.h gives exactly that.
    using Change = void (*)(DocumentMaps&);
    const std::vector<Change> changes{
        [](DocumentMaps& maps) { maps.textBytes = 10; },
        [](DocumentMaps& maps) { maps.words[1].textBegin = 1; },
        [](DocumentMaps& maps) { maps.words[4].textEnd = 25; },
        [](DocumentMaps& maps) { maps.words[3].page = 3; },
        [](DocumentMaps& maps) { maps.words[3].page = 0xFFFFFFFF; },
        [](DocumentMaps& maps) { maps.words[4].page = 0; },
        [](DocumentMaps& maps) { maps.pages.clear(); },
        [](DocumentMaps& maps) { maps.pages[1].textBegin = 3; },
        [](DocumentMaps& maps) { maps.pages[0].label.push_back('\xFF'); },
        [](DocumentMaps& maps) { maps.pages[0].widthPoints = -1.0F; },
        [](DocumentMaps& maps) { maps.pages[0].heightPoints = std::nanf(""); },
        [](DocumentMaps& maps) { maps.blocks[1].textBegin = 5; },
        [](DocumentMaps& maps) { maps.blocks[1].kind = static_cast<ingest::BlockKind>(17); },
        [](DocumentMaps& maps) { maps.format = static_cast<ingest::Format>(99); },
        [](DocumentMaps& maps) { maps.outline[1].textBegin = 50; },
        [](DocumentMaps& maps) { maps.outline[1].level = 0xFFFFFFFF; },
        [](DocumentMaps& maps) {
            maps.lineBegins = {1, 2};
        },
        [](DocumentMaps& maps) {
            maps.lineBegins = {0, 2, 2};
        },
        [](DocumentMaps& maps) {
            maps.lineBegins = {0, 5, 2};
        },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        DocumentMaps maps = pagedMaps();
        changes[i](maps);
        const auto decoded = decodeMaps(encodeMaps(maps));
        QVERIFY2(!decoded, qPrintable(QString::number(i)));
        QCOMPARE(decoded.error().code, ErrorCode::damaged);
    }
}

void TestDocumentMaps::refusesNewerVersions()
{
    auto bytes = encodeMaps(linedMaps());
    bytes[4] = std::byte{2};
    const auto decoded = decodeMaps(bytes);
    QVERIFY(!decoded);
    QCOMPARE(decoded.error().code, ErrorCode::unsupportedFormat);
    QVERIFY(decoded.error().message.find("version 2") != std::string::npos);
}

void TestDocumentMaps::findsPagesAndBoxes_data()
{
    QTest::addColumn<std::size_t>("begin");
    QTest::addColumn<std::size_t>("end");
    QTest::addColumn<int>("page");
    QTest::addColumn<int>("lastPage");
    QTest::addColumn<int>("boxes");
    QTest::newRow("one word") << std::size_t{0} << std::size_t{3} << 0 << 0 << 1;
    QTest::newRow("part of a word") << std::size_t{5} << std::size_t{6} << 0 << 0 << 1;
    QTest::newRow("two words of a line are one box")
        << std::size_t{0} << std::size_t{7} << 0 << 0 << 1;
    QTest::newRow("two lines are two boxes") << std::size_t{0} << std::size_t{13} << 0 << 0 << 2;
    QTest::newRow("over the page") << std::size_t{8} << std::size_t{19} << 0 << 1 << 2;
    QTest::newRow("between words is where the next is")
        << std::size_t{13} << std::size_t{14} << 1 << 1 << 0;
    QTest::newRow("an empty range") << std::size_t{20} << std::size_t{20} << 1 << 1 << 1;
    QTest::newRow("the end") << std::size_t{24} << std::size_t{24} << 1 << 1 << 0;
    QTest::newRow("beyond the end") << std::size_t{900} << SIZE_MAX << 1 << 1 << 0;
    QTest::newRow("turned round") << std::size_t{16} << std::size_t{2} << 1 << 1 << 1;
}

void TestDocumentMaps::findsPagesAndBoxes()
{
    QFETCH(std::size_t, begin);
    QFETCH(std::size_t, end);
    QFETCH(int, page);
    QFETCH(int, lastPage);
    QFETCH(int, boxes);
    const auto maps = pagedMaps();
    const auto position = locate(maps, begin, end);
    QVERIFY(position.page);
    QCOMPARE(static_cast<int>(*position.page), page);
    QCOMPARE(static_cast<int>(position.lastPage), lastPage);
    QCOMPARE(static_cast<int>(position.boxes.size()), boxes);
    QCOMPARE(position.pageLabel, maps.pages[*position.page].label);
    QVERIFY(!position.lineBegin);
    if (begin == 0 && end == 7)
        QVERIFY(position.boxes[0].box == box(100, 100, 300, 150));
}

void TestDocumentMaps::findsLines_data()
{
    QTest::addColumn<std::size_t>("begin");
    QTest::addColumn<std::size_t>("end");
    QTest::addColumn<unsigned>("first");
    QTest::addColumn<unsigned>("last");
    QTest::newRow("the first character") << std::size_t{0} << std::size_t{1} << 1U << 1U;
    QTest::newRow("up to a line's end") << std::size_t{2} << std::size_t{100} << 3U << 3U;
    QTest::newRow("one character further") << std::size_t{2} << std::size_t{101} << 3U << 4U;
    QTest::newRow("an empty range") << std::size_t{100} << std::size_t{100} << 4U << 4U;
    QTest::newRow("beyond the end") << std::size_t{400'000} << std::size_t{500'000} << 5U << 5U;
}

void TestDocumentMaps::findsLines()
{
    QFETCH(std::size_t, begin);
    QFETCH(std::size_t, end);
    QFETCH(unsigned, first);
    QFETCH(unsigned, last);
    const auto position = locate(linedMaps(), begin, end);
    QVERIFY(!position.page);
    QCOMPARE(position.lineBegin.value_or(0), first);
    QCOMPARE(position.lineEnd, last);
}

void TestDocumentMaps::findsTheInnermostChapter()
{
    const auto maps = linedMaps();
    QCOMPARE(locate(maps, 0, 1).chapter, ""s);
    QCOMPARE(locate(maps, 1, 2).chapter, "A"s);
    QCOMPARE(locate(maps, 50, 51).chapter, "f"s);
    QCOMPARE(locate(maps, 110, 111).chapter, "A"s); // f is closed
    QCOMPARE(locate(maps, 150, 151).chapter, ""s);
    QVERIFY(!locate(maps, 150, 151).outlineIndex);
    QCOMPARE(*locate(maps, 249, 300).outlineIndex, 2U);
}

void TestDocumentMaps::placesNothingInNothing()
{
    const auto position = locate(DocumentMaps(), 3, 8);
    QVERIFY(!position.page && !position.lineBegin && position.boxes.empty());
    DocumentMaps pictures;
    pictures.pages = {{"1", 1.0F, 1.0F, 0, 0}};
    QCOMPARE(*locate(pictures, 0, 0).page, 0U);
}

QTEST_GUILESS_MAIN(TestDocumentMaps)
#include "tst_document_maps.moc"
