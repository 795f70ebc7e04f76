// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QtTest>

#include "support/program.h"
#include "support/sample_files.h"

// The built program as a script uses it: output, keys, exit codes.
class TestCommandLine : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void wrongUseExitsWith2_data();
    void wrongUseExitsWith2();
    void badInputExitsWith3_data();
    void badInputExitsWith3();
    void helpAndVersionExitWith0();
    void addListsEveryFile();
    void addSaysWhatIsThere();
    void sourcesHasTheDocumentedKeys();
    void sessionsNeedsNoModel();
    void askHasTheDocumentedKeys();
    void askStreamsPlainText();
    void askIsRepeatable();
    void questionWithoutOverlapIsNotFound();
    void searchHasTheDocumentedKeys();
    void exportsInFourFormats_data();
    void exportsInFourFormats();
    void branchesAreAskedAndListed();
    void documentsAreHiddenAndRemoved();
    void sessionsAreDuplicated();
    void secondOpenerIsRefused();
    void interruptKeepsWhatWasRead();
    void modelVerifyPrintsThreeNumbers();
    void modelInfoDescribesTheModel();
    void modelCheckListsMemory();
    void modelIsExportedAsGguf();
    void benchPrintsJson_data();
    void benchPrintsJson();
    void windowNeedsADisplay();
    void logHoldsNoText();

private:
    /// Waits until the program says so on standard error.
    static bool waitForMessage(QProcess& process, const QByteArray& message)
    {
        QByteArray said;
        return QTest::qWaitFor(
            [&] {
                said += process.readAllStandardError();
                return said.contains(message);
            },
            60'000);
    }

    Program m_program;
    QString m_question = QStringLiteral("Who founded the harbour of Velmora?");
};

void TestCommandLine::initTestCase()
{
    sample::writeHarbourPdf(m_program.path("harbour.pdf"));
    sample::writeCodeFolder(m_program.path("ferry"));
    sample::write(m_program.path("broken.pdf"), "%PDF-1.4\nnothing of a PDF");
    sample::write(m_program.path("v41/config.json"),
                  R"({"text_config": {"model_type": "deepseek_v41"}})");
    sample::write(m_program.path("foreign.lectern"), "this is no session file, but longer than 16");
    const Run run = m_program.run({"add", "Häfen", "harbour.pdf", "ferry"});
    QVERIFY2(run.exitCode == 0, run.err);
}

void TestCommandLine::wrongUseExitsWith2_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("unknown command") << QStringList{"digest"};
    QTest::newRow("unknown option") << QStringList{"sessions", "--frobnicate"};
    QTest::newRow("add without a path") << QStringList{"add", "Häfen"};
    QTest::newRow("ask without a question") << QStringList{"ask", "Häfen"};
    QTest::newRow("empty question") << QStringList{"ask", "Häfen", ""};
    QTest::newRow("blank question") << QStringList{"ask", "Häfen", "  \n"};
    QTest::newRow("empty search") << QStringList{"search", "Häfen", ""};
    QTest::newRow("export without a format") << QStringList{"export", "Häfen"};
    QTest::newRow("unknown format") << QStringList{"export", "Häfen", "--format", "docx"};
    QTest::newRow("model without a command") << QStringList{"model"};
    QTest::newRow("impossible name") << QStringList{"add", ".hidden", "harbour.pdf"};
}

void TestCommandLine::wrongUseExitsWith2()
{
    QFETCH(QStringList, arguments);
    const Run run = m_program.run(arguments);
    QVERIFY2(run.exitCode == 2, run.err);
    QVERIFY(!run.err.isEmpty());
    QVERIFY(run.out.isEmpty());
}

