// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include <algorithm>

#include "made_session.h"
#include "sqlite/database.h"

using namespace storage;

namespace {

/// 200 KB with characters of one to four bytes, so that pieces are cut at all kinds of places.
std::string mixedText()
{
    std::string text;
    for (int line = 0; text.size() < 200'000; ++line)
        text += "Zeile " + std::to_string(line) + ": Größe, 検索, \U0001F433, end.\n";
    return text;
}

std::uint64_t characters(std::string_view text)
{
    return static_cast<std::uint64_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U; }));
}

} // namespace

class TestSources final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void keepsEverything();
    void keepsOrder();
    void emptyTextAndMaps();
    void textOfAnyPart();
    void partThatCutsACharacterIsRefused();
    void textThatIsNotUtf8IsRefused();
    void zeroBytesAreKept();
    void characterOffsets();
    void updatesOnlyWhatIsGiven();
    void findsByPathAndHash();
    void unknownSourceIsNotFound();
    void damagedTextIsFound();
    void passagesKeepTheirOrder();
    void manyPassagesAreQuick();
    void passageOutsideTheTextIsRefused();
    void removesTheLastSource();
    void removesASourceThatWasNotRead();
    void removingAnEarlierSourceIsRefused();
    void removingAnEarlierSourceHasItsPrice();
    void removingASourceNotReadClosesTheGap();

private:
    std::unique_ptr<made::Folder> m_folder;
    std::unique_ptr<SessionFile> m_file;
};

