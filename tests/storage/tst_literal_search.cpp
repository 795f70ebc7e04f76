// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QTest>

#include "made_session.h"

using namespace storage;

namespace {

/// The hits as they stand in the text, one after another.
std::string slices(SessionFile& file, SourceId id, const TextHits& hits)
{
    std::string all;
    for (const TextHit& hit : hits.hits) {
        const std::string slice = file.sourceText(id, hit.text).value();
        const std::string inContext =
            hit.context.substr(hit.match.begin, hit.match.end - hit.match.begin);
        all += (all.empty() ? "" : "|") + slice + (slice == inContext ? "" : " (context differs)");
    }
    return all;
}

} // namespace

class TestLiteralSearch final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void finds_data();
    void finds();
    void acrossPieces();
    void goesThroughAllSources();
    void limitDoesNotChangeTheTotal();
    void contextIsCutAtWords();
    void contextWithoutBlanks();
    void millionTokensTakeLittleTime();

private:
    std::unique_ptr<made::Folder> m_folder;
    std::unique_ptr<SessionFile> m_file;
};

void TestLiteralSearch::init()
{
    m_folder = std::make_unique<made::Folder>();
    auto file = SessionFile::create(m_folder->file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestLiteralSearch::cleanup()
{
    m_file.reset();
    m_folder.reset();
}

void TestLiteralSearch::finds_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("phrase");
    QTest::addColumn<std::string>("wanted");
    const auto row = [](const char* name, const char* text, const char* phrase,
                        const char* wanted) {
        QTest::newRow(name) << std::string(text) << std::string(phrase) << std::string(wanted);
    };
    row("nothing asked", "some text", "", "");
    row("no hit", "some text", "whale", "");
    row("a word", "The whale, the WHALE.", "whale", "whale|WHALE");
    row("part of a word", "concatenate a cat", "cat", "cat|cat");
    row("overlapping places", "aaaa", "aa", "aa|aa");
    row("only signs", "if (a != b && c)", "!= b &&", "!= b &&");
    row("name with signs", "std::vector<int> v", "STD::Vector<", "std::vector<");
    row("umlauts without case", "GRÖSSE größe", "größe", "größe");
    row("Greek without case", "ΣΊΣΥΦΟΣ", "σίσυφος", "ΣΊΣΥΦΟΣ");
    row("accents count", "resume résumé", "résumé", "résumé");
    row("Kelvin sign", "5 \u212a", "5 k", "5 \u212a");
    row("Chinese, two characters", "这是全文检索的例子", "检索", "检索");
    row("Japanese", "全文検索機能", "検索", "検索");
    row("across a line break", "the white\n   whale", "white whale", "white\n   whale");
    row("wide blank", "white\u3000whale", "white whale", "white\u3000whale");
    row("several blanks asked", "white whale", "white \n whale", "white whale");
    row("blank before", "a cat concat", " cat", " cat");
    row("at both ends", "cat and cat", "cat", "cat|cat");
    row("longer than the text", "cat", "cats", "");
    row("not UTF-8", "cat", "\xff", "");
    row("emoji", "a \U0001F433 b", "\U0001F433", "\U0001F433");
}

void TestLiteralSearch::finds()
{
    QFETCH(std::string, text);
    QFETCH(std::string, phrase);
    QFETCH(std::string, wanted);
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    const auto hits = m_file->searchText(phrase, 100);
    VERIFY_RESULT(hits);
    const std::string found = slices(*m_file, id, *hits);
    QVERIFY2(found == wanted, found.c_str());
    QCOMPARE(hits->total, std::uint64_t{hits->hits.size()});
}

void TestLiteralSearch::acrossPieces()
{
    std::string text(32 * 1024 - 4, 'x'); // the next word lies on the first cut
    text += " needle in hay";
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    const auto hits = m_file->searchText("NEEDLE IN", 10);
    VERIFY_RESULT(hits);
    QCOMPARE(slices(*m_file, id, *hits), std::string("needle in"));
}

void TestLiteralSearch::goesThroughAllSources()
{
    const SourceId first = m_file->addSource(made::source("/1"), "whale", {}).value();
    VERIFY_RESULT(m_file->addSource(made::source("/2"), "", {}));
    const SourceId third = m_file->addSource(made::source("/3"), "a whale, a whale", {}).value();
    const TextHits hits = m_file->searchText("whale", 10).value();
    QCOMPARE(hits.hits.size(), std::size_t{3});
    QCOMPARE(hits.hits[0].sourceId, first);
    QCOMPARE(hits.hits[1].sourceId, third);
    QVERIFY(hits.hits[1].text == (TextRange{2, 7}));
    QVERIFY(hits.hits[2].text == (TextRange{11, 16}));
}

void TestLiteralSearch::limitDoesNotChangeTheTotal()
{
    VERIFY_RESULT(m_file->addSource(made::source(), std::string(1000, 'a'), {}));
    const TextHits hits = m_file->searchText("a", 7).value();
    QCOMPARE(hits.hits.size(), std::size_t{7});
    QCOMPARE(hits.total, std::uint64_t{1000});
}

void TestLiteralSearch::contextIsCutAtWords()
{
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "wörter " + std::to_string(i) + " ";
    VERIFY_RESULT(m_file->addSource(made::source(), text, {}));
    const TextHit hit = m_file->searchText("wörter 50 ", 1).value().hits.front();
    QVERIFY(hit.context.size() > 100 && hit.context.size() < 200);
    const auto at = text.find(hit.context);
    QVERIFY(at != std::string::npos && text[at - 1] == ' ');
    QVERIFY(text[at + hit.context.size()] == ' ');
}

void TestLiteralSearch::contextWithoutBlanks()
{
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += "全文";
    text += "鯨";
    for (int i = 0; i < 200; ++i)
        text += "检索";
    VERIFY_RESULT(m_file->addSource(made::source(), text, {}));
    const TextHit hit = m_file->searchText("鯨", 1).value().hits.front();
    QVERIFY(hit.context.size() > 140 && hit.context.size() < 170);
    QVERIFY(text.find(hit.context) != std::string::npos);
    QCOMPARE(hit.context.size() % 3, std::size_t{0}); // whole characters
}

void TestLiteralSearch::millionTokensTakeLittleTime()
{
    std::string text;
    while (text.size() < 5'000'000)
        text += "Some years ago, never mind how long precisely, having little money. ";
    text += "The Pequod.";
    VERIFY_RESULT(m_file->addSource(made::source(), text, {}));
    for (const char* phrase : {"the pequod", "some years ago, never mind that"}) {
        QElapsedTimer timer;
        timer.start();
        const auto hits = m_file->searchText(phrase, 10);
        const auto elapsed = timer.nsecsElapsed();
        VERIFY_RESULT(hits);
        QCOMPARE(hits->total, std::uint64_t{phrase[0] == 't' ? 1U : 0U});
        qInfo("\"%s\" in 5 MB: %.1f ms", phrase, static_cast<double>(elapsed) / 1e6);
        QVERIFY2(elapsed < 1'000'000'000, "searching 5 MB takes more than a second");
    }
}

QTEST_GUILESS_MAIN(TestLiteralSearch)
#include "tst_literal_search.moc"
