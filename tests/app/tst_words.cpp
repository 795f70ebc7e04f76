// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "usecases/place.h"
#include "usecases/words.h"

class TestWords : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void groupsDigits_data();
    void groupsDigits();
    void roundsDurations_data();
    void roundsDurations();
    void namesPlaces();
    void countsCharacters();
    void namesFolders();
};

void TestWords::groupsDigits_data()
{
    QTest::addColumn<quint64>("number");
    QTest::addColumn<QString>("words");
    QTest::newRow("zero") << quint64(0) << "0";
    QTest::newRow("three digits") << quint64(999) << "999";
    QTest::newRow("four digits") << quint64(1'000) << "1,000";
    QTest::newRow("seven digits") << quint64(1'234'567) << "1,234,567";
}

void TestWords::groupsDigits()
{
    QFETCH(quint64, number);
    QFETCH(QString, words);
    QCOMPARE(QString::fromStdString(app::withThousands(number)), words);
}

void TestWords::roundsDurations_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<QString>("words");
    QTest::newRow("now") << 0 << "less than a minute";
    QTest::newRow("one second short") << 59 << "less than a minute";
    QTest::newRow("one minute") << 60 << "about a minute";
    QTest::newRow("rounds up") << 13 * 60 + 40 << "about 14 minutes";
    QTest::newRow("hours") << 7'200 << "about 2 hours";
}

void TestWords::roundsDurations()
{
    QFETCH(int, seconds);
    QFETCH(QString, words);
    QCOMPARE(QString::fromStdString(app::aboutDuration(std::chrono::seconds(seconds))), words);
}

void TestWords::namesPlaces()
{
    app::Place place;
    QCOMPARE(app::placeWords(place), std::string());
    place.lineBegin = 12;
    place.lineEnd = 12;
    QCOMPARE(app::placeWords(place), std::string("line 12"));
    place.lineEnd = 15;
    QCOMPARE(app::placeWords(place), std::string("lines 12–15"));
    place.page = 41;
    place.pageCount = 654;
    QCOMPARE(app::placeWords(place), std::string("p. 41"));
    place.pageLabel = "27";
    QCOMPARE(app::placeWords(place), std::string("p. 27 (41 of 654)"));
}

void TestWords::countsCharacters()
{
    const std::string text = "aé€😀z"; // 1, 2, 3, 4 and 1 bytes
    QCOMPARE(app::charactersBefore(text, 0), std::uint64_t(0));
    QCOMPARE(app::charactersBefore(text, 1), std::uint64_t(1));
    QCOMPARE(app::charactersBefore(text, 3), std::uint64_t(2));
    QCOMPARE(app::charactersBefore(text, 10), std::uint64_t(4));
    QCOMPARE(app::charactersBefore(text, text.size()), std::uint64_t(5));
}

void TestWords::namesFolders()
{
    QCOMPARE(app::folderName("/usr/lib/"), std::string("lib"));
    QCOMPARE(app::folderName("/"), std::string("/"));
}

QTEST_GUILESS_MAIN(TestWords)
#include "tst_words.moc"
