// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/word_merger.h"

#include <random>

#include <QTest>

#include "text/tokenizer_file.h"
#include "text/word_cache.h"

using engine::TokenId;
using engine::WordCache;
using engine::WordMerger;

class TestWordMerger : public QObject
{
    Q_OBJECT

private slots:
    void allWaysAgree();
    void allWaysAgreeOnTies();
    void oneLongWord();
    void unorderedMerges();
    void cacheGivesBackWhatWasStored();
    void cacheKeysTellWordsApart();
};

void TestWordMerger::allWaysAgree()
{
    const auto file =
        engine::readTokenizerFile(std::filesystem::path(LECTERN_MODEL_DIR) / "tokenizer.json");
    QVERIFY(file);
    const WordMerger merger(file->merges, file->byteTokens);
    QVERIFY(merger.isOrdered());
    WordMerger::Scratch scratch;
    std::mt19937 random(11);
    const std::string letters = "etaoin shrdlu\n\xC3\xA9_=();ETAOIN0123";
    for (int i = 0; i < 4000; ++i) {
        std::string word(std::uniform_int_distribution<std::size_t>(0, 300)(random), ' ');
        for (char& c : word) {
            c = letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
        }
        std::vector<TokenId> byScan;
        std::vector<TokenId> byHeap;
        merger.encodeByScan(word, scratch, byScan);
        merger.encodeByHeap(word, scratch, byHeap);
        QCOMPARE(byHeap, byScan);
        std::vector<TokenId> byRank;
        merger.encodeByRank(word, scratch, byRank);
        QCOMPARE(byRank, byScan);
    }
}

/// One letter and merges of runs of it: every pair has the same rank at first.
void TestWordMerger::allWaysAgreeOnTies()
{
    std::array<TokenId, 256> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<TokenId>(i);
    }
    // aa, aaaa, aaa: 1000, 1001, 1002
    const WordMerger merger({{'a', 'a', 1000, 0}, {1000, 1000, 1001, 1}, {1000, 'a', 1002, 2}},
                            bytes);
    WordMerger::Scratch scratch;
    for (std::size_t length = 0; length < 200; ++length) {
        const std::string word(length, 'a');
        std::vector<TokenId> byScan;
        std::vector<TokenId> byHeap;
        merger.encodeByScan(word, scratch, byScan);
        merger.encodeByHeap(word, scratch, byHeap);
        QCOMPARE(byHeap, byScan);
        std::vector<TokenId> byRank;
        merger.encodeByRank(word, scratch, byRank);
        QCOMPARE(byRank, byScan);
        std::vector<TokenId> expected(length / 4, 1001);
        const std::size_t rest = length % 4;
        if (rest > 0) {
            expected.push_back(rest == 1 ? TokenId{'a'} : rest == 2 ? 1000 : 1002);
        }
        QCOMPARE(byScan, expected);
    }
}

/// Long enough for lists of many chunks; runs of one letter among random ones make ties overlap.
void TestWordMerger::oneLongWord()
{
    const auto file =
        engine::readTokenizerFile(std::filesystem::path(LECTERN_MODEL_DIR) / "tokenizer.json");
    QVERIFY(file);
    const WordMerger merger(file->merges, file->byteTokens);
    WordMerger::Scratch scratch;
    std::mt19937 random(12);
    std::string word;
    while (word.size() < 200'000) {
        const char letter = static_cast<char>('a' + random() % 26);
        word.append(random() % 8 == 0 ? 1 + random() % 40 : 1, letter);
    }
    std::vector<TokenId> byHeap;
    std::vector<TokenId> byRank;
    merger.encodeByHeap(word, scratch, byHeap);
    merger.encodeByRank(word, scratch, byRank);
    QVERIFY(byHeap == byRank);
}

/// Where a merge comes before one that makes its side, a lower rank can follow a higher one.
void TestWordMerger::unorderedMerges()
{
    std::array<TokenId, 256> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<TokenId>(i);
    }
    // (ab)c before ab: in "abab...c" the last ab meets its c as soon as it is there.
    const WordMerger merger({{1000, 'c', 1001, 0}, {'a', 'b', 1000, 1}, {1000, 1000, 1002, 2}},
                            bytes);
    QVERIFY(!merger.isOrdered());
    std::string word;
    for (int i = 0; i < 300; ++i) {
        word += i % 3 == 2 ? "abc" : "ab";
    }
    WordMerger::Scratch scratch;
    std::vector<TokenId> byScan;
    std::vector<TokenId> chosen;
    merger.encodeByScan(word, scratch, byScan);
    merger.encode(word, scratch, chosen);
    QCOMPARE(chosen, byScan);
    QVERIFY(std::count(chosen.begin(), chosen.end(), TokenId{1001}) == 100);
}

void TestWordMerger::cacheGivesBackWhatWasStored()
{
    WordCache cache;
    const std::string word = "word";
    const auto key = WordCache::keyOf(word, word.data() + word.size());
    std::vector<TokenId> out = {7};
    QVERIFY(!cache.append(key, out));
    cache.store(key, std::vector<TokenId>{1, 2, 3});
    QVERIFY(cache.append(key, out));
    QCOMPARE(out, (std::vector<TokenId>{7, 1, 2, 3}));

    const std::string other = "many";
    const auto otherKey = WordCache::keyOf(other, other.data() + other.size());
    cache.store(otherKey, std::vector<TokenId>(WordCache::kMaxTokens + 1, 5));
    QVERIFY(!cache.append(otherKey, out)); // too many to keep
}

void TestWordMerger::cacheKeysTellWordsApart()
{
    const std::string text =
        std::string("\0\0abcdefghijklmnopqrstuvwxyz", 28) + std::string(24, 'x');
    for (std::size_t begin = 0; begin < 3; ++begin) {
        for (std::size_t length = 1; length <= WordCache::kMaxWordBytes; ++length) {
            const auto word = std::string_view(text).substr(begin, length);
            const auto inside = WordCache::keyOf(word, text.data() + text.size());
            const std::string copy(word);
            // The two ways of reading, with and without bytes to spare, give one key.
            QVERIFY(inside == WordCache::keyOf(copy, copy.data() + copy.size()));
            const auto shorter = text.substr(begin, length - 1) + '\0';
            if (word != shorter) {
                QVERIFY(!(inside == WordCache::keyOf(shorter, shorter.data() + shorter.size())));
            }
        }
    }
    // Zeros count: a word is not the same with one more of them.
    const std::string zeros(2, '\0');
    QVERIFY(!(WordCache::keyOf(std::string_view(zeros).substr(0, 1), zeros.data() + 1) ==
              WordCache::keyOf(zeros, zeros.data() + 2)));
}

QTEST_GUILESS_MAIN(TestWordMerger)
#include "tst_word_merger.moc"
