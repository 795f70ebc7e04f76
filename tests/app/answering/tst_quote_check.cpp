// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <optional>
#include <string>

#include <QtTest>

#include "answering/quote_check.h"

using answering::DocumentId;
using answering::QuoteState;
using answering::TextPlace;

Q_DECLARE_METATYPE(answering::QuoteState)

namespace {

const std::string kBook =
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in\n"
    "my purse, I thought I would sail about a little. It is a way I have of driving off the "
    "spleen. "
    "“Whenever I find myself growing grim about the mouth” — so he said — it’s time to sail. "
    "The ﬁrst eﬀect is calm. Nothing is like the sea.";
const std::string kOther =
    "Another book. The harpooneer sat in the corner and read his Bible aloud.";

constexpr DocumentId kBookId = 7;
constexpr DocumentId kOtherId = 9;

answering::Result<std::string> storedText(DocumentId document)
{
    const std::map<DocumentId, std::string> texts = {{kBookId, kBook}, {kOtherId, kOther}};
    return texts.at(document);
}

TextPlace placeOf(std::string_view part)
{
    const auto at = kBook.find(part);
    return {kBookId, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + part.size())};
}

answering::QuoteVerdict check(std::string_view quote, const std::optional<TextPlace>& cited)
{
    const std::vector<DocumentId> documents = {kBookId, kOtherId};
    const auto verdict = answering::checkQuote(quote, cited, documents, storedText);
    return verdict ? *verdict : answering::QuoteVerdict{};
}

} // namespace

class TestQuoteCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void statesAtTheCitedPlace_data();
    void statesAtTheCitedPlace();
    void placesOfWhatMoved_data();
    void placesOfWhatMoved();
    void theRangeIsThatOfTheStoredText();
    void aRepeatedSentenceStaysWhereItWasCited();
    void withoutACitedPlaceAFindIsExact();
    void differingWordsAreCounted();
    void anErrorOfTheSourcesIsPassedOn();
    void everySingleCorruptionIsMarked();
};

void TestQuoteCheck::statesAtTheCitedPlace_data()
{
    QTest::addColumn<QString>("quote");
    QTest::addColumn<QuoteState>("state");
    QTest::newRow("word for word") << "Call me Ishmael." << QuoteState::exact;
    QTest::newRow("a line break as a space")
        << "having little or no money in my purse" << QuoteState::exact;
    QTest::newRow("other case") << "call me ishmael." << QuoteState::close;
    QTest::newRow("straight quotes and dashes")
        << "\"Whenever I find myself growing grim about the mouth\" - so he said - it's time"
        << QuoteState::close;
    QTest::newRow("ligatures taken apart") << "The first effect is calm." << QuoteState::close;
    QTest::newRow("one word of many differs")
        << "It is a way I have of driving off the splean." << QuoteState::close;
    QTest::newRow("a short quote with an error") << "Call me Ismael." << QuoteState::missing;
    QTest::newRow("more than a tenth differs")
        << "It was the way he had of chasing off a spleen." << QuoteState::missing;
    QTest::newRow("invented") << "The whale was as white as the snow of the hills."
                              << QuoteState::missing;
    QTest::newRow("nothing") << "" << QuoteState::missing;
    QTest::newRow("white space") << " \n" << QuoteState::missing;
}

void TestQuoteCheck::statesAtTheCitedPlace()
{
    QFETCH(QString, quote);
    QFETCH(QuoteState, state);
    const TextPlace cited{kBookId, 0, static_cast<std::uint32_t>(kBook.size())};
    QCOMPARE(check(quote.toStdString(), cited).state, state);
}

void TestQuoteCheck::placesOfWhatMoved_data()
{
    QTest::addColumn<QString>("quote");
    QTest::addColumn<qint64>("document");
    QTest::newRow("elsewhere in the document") << "Nothing is like the sea." << qint64{kBookId};
    QTest::newRow("in another document") << "The harpooneer sat in the corner" << qint64{kOtherId};
    QTest::newRow("in another document, with an error")
        << "The harponeer sat in the corner and read his Bible aloud." << qint64{kOtherId};
}

void TestQuoteCheck::placesOfWhatMoved()
{
    QFETCH(QString, quote);
    QFETCH(qint64, document);
    const auto verdict = check(quote.toStdString(), placeOf("Call me Ishmael."));
    QCOMPARE(verdict.state, QuoteState::moved);
    QCOMPARE(verdict.place.document, DocumentId{document});
}

void TestQuoteCheck::theRangeIsThatOfTheStoredText()
{
    const auto verdict = check("THE FIRST EFFECT IS CALM.", placeOf("The ﬁrst eﬀect is calm."));
    QCOMPARE(verdict.state, QuoteState::close);
    QCOMPARE(kBook.substr(verdict.place.textBegin, verdict.place.textEnd - verdict.place.textBegin),
             std::string("The ﬁrst eﬀect is calm."));
}

void TestQuoteCheck::aRepeatedSentenceStaysWhereItWasCited()
{
    const std::string text = "Yes. No. Yes. No.";
    const std::vector<DocumentId> documents = {1};
    const auto verdict =
        answering::checkQuote("Yes.", TextPlace{1, 9, 13}, documents,
                              [&](DocumentId) { return answering::Result<std::string>(text); });
    QVERIFY(verdict.has_value());
    QCOMPARE(verdict->state, QuoteState::exact);
    QCOMPARE(verdict->place.textBegin, 9U);
}

void TestQuoteCheck::withoutACitedPlaceAFindIsExact()
{
    const auto verdict = check("read his Bible aloud", std::nullopt);
    QCOMPARE(verdict.state, QuoteState::exact);
    QCOMPARE(verdict.place.document, kOtherId);
}

void TestQuoteCheck::differingWordsAreCounted()
{
    const auto verdict = check("It is a way I had of driving off the splean.",
                               placeOf("It is a way I have of driving off the spleen."));
    QCOMPARE(verdict.state, QuoteState::close);
    QCOMPARE(verdict.differingWords, std::size_t{2});
}

void TestQuoteCheck::anErrorOfTheSourcesIsPassedOn()
{
    const auto verdict =
        answering::checkQuote("Call me", TextPlace{kBookId, 0, 7}, {}, [](DocumentId) {
            return answering::Result<std::string>(
                answering::fail(answering::ErrorCode::sources, "disk gone"));
        });
    QVERIFY(!verdict.has_value());
    QCOMPARE(verdict.error().message, std::string("disk gone"));
}

/// Guards the promise that nothing is shown as exact which is not: each letter is changed in turn.
void TestQuoteCheck::everySingleCorruptionIsMarked()
{
    const std::string quote = "It is a way I have of driving off the spleen.";
    const auto cited = placeOf(quote);
    QCOMPARE(check(quote, cited).state, QuoteState::exact);
    for (std::size_t i = 0; i < quote.size(); ++i) {
        std::string corrupted = quote;
        corrupted[i] = corrupted[i] == 'x' ? 'y' : 'x';
        QCOMPARE(check(corrupted, cited).state, QuoteState::close);
    }
}

QTEST_GUILESS_MAIN(TestQuoteCheck)
#include "tst_quote_check.moc"
