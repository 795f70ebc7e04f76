// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"
#include "text/text_positions.h"
#include "text/wording.h"

#include <QLocale>
#include <QTest>

using namespace ui;

class TestWording final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom)); }

    void numbers_have_separators()
    {
        QCOMPARE(tokensText(812'406), QStringLiteral("812,406 tokens"));
        QCOMPARE(tokensText(1), QStringLiteral("1 token"));
        QCOMPARE(tokensText(-1), QString());
        QCOMPARE(percentText(999, 1000), QStringLiteral("99 %")); // never 100 before the end
        QCOMPARE(percentText(1, 1'000'000), QStringLiteral("<1 %"));
        QCOMPARE(percentText(0, 0), QStringLiteral("0 %"));
    }

    void durations_are_rounded_data()
    {
        QTest::addColumn<int>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("short") << 4 << "less than a minute";
        QTest::newRow("one minute") << 70 << "about a minute";
        QTest::newRow("minutes") << 14 * 60 + 8 << "about 14 minutes";
        QTest::newRow("hours") << 3 * 3600 + 1800 << "about 3.5 hours";
    }
    void durations_are_rounded()
    {
        QFETCH(int, seconds);
        QFETCH(QString, text);
        QCOMPARE(aboutDuration(seconds), text);
    }

    void days_are_named()
    {
        const QDateTime now(QDate(2024, 5, 20), QTime(15, 0));
        QCOMPARE(whenText(QDateTime(QDate(2024, 5, 20), QTime(14, 2)), now),
                 QStringLiteral("14:02"));
        QCOMPARE(whenText(now.addDays(-1), now), QStringLiteral("Yesterday"));
        QCOMPARE(whenText(now.addDays(-3), now), QStringLiteral("Friday"));
        QCOMPARE(whenText(now.addDays(-17), now), QStringLiteral("3 May"));
        QCOMPARE(whenText(now.addYears(-1), now), QStringLiteral("20 May 2023"));
    }

    void places_say_label_and_file_page()
    {
        Place place;
        place.sourceTitle = QStringLiteral("Moby-Dick");
        place.page = 41;
        place.pageCount = 654;
        place.pageLabel = QStringLiteral("27");
        QCOMPARE(referenceText(place), QStringLiteral("Moby-Dick, p. 27 (41 of 654)"));
        QCOMPARE(shortReference(place), QStringLiteral("Moby-Dick, p. 27"));
        place.pageLabel = QStringLiteral("41");
        QCOMPARE(placeText(place), QStringLiteral("p. 41"));
        place.pageLabel = QStringLiteral("[41]"); // counted, not printed
        QCOMPARE(placeText(place), QStringLiteral("p. 41"));
        place.pageLabel = QStringLiteral("xli");
        QCOMPARE(placeText(place), QStringLiteral("p. xli (41 of 654)"));
        place = {};
        place.lineBegin = 41;
        place.lineEnd = 57;
        QCOMPARE(placeText(place), QStringLiteral("lines 41–57"));
        place.lineEnd = 41;
        QCOMPARE(placeText(place), QStringLiteral("line 41"));
    }

    void states_of_citations_have_words_and_icons_data()
    {
        QTest::addColumn<CitationState>("state");
        QTest::addColumn<QString>("word");
        QTest::newRow("exact") << CitationState::exact << "Exact quote";
        QTest::newRow("close") << CitationState::close << "Close match, 2 words differ";
        QTest::newRow("moved") << CitationState::moved << "Found elsewhere, 2 words differ";
        QTest::newRow("missing") << CitationState::missing << "Not in the source";
    }
    void states_of_citations_have_words_and_icons()
    {
        QFETCH(CitationState, state);
        QFETCH(QString, word);
        Citation citation;
        citation.state = state;
        citation.stateDetail = QStringLiteral("2 words differ");
        QCOMPARE(citationStateText(citation), word);
        QVERIFY(QFile::exists(QStringLiteral(":/icons/%1.svg").arg(citationStateIcon(state))));
    }

    void a_headline_counts_only_what_the_answer_rests_on()
    {
        Answer answer;
        answer.citations = {
            test::makeCitation(1, QStringLiteral("a"), QStringLiteral("A"), {0, 4}, QString()),
            test::makeCitation(2, QStringLiteral("a"), QStringLiteral("A"), {9, 12}, QString(),
                               CitationState::close),
            test::makeCitation(3, QStringLiteral("a"), QStringLiteral("A"), {9, 12}, QString())};
        answer.citations[2].role = CitationRole::alsoFound;
        QCOMPARE(answerHeadline(answer), QStringLiteral("2 sources, 1 quoted exactly"));
        answer.citations[1].state = CitationState::exact;
        QCOMPARE(answerHeadline(answer), QStringLiteral("2 sources, all quoted exactly"));
    }

    void one_line_cuts_at_a_word_and_never_inside_a_character()
    {
        QCOMPARE(oneLine(QStringLiteral("a  b\nc"), 20), QStringLiteral("a b c"));
        QCOMPARE(oneLine(QStringLiteral("the quick brown fox"), 12), QStringLiteral("the quick…"));
        const QString emoji = QStringLiteral("\U0001F600").repeated(10);
        const QString cut = oneLine(emoji, 8);
        QVERIFY(!cut.at(cut.size() - 2).isHighSurrogate());
    }

    void code_points_map_to_positions_and_back()
    {
        const QString text = QStringLiteral("a\U0001F600b\U0001F600\U0001F600c");
        const TextPositions positions(text);
        const QList<int> starts{0, 1, 3, 4, 6, 8, 9}; // of each character, and the end
        for (int i = 0; i < starts.size(); ++i) {
            QCOMPARE(positions.toString(i), starts.at(i));
            QCOMPARE(positions.toCodePoints(starts.at(i)), i);
        }
        QCOMPARE(positions.toString(99), text.size());
        QCOMPARE(positions.toString(-5), 0);
    }

    void code_points_of_a_long_text_agree_with_a_count()
    {
        QString text;
        for (int i = 0; i < 2000; ++i) {
            text += i % 7 == 0 ? QStringLiteral("\U00020000") : QStringLiteral("x");
        }
        const TextPositions positions(text);
        qint64 codePoint = 0;
        for (qsizetype i = 0; i < text.size(); ++i) {
            QCOMPARE(positions.toString(codePoint), i);
            QCOMPARE(positions.toCodePoints(i), codePoint);
            i += text.at(i).isHighSurrogate() ? 1 : 0;
            ++codePoint;
        }
    }
};

QTEST_MAIN(TestWording)
#include "tst_wording.moc"
