// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "ingest/read_document.h"
#include "usecases/transcript.h"

class TestTranscript : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void markdownHoldsEverything();
    void markdownIsNotMarkedUpByDocuments();
    void htmlIsNotMarkedUpByDocuments();
    void jsonHasTheDocumentedKeys();
    void pdfCanBeReadAgain();
    void badQuotationsAreMarked();
    void unwritableTargetIsAnError();

private:
    static app::Transcript transcript();
};

app::Transcript TestTranscript::transcript()
{
    app::Citation citation;
    citation.rank = 1;
    citation.place.sourceId = 1;
    citation.place.document = "Moby-Dick";
    citation.place.path = "/books/moby.pdf";
    citation.place.page = 41;
    citation.place.pageCount = 654;
    citation.place.pageLabel = "27";
    citation.place.chapter = "Ahab";
    citation.quote = "Captain Ahab stood upon the quarter-deck.";
    app::Exchange exchange;
    exchange.question = "Who commands the Pequod?";
    exchange.answer = "Captain Ahab [1]";
    exchange.citations.push_back(citation);
    exchange.modelName = "Lectern built-in (54M)";
    app::Transcript out;
    out.title = "Whales";
    out.modelName = "Lectern built-in (54M)";
    out.programVersion = "1.2.3";
    out.exportedAt = storage::now();
    out.tokensRead = 274'310;
    storage::Source source;
    source.id = 1;
    source.title = "Moby-Dick";
    source.path = "/books/moby.pdf";
    source.state = storage::SourceState::ready;
    source.tokenCount = 274'310;
    out.sources.push_back(source);
    out.conversation.push_back(exchange);
    return out;
}

void TestTranscript::markdownHoldsEverything()
{
    const QString text = QString::fromStdString(app::toMarkdown(transcript()));
    for (const char* wanted : {"# Whales", "Who commands the Pequod?", "Captain Ahab \\[1\\]",
                               "Moby-Dick", "p. 27 (41 of 654)", "“Ahab”", "exact quote",
                               "> Captain Ahab stood upon the quarter-deck.",
                               "Lectern built-in (54M)", "274,310", "Lectern 1.2.3"}) {
        QVERIFY2(text.contains(QString::fromUtf8(wanted)), wanted);
    }
}

void TestTranscript::markdownIsNotMarkedUpByDocuments()
{
    app::Transcript hostile = transcript();
    hostile.conversation[0].citations[0].quote = "# not a heading\n<script>*no*</script>";
    const QString text = QString::fromStdString(app::toMarkdown(hostile));
    QVERIFY(!text.contains("\n# not"));
    QVERIFY(!text.contains("<script>"));
    QVERIFY(text.contains("\n   > \\<script\\>\\*no\\*"));
}

void TestTranscript::htmlIsNotMarkedUpByDocuments()
{
    app::Transcript hostile = transcript();
    hostile.title = "a <b> & c";
    hostile.conversation[0].question = "<img src=x onerror=alert(1)>";
    const QString text = QString::fromStdString(app::toHtml(hostile));
    QVERIFY(text.contains("<h1>a &lt;b&gt; &amp; c</h1>"));
    QVERIFY(!text.contains("<img"));
    QVERIFY(text.contains("Captain Ahab stood upon the quarter-deck."));
}

void TestTranscript::jsonHasTheDocumentedKeys()
{
    const QByteArray text = QByteArray::fromStdString(app::toJsonText(transcript()));
    const QJsonObject json = QJsonDocument::fromJson(text).object();
    QCOMPARE(json["title"].toString(), QString("Whales"));
    QCOMPARE(json["tokens"].toInt(), 274'310);
    QVERIFY(QDateTime::fromString(json["exported_at"].toString(), Qt::ISODate).isValid());
    const QJsonObject exchange = json["conversation"].toArray()[0].toObject();
    const QJsonObject source = exchange["sources"].toArray()[0].toObject();
    QCOMPARE(source["rank"].toInt(), 1);
    QCOMPARE(source["page"].toInt(), 41);
    QVERIFY(source["line_start"].isNull());
    QCOMPARE(source["state"].toString(), QString("exact"));
    QCOMPARE(source["quote"].toString(), QString("Captain Ahab stood upon the quarter-deck."));
}

void TestTranscript::pdfCanBeReadAgain()
{
    QTemporaryDir folder;
    const std::string file = folder.filePath("out.pdf").toStdString();
    const auto written = app::writeTranscript(transcript(), app::TranscriptFormat::pdf, file);
    QVERIFY2(written, written ? "" : written.error().message.c_str());
    const auto document = ingest::readDocument(file);
    QVERIFY2(document, document ? "" : document.error().message.c_str());
    const QString text = QString::fromStdString(document->text).simplified();
    QVERIFY2(text.contains("Captain Ahab stood upon the quarter-deck."), qPrintable(text));
    QVERIFY(text.contains("Who commands the Pequod?"));
}

void TestTranscript::badQuotationsAreMarked()
{
    app::Transcript doubtful = transcript();
    app::Citation& citation = doubtful.conversation[0].citations[0];
    citation.state = storage::CitationState::missing;
    QVERIFY(app::toMarkdown(doubtful).find("(not in the source)") != std::string::npos);
    citation.state = storage::CitationState::close;
    citation.stateDetail = "2 words differ";
    QVERIFY(app::toHtml(doubtful).find("(close match, 2 words differ)") != std::string::npos);
}

void TestTranscript::unwritableTargetIsAnError()
{
    const auto written = app::writeTranscript(transcript(), app::TranscriptFormat::markdown,
                                              "/nonexistent/folder/out.md");
    QVERIFY(!written);
    QVERIFY(written.error().message.find("/nonexistent/folder/out.md") != std::string::npos);
}

QTEST_MAIN(TestTranscript)
#include "tst_transcript.moc"
