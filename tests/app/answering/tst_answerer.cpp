// SPDX-License-Identifier: GPL-3.0-or-later
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <QtTest>

#include "answer_run.h"
#include "answering/answerer.h"
#include "leading_passage.h"
#include "made_up_sources.h"
#include "scripted_sequence.h"

using answering::Answer;
using answering::AnswerEvent;
using answering::QuoteState;
using answering::SourceRole;

namespace {

const std::vector<std::string> kLighthouse = {
    "The lamp of the old lighthouse was lit in 1754. It burned whale oil for ninety years.",
    "The keeper of the lighthouse was Anna Holm. She kept a book of every ship that passed.",
    "Ships were built in the harbour below. The yard was closed in 1901 after a fire.",
    "The chapel on the hill has a bell of bronze. It rings at noon.",
    "The mill stands by the river. Its wheel was made of oak.",
    "Bread was baked on Fridays. The oven was shared by all houses.",
    "The school had two rooms. The teacher came by boat.",
    "Wool was washed in the brook. The water was cold.",
};

const std::map<std::string, Script> kScripts = {
    {"lamp of the old", {0.99, " The lamp of the old lighthouse was lit in 1754.\n1754"}},
    {"Anna Holm", {0.9, " The keeper of the lighthouse was Anna Holm.\nAnna Holm"}},
};

class Asking
{
public:
    explicit Asking(std::map<std::string, Script> scripts, std::size_t threads = 2)
    {
        for (std::size_t i = 0; i < threads; ++i) {
            auto reader = answering::PassageReader::create(
                builtInTokenizer(),
                std::make_unique<ScriptedSequence>(builtInTokenizer(), scripts));
            m_readers.push_back(std::move(*reader));
        }
    }

    answering::Result<Answer> ask(const answering::Question& question,
                                  answering::AnswerSources& sources, std::stop_token stop = {})
    {
        shownText.clear();
        shownSources.clear();
        kinds.clear();
        const answering::AnswerSink sink = [this](const AnswerEvent& event) {
            kinds.push_back(event.kind);
            if (event.kind == AnswerEvent::Kind::located && onLocated) {
                onLocated();
            }
            shownText += event.text;
            if (event.source != nullptr) {
                shownSources.push_back(*event.source);
            }
        };
        return answering::AnswerRun(question, sources, sink, m_readers, m_options, std::move(stop))
            .run();
    }

    std::function<void()> onLocated; ///< the passages to read have been fetched
    std::string shownText;
    std::vector<answering::CitedSource> shownSources;
    std::vector<AnswerEvent::Kind> kinds;

private:
    std::vector<std::unique_ptr<answering::PassageReader>> m_readers;
    answering::AnswererOptions m_options;
};

MadeUpSources lighthouse()
{
    MadeUpSources sources;
    sources.add(1, kLighthouse);
    sources.rows = {5.0F, 2.0F, 1.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F};
    return sources;
}

} // namespace

class TestAnswerer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aQuestionIsAnsweredWithItsSource();
    void whatIsShownIsTheAnswer();
    void otherPassagesFollowInTheirOrder();
    void aQuestionWithoutAnyKnownWordIsNotFound();
    void aQuestionTheModelFindsNoPassageForIsNotFound();
    void anEmptyQuestionIsAnError();
    void anEmptySessionSaysSo();
    void requestsBeyondTheModelAreRefused_data();
    void requestsBeyondTheModelAreRefused();
    void aCorruptedQuotationIsMarked();
    void aQuotationThatIsGoneIsMissing();
    void aNameOfCodeIsFoundLiterally();
    void aFollowUpLooksWhereTheQuestionBeforeDid();
    void aStopEndsWithCancelled();
    void theLeaderIsSettledOnlyWhenNothingUnreadCanWin();
};

void TestAnswerer::initTestCase()
{
    QVERIFY(builtInTokenizer() != nullptr);
}

