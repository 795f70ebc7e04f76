// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QtTest>

#include "support/sample_files.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"

// A session of 200,000 tokens: reopening reads nothing again, and how long the answer takes is
// printed. Minutes of reading; labelled slow.
class TestLongSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reopensWithoutReadingAgain();

private:
    std::unique_ptr<app::OpenSession> open()
    {
        auto file =
            app::openOrCreateSession(*app::resolveSession(m_folder.path().toStdString(), "long"));
        return std::make_unique<app::OpenSession>(std::move(*file), m_models,
                                                  app::OpenSession::Options{});
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models =
        std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
};

void TestLongSession::reopensWithoutReadingAgain()
{
    constexpr std::uint64_t kWanted = 200'000;
    QByteArray text = sample::prose(60'000);
    text += "\n\nThe bronze key of the archive hangs behind the portrait of Odalric Venn.\n\n";
    text += sample::prose(70'000, 2);
    sample::write(m_folder.filePath("annals.txt"), text);
    const std::string question = "Where does the bronze key of the archive hang?";
    app::Exchange before;
    {
        auto session = open();
        const auto plan = app::planAddition(*m_models->get()->tokenizer,
                                            {m_folder.filePath("annals.txt").toStdString()},
                                            session->snapshot().value());
        QVERIFY2(*plan->items[0].tokens >= kWanted,
                 qPrintable(QString::number(*plan->items[0].tokens)));
        QVERIFY(session->store(*plan, std::vector<int>{plan->items[0].id}));
        QElapsedTimer timer;
        timer.start();
        const auto read = session->read({}, {});
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        qInfo("read %llu tokens in %.1f s: %.0f tokens/s",
              static_cast<unsigned long long>(session->sourceTokens()),
              static_cast<double>(timer.elapsed()) / 1e3,
              static_cast<double>(session->sourceTokens()) * 1e3 /
                  static_cast<double>(timer.elapsed()));
        before = session->ask(question, {}, {}, {}).value();
    }
    QElapsedTimer timer;
    timer.start();
    auto session = open();
    QVERIFY(session->load());
    const auto openMs = timer.elapsed();
    const auto after = session->ask(question, {}, {}, {});
    QVERIFY2(after, after ? "" : after.error().message.c_str());
    qInfo("reopened in %lld ms; first words after %.0f ms, all after %.0f ms (aim: 2,000 and "
          "6,000)",
          openMs, after->cost.firstTokenMs, after->cost.totalMs);
    QCOMPARE(session->prefilledTokens(), std::uint64_t(0));
    QCOMPARE(after->answer, before.answer);
    QVERIFY2(after->answer.find("Odalric Venn") != std::string::npos, after->answer.c_str());
}

QTEST_GUILESS_MAIN(TestLongSession)
#include "tst_long_session.moc"