void TestCommandLine::badInputExitsWith3_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("no such session") << QStringList{"ask", "Nowhere", "Why?"} << "Nowhere";
    QTest::newRow("no such file") << QStringList{"add", "bad", "missing.txt"} << "missing.txt";
    QTest::newRow("broken file") << QStringList{"add", "bad", "broken.pdf"} << "broken.pdf";
    QTest::newRow("foreign file") << QStringList{"ask", "./foreign.lectern", "Why?"}
                                  << "foreign.lectern";
    QTest::newRow("missing model")
        << QStringList{"add", "bad", "harbour.pdf", "--model", "nowhere"} << "nowhere";
    QTest::newRow("model info of no model") << QStringList{"model", "info", "ferry"} << "ferry";
    QTest::newRow("model without a tokenizer")
        << QStringList{"add", "bad", "harbour.pdf", "--model", LECTERN_TEST_DATA "/golden/tiny-v4"}
        << "tokenizer.json";
    QTest::newRow("model of another kind")
        << QStringList{"add", "bad", "harbour.pdf", "--model", "v41"}
        << "V4.1 is not supported yet";
    QTest::newRow("verify without a file")
        << QStringList{"model", "verify", LECTERN_TEST_DATA "/golden/tiny-v4", "--expected",
                       "gone.safetensors"}
        << "gone.safetensors";
    QTest::newRow("verify without a model")
        << QStringList{"model", "verify", "ferry", "--expected",
                       LECTERN_TEST_DATA "/golden/tiny-v4/expected-f32.safetensors"}
        << "ferry";
    QTest::newRow("export of nothing")
        << QStringList{"export", "Nowhere", "--format", "md"} << "Nowhere";
}

void TestCommandLine::badInputExitsWith3()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    const Run run = m_program.run(arguments);
    QVERIFY2(run.exitCode == 3, run.err);
    QVERIFY2(QString::fromUtf8(run.err).contains(named), run.err);
    QVERIFY(!QFileInfo::exists(m_program.library() + "/bad.lectern")); // nothing half-made is left
}

void TestCommandLine::helpAndVersionExitWith0()
{
    const Run help = m_program.run({"--help"});
    QCOMPARE(help.exitCode, 0);
    for (const char* command : {"add", "ask", "search", "sources", "sessions", "export", "bench"}) {
        QVERIFY2(help.out.contains(command), command);
    }
    QVERIFY(!help.out.contains("screenshot"));
    const Run version = m_program.run({"--version"});
    QCOMPARE(version.exitCode, 0);
    QVERIFY(version.out.startsWith("lectern "));
}

void TestCommandLine::addListsEveryFile()
{
    const Run run = m_program.run({"add", "listed", "ferry", "broken.pdf", "--json"});
    QVERIFY2(run.exitCode == 3, run.err); // the folder is in; the file that was named is not
    const QJsonObject json = run.json();
    QCOMPARE(json.keys(), QStringList({"documents", "seconds", "tokens_total"}));
    QVERIFY(json["seconds"].isDouble());
    QHash<QString, QJsonObject> byName;
    int tokens = 0;
    for (const QJsonValue& value : json["documents"].toArray()) {
        const QJsonObject document = value.toObject();
        QCOMPARE(document.keys(),
                 QStringList({"format", "pages", "path", "reason", "state", "tokens"}));
        byName.insert(QFileInfo(document["path"].toString()).fileName(), document);
        tokens += document["tokens"].toInt();
    }
    QCOMPARE(json["tokens_total"].toInt(), tokens);
    QCOMPARE(byName["ticket_price.py"]["state"].toString(), QString("ready"));
    QCOMPARE(byName["ticket_price.py"]["format"].toString(), QString("code"));
    QCOMPARE(byName["Straße nach Åland.md"]["state"].toString(), QString("ready"));
    QCOMPARE(byName["debug.log"]["state"].toString(), QString("skipped"));
    QVERIFY(!byName["debug.log"]["reason"].toString().isEmpty());
    QCOMPARE(byName["picture.dat"]["state"].toString(), QString("skipped"));
    QCOMPARE(byName["broken.pdf"]["state"].toString(), QString("failed"));
    QVERIFY(!byName["broken.pdf"]["reason"].toString().isEmpty());
}

void TestCommandLine::addSaysWhatIsThere()
{
    const Run run = m_program.run({"add", "Häfen", "harbour.pdf", "--json"});
    QCOMPARE(run.exitCode, 0);
    const QJsonObject document = run.json()["documents"].toArray()[0].toObject();
    QCOMPARE(document["state"].toString(), QString("present"));
    QVERIFY(document["reason"].toString().contains("already in the session"));
    QCOMPARE(document["pages"].toInt(), 4);
}

