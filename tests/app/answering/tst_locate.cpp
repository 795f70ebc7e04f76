// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QtTest>

#include "answering/locate.h"

using answering::TokenRange;

class TestLocate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rowsBelongToThePassageTheyEndIn();
    void aPassageShorterThanARowTakesTheRowAroundIt();
    void aPassageBeyondTheRowsIsLast();
    void standardisedScoresHaveMeanZeroAndDeviationOne();
    void degenerateScoresAreAllZero_data();
    void degenerateScoresAreAllZero();
    void bothSignalsAddUp();
    void oneSignalDecidesAlone();
    void tiesKeepTheOrderOfTheText();
};

void TestLocate::rowsBelongToThePassageTheyEndIn()
{
    const std::vector<float> rows = {1.0F, 2.0F, 3.0F, 4.0F};
    const std::vector<TokenRange> passages = {{0, 8}, {8, 14}, {14, 16}, {5, 15}};
    const auto scores = answering::passageIndexScores(rows, passages);
    QVERIFY(std::abs(scores[0] - std::log(std::exp(1.0) + std::exp(2.0))) < 1e-9);
    QCOMPARE(scores[1], 3.0);
    QCOMPARE(scores[2], 4.0);
    QVERIFY(std::abs(scores[3] - std::log(std::exp(2.0) + std::exp(3.0))) < 1e-9);
}

void TestLocate::aPassageShorterThanARowTakesTheRowAroundIt()
{
    const std::vector<float> rows = {1.0F, 5.0F};
    const auto scores = answering::passageIndexScores(rows, std::vector<TokenRange>{{5, 7}});
    QCOMPARE(scores[0], 5.0);
}

void TestLocate::aPassageBeyondTheRowsIsLast()
{
    const std::vector<float> rows = {1.0F, 5.0F};
    const std::vector<TokenRange> passages = {{0, 4}, {4, 8}, {8, 20}};
    const auto scores = answering::passageIndexScores(rows, passages);
    QCOMPARE(scores[2], 1.0);
    QVERIFY(answering::passageIndexScores({}, passages) == std::vector<double>(3, 0.0));
}

void TestLocate::standardisedScoresHaveMeanZeroAndDeviationOne()
{
    const auto scores = answering::standardise(std::vector<double>{1.0, 2.0, 6.0});
    double sum = 0.0;
    double squares = 0.0;
    for (const double score : scores) {
        sum += score;
        squares += score * score;
    }
    QVERIFY(std::abs(sum) < 1e-12);
    QVERIFY(std::abs(squares / 3.0 - 1.0) < 1e-12);
    QVERIFY(scores[2] > scores[1] && scores[1] > scores[0]);
}

void TestLocate::degenerateScoresAreAllZero_data()
{
    QTest::addColumn<std::vector<double>>("scores");
    QTest::newRow("none") << std::vector<double>{};
    QTest::newRow("one passage") << std::vector<double>{7.5};
    QTest::newRow("all equal") << std::vector<double>{3.0, 3.0, 3.0};
    QTest::newRow("equal but for rounding") << std::vector<double>{0.1 + 0.2, 0.3, 0.3};
}

void TestLocate::degenerateScoresAreAllZero()
{
    QFETCH(std::vector<double>, scores);
    QVERIFY(answering::standardise(scores) == std::vector<double>(scores.size(), 0.0));
}

void TestLocate::bothSignalsAddUp()
{
    // Passage 1 is second by both signals, and first by their sum.
    const std::vector<double> index = {10.0, 9.0, 0.0, 0.0};
    const std::vector<double> words = {0.0, 9.0, 10.0, 0.0};
    const auto ranking = answering::rankPassages(index, words);
    QCOMPARE(ranking.size(), std::size_t{4});
    QCOMPARE(ranking[0].passage, std::size_t{1});
    QCOMPARE(ranking[3].passage, std::size_t{3});
    for (const auto& located : ranking) {
        QCOMPARE(located.score, located.indexer + located.words);
    }
}

void TestLocate::oneSignalDecidesAlone()
{
    const std::vector<double> scores = {1.0, 3.0, 2.0};
    QCOMPARE(answering::rankPassages(scores, {})[0].passage, std::size_t{1});
    QCOMPARE(answering::rankPassages({}, scores)[0].passage, std::size_t{1});
    QCOMPARE(answering::rankPassages({}, scores)[0].indexer, 0.0);
    // Words that no passage holds say nothing.
    const std::vector<double> silent(3, 0.0);
    QCOMPARE(answering::rankPassages(scores, silent)[0].passage, std::size_t{1});
    QVERIFY(answering::rankPassages({}, {}).empty());
}

void TestLocate::tiesKeepTheOrderOfTheText()
{
    const std::vector<double> scores = {1.0, 2.0, 2.0, 1.0};
    const auto ranking = answering::rankPassages(scores, scores);
    QCOMPARE(ranking[0].passage, std::size_t{1});
    QCOMPARE(ranking[1].passage, std::size_t{2});
    QCOMPARE(ranking[2].passage, std::size_t{0});
}

QTEST_GUILESS_MAIN(TestLocate)
#include "tst_locate.moc"
