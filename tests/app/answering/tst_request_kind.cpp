// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>
#include <vector>

#include <QtTest>

#include "answering/request_kind.h"
#include "question_words.h"

using answering::RequestKind;

Q_DECLARE_METATYPE(answering::RequestKind)

class TestRequestKind : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kinds_data();
    void kinds();
    void codeNames_data();
    void codeNames();
    void contentWordsKeepWhatIsAskedAbout();
    void followUps_data();
    void followUps();
};

void TestRequestKind::kinds_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<RequestKind>("kind");
    QTest::newRow("a question") << "Who commands the Pequod?" << RequestKind::question;
    QTest::newRow("keywords") << "Pequod captain" << RequestKind::question;
    QTest::newRow("about a summary") << "What does the summary say?" << RequestKind::question;
    QTest::newRow("about writing") << "Who wrote the letter?" << RequestKind::question;
    QTest::newRow("about a translator") << "Who translated the Iliad?" << RequestKind::question;
    QTest::newRow("about a part") << "What is chapter 3 about whales?" << RequestKind::question;
    QTest::newRow("a place in code") << "Where is the list made?" << RequestKind::question;
    QTest::newRow("another language") << "Wer war der Kapitän?" << RequestKind::question;
    QTest::newRow("list of facts") << "Give me the date of the wreck" << RequestKind::question;
    QTest::newRow("summarise") << "Summarise chapter 3." << RequestKind::summarise;
    QTest::newRow("summarize politely")
        << "Could you please summarize this for me?" << RequestKind::summarise;
    QTest::newRow("tl;dr") << "TL;DR" << RequestKind::summarise;
    QTest::newRow("what about") << "What is this book about?" << RequestKind::summarise;
    QTest::newRow("translate") << "Please translate the first page" << RequestKind::translate;
    QTest::newRow("compare") << "Compare Ahab and Starbuck" << RequestKind::compare;
    QTest::newRow("write") << "Write a letter to Starbuck" << RequestKind::write;
    QTest::newRow("make") << "can you make me a short list of all ships" << RequestKind::write;
    QTest::newRow("make up") << "Generate unit tests for parser.cpp" << RequestKind::write;
    QTest::newRow("greeting") << "Hello!" << RequestKind::chat;
    QTest::newRow("thanks") << "Thank you." << RequestKind::chat;
    QTest::newRow("empty") << "  \n" << RequestKind::empty;
    QTest::newRow("punctuation") << "?!" << RequestKind::empty;
}

void TestRequestKind::kinds()
{
    QFETCH(QString, text);
    QFETCH(RequestKind, kind);
    QCOMPARE(answering::classifyRequest(text.toStdString()), kind);
}

void TestRequestKind::codeNames_data()
{
    QTest::addColumn<QString>("question");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("underscore") << "Where is max_tokens set?" << QStringList{"max_tokens"};
    QTest::newRow("camelCase") << "Who calls parseConfig?" << QStringList{"parseConfig"};
    QTest::newRow("scope") << "What does engine::Session::append do?"
                           << QStringList{"engine::Session::append"};
    QTest::newRow("call") << "When is close() called?" << QStringList{"close"};
    QTest::newRow("backquotes") << "What is `x + 1` for, and `f()`?" << QStringList{"x + 1", "f"};
    QTest::newRow("file") << "What is in config.json." << QStringList{"config.json"};
    QTest::newRow("prose") << "Who is Mr. Smith, e.g. in chapter 3.5? The U.S.?" << QStringList{};
}

void TestRequestKind::codeNames()
{
    QFETCH(QString, question);
    QFETCH(QStringList, names);
    QStringList found;
    for (const auto& name : answering::codeNames(question.toStdString())) {
        found << QString::fromStdString(name);
    }
    QCOMPARE(found, names);
}

void TestRequestKind::contentWordsKeepWhatIsAskedAbout()
{
    const std::vector<std::string> words = {"What", "did", "the", "keeper", "of", "lamps", "do"};
    QCOMPARE(answering::contentWords(words), (std::vector<std::string>{"keeper", "lamps"}));
    const std::vector<std::string> empty = {"who", "was", "it"};
    QCOMPARE(answering::contentWords(empty), empty);
}

void TestRequestKind::followUps_data()
{
    QTest::addColumn<QString>("question");
    QTest::addColumn<bool>("follows");
    QTest::newRow("and") << "And when did the wreck happen?" << true;
    QTest::newRow("pronoun") << "Where was he born?" << true;
    QTest::newRow("why") << "Why?" << true;
    QTest::newRow("new subject") << "Who is the captain of the Pequod?" << false;
    QTest::newRow("pronoun beside a subject")
        << "What did Captain Ahab nail to the mast when he offered gold?" << false;
}

void TestRequestKind::followUps()
{
    QFETCH(QString, question);
    QFETCH(bool, follows);
    std::vector<std::string> words;
    for (auto word : question.split(u' ')) {
        words.push_back(word.remove(u'?').toStdString());
    }
    QCOMPARE(answering::isFollowUp(question.toStdString(), words), follows);
}

QTEST_GUILESS_MAIN(TestRequestKind)
#include "tst_request_kind.moc"