void TestCommandLine::sourcesHasTheDocumentedKeys()
{
    const Run run = m_program.run({"sources", "Häfen", "--json"});
    QCOMPARE(run.exitCode, 0);
    const QJsonArray documents = run.json()["documents"].toArray();
    QCOMPARE(documents.size(), 4);
    for (const QJsonValue& value : documents) {
        const QJsonObject document = value.toObject();
        QCOMPARE(document.keys(),
                 QStringList({"format", "pages", "path", "reason", "state", "tokens"}));
        QCOMPARE(document["state"].toString(), QString("ready"));
        QVERIFY(document["tokens"].toInt() > 0);
    }
}

void TestCommandLine::sessionsNeedsNoModel()
{
    const Run run = m_program.run({"sessions", "--json", "--model", "nowhere"});
    QVERIFY2(run.exitCode == 0, run.err);
    QStringList names;
    for (const QJsonValue& session : run.json()["sessions"].toArray()) {
        names.append(session.toObject()["name"].toString());
    }
    QVERIFY2(names.contains("Häfen"), qPrintable(names.join(' ')));
    QVERIFY(QFileInfo::exists(m_program.library() + "/Häfen.lectern"));
}

void TestCommandLine::askHasTheDocumentedKeys()
{
    const Run run = m_program.run({"ask", "Häfen", m_question, "--json"});
    QVERIFY2(run.exitCode == 0, run.err);
    const QJsonObject json = run.json();
    QCOMPARE(json.keys(),
             QStringList({"answer", "messages", "not_found", "sources", "timing", "tokens"}));
    QVERIFY(json["messages"].toObject()["question"].toInt() > 0);
    QVERIFY(json["answer"].toString().contains("Renfrew"));
    QCOMPARE(json["not_found"], QJsonValue(false));
    QCOMPARE(json["timing"].toObject().keys(),
             QStringList({"first_token_ms", "open_ms", "total_ms"}));
    QCOMPARE(json["tokens"].toObject().keys(), QStringList({"generated", "prompt", "session"}));
    QVERIFY(json["timing"].toObject()["total_ms"].toDouble() > 0);
    QVERIFY(json["tokens"].toObject()["session"].toInt() > 100);
    const QJsonObject source = json["sources"].toArray()[0].toObject();
    QCOMPARE(source.keys(),
             QStringList({"chapter", "document", "line_end", "line_start", "page", "path", "quote",
                          "rank", "score", "state", "text_begin", "text_end"}));
    QCOMPARE(source["rank"].toInt(), 1);
    QCOMPARE(source["page"].toInt(), 1);
    QVERIFY(source["line_start"].isNull());
    QCOMPARE(source["state"].toString(), QString("exact"));
    QCOMPARE(source["document"].toString(), QString("The Harbour of Velmora"));
    QVERIFY(source["path"].toString().endsWith("/harbour.pdf"));
    QCOMPARE(source["text_end"].toInt() - source["text_begin"].toInt(),
             int(source["quote"].toString().toUcs4().size()));
}

void TestCommandLine::askStreamsPlainText()
{
    const Run run = m_program.run({"ask", "Häfen", "When does the last ferry leave?"});
    QVERIFY2(run.exitCode == 0, run.err);
    QVERIFY2(run.out.contains("2140"), run.out);
    QVERIFY2(run.out.contains("src/timetable.cpp, line"), run.out);
    QVERIFY(run.out.contains("exact quote"));
}

void TestCommandLine::askIsRepeatable()
{
    const QStringList arguments{"ask", "Häfen", "How tall is the old lighthouse?", "--json"};
    const QJsonObject first = m_program.run(arguments).json();
    const QJsonObject second = m_program.run(arguments).json();
    QVERIFY(!first["answer"].toString().isEmpty());
    QCOMPARE(second["answer"], first["answer"]);
    QCOMPARE(second["sources"], first["sources"]);
}

void TestCommandLine::questionWithoutOverlapIsNotFound()
{
    const Run run = m_program.run(
        {"ask", "Häfen", "Which enzyme unwinds zebrafish chromatin during meiosis?", "--json"});
    QVERIFY2(run.exitCode == 0, run.err);
    QCOMPARE(run.json()["not_found"], QJsonValue(true));
    QVERIFY(run.json()["answer"].toString().contains("do not seem to say"));
}