void TestSources::init()
{
    m_folder = std::make_unique<made::Folder>();
    auto file = SessionFile::create(m_folder->file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    m_file = std::move(*file);
}

void TestSources::cleanup()
{
    m_file.reset();
    m_folder.reset();
}

void TestSources::keepsEverything()
{
    NewSource given = made::source("/code/src/main.cpp");
    given.folder = "/code";
    given.relativePath = "src/main.cpp";
    given.language = "C++";
    given.fileModified = Timestamp{std::chrono::milliseconds{1'700'000'000'123}};
    given.pageCount = 12;
    given.reason = "a reason";
    given.notes = {"14 pages have no text", "the encoding was guessed"};
    const std::string text = mixedText();
    const std::vector<std::byte> maps = made::checkpointAt(5, 300'000);
    const auto id = m_file->addSource(given, text, maps);
    VERIFY_RESULT(id);

    const auto source = m_file->source(*id);
    VERIFY_RESULT(source);
    QCOMPARE(source->path, given.path);
    QCOMPARE(source->folder, given.folder);
    QCOMPARE(source->relativePath, given.relativePath);
    QCOMPARE(source->format, given.format);
    QCOMPARE(source->title, given.title);
    QCOMPARE(source->language, given.language);
    QCOMPARE(source->encoding, given.encoding);
    QCOMPARE(source->contentHash, given.contentHash);
    QCOMPARE(source->fileBytes, given.fileBytes);
    QVERIFY(source->fileModified == given.fileModified);
    QCOMPARE(source->pageCount, given.pageCount);
    QCOMPARE(source->lineCount, given.lineCount);
    QCOMPARE(source->textRules, given.textRules);
    QCOMPARE(source->reason, given.reason);
    QCOMPARE(source->notes, given.notes);
    QVERIFY(source->state == SourceState::waiting);
    QCOMPARE(source->textBytes, std::uint64_t{text.size()});
    QCOMPARE(source->textCharacters, characters(text));
    QVERIFY(!source->tokens && !source->tokenCount && !source->readAt && !source->hidden);
    QVERIFY(m_file->sourceText(*id).value() == text);
    QVERIFY(m_file->sourceMaps(*id).value() == maps);
    QVERIFY(m_file->sources().value().front().notes == given.notes);
}

void TestSources::keepsOrder()
{
    for (const char* path : {"/c", "/a", "/b"})
        VERIFY_RESULT(m_file->addSource(made::source(path), "text", {}));
    const auto sources = m_file->sources();
    VERIFY_RESULT(sources);
    QCOMPARE((*sources)[0].path, std::string("/c"));
    QCOMPARE((*sources)[2].path, std::string("/b"));
    QCOMPARE((*sources)[2].ordinal, 2U);
}

void TestSources::emptyTextAndMaps()
{
    NewSource leftOut = made::source();
    leftOut.state = SourceState::leftOut;
    leftOut.reason = "binary";
    const auto id = m_file->addSource(leftOut, {}, {});
    VERIFY_RESULT(id);
    QCOMPARE(m_file->sourceText(*id).value(), std::string());
    QVERIFY(m_file->sourceMaps(*id).value().empty());
    QCOMPARE(m_file->summary().value().sourceCount, std::uint64_t{0});
}

void TestSources::textOfAnyPart()
{
    const std::string text = mixedText();
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    std::uint64_t begin = 0;
    for (std::uint64_t i = 1; i < 400; ++i) {
        // Lengths from nothing to more than one piece, at places all over the text.
        begin = (begin + i * 7919) % text.size();
        std::uint64_t end = std::min<std::uint64_t>(text.size(), begin + (i * i * 3) % 70'000);
        const auto isTrail = [&text](std::uint64_t at) {
            return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
        };
        while (isTrail(begin))
            --begin;
        while (isTrail(end))
            ++end;
        const auto part = m_file->sourceText(id, {begin, end});
        VERIFY_RESULT(part);
        QVERIFY(*part == text.substr(begin, end - begin));
    }
    VERIFY_ERROR(m_file->sourceText(id, {0, text.size() + 1}), ErrorCode::badInput);
    VERIFY_ERROR(m_file->sourceText(id, {5, 4}), ErrorCode::badInput);
}

void TestSources::partThatCutsACharacterIsRefused()
{
    const SourceId id = m_file->addSource(made::source(), "für", {}).value();
    QCOMPARE(m_file->sourceText(id, {1, 3}).value(), std::string("ü"));
    VERIFY_ERROR(m_file->sourceText(id, {1, 2}), ErrorCode::badInput);
    VERIFY_ERROR(m_file->sourceText(id, {2, 4}), ErrorCode::badInput);
}

void TestSources::textThatIsNotUtf8IsRefused()
{
    VERIFY_ERROR(m_file->addSource(made::source(), "f\xfcr", {}), ErrorCode::badInput);
    QVERIFY(m_file->sources().value().empty());
}

void TestSources::zeroBytesAreKept()
{
    using namespace std::string_literals;
    const std::string text = "before\0after"s;
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    QVERIFY(m_file->sourceText(id).value() == text);
    QVERIFY(m_file->sourceText(id, {4, 9}).value() == text.substr(4, 5));
}

void TestSources::characterOffsets()
{
    const std::string text = mixedText();
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    for (std::uint64_t at = 0; at < text.size(); at += 9973) {
        std::uint64_t offset = at;
        while ((static_cast<unsigned char>(text[offset]) & 0xc0U) == 0x80U)
            ++offset;
        const auto found = m_file->characterOffset(id, offset);
        VERIFY_RESULT(found);
        QCOMPARE(*found, characters(std::string_view{text}.substr(0, offset)));
    }
    QCOMPARE(m_file->characterOffset(id, text.size()).value(), characters(text));
    VERIFY_ERROR(m_file->characterOffset(id, text.size() + 1), ErrorCode::badInput);
    const SourceId empty = m_file->addSource(made::source("/e"), {}, {}).value();
    QCOMPARE(m_file->characterOffset(empty, 0).value(), std::uint64_t{0});
}

void TestSources::updatesOnlyWhatIsGiven()
{
    const SourceId id = m_file->addSource(made::source(), "text", {}).value();
    SourceUpdate update;
    update.state = SourceState::failed;
    update.reason = "the file is encrypted";
    update.tokens = TokenRange{10, 20};
    update.tokenCount = 10;
    VERIFY_RESULT(m_file->updateSource(id, update));
    SourceUpdate hide;
    hide.hidden = true;
    VERIFY_RESULT(m_file->updateSource(id, hide));

    const Source source = m_file->source(id).value();
    QVERIFY(source.state == SourceState::failed);
    QCOMPARE(source.reason, std::string("the file is encrypted"));
    QCOMPARE(source.title, std::string("The Whale"));
    QVERIFY(source.tokens == (TokenRange{10, 20}));
    QVERIFY(source.hidden);
    QCOMPARE(m_file->summary().value().tokensKnown, std::uint64_t{10});
    VERIFY_ERROR(m_file->updateSource(99, hide), ErrorCode::notFound);
}

void TestSources::findsByPathAndHash()
{
    NewSource other = made::source("/other");
    other.contentHash = "ffff";
    const SourceId first = m_file->addSource(made::source("/same"), "1", {}).value();
    const SourceId second = m_file->addSource(other, "2", {}).value();
    QCOMPARE(m_file->findSourceByPath("/same").value().value().id, first);
    QCOMPARE(m_file->findSourceByHash("ffff").value().value().id, second);
    QVERIFY(!m_file->findSourceByPath("/elsewhere").value().has_value());
    QVERIFY(!m_file->findSourceByHash("0").value().has_value());
}

void TestSources::unknownSourceIsNotFound()
{
    VERIFY_ERROR(m_file->source(1), ErrorCode::notFound);
    VERIFY_ERROR(m_file->sourceText(1), ErrorCode::notFound);
    VERIFY_ERROR(m_file->sourceMaps(1), ErrorCode::notFound);
    VERIFY_ERROR(m_file->passageText(1), ErrorCode::notFound);
    VERIFY_ERROR(m_file->removeSource(1), ErrorCode::notFound);
}

void TestSources::damagedTextIsFound()
{
    const SourceId id = m_file->addSource(made::source(), mixedText(), {}).value();
    const auto path = m_file->path();
    m_file.reset();
    Database(path, Access::readWrite)
        .execute("UPDATE source_text SET text = replace(text, 'Zeile 900', 'Zeile 901')");
    auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    VERIFY_ERROR((*file)->sourceText(id), ErrorCode::damaged);
    VERIFY_ERROR((*file)->verify(), ErrorCode::damaged);
    VERIFY_RESULT((*file)->sourceText(id, {0, 100})); // the sound piece stays readable
}

void TestSources::passagesKeepTheirOrder()
{
    const SourceId first = m_file->addSource(made::source("/1"), "one two three", {}).value();
    const SourceId second = m_file->addSource(made::source("/2"), "vier fünf", {}).value();
    const std::vector<NewPassage> late = {{{0, 4}, {13, 14}, "Zahlen"}, {{5, 10}, {14, 15}, ""}};
    const std::vector<NewPassage> early = {{{0, 3}, {0, 1}, ""}};
    const std::vector<NewPassage> more = {{{4, 13}, {1, 3}, "Numbers"}};
    VERIFY_RESULT(m_file->appendPassages(second, late));
    VERIFY_RESULT(m_file->appendPassages(first, early));
    VERIFY_RESULT(m_file->appendPassages(first, more));

    const auto passages = m_file->passages();
    VERIFY_RESULT(passages);
    QCOMPARE(passages->size(), std::size_t{4});
    std::vector<std::string> texts;
    for (const Passage& passage : *passages)
        texts.push_back(m_file->passageText(passage.id).value());
    QCOMPARE(texts, (std::vector<std::string>{"one", "two three", "vier", "fünf"}));
    QCOMPARE((*passages)[1].heading, std::string("Numbers"));
    QCOMPARE((*passages)[1].ordinal, 1U);
    QVERIFY((*passages)[2].tokens == (TokenRange{13, 14}));
    QCOMPARE(m_file->source(first).value().passageCount, std::uint64_t{2});
}

void TestSources::manyPassagesAreQuick()
{
    const std::string line = "A passage of some words to be kept and found again.\n";
    std::string text;
    std::vector<NewPassage> passages;
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        passages.push_back({{text.size(), text.size() + line.size()},
                            {i * 12, i * 12 + 12},
                            "Chapter " + std::to_string(i / 100)});
        text += line;
    }
    const SourceId id = m_file->addSource(made::source(), text, {}).value();
    VERIFY_RESULT(m_file->appendPassages(id, passages));
    QElapsedTimer timer;
    timer.start();
    const auto read = m_file->passages();
    const auto elapsed = timer.nsecsElapsed();
    VERIFY_RESULT(read);
    QCOMPARE(read->size(), passages.size());
    qInfo("20,000 passages listed in %.1f ms", static_cast<double>(elapsed) / 1e6);
    QVERIFY2(elapsed < 500'000'000, "listing 20,000 passages takes more than half a second");
}

void TestSources::passageOutsideTheTextIsRefused()
{
    const SourceId id = m_file->addSource(made::source(), "fünf", {}).value();
    const std::vector<NewPassage> beyond = {{{0, 2000}, {0, 1}, ""}};
    const std::vector<NewPassage> cutting = {{{0, 2}, {0, 1}, ""}};
    const std::vector<NewPassage> overlapping = {{{0, 3}, {0, 1}, ""}, {{1, 5}, {1, 2}, ""}};
    for (const auto& passages : {beyond, cutting, overlapping})
        VERIFY_ERROR(m_file->appendPassages(id, passages), ErrorCode::badInput);
    QVERIFY(m_file->passages().value().empty());
    VERIFY_ERROR(m_file->appendPassages(99, beyond), ErrorCode::notFound);
}

void TestSources::removesTheLastSource()
{
    const SourceId first = m_file->addSource(made::source("/1"), "albatross", {}).value();
    const SourceId second = m_file->addSource(made::source("/2"), "zebra", {}).value();
    const std::vector<NewPassage> onFirst = {{{0, 9}, {0, 2048}, ""}};
    const std::vector<NewPassage> onSecond = {{{0, 5}, {2048, 4096}, ""}};
    VERIFY_RESULT(m_file->appendPassages(first, onFirst));
    VERIFY_RESULT(m_file->appendPassages(second, onSecond));
    made::Step one(0, 2048);
    const std::vector<SourceProgress> firstDone = {
        {first, SourceState::ready, TokenRange{0, 2048}}};
    one.commit.sources = firstDone;
    one.commit.keep = CheckpointKeep::always;
    made::Step two(2048, 4096);
    const std::vector<SourceProgress> secondDone = {
        {second, SourceState::ready, TokenRange{2048, 4096}}};
    two.commit.sources = secondDone;
    VERIFY_RESULT(m_file->commitReading(one.commit));
    VERIFY_RESULT(m_file->commitReading(two.commit));
    NewMessage message;
    Citation citation;
    citation.rank = 1;
    citation.sourceId = second;
    citation.quote = "zebra";
    message.citations = {citation};
    VERIFY_RESULT(m_file->addMessage(message));

    VERIFY_RESULT(m_file->removeSource(second));
    QCOMPARE(m_file->sources().value().size(), std::size_t{1});
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
    const std::vector<std::string> terms = {"zebra", "albatross"};
    const PassageRanking ranking = m_file->rankPassages(terms).value();
    QCOMPARE(ranking.terms[0].documents, std::uint64_t{0});
    QCOMPARE(ranking.terms[1].documents, std::uint64_t{1});
    const Citation kept = m_file->messages().value().front().citations.front();
    QVERIFY(!kept.sourceId.has_value());
    QCOMPARE(kept.quote, std::string("zebra"));
    VERIFY_RESULT(m_file->verify());
}

void TestSources::removesASourceThatWasNotRead()
{
    const SourceId first = m_file->addSource(made::source("/1"), "one", {}).value();
    VERIFY_RESULT(m_file->addSource(made::source("/2"), "two", {}));
    VERIFY_RESULT(m_file->removeSource(first));
    const SourceId third = m_file->addSource(made::source("/3"), "three", {}).value();
    QVERIFY(third != first); // an id never means another source
    QCOMPARE(m_file->sources().value().size(), std::size_t{2});
}

void TestSources::removingAnEarlierSourceIsRefused()
{
    const SourceId first = m_file->addSource(made::source("/1"), "one", {}).value();
    const SourceId second = m_file->addSource(made::source("/2"), "two", {}).value();
    made::Step step(0, 2048);
    const std::vector<SourceProgress> both = {{first, SourceState::ready, TokenRange{0, 1000}},
                                              {second, SourceState::ready, TokenRange{1000, 2048}}};
    step.commit.sources = both;
    VERIFY_RESULT(m_file->commitReading(step.commit));
    VERIFY_ERROR(m_file->removeSource(first), ErrorCode::badInput);
    QCOMPARE(made::differenceFrom(*m_file, 2048), std::string());
}

void TestSources::removingAnEarlierSourceHasItsPrice()
{
    std::vector<SourceId> ids;
    for (std::uint64_t i = 0; i < 4; ++i) {
        ids.push_back(m_file->addSource(made::source("/" + std::to_string(i)), "text", {}).value());
        const std::vector<NewPassage> passages = {{{0, 4}, {i * 1000, i * 1000 + 1000}, ""}};
        VERIFY_RESULT(m_file->appendPassages(ids.back(), passages));
        SourceUpdate place;
        place.tokens = TokenRange{i * 1000, i * 1000 + 1000};
        VERIFY_RESULT(m_file->updateSource(ids.back(), place));
    }
    for (std::uint64_t i = 0; i < 3; ++i) {
        made::Step step(i * 1000, i * 1000 + 1000);
        const std::vector<SourceProgress> done = {{ids[i], SourceState::ready, std::nullopt}};
        step.commit.sources = done;
        if (i == 1)
            step.commit.keep = CheckpointKeep::boundary; // the begin of the third
        VERIFY_RESULT(m_file->commitReading(step.commit));
    }
    const auto price = [&](std::size_t i) {
        return m_file->tokensToReadAgainIfRemoved(ids[i]).value();
    };
    QCOMPARE(price(3), std::uint64_t{0});    // not read yet
    QCOMPARE(price(2), std::uint64_t{0});    // its begin was kept
    QCOMPARE(price(1), std::uint64_t{2000}); // the third, and the first: no place to rewind to
    QCOMPARE(price(0), std::uint64_t{2000});

    VERIFY_RESULT(m_file->removeSource(ids[0], LaterSources::readAgain));
    QCOMPARE(m_file->tokensRead().value(), std::uint64_t{0});
    for (std::uint64_t i = 1; i < 4; ++i) {
        const Source source = m_file->source(ids[i]).value();
        QVERIFY(source.state == SourceState::waiting);
        QVERIFY(source.tokens == (TokenRange{(i - 1) * 1000, i * 1000}));
    }
    QVERIFY(m_file->passages().value().front().tokens == (TokenRange{0, 1000}));
    QVERIFY(m_file->passages().value().back().tokens == (TokenRange{2000, 3000}));
    VERIFY_RESULT(m_file->verify());
}

/// Guards against a reading that could not go on: the places of later sources had a hole before.
void TestSources::removingASourceNotReadClosesTheGap()
{
    const SourceId first = m_file->addSource(made::source("/1"), "one", {}).value();
    const SourceId second = m_file->addSource(made::source("/2"), "two", {}).value();
    SourceUpdate place;
    place.tokens = TokenRange{1, 500};
    VERIFY_RESULT(m_file->updateSource(first, place));
    place.tokens = TokenRange{500, 600};
    VERIFY_RESULT(m_file->updateSource(second, place));
    VERIFY_RESULT(m_file->removeSource(first));
    QVERIFY(m_file->source(second).value().tokens == (TokenRange{1, 101}));
}

QTEST_GUILESS_MAIN(TestSources)
#include "tst_sources.moc"