void TestAnswerer::aQuestionIsAnsweredWithItsSource()
{
    auto sources = lighthouse();
    Asking asking(kScripts);
    const auto answer = asking.ask({"When was the lamp of the lighthouse lit?", {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(!answer->notFound && !answer->cannotDo);
    QCOMPARE(answer->shortAnswer, std::string("1754"));
    QCOMPARE(answer->text, std::string("1754 [1]"));
    const auto& source = answer->sources.at(0);
    QCOMPARE(source.rank, std::size_t{1});
    QCOMPARE(source.role, SourceRole::basis);
    QCOMPARE(source.state, QuoteState::exact);
    QCOMPARE(source.quote, std::string("The lamp of the old lighthouse was lit in 1754."));
    QCOMPARE(source.place.textBegin, 0U);
    QCOMPARE(source.place.textEnd, static_cast<std::uint32_t>(source.quote.size()));
    QCOMPARE(answer->text.substr(*source.markAt, 3), std::string("[1]"));
    QVERIFY(answer->tokens.prompt > 0 && answer->tokens.generated > 0);
    QVERIFY(answer->timing.firstWordsMs <= answer->timing.totalMs);
}

void TestAnswerer::whatIsShownIsTheAnswer()
{
    for (const std::size_t threads : {1U, 2U, 6U}) {
        auto sources = lighthouse();
        Asking asking(kScripts, threads);
        for (const char* question :
             {"When was the lamp of the lighthouse lit?", "Who was the keeper of the lighthouse?",
              "Why are cats lit?"}) {
            const auto answer = asking.ask({question, {}}, sources);
            QVERIFY(answer.has_value());
            QCOMPARE(asking.shownText, answer->text);
            QCOMPARE(asking.shownSources.size(), answer->sources.size());
            for (std::size_t i = 0; i < answer->sources.size(); ++i) {
                QCOMPARE(asking.shownSources[i].quote, answer->sources[i].quote);
                QCOMPARE(asking.shownSources[i].rank, i + 1);
            }
            QCOMPARE(asking.kinds.front(), AnswerEvent::Kind::started);
        }
    }
}

void TestAnswerer::otherPassagesFollowInTheirOrder()
{
    auto sources = lighthouse();
    Asking asking(kScripts);
    const auto answer = asking.ask({"When was the lamp of the lighthouse lit?", {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(answer->sources.size() >= 2);
    QCOMPARE(answer->sources[1].shortAnswer, std::string("Anna Holm"));
    QCOMPARE(answer->sources[1].role, SourceRole::alsoFound);
    for (std::size_t i = 2; i < answer->sources.size(); ++i) {
        QCOMPARE(answer->sources[i].role, SourceRole::placeToLook);
    }
}

void TestAnswerer::aQuestionWithoutAnyKnownWordIsNotFound()
{
    auto sources = lighthouse();
    Asking asking(kScripts);
    for (const char* question : {"Who invented the telephone?", "Кто построил маяк?", "qwertz"}) {
        const auto answer = asking.ask({question, {}}, sources);
        QVERIFY(answer.has_value());
        QVERIFY(answer->notFound);
        QVERIFY(answer->text.starts_with("Your sources do not seem to say this."));
        QVERIFY(answer->sources.empty());
        QVERIFY(answer->shortAnswer.empty());
    }
}

void TestAnswerer::aQuestionTheModelFindsNoPassageForIsNotFound()
{
    auto sources = lighthouse();
    Asking asking({});
    const auto answer = asking.ask({"Which colour did the bell of the chapel have?", {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(answer->notFound);
    QVERIFY(!answer->sources.empty());
    QCOMPARE(answer->sources[0].role, SourceRole::placeToLook);
    QCOMPARE(answer->sources[0].quote, std::string("The chapel on the hill has a bell of bronze."));
    QCOMPARE(answer->sources[0].state, QuoteState::exact);
}

void TestAnswerer::anEmptyQuestionIsAnError()
{
    auto sources = lighthouse();
    Asking asking(kScripts);
    for (const char* question : {"", "  \n", "?"}) {
        const auto answer = asking.ask({question, {}}, sources);
        QVERIFY(!answer.has_value());
        QCOMPARE(answer.error().code, answering::ErrorCode::badInput);
    }
}

void TestAnswerer::anEmptySessionSaysSo()
{
    MadeUpSources sources;
    Asking asking(kScripts);
    const auto answer = asking.ask({"When was the lamp lit?", {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(answer->notFound);
    QVERIFY(answer->text.find("no text") != std::string::npos);
}

void TestAnswerer::requestsBeyondTheModelAreRefused_data()
{
    QTest::addColumn<QString>("request");
    QTest::addColumn<bool>("hasPlaces");
    QTest::newRow("summary") << "Summarise what is said about the lighthouse" << true;
    QTest::newRow("translation") << "Translate the part about the chapel" << true;
    QTest::newRow("letter") << "Write a letter to Anna Holm" << true;
    QTest::newRow("unknown subject") << "Compare xylophones" << false;
    QTest::newRow("greeting") << "Hello" << false;
}

void TestAnswerer::requestsBeyondTheModelAreRefused()
{
    QFETCH(QString, request);
    QFETCH(bool, hasPlaces);
    auto sources = lighthouse();
    Asking asking(kScripts);
    const auto answer = asking.ask({request.toStdString(), {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(answer->cannotDo);
    QVERIFY(answer->text.starts_with("This model "));
    QCOMPARE(!answer->sources.empty(), hasPlaces);
    for (const auto& source : answer->sources) {
        QCOMPARE(source.role, SourceRole::placeToLook);
        QCOMPARE(source.state, QuoteState::exact);
    }
}

/// Guards that a quotation is compared with the stored text and not with what was read.
void TestAnswerer::aCorruptedQuotationIsMarked()
{
    auto sources = lighthouse();
    sources.corrupt("old lighthouse was lit", "old lighthause was lit");
    Asking asking(
        {{"lamp of the old", {0.99, " The lamp of the old lighthause was lit in 1754.\n1754"}}});
    asking.onLocated = [&] { sources.heal(); };
    const auto answer = asking.ask({"When was the lamp of the lighthouse lit?", {}}, sources);
    QVERIFY(answer.has_value());
    QCOMPARE(answer->sources.at(0).state, QuoteState::close);
    QCOMPARE(answer->sources.at(0).differingWords, std::size_t{1});
}

void TestAnswerer::aQuotationThatIsGoneIsMissing()
{
    auto sources = lighthouse();
    sources.corrupt("The lamp of the old lighthouse was lit in 1754.",
                    "In 1754 someone lit up that lamp of old there..");
    Asking asking({{"someone", {0.99, " In 1754 someone lit up that lamp of old there..\n1754"}}});
    asking.onLocated = [&] { sources.heal(); };
    const auto answer = asking.ask({"When was the lamp of the lighthouse lit?", {}}, sources);
    QVERIFY(answer.has_value());
    QCOMPARE(answer->sources.at(0).state, QuoteState::missing);
}

void TestAnswerer::aNameOfCodeIsFoundLiterally()
{
    auto sources = lighthouse();
    sources.add(2, {"int lampOil = 3;\nlight(lampOil);", "int other = 1;"}, true);
    sources.rows.resize(10, 0.0F);
    Asking asking({});
    const auto answer = asking.ask({"Where is lampOil decided?", {}}, sources);
    QVERIFY(answer.has_value());
    QVERIFY(!answer->notFound);
    QVERIFY(answer->text.find("lampOil") != std::string::npos);
    QCOMPARE(answer->sources.size(), std::size_t{1});
    QCOMPARE(answer->sources[0].quote, std::string("int lampOil = 3;"));
    QCOMPARE(answer->sources[0].place.document, answering::DocumentId{2});
}

void TestAnswerer::aFollowUpLooksWhereTheQuestionBeforeDid()
{
    auto sources = lighthouse();
    sources.rows.assign(8, 0.0F);
    Asking asking(kScripts);
    const answering::Turn before{"When was the lamp of the old lighthouse lit?", "1754"};
    const auto answer = asking.ask({"And when?", {before}}, sources);
    QVERIFY(answer.has_value());
    QCOMPARE(answer->shortAnswer, std::string("1754"));
    const auto alone = asking.ask({"And when?", {}}, sources);
    QVERIFY(alone.has_value());
    QVERIFY(alone->notFound);
}

void TestAnswerer::aStopEndsWithCancelled()
{
    auto sources = lighthouse();
    Asking asking(kScripts);
    std::stop_source stop;
    stop.request_stop();
    const auto answer =
        asking.ask({"When was the lamp of the lighthouse lit?", {}}, sources, stop.get_token());
    QVERIFY(!answer.has_value());
    QCOMPARE(answer.error().code, answering::ErrorCode::cancelled);
}

void TestAnswerer::theLeaderIsSettledOnlyWhenNothingUnreadCanWin()
{
    const answering::PromisingPassage strong{{0.0, 1.0, 8.0}, 8.0};
    const answering::PromisingPassage near{{0.0, 1.0, 7.9}, 7.9};
    const answering::PromisingPassage far{{0.0, 1.0, 3.0}, 3.0};
    answering::LeadingPassage leading({strong, near, far});
    QVERIFY(!leading.settled());
    leading.opened(0, 0.8); // 8 + ln 0.8 = 7.78: the second may still win
    QVERIFY(!leading.settled());
    leading.opened(1, 0.5);
    QCOMPARE(*leading.settled(), std::size_t{0});
    leading.opened(2, 1.0);
    QCOMPARE(*leading.settled(), std::size_t{0});
    QCOMPARE(leading.ranking(), (std::vector<std::size_t>{0, 1, 2}));

    answering::LeadingPassage other({strong, near, far});
    other.opened(1, 0.99);
    QVERIFY(!other.settled()); // the first is still unread
    other.opened(0, 0.5);
    QCOMPARE(*other.settled(), std::size_t{1});
}

QTEST_GUILESS_MAIN(TestAnswerer)
#include "tst_answerer.moc"