void TestCommandLine::searchHasTheDocumentedKeys()
{
    const Run run = m_program.run({"search", "Häfen", "silver crowns", "--json"});
    QCOMPARE(run.exitCode, 0);
    const QJsonArray hits = run.json()["hits"].toArray();
    QCOMPARE(hits.size(), 1);
    const QJsonObject hit = hits[0].toObject();
    QCOMPARE(hit.keys(),
             QStringList({"document", "line_start", "page", "text", "text_begin", "text_end"}));
    QCOMPARE(hit["page"].toInt(), 4);
    QVERIFY(hit["text"].toString().contains("silver crowns"));
    QCOMPARE(hit["text_end"].toInt() - hit["text_begin"].toInt(), 13);
    QCOMPARE(
        m_program.run({"search", "Häfen", "zebrafish", "--json"}).json()["hits"].toArray().size(),
        0);
}

void TestCommandLine::exportsInFourFormats_data()
{
    QTest::addColumn<QString>("format");
    for (const char* format : {"md", "html", "pdf", "json"}) {
        QTest::newRow(format) << format;
    }
}

void TestCommandLine::exportsInFourFormats()
{
    QFETCH(QString, format);
    const QString target = m_program.path("out." + format);
    const Run run = m_program.run({"export", "Häfen", "--format", format, "-o", target});
    QVERIFY2(run.exitCode == 0, run.err);
    QFile file(target);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    if (format == "pdf") {
        QVERIFY(bytes.startsWith("%PDF-"));
        const Run read = m_program.run({"add", "exported", target, "--json"});
        QCOMPARE(read.exitCode, 0);
        const Run found = m_program.run({"search", "exported", "Ilda Renfrew", "--json"});
        QVERIFY(!found.json()["hits"].toArray().isEmpty());
        return;
    }
    QVERIFY2(bytes.contains("Ilda Renfrew"), bytes);
    QVERIFY(bytes.contains("Who founded the harbour of Velmora?"));
    const Run printed = m_program.run({"export", "Häfen", "--format", format});
    QVERIFY(printed.out.contains("Ilda Renfrew"));
}

void TestCommandLine::branchesAreAskedAndListed()
{
    QCOMPARE(m_program.run({"add", "branches", "harbour.pdf"}).exitCode, 0);
    const auto ask = [this](const QStringList& more) {
        const Run run = m_program.run(QStringList{"ask", "branches", "--json"} + more);
        return run.json()["messages"].toObject();
    };
    const int question = ask({m_question})["question"].toInt();
    const int answer = ask({"--again", QString::number(question)})["answer"].toInt();
    QVERIFY(answer > question);
    const int edited =
        ask({"How tall is the lighthouse?", "--branch-from", QString::number(question)})["question"]
            .toInt();
    QVERIFY(edited > answer);
    const QJsonArray all =
        m_program.run({"messages", "branches", "--json"}).json()["messages"].toArray();
    QCOMPARE(all.size(), 5);
    QCOMPARE(all[0].toObject().keys(), QStringList({"follows", "id", "role", "shown", "text",
                                                    "time", "version", "versions"}));
    QCOMPARE(all[0].toObject()["versions"].toInt(), 2);
    QCOMPARE(all[0].toObject()["shown"], QJsonValue(false));
    QVERIFY(all[0].toObject()["follows"].isNull());
    QCOMPARE(all[2].toObject()["version"].toInt(), 2); // the second answer to the first question
    QCOMPARE(all[3].toObject()["shown"], QJsonValue(true));
    const auto exported = [this](const QStringList& more) {
        return m_program.run(QStringList{"export", "branches", "--format", "json"} + more)
            .json()["conversation"]
            .toArray()
            .size();
    };
    QCOMPARE(exported({}), 1);
    QCOMPARE(exported({"--all-branches"}), 3);
    const Run wrong = m_program.run({"ask", "branches", "Who?", "--branch-from", "99"});
    QCOMPARE(wrong.exitCode, 3);
    QVERIFY2(wrong.err.contains("message 99"), wrong.err);
    QCOMPARE(m_program.run({"ask", "branches", "--again", "1", "--branch-from", "1"}).exitCode, 2);
}

