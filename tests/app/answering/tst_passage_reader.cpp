// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>
#include <string>
#include <vector>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "answering/passage_reader.h"
#include "held_text.h"
#include "read_text.h"
#include "reading_prompt.h"
#include "scripted_sequence.h"
#include "sentences.h"

using answering::PassageReading;

namespace {

const std::string kPassage =
    "The lamp was lit in 1754. Its keeper, Mr. Øystein Ås, came from Bergen — alone.\n"
    "He stayed for thirty\nyears. The lamp was put out in 1784.";

struct Outcome
{
    PassageReading reading;
    std::string quote;
    std::string shown;
    std::string answer;
    std::string streamed;
};

Outcome read(const std::string& passage, const Script& script, bool isCode = false,
             const answering::ReadingOptions& options = {},
             const std::vector<answering::WeightedWord>& words = {})
{
    auto sequence = std::make_unique<ScriptedSequence>(builtInTokenizer(),
                                                       std::map<std::string, Script>{{"", script}});
    auto reader =
        answering::PassageReader::create(builtInTokenizer(), std::move(sequence), options);
    Outcome outcome;
    if (!reader || !(*reader)->open("When was the lamp lit?", passage, isCode)) {
        return outcome;
    }
    const auto reading =
        (*reader)->quote(words, [&](std::string_view text) { outcome.streamed += text; });
    if (!reading) {
        return outcome;
    }
    outcome.reading = *reading;
    const auto part = [&](std::size_t begin, std::size_t end) {
        return passage.substr(begin, end - begin);
    };
    outcome.quote = part(reading->quoteBegin, reading->quoteEnd);
    outcome.shown = part(reading->quoteBegin, reading->shownEnd);
    outcome.answer = part(reading->answerBegin, reading->answerEnd);
    return outcome;
}

answering::ReadingOptions everyToken()
{
    answering::ReadingOptions options;
    options.quotesSentences = false;
    return options;
}

} // namespace

class TestPassageReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void promptsAreThoseTheModelLearntWith();
    void foundIsTheProbabilityOfTheQuoteMark();
    void quotesAndAnswers_data();
    void quotesAndAnswers();
    void wordsDecideBetweenSentencesThatBeginAlike();
    void aTitleIsNoAnswerToItsOwnWords();
    void whateverTheModelWantsTheQuoteIsInThePassage_data();
    void whateverTheModelWantsTheQuoteIsInThePassage();
    void aLineOfCodeIsQuotedAsItStands();
    void aStopIsPassedOn();
    void longQuestionsAreCut_data();
    void longQuestionsAreCut();
    void proseIsReadWithoutItsLineBreaks();
    void heldTextFollowsAllItsPlaces();
    void heldTextNeverEndsInsideACharacter();
    void sentencesEndWhereTheyEnd_data();
    void sentencesEndWhereTheyEnd();
};

void TestPassageReader::initTestCase()
{
    QVERIFY(builtInTokenizer() != nullptr);
}

void TestPassageReader::promptsAreThoseTheModelLearntWith()
{
    std::ifstream file(LECTERN_TEST_DATA "/golden/built-in/expected.json");
    const auto expected = nlohmann::json::parse(file);
    const auto prompt = answering::ReadingPrompt::create(builtInTokenizer());
    QVERIFY(prompt.has_value());
    for (const auto& entry : expected["read"]) {
        QCOMPARE(prompt->reading(entry["question"].get<std::string>(),
                                 entry["passage"].get<std::string>()),
                 entry["prompt_ids"].get<std::vector<engine::TokenId>>());
    }
    for (const auto& entry : expected["locate"]["questions"]) {
        QCOMPARE(prompt->locating(entry["question"].get<std::string>()),
                 entry["question_ids"].get<std::vector<engine::TokenId>>());
    }
    QVERIFY(!expected["read"].empty() && !expected["locate"]["questions"].empty());
}

void TestPassageReader::foundIsTheProbabilityOfTheQuoteMark()
{
    for (const double found : {0.02, 0.5, 0.97}) {
        auto sequence = std::make_unique<ScriptedSequence>(
            builtInTokenizer(), std::map<std::string, Script>{{"", {found, ""}}});
        auto reader = answering::PassageReader::create(builtInTokenizer(), std::move(sequence));
        QVERIFY(reader.has_value());
        const auto reading = (*reader)->open("When?", kPassage, false);
        QVERIFY(reading.has_value());
        QVERIFY(std::abs(reading->found - found) < 1e-6);
    }
}

