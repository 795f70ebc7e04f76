// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QTest>

#include <cmath>
#include <random>

#include "made_session.h"
#include "sqlite/database.h"
#include "sqlite/statement.h"
#include "word_tokenizer.h"

using namespace storage;

class TestPassageRanking final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void scoresFollowTheFormula();
    void agreesWithFts5();
    void endingsCaseAndAccentsDoNotCount();
    void wordsOfUnspacedScripts_data();
    void wordsOfUnspacedScripts();
    void partsOfNames();
    void termsOfSeveralWords();
    void termsWithoutWords();
    void nothingMatches();
    void emptySession();
    void manyTerms();
    void strangeTerms_data();
    void strangeTerms();
    void commonWordsInALargeSessionAreQuick();
    void searchTermsCutQuestions_data();
    void searchTermsCutQuestions();

private:
    /// One passage a line.
    void addLines(const std::vector<std::string>& lines);
    [[nodiscard]] PassageRanking rank(const std::vector<std::string>& terms,
                                      const Bm25& constants = {});

    std::unique_ptr<made::Folder> m_folder;
    std::unique_ptr<SessionFile> m_file;
};

void TestPassageRanking::init()
{
    m_folder = std::make_unique<made::Folder>();
    auto file = SessionFile::create(m_folder->file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestPassageRanking::cleanup()
{
    m_file.reset();
    m_folder.reset();
}

void TestPassageRanking::addLines(const std::vector<std::string>& lines)
{
    std::string text;
    std::vector<NewPassage> passages;
    for (const std::string& line : lines) {
        passages.push_back({{text.size(), text.size() + line.size()}, {0, 0}, ""});
        text += line + "\n";
    }
    const auto id = m_file->addSource(made::source(), text, {});
    VERIFY_RESULT(id);
    VERIFY_RESULT(m_file->appendPassages(*id, passages));
}

PassageRanking TestPassageRanking::rank(const std::vector<std::string>& terms,
                                        const Bm25& constants)
{
    auto ranking = m_file->rankPassages(terms, constants);
    if (!ranking)
        qFatal("%s", ranking.error().message.c_str());
    return std::move(*ranking);
}

void TestPassageRanking::scoresFollowTheFormula()
{
    // Lengths 3, 5, 4; average 4.
    addLines({"whale whale sea", "a whale swims in water", "ships cross the ocean"});
    const PassageRanking ranking = rank({"whale", "sea", "mountain"}, {1.2, 0.75});
    QCOMPARE(ranking.passageCount, std::uint64_t{3});
    QCOMPARE(ranking.averageLength, 4.0);
    QCOMPARE(ranking.terms.size(), std::size_t{3});
    QCOMPARE(ranking.terms[0].documents, std::uint64_t{2});
    QCOMPARE(ranking.terms[1].documents, std::uint64_t{1});
    QCOMPARE(ranking.terms[2].documents, std::uint64_t{0});
    const double rareOfTwo = std::log(1.0 + 1.5 / 2.5);
    const double rareOfOne = std::log(1.0 + 2.5 / 1.5);
    QCOMPARE(ranking.terms[0].idf, rareOfTwo);
    QCOMPARE(ranking.terms[1].idf, rareOfOne);
    QCOMPARE(ranking.terms[2].idf, std::log(1.0 + 3.5 / 0.5));

    QCOMPARE(ranking.passages.size(), std::size_t{2});
    const double normOf3 = 1.2 * (0.25 + 0.75 * 3.0 / 4.0);
    const double normOf5 = 1.2 * (0.25 + 0.75 * 5.0 / 4.0);
    QCOMPARE(ranking.passages[0].bm25,
             rareOfTwo * 2.0 * 2.2 / (2.0 + normOf3) + rareOfOne * 1.0 * 2.2 / (1.0 + normOf3));
    QCOMPARE(ranking.passages[1].bm25, rareOfTwo * 1.0 * 2.2 / (1.0 + normOf5));
    QCOMPARE(ranking.passages[0].length, 3U);
    QCOMPARE(ranking.count(0, 0), 2U);
    QCOMPARE(ranking.count(0, 1), 1U);
    QCOMPARE(ranking.count(1, 1), 0U);
}

void TestPassageRanking::agreesWithFts5()
{
    std::mt19937 random(7);
    std::vector<std::string> lines;
    for (int i = 0; i < 300; ++i) {
        std::string line;
        for (unsigned word = 0; word < 5 + random() % 40; ++word)
            line += "w" + std::to_string(random() % 200) + " ";
        lines.push_back(line);
    }
    addLines(lines);
    const PassageRanking ranking = rank({"w1", "w2", "w3"});
    // FTS5's own bm25() is the same but for its idf, and negative; where no term is in more than
    // half of the passages, ranks agree closely. Compare one-term queries, where idf is a factor.
    const PassageRanking single = rank({"w5"});
    Database database(m_file->path(), Access::readOnly);
    registerWordTokenizer(database);
    Statement rows(database, "SELECT rowid, -bm25(passage_words) FROM passage_words "
                             "WHERE passage_words MATCH 'w5' ORDER BY 2 DESC, rowid");
    std::size_t at = 0;
    double factor = 0.0;
    while (rows.step()) {
        if (at == 0)
            factor = single.passages[0].bm25 / rows.real(1);
        QCOMPARE(single.passages[at].id, rows.integer(0));
        QVERIFY(std::abs(single.passages[at].bm25 - factor * rows.real(1)) < 1e-9);
        ++at;
    }
    QCOMPARE(at, single.passages.size());
    QVERIFY(at > 10);
    QVERIFY(ranking.passages.size() > single.passages.size());
}

void TestPassageRanking::endingsCaseAndAccentsDoNotCount()
{
    addLines({"She was reading the Café's books", "nothing here"});
    const PassageRanking ranking = rank({"reads", "CAFE", "book"});
    for (const RankedTerm& term : ranking.terms)
        QCOMPARE(term.documents, std::uint64_t{1});
}

void TestPassageRanking::wordsOfUnspacedScripts_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("term");
    QTest::addColumn<bool>("isThere");
    const auto row = [](const char* name, const char* text, const char* term, bool isThere) {
        QTest::newRow(name) << std::string(text) << std::string(term) << isThere;
    };
    row("Chinese word", "这是一个全文检索的例子。", "检索", true);
    row("Chinese, one character", "这是一个全文检索的例子。", "例", true);
    row("Chinese, not side by side", "检查和索引", "检索", false);
    row("Japanese word", "全文検索機能を使う", "検索", true);
    row("Japanese katakana", "データベースの設計", "データベース", true);
    row("Korean word before its particle", "학교에서 공부한다", "학교", true);
    row("Thai word", "การค้นหาข้อความ", "ค้นหา", true);
    row("Thai, another vowel", "การค้นหาข้อความ", "คนหา", false);
}

void TestPassageRanking::wordsOfUnspacedScripts()
{
    QFETCH(std::string, text);
    QFETCH(std::string, term);
    QFETCH(bool, isThere);
    addLines({text, "something else"});
    QCOMPARE(rank({term}).terms.front().documents, std::uint64_t{isThere ? 1U : 0U});
}

void TestPassageRanking::partsOfNames()
{
    addLines({"auto r = commitReading(step);", "the reading of a commit"});
    QCOMPARE(rank({"commit"}).passages.size(), std::size_t{2});
    QCOMPARE(rank({"commitReading"}).passages.size(), std::size_t{1});
    // The parts do not make a passage longer.
    QCOMPARE(rank({"commitReading"}).passages.front().length, 4U);
}

void TestPassageRanking::termsOfSeveralWords()
{
    addLines({"the row_block table", "a block in a row"});
    const PassageRanking ranking = rank({"row_block"});
    QCOMPARE(ranking.passages.size(), std::size_t{1});
}

void TestPassageRanking::termsWithoutWords()
{
    addLines({"whale"});
    const PassageRanking ranking = rank({"", "???", "whale", "\"", "\xff"});
    QCOMPARE(ranking.terms.size(), std::size_t{5});
    QCOMPARE(ranking.terms[2].documents, std::uint64_t{1});
    QCOMPARE(ranking.terms[1].documents, std::uint64_t{0});
    QCOMPARE(ranking.count(0, 2), 1U);
    QVERIFY(rank({"?", ""}).passages.empty());
    QVERIFY(rank({}).passages.empty());
}

void TestPassageRanking::nothingMatches()
{
    addLines({"whale"});
    const PassageRanking ranking = rank({"mountain"});
    QVERIFY(ranking.passages.empty());
    QCOMPARE(ranking.passageCount, std::uint64_t{1});
    QVERIFY(ranking.terms.front().idf > 0.0);
}

void TestPassageRanking::emptySession()
{
    const PassageRanking ranking = rank({"whale"});
    QVERIFY(ranking.passages.empty());
    QCOMPARE(ranking.passageCount, std::uint64_t{0});
}

void TestPassageRanking::manyTerms()
{
    addLines({"term7 term299", "term300"});
    std::vector<std::string> terms;
    for (int i = 0; i < 300; ++i)
        terms.push_back("term" + std::to_string(i));
    const PassageRanking ranking = rank(terms);
    QCOMPARE(ranking.passages.size(), std::size_t{1});
    QCOMPARE(ranking.count(0, 7), 1U);
    QCOMPARE(ranking.count(0, 299), 1U);
    QCOMPARE(ranking.count(0, 8), 0U);
}

void TestPassageRanking::strangeTerms_data()
{
    QTest::addColumn<std::string>("term");
    using namespace std::string_literals;
    QTest::newRow("quotation marks") << "say \"whale\" now"s;
    QTest::newRow("query words") << "whale AND NOT OR NEAR(whale, 2)"s;
    QTest::newRow("column filter") << "text : whale* ^whale"s;
    QTest::newRow("zero byte") << "whale\0whale"s;
    QTest::newRow("single quote") << "whale' OR '1'='1"s;
    QTest::newRow("braces") << "{whale} (whale"s;
}

void TestPassageRanking::strangeTerms()
{
    QFETCH(std::string, term);
    addLines({"whale"});
    const PassageRanking ranking = rank({term, "whale"});
    QCOMPARE(ranking.terms[1].documents, std::uint64_t{1});
}

void TestPassageRanking::commonWordsInALargeSessionAreQuick()
{
    std::mt19937 random(3);
    std::vector<std::string> lines;
    for (int i = 0; i < 10'000; ++i) { // about 1,000,000 tokens
        std::string line = "the of ";
        for (int word = 0; word < 80; ++word)
            line += "w" + std::to_string(random() % 20'000) + (random() % 4 == 0 ? " the " : " ");
        lines.push_back(line);
    }
    QElapsedTimer timer;
    timer.start();
    addLines(lines);
    const double indexed = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    timer.start();
    const PassageRanking ranking = rank({"the", "of", "w17", "w18", "w19", "w20", "w21", "w22"});
    const double ranked = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    QCOMPARE(ranking.passages.size(), std::size_t{10'000});
    qInfo("10,000 passages: indexed in %.0f ms, ranked by 8 terms in %.1f ms", indexed, ranked);
    QVERIFY2(ranked < 1000.0, "ranking takes more than a second");
}

void TestPassageRanking::searchTermsCutQuestions_data()
{
    QTest::addColumn<std::string>("question");
    QTest::addColumn<std::vector<std::string>>("wanted");
    using Terms = std::vector<std::string>;
    QTest::newRow("English") << std::string("Who wrote Newton's Principia, and when?")
                             << Terms{"Who", "wrote", "Newton", "Principia", "and", "when"};
    QTest::newRow("each once") << std::string("Read, reads, READING: don't")
                               << Terms{"Read", "don"};
    QTest::newRow("code") << std::string("Where is commit_reading() decided?")
                          << Terms{"Where", "is", "commit", "reading", "decided"};
    QTest::newRow("Chinese") << std::string("全文检索") << Terms{"全文", "检索"};
    QTest::newRow("Japanese in Latin")
        << std::string("SQLiteの検索") << Terms{"SQLite", "の", "検索"};
    QTest::newRow("nothing") << std::string(" ?! ") << Terms{};
}

void TestPassageRanking::searchTermsCutQuestions()
{
    QFETCH(std::string, question);
    QFETCH(std::vector<std::string>, wanted);
    const auto terms = searchTerms(question);
    VERIFY_RESULT(terms);
    std::string found;
    for (const std::string& term : *terms)
        found += term + "|";
    QVERIFY2(*terms == wanted, found.c_str());
}

QTEST_GUILESS_MAIN(TestPassageRanking)
#include "tst_passage_ranking.moc"