void TestCommandLine::documentsAreHiddenAndRemoved()
{
    QCOMPARE(m_program.run({"add", "changing", "harbour.pdf"}).exitCode, 0);
    QCOMPARE(m_program.run({"add", "changing", "ferry/src/timetable.cpp"}).exitCode, 0);
    const auto states = [this] {
        QStringList list;
        const QJsonObject json = m_program.run({"sources", "changing", "--json"}).json();
        for (const QJsonValue& one : json["documents"].toArray()) {
            list << one.toObject()["state"].toString();
        }
        return list;
    };
    QCOMPARE(m_program.run({"hide", "changing", "harbour.pdf"}).exitCode, 0);
    QCOMPARE(states(), QStringList({"hidden", "ready"}));
    QCOMPARE(
        m_program.run({"search", "changing", "Velmora", "--json"}).json()["hits"].toArray().size(),
        0);
    QCOMPARE(m_program.run({"show", "changing", "harbour.pdf"}).exitCode, 0);
    QCOMPARE(states(), QStringList({"ready", "ready"}));

    // An earlier one costs the later one, and is not removed without a word.
    const Run refused = m_program.run({"remove", "changing", "harbour.pdf"});
    QCOMPARE(refused.exitCode, 2);
    QVERIFY2(refused.err.contains("Later sources must be read again: 1 source"), refused.err);
    QVERIFY2(refused.err.contains("lectern hide"), refused.err);
    QCOMPARE(states().size(), 2);
    const Run removed = m_program.run({"remove", "changing", "harbour.pdf", "--yes", "--json"});
    QVERIFY2(removed.exitCode == 0, removed.err);
    QVERIFY(removed.json()["read_again"].toObject()["tokens"].toInt() > 0);
    QCOMPARE(states(), QStringList({"ready"}));
    const Run answer = m_program.run({"ask", "changing", "When does the last ferry leave?"});
    QVERIFY2(answer.out.contains("2140"), answer.out);
    // The last one goes for nothing.
    const Run last = m_program.run({"remove", "changing", "#1", "--json"});
    QVERIFY2(last.exitCode == 0, last.err);
    QCOMPARE(last.json()["read_again"].toObject()["tokens"].toInt(), 0);
    QCOMPARE(m_program.run({"remove", "changing", "#1"}).exitCode, 3);
}

void TestCommandLine::sessionsAreDuplicated()
{
    const Run copied = m_program.run({"duplicate", "Häfen", "--json"});
    QVERIFY2(copied.exitCode == 0, copied.err);
    const QString name = copied.json()["name"].toString();
    QVERIFY(name != "Häfen");
    QVERIFY(QFileInfo::exists(copied.json()["path"].toString()));
    QVERIFY(m_program.run({"ask", name, m_question}).out.contains("Renfrew"));
    QCOMPARE(m_program.run({"duplicate", "Häfen", "Sailing"}).exitCode, 0);
    QCOMPARE(m_program.run({"sources", "Sailing"}).exitCode, 0);
    QCOMPARE(m_program.run({"duplicate", "nothing"}).exitCode, 3);
}

