// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "ingest/document.h"
#include "ingest/position.h"
#include "ingest/read_document.h"

/// The sample manual as a reader meets it: read from the built PDF, not from its source.
class TestSampleManual : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase();
    void hasTitleChaptersAndPrintedPages();
    void leavesOutRunningHeads();
    void quotesStandWhereQuestionsSay_data();
    void quotesStandWhereQuestionsSay();

private:
    ingest::Document m_manual;
};

void TestSampleManual::initTestCase()
{
    auto manual = ingest::readDocument(LECTERN_SAMPLE_MANUAL);
    QVERIFY2(manual.has_value(), manual ? "" : manual.error().message.c_str());
    m_manual = std::move(*manual);
}

void TestSampleManual::hasTitleChaptersAndPrintedPages()
{
    QCOMPARE(QString::fromStdString(m_manual.title), QStringLiteral("The Lightkeeper’s Handbook"));
    QCOMPARE(m_manual.maps.pages.size(), std::size_t{8});
    QCOMPARE(m_manual.maps.pages[0].label, std::string("Cover"));
    QCOMPARE(m_manual.maps.pages[3].label, std::string("3"));
    std::size_t chapters = 0;
    for (const ingest::OutlineEntry& entry : m_manual.maps.outline) {
        chapters += entry.level == 0 ? 1 : 0;
    }
    QCOMPARE(chapters, std::size_t{8});
}

void TestSampleManual::leavesOutRunningHeads()
{
    // The head stands on three pages; what stays is the cover's title, set over two lines.
    const QString text = QString::fromStdString(m_manual.text);
    QVERIFY(text.count(QStringLiteral("The Lightkeeper’s Handbook")) <= 1);
}

void TestSampleManual::quotesStandWhereQuestionsSay_data()
{
    QTest::addColumn<QString>("quote");
    QTest::addColumn<QString>("answer");
    QTest::addColumn<int>("page");
    QTest::addColumn<QString>("label");
    QFile file(QStringLiteral(LECTERN_SAMPLE_QUESTIONS));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QJsonObject questions = QJsonDocument::fromJson(file.readAll()).object();
    const QJsonArray answerable = questions.value(QStringLiteral("answerable")).toArray();
    QCOMPARE(answerable.size(), 6);
    for (const QJsonValue& value : answerable) {
        const QJsonObject entry = value.toObject();
        QTest::newRow(qPrintable(entry.value(QStringLiteral("question")).toString()))
            << entry.value(QStringLiteral("quote")).toString()
            << entry.value(QStringLiteral("answer")).toString()
            << entry.value(QStringLiteral("page")).toInt()
            << entry.value(QStringLiteral("label")).toString();
    }
}

void TestSampleManual::quotesStandWhereQuestionsSay()
{
    QFETCH(QString, quote);
    QFETCH(QString, answer);
    QFETCH(int, page);
    QFETCH(QString, label);
    QVERIFY(quote.contains(answer));
    const std::string wanted = quote.toStdString();
    const std::size_t begin = m_manual.text.find(wanted);
    QVERIFY2(begin != std::string::npos, "the text as it was read does not hold the quotation");
    const ingest::Position position = ingest::locate(m_manual.maps, begin, begin + wanted.size());
    QVERIFY(position.page.has_value());
    QCOMPARE(static_cast<int>(*position.page) + 1, page);
    QCOMPARE(QString::fromStdString(position.pageLabel), label);
    QVERIFY(!position.boxes.empty());
}

QTEST_GUILESS_MAIN(TestSampleManual)
#include "tst_sample_manual.moc"
