// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QtTest>

#include "support/chat_model.h"
#include "support/program.h"
#include "support/sample_files.h"

// `lectern chat` as a script uses it, with a checkpoint of random weights: keys, streams, settings
// and exit codes. What the model says has no sense.
class TestChatCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_model = QString::fromStdString(
            makeChatModel(m_program.path("chat-model").toStdString()).string());
        sample::write(m_program.path("steps.txt"), "The lighthouse has 214 steps.\n");
        const Run run = m_program.run({"add", "Steps", "steps.txt", "--model", m_model});
        QVERIFY2(run.exitCode == 0, run.err);
    }

    void hasTheDocumentedKeys()
    {
        const Run run = chat({"--json", "--temperature", "0", "--max-tokens", "20"});
        QVERIFY2(run.exitCode == 0, run.err);
        const QJsonObject json = run.json();
        QCOMPARE(json.keys(),
                 QStringList({"answer", "broken_tool_calls", "end", "reasoning", "settings",
                              "speculation", "thinking", "timing", "tokens", "tool_calls"}));
        QCOMPARE(json["end"].toString(), QStringLiteral("length"));
        QCOMPARE(json["thinking"].toString(), QStringLiteral("high"));
        QVERIFY(json["settings"].toObject()["thinking"].isNull()); // the model's own way
        QCOMPARE(json["settings"].toObject()["max_tokens"].toInt(), 20);
        const QJsonObject tokens = json["tokens"].toObject();
        QCOMPARE(tokens["generated"].toInt(), 20);
        QVERIFY(tokens["session"].toInt() > 10);
        QVERIFY(tokens["prompt"].toInt() > 3);
        QVERIFY(json["timing"].toObject()["total_ms"].toDouble() > 0.0);
        QVERIFY(run.err.isEmpty());
    }

    /// Thinking on standard error, the answer alone on standard output.
    void thinkingIsApartFromTheAnswer()
    {
        const QStringList options = {"--temperature", "0", "--max-tokens", "20", "--new"};
        const QJsonObject json = chat(options + QStringList{"--json"}).json();
        const Run run = chat(options);
        QCOMPARE(run.exitCode, 0);
        QCOMPARE(run.out, json["answer"].toString().toUtf8() + "\n");
        QVERIFY(run.err.startsWith(json["reasoning"].toString().toUtf8()));
        const QJsonObject plain =
            chat(options + QStringList{"--json", "--thinking", "none"}).json();
        QVERIFY(!plain["answer"].toString().isEmpty());
        QCOMPARE(plain["settings"].toObject()["thinking"].toString(), QStringLiteral("none"));
        chat({"--json", "--thinking", "high", "--max-tokens", "1"}); // as it was
    }

    void settingsAreRemembered()
    {
        const QJsonObject first =
            chat({"--json", "--temperature", "0.5", "--seed", "7", "--max-tokens", "12", "--new"})
                .json();
        const QJsonObject second = chat({"--json", "--new"}).json();
        QCOMPARE(second["settings"], first["settings"]);
        QCOMPARE(second["answer"], first["answer"]); // seed and all
        QCOMPARE(second["reasoning"], first["reasoning"]);
        const QJsonObject other = chat({"--json", "--new", "--seed", "8"}).json();
        QVERIFY(other["answer"] != first["answer"] || other["reasoning"] != first["reasoning"]);
    }

    void speculationCounts()
    {
        const QJsonObject json = chat({"--json", "--speculative", "on", "--draft-tokens", "2",
                                       "--max-tokens", "16", "--temperature", "0"})
                                     .json();
        const QJsonObject counts = json["speculation"].toObject();
        QVERIFY(counts["drafted"].toInt() > 0);
        QVERIFY(counts["blocks"].toInt() > 0);
        QVERIFY(counts["accepted"].toInt() <= counts["drafted"].toInt());
        chat({"--json", "--speculative", "off"});
    }

    void wrongUseExitsWith2_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::newRow("unknown mode") << QStringList{"--thinking", "deeply"};
        QTest::newRow("mode of other models") << QStringList{"--thinking", "low"};
        QTest::newRow("too hot") << QStringList{"--temperature", "101"};
        QTest::newRow("top-p 0") << QStringList{"--top-p", "0"};
        QTest::newRow("no tokens") << QStringList{"--max-tokens", "0"};
        QTest::newRow("too many drafts") << QStringList{"--draft-tokens", "9"};
    }

    void wrongUseExitsWith2()
    {
        QFETCH(QStringList, options);
        const Run run = chat(options);
        QVERIFY2(run.exitCode == 2, run.err);
        QVERIFY(run.out.isEmpty());
        QVERIFY(!run.err.isEmpty());
    }

    void builtInModelSaysWhatItIs()
    {
        const Run add = m_program.run({"add", "Small", "steps.txt"});
        QVERIFY2(add.exitCode == 0, add.err);
        const Run run = m_program.run({"chat", "Small", "Hello?"});
        QCOMPARE(run.exitCode, 2);
        QVERIFY(run.err.contains("no chat model"));
        QVERIFY(run.err.contains("ask"));
        QVERIFY(run.out.isEmpty());
    }

    void modelInfoNamesTheMtpBlock()
    {
        const QJsonObject json = m_program.run({"model", "info", m_model, "--json"}).json();
        QVERIFY(json["mtp_parameters"].toInt() > 0);
        QVERIFY(json["mtp_note"].toString().isEmpty());
    }

private:
    Run chat(const QStringList& options)
    {
        return m_program.run(QStringList{"chat", "Steps", "How many steps?", "--model", m_model} +
                             options);
    }

    Program m_program;
    QString m_model;
};

QTEST_GUILESS_MAIN(TestChatCommand)
#include "tst_chat_command.moc"