void TestPassageReader::quotesAndAnswers_data()
{
    QTest::addColumn<QString>("says");
    QTest::addColumn<QString>("shown");
    QTest::addColumn<QString>("answer");
    QTest::newRow("a sentence and an answer") << " The lamp was lit in 1754.\n1754"
                                              << "The lamp was lit in 1754."
                                              << "1754";
    QTest::newRow("a sentence alone") << " The lamp was lit in 1754."
                                      << "The lamp was lit in 1754."
                                      << "";
    QTest::newRow("characters of several bytes")
        << " Its keeper, Mr. Øystein Ås, came from Bergen — alone.\nØystein Ås"
        << "Its keeper, Mr. Øystein Ås, came from Bergen — alone."
        << "Øystein Ås";
    QTest::newRow("over a line break of the source") << " He stayed for thirty years.\nthirty years"
                                                     << "He stayed for thirty\nyears."
                                                     << "thirty\nyears";
    QTest::newRow("stops inside a sentence") << " He stayed\nHe"
                                             << "He stayed for thirty\nyears."
                                             << "He";
    QTest::newRow("the answer stops inside a word")
        << " Its keeper, Mr. Øystein Ås, came from Bergen — alone.\nØyst"
        << "Its keeper, Mr. Øystein Ås, came from Bergen — alone."
        << "Øystein";
}

void TestPassageReader::quotesAndAnswers()
{
    QFETCH(QString, says);
    QFETCH(QString, shown);
    QFETCH(QString, answer);
    const Script script{0.99, says.toStdString()};
    const auto chosen = read(kPassage, script, false, everyToken());
    QCOMPARE(QString::fromStdString(chosen.shown), shown);
    QCOMPARE(QString::fromStdString(chosen.answer), answer);
    QCOMPARE(QString::fromStdString(chosen.streamed), QString(answer).replace(u'\n', u' '));
    // Whole sentences give the same, but where the model would stop inside one.
    if (QLatin1String(QTest::currentDataTag()) != QLatin1String("stops inside a sentence")) {
        const auto whole = read(kPassage, script);
        QCOMPARE(whole.shown, chosen.shown);
        QCOMPARE(whole.answer, chosen.answer);
        QVERIFY(whole.reading.generatedTokens < chosen.reading.generatedTokens);
    }
}

void TestPassageReader::wordsDecideBetweenSentencesThatBeginAlike()
{
    const Script script{0.99, " The lamp was lit in 1754.\n1754"};
    QCOMPARE(read(kPassage, script).shown, std::string("The lamp was lit in 1754."));
    const std::vector<answering::WeightedWord> words = {
        {"lamp", 1.0}, {"extinguished", 3.0}, {"put", 2.0}};
    QCOMPARE(read(kPassage, script, false, {}, words).shown,
             std::string("The lamp was put out in 1784."));
}

void TestPassageReader::aTitleIsNoAnswerToItsOwnWords()
{
    const std::string text = "Lamp oil\n\nWhale oil burned in the lamp.\n\nLamp glass";
    const std::vector<answering::WeightedWord> words = {{"lamp", 1.0}, {"oil", 1.0}};
    QCOMPARE(read(text, {0.99, ""}, false, {}, words).shown,
             std::string("Whale oil burned in the lamp."));
}

void TestPassageReader::whateverTheModelWantsTheQuoteIsInThePassage_data()
{
    QTest::addColumn<QString>("says");
    QTest::newRow("another year") << " The lamp was lit in 1755.\n1755";
    QTest::newRow("a sentence that is not there") << " The sea is blue and the sky is wide.\nblue";
    QTest::newRow("an answer that is not in the quote") << " The lamp was lit in 1754.\nBergen";
    QTest::newRow("no space before") << "The lamp";
    QTest::newRow("a line break at once") << "\nfoo";
    QTest::newRow("nothing") << "";
    QTest::newRow("half a character") << QString::fromUtf8(" Its keeper, Mr. \xC3\x98");
}

void TestPassageReader::whateverTheModelWantsTheQuoteIsInThePassage()
{
    QFETCH(QString, says);
    for (const bool wholeSentences : {true, false}) {
        answering::ReadingOptions options;
        options.quotesSentences = wholeSentences;
        const auto outcome = read(kPassage, {0.99, says.toStdString()}, false, options);
        QVERIFY(!outcome.quote.empty());
        QVERIFY(kPassage.find(outcome.shown) != std::string::npos);
        QVERIFY(outcome.shown.starts_with(outcome.quote));
        QVERIFY(outcome.quote.find(outcome.answer) != std::string::npos);
        QVERIFY(QString::fromStdString(outcome.shown).toStdString() ==
                outcome.shown); // whole UTF-8
    }
}

void TestPassageReader::aLineOfCodeIsQuotedAsItStands()
{
    const std::string code = "int lamps = 3;\n    if (dark) {\n        light(lamps);\n    }";
    const auto outcome = read(code, {0.9, " light(lamps);\nlamps"}, true);
    QCOMPARE(outcome.shown, std::string("light(lamps);"));
    QCOMPARE(outcome.answer, std::string("lamps"));
}

