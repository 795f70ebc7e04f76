// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QtTest>

#include "support/sample_files.h"
#include "usecases/open_session.h"
#include "usecases/session_argument.h"

// A long session: reopening reads nothing again, and how long the answer takes is printed. As many
// tokens as this machine reads in a good half minute, at most 200,000; LECTERN_LONG_SESSION=200000
// asks for a number of its own (docs/verification.md has the figures of 200,000).
class TestLongSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reopensWithoutReadingAgain();

private:
    std::uint64_t wanted();
    /// Plans and stores a file of the folder; gives its tokens, 0 where that failed.
    std::uint64_t add(app::OpenSession& session, const char* name)
    {
        const auto plan =
            app::planAddition(*m_models->get()->tokenizer, {m_folder.filePath(name).toStdString()},
                              session.snapshot().value());
        return session.store(*plan, std::vector<int>{plan->items[0].id})
                   ? plan->items[0].tokens.value_or(0)
                   : 0;
    }
    std::unique_ptr<app::OpenSession> open(const char* name)
    {
        auto file =
            app::openOrCreateSession(*app::resolveSession(m_folder.path().toStdString(), name));
        return std::make_unique<app::OpenSession>(std::move(*file), m_models,
                                                  app::OpenSession::Options{});
    }

    QTemporaryDir m_folder;
    std::shared_ptr<app::ModelProvider> m_models =
        std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR);
};

std::uint64_t TestLongSession::wanted()
{
    const int asked = qEnvironmentVariableIntValue("LECTERN_LONG_SESSION");
    if (asked > 0) {
        return static_cast<std::uint64_t>(asked);
    }
    // Below 30,000 tokens the text would not be long beside what attention takes in at once.
    constexpr double kLeast = 30'000;
    constexpr double kMost = 200'000;
    constexpr double kSeconds = 35; // the rate falls with length: a minute on the slowest
    sample::write(m_folder.filePath("page.txt"), sample::prose(2'000));
    auto session = open("short");
    add(*session, "page.txt");
    QElapsedTimer timer;
    timer.start();
    if (!session->read({}, {})) {
        return 0;
    }
    const double rate = static_cast<double>(session->sourceTokens()) * 1e3 /
                        static_cast<double>(std::max<qint64>(timer.elapsed(), 1));
    return static_cast<std::uint64_t>(std::clamp(rate * kSeconds, kLeast, kMost));
}

void TestLongSession::reopensWithoutReadingAgain()
{
    const std::uint64_t kWanted = wanted();
    QVERIFY(kWanted > 0);
    // A word of this prose is 1.7 tokens; some more, so that the number is reached.
    const auto words = static_cast<int>(kWanted * 13 / 20);
    QByteArray text = sample::prose(words * 6 / 13);
    text += "\n\nThe bronze key of the archive hangs behind the portrait of Odalric Venn.\n\n";
    text += sample::prose(words * 7 / 13, 2);
    sample::write(m_folder.filePath("annals.txt"), text);
    const std::string question = "Where does the bronze key of the archive hang?";
    app::Exchange before;
    {
        auto session = open("long");
        const std::uint64_t tokens = add(*session, "annals.txt");
        QVERIFY2(tokens >= kWanted, qPrintable(QString::number(tokens)));
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
    auto session = open("long");
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