void TestCommandLine::secondOpenerIsRefused()
{
    sample::write(m_program.path("long.txt"), sample::prose(20'000));
    QProcess reading;
    m_program.start(reading, {"add", "busy", "long.txt"});
    QVERIFY(waitForMessage(reading, "Reading"));
    const Run second = m_program.run({"ask", "busy", "What did the miller praise?"});
    QVERIFY2(second.exitCode == 1, second.err);
    QVERIFY2(second.err.contains("busy.lectern"), second.err);
    QCOMPARE(m_program.run({"sources", "busy", "--json"}).exitCode, 0); // looking is allowed
    reading.kill();
    QVERIFY(reading.waitForFinished());
}

void TestCommandLine::interruptKeepsWhatWasRead()
{
    QProcess reading;
    m_program.start(reading, {"add", "interrupted", "long.txt", "--json"});
    QVERIFY(waitForMessage(reading, "Reading"));
    QTest::qWait(3'000);
    reading.terminate(); // handled like Ctrl+C
    reading.terminate(); // as timeout(1) does: to the process, and to its group
    QVERIFY(reading.waitForFinished(20'000));
    QCOMPARE(reading.exitStatus(), QProcess::NormalExit);
    QCOMPARE(reading.exitCode(), 1);
    const QJsonObject json = QJsonDocument::fromJson(reading.readAllStandardOutput()).object();
    QVERIFY(json["tokens_total"].toInt() > 0);
    QCOMPARE(json["documents"].toArray()[0].toObject()["state"].toString(), QString("stopped"));
    QVERIFY(reading.readAllStandardError().contains("is kept"));
}

void TestCommandLine::modelVerifyPrintsThreeNumbers()
{
    const Run run =
        m_program.run({"model", "verify", LECTERN_TEST_DATA "/golden/tiny-v4", "--expected",
                       LECTERN_TEST_DATA "/golden/tiny-v4/expected-f32.safetensors"});
    QVERIFY2(run.exitCode == 0, run.err);
    QCOMPARE(run.json().keys(), QStringList({"argmax_equal", "decode_worst", "prefill_worst"}));
    QCOMPARE(run.json()["argmax_equal"], QJsonValue(true));
    QVERIFY(run.json()["prefill_worst"].toDouble() < 1e-4);
    QVERIFY(run.json()["decode_worst"].toDouble() < 1e-4);
}

void TestCommandLine::modelInfoDescribesTheModel()
{
    const Run run = m_program.run({"model", "info", "--json"});
    QVERIFY2(run.exitCode == 0, run.err);
    QCOMPARE(run.json()["layers"].toInt(), 8);
    QVERIFY(run.json()["parameters"].toDouble() > 1e6);
    QVERIFY(run.json()["name"].toString().startsWith("Lectern built-in"));
}

void TestCommandLine::modelCheckListsMemory()
{
    const Run run = m_program.run({"model", "check", "--json"});
    QVERIFY2(run.exitCode == 0, run.err);
    QCOMPARE(run.json()["sound"], QJsonValue(true));
    QStringList parts;
    for (const QJsonValue& part : run.json()["memory"].toArray())
        parts << part.toObject()["part"].toString();
    QCOMPARE(parts, QStringList({"weights_mapped", "csa_rows", "index_keys", "hca_rows", "window",
                                 "compressor_state", "block_working_memory"}));
}

void TestCommandLine::modelIsExportedAsGguf()
{
    const QString file = m_program.path("tiny.gguf");
    const Run written = m_program.run(
        {"model", "export-gguf", LECTERN_TEST_DATA "/golden/tiny-v4", "-o", file, "--json"});
    QVERIFY2(written.exitCode == 0, written.err);
    QCOMPARE(written.json()["bytes"].toInteger(), QFileInfo(file).size());
    const Run checked = m_program.run({"model", "check", file});
    QVERIFY2(checked.exitCode == 0, checked.out + checked.err);
}

void TestCommandLine::benchPrintsJson_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("prefill") << QStringList{"bench", "prefill", "--tokens", "600", "--json"};
    QTest::newRow("decode") << QStringList{"bench",    "decode", "--tokens", "64",
                                           "--decode", "4",      "--json"};
    QTest::newRow("prefill behind a depth")
        << QStringList{"bench", "prefill", "--depth", "4k", "--tokens", "64", "--json"};
    QTest::newRow("decode behind a depth")
        << QStringList{"bench", "decode", "--depth", "4k", "--decode", "2", "--json"};
    QTest::newRow("reopen") << QStringList{"bench", "reopen", "--tokens", "600", "--json"};
    QTest::newRow("reopen far away")
        << QStringList{"bench", "reopen", "--tokens", "20000", "--synthetic", "--json"};
}

void TestCommandLine::benchPrintsJson()
{
    QFETCH(QStringList, arguments);
    const Run run = m_program.run(arguments);
    QVERIFY2(run.exitCode == 0, run.err);
    const QJsonObject json = run.json();
    QCOMPARE(json.keys(), QStringList({"bench", "machine", "model", "result"}));
    QVERIFY(json["result"].toObject()["tokens"].toInt() > 0);
    if (json["bench"].toString() == "reopen") {
        QCOMPARE(json["result"].toObject()["tokens_read_again"].toInt(), 0);
        QVERIFY(json["result"].toObject()["logits_equal"].toBool());
    }
}

void TestCommandLine::windowNeedsADisplay()
{
    const Run run = m_program.run({});
    QVERIFY2(run.exitCode == 1 && !run.crashed, run.err);
    QVERIFY(run.err.contains("display"));
}

void TestCommandLine::logHoldsNoText()
{
    QFile log(m_program.path("state/lectern/lectern.log"));
    QVERIFY(log.open(QIODevice::ReadOnly));
    const QByteArray text = log.readAll();
    for (const char* word : {"Renfrew", "Velmora", "zebrafish", "2140"}) {
        QVERIFY2(!text.contains(word), word);
    }
}

QTEST_MAIN(TestCommandLine)
#include "tst_command_line.moc"