void TestPassageReader::aStopIsPassedOn()
{
    auto sequence = std::make_unique<ScriptedSequence>(builtInTokenizer(),
                                                       std::map<std::string, Script>{{"", {}}});
    auto reader = answering::PassageReader::create(builtInTokenizer(), std::move(sequence));
    std::stop_source stop;
    stop.request_stop();
    const auto reading = (*reader)->open("When?", kPassage, false, stop.get_token());
    QVERIFY(!reading.has_value());
    QCOMPARE(reading.error().code, answering::ErrorCode::cancelled);
}

void TestPassageReader::longQuestionsAreCut_data()
{
    QTest::addColumn<QString>("question");
    QTest::addColumn<QString>("cut");
    const QString filler = QString("I walked along the wall for hours. ").repeated(60);
    QTest::newRow("short") << "  When was it lit? "
                           << "When was it lit?";
    QTest::newRow("asked at the end") << filler + "When was it lit?"
                                      << "When was it lit?";
    QTest::newRow("asked at the begin") << "When was it lit? " + filler << "When was it lit?";
}

void TestPassageReader::longQuestionsAreCut()
{
    QFETCH(QString, question);
    QFETCH(QString, cut);
    QCOMPARE(QString::fromStdString(
                 answering::shortenedQuestion(question.toStdString(), *builtInTokenizer(), 40)),
             cut);
    const std::string endless(9000, 'q');
    const auto shortened = answering::shortenedQuestion(endless, *builtInTokenizer(), 40);
    QVERIFY(builtInTokenizer()->encode(shortened).size() <= 41);
}

void TestPassageReader::proseIsReadWithoutItsLineBreaks()
{
    const std::string text = "One line\n   and another.\n- first item\n- second\n\nNext \n \n part";
    const auto read = answering::makeReadText(text, false);
    QCOMPARE(read.text,
             std::string("One line and another.\n- first item\n- second\n\nNext\n\npart"));
    const auto at = read.text.find("line and");
    const auto back = read.toPassage({at, at + 8});
    QCOMPARE(text.substr(back.begin, back.size()), std::string("line\n   and"));
    QCOMPARE(answering::makeReadText(text, true).text, text);
}

void TestPassageReader::heldTextFollowsAllItsPlaces()
{
    const std::string text = "a cat and a car\nand a cup";
    answering::HeldText held(text, answering::characterStarts(text, {0, text.size()}));
    QVERIFY(held.allows("a c") && !held.allows("a d") && !held.allows("r\n"));
    held.advance("a c");
    QVERIFY(!held.isUnique());
    QVERIFY(held.allows("at") && held.allows("ar") && held.allows("up") && !held.allows("ow"));
    held.advance("ar");
    QVERIFY(held.isUnique() && held.mayEnd());
    QVERIFY(!held.allows("\nand"));
    QCOMPARE(text.substr(held.range().begin, held.range().size()), std::string("a car"));
    QCOMPARE(answering::wordStarts(text, {2, 9}), (std::vector<std::size_t>{2, 6}));
}

void TestPassageReader::heldTextNeverEndsInsideACharacter()
{
    const std::string text = "Ås";
    answering::HeldText held(text, answering::characterStarts(text, {0, text.size()}));
    held.advance("\xC3");
    QVERIFY(!held.mayEnd());
    held.advance("\x85");
    QVERIFY(held.mayEnd());
}

void TestPassageReader::sentencesEndWhereTheyEnd_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("count");
    QTest::newRow("two") << "It rained. We left." << 2;
    QTest::newRow("a title") << "Dr. Smith met Mrs. Jones." << 1;
    QTest::newRow("initials") << "We read J. K. Rowling and T. S. Eliot there." << 1;
    QTest::newRow("a country") << "The U.S. Army came. It left." << 2;
    QTest::newRow("a figure") << "See Fig. 3, e.g. Table 2 (cf. Brown et al. 2003). Good." << 2;
    QTest::newRow("a vitamin") << "Take vitamin C. It helps." << 2;
    QTest::newRow("an answer") << "He said no. Then he left." << 2;
    QTest::newRow("a decimal") << "About 3.5 is enough." << 1;
    QTest::newRow("quoted speech") << "She said: “No!” He left." << 2;
    QTest::newRow("paragraphs") << "A title\n\nA text" << 2;
    QTest::newRow("Chinese") << "我们走。你来吗？" << 2;
    QTest::newRow("nothing") << " \n " << 0;
}

void TestPassageReader::sentencesEndWhereTheyEnd()
{
    QFETCH(QString, text);
    QFETCH(int, count);
    QCOMPARE(static_cast<int>(answering::sentencesOf(text.toStdString()).size()), count);
}

QTEST_GUILESS_MAIN(TestPassageReader)
#include "tst_passage_reader.moc"
