// SPDX-License-Identifier: GPL-3.0-or-later
// The longest delay of the window's event loop while sessions are read, asked, opened and looked
// at. Prints a table; run it on a machine that does nothing else:
//
//     QT_QPA_PLATFORM=offscreen build/dev/tests/bench/desk/bench_event_loop [WORDS] [FILES]
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <fmt/format.h>

#include "gui/library_adaptor.h"
#include "heartbeat.h"
#include "support/sample_files.h"
#include "ui/appearance.h"
#include "ui/main_window.h"
#include "usecases/conversation.h"

namespace {

std::string cpuName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown processor";
}

std::string load()
{
    std::ifstream file("/proc/loadavg");
    std::string minute;
    file >> minute;
    return minute;
}

void require(bool done, const char* what)
{
    if (!done) {
        qFatal("%s", what);
    }
}

/// One window on a library of its own.
class Desk
{
public:
    Desk()
        : m_library({m_folder.filePath(QStringLiteral("library")).toStdString(), 0},
                    std::make_shared<app::ModelProvider>(LECTERN_MODEL_DIR)),
          m_window(m_library)
    {
        m_window.resize(1360, 860);
        m_window.show();
    }

    [[nodiscard]] QString path(const QString& name) const { return m_folder.filePath(name); }
    [[nodiscard]] QString sessionPath(const QString& name) const
    {
        return path(QStringLiteral("library/") + name + QStringLiteral(".lectern"));
    }

    /// The window's own way: by the command, as a person.
    ui::SessionPort* create()
    {
        return opened([this] { action("newSession")->trigger(); });
    }
    ui::SessionPort* open(const QString& session)
    {
        return opened([&] { m_window.openSession(session); });
    }
    QAction* action(const char* name) { return m_window.findChild<QAction*>(QLatin1String(name)); }

    void chooseFirstSource()
    {
        auto* view = m_window.findChild<QAbstractItemView*>(QStringLiteral("sourcesView"));
        view->setCurrentIndex(view->model()->index(0, 0));
    }

    /// Adds and waits until reading has begun.
    void add(ui::SessionPort& session, const QString& what)
    {
        m_window.addPaths({path(what)});
        QPushButton* confirm = nullptr;
        require(QTest::qWaitFor(
                    [&] {
                        confirm =
                            m_window.findChild<QPushButton*>(QStringLiteral("addAndReadButton"));
                        return confirm != nullptr && confirm->isEnabled();
                    },
                    600'000),
                "nothing was planned");
        confirm->click();
        require(QTest::qWaitFor(
                    [&] { return session.reading().state == ui::ReadingState::reading; }, 600'000),
                "reading did not begin");
    }

    void report(const std::string& phase)
    {
        const Delays d = m_heart.take();
        fmt::print("| {:<52} | {:>6} | {:>6.1f} | {:>6.1f} | {:>6.1f} | {:>6.1f} |\n", phase,
                   d.beats, d.medianMs, d.p99Ms, d.worstMs, d.worstWorkMs);
        std::fflush(stdout);
    }
    void forget() { (void)m_heart.take(); }

private:
    template <typename Call>
    ui::SessionPort* opened(Call call)
    {
        QSignalSpy spy(&m_library, &ui::LibraryPort::sessionOpened);
        call();
        require(!spy.isEmpty() || spy.wait(60'000), "no session was opened");
        return spy[0][0].value<ui::SessionPort*>();
    }

    QTemporaryDir m_folder;
    app::LibraryAdaptor m_library;
    ui::MainWindow m_window;
    Heartbeat m_heart;
};

/// A conversation of many long answers, with a branch in its middle.
void writeConversation(const std::string& path, int answers)
{
    auto file = storage::SessionFile::create(path, {"Long conversation", "bench", {}}).value();
    std::optional<storage::MessageId> before;
    for (int i = 0; i < answers; ++i) {
        app::Exchange exchange;
        exchange.question = fmt::format("Question {}?", i + 1);
        exchange.answer = sample::prose(300, static_cast<unsigned>(i) + 1).toStdString();
        require(app::storeExchange(*file, exchange, app::AskPlace{before, {}}).has_value(),
                "an exchange was not stored");
        before = exchange.answerId;
        if (i == answers / 2) {
            app::Exchange other = exchange;
            other.question += " Or not?";
            require(
                app::storeExchange(*file, other, app::AskPlace{exchange.followsId, {}}).has_value(),
                "a branch was not stored");
        }
    }
}

void measureReading(Desk& desk)
{
    // Goes when it has been read and another session is shown, which a fast machine may come to.
    const QPointer<ui::SessionPort> first = desk.create();
    desk.forget();
    desk.add(*first, QStringLiteral("book.txt"));
    desk.report("adding a book, until it is being read");
    QTest::qWait(10'000);
    desk.report("reading, 10 s");
    first->ask(QStringLiteral("Who repaired the broken clock?"));
    QSignalSpy answered(first.data(), &ui::SessionPort::answerFinished);
    require(answered.wait(60'000), "no answer came");
    desk.report("an answer while it is being read");
    ui::SessionPort* second = desk.create();
    desk.add(*second, QStringLiteral("book2.txt"));
    desk.forget();
    QTest::qWait(10'000);
    desk.report("two sessions being read, 10 s");
    second->cancelReading();
    if (first) {
        first->cancelReading();
    }
    QTest::qWait(1'000);
    desk.report("both cancelled");
}

void measureFolder(Desk& desk, int files)
{
    for (int i = 0; i < files; ++i) {
        sample::write(desk.path(QStringLiteral("code/part%1/file%2.txt").arg(i % 50).arg(i)),
                      sample::prose(12, static_cast<unsigned>(i)));
    }
    ui::SessionPort* session = desk.create();
    desk.forget();
    desk.add(*session, QStringLiteral("code"));
    desk.report(fmt::format("adding a folder of {} files", files));
    QTest::qWait(5'000);
    desk.report("reading it, 5 s");
    session->cancelReading();
    QTest::qWait(1'000);
    desk.report("cancelled");
}

} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QStandardPaths::setTestModeEnabled(true);
    QApplication::setOrganizationName(QStringLiteral("LecternTests"));
    QApplication::setApplicationName(QStringLiteral("bench_event_loop"));
    ui::applyAppearance(application);
    const QStringList arguments = QApplication::arguments();
    const int words = arguments.size() > 1 ? arguments[1].toInt() : 200'000;
    const int files = arguments.size() > 2 ? arguments[2].toInt() : 5'000;

    fmt::print("{}, {} threads, load {} at the start\n", cpuName(),
               std::thread::hardware_concurrency(), load());
    fmt::print("| {:<52} | {:>6} | {:>6} | {:>6} | {:>6} | {:>6} |\n", "delay in ms", "events",
               "median", "99 %", "worst", "work");
    Desk desk;
    sample::write(desk.path(QStringLiteral("book.txt")), sample::prose(words, 1));
    sample::write(desk.path(QStringLiteral("book2.txt")), sample::prose(words, 2));
    QTest::qWait(2'000);
    desk.report("the window opens");
    measureReading(desk);
    measureFolder(desk, files);

    // A long text in the reader: nothing has to be read for it.
    sample::write(desk.path(QStringLiteral("long.txt")), sample::prose(600'000, 3));
    ui::SessionPort* session = desk.create();
    desk.add(*session, QStringLiteral("long.txt"));
    session->cancelReading();
    QTest::qWait(2'000);
    desk.forget();
    QSignalSpy ready(session, &ui::SessionPort::readerReady);
    desk.chooseFirstSource();
    desk.action("openSource")->trigger();
    require(ready.wait(60'000), "the text did not open");
    QTest::qWait(3'000);
    desk.report("a text of 600,000 words in the reader");

    writeConversation(desk.sessionPath(QStringLiteral("talk")).toStdString(), 300);
    desk.forget();
    session = desk.open(desk.sessionPath(QStringLiteral("talk")));
    QTest::qWait(3'000);
    desk.report("opening a conversation of 300 answers");
    for (const ui::Answer& answer : session->answers()) {
        if (answer.questionVersion.count > 1) {
            session->showVersion(answer.id, ui::EntryPart::question, 1);
        }
    }
    QTest::qWait(2'000);
    desk.report("showing another branch of it");
    fmt::print("load {} at the end\n", load());
    return 0;
}
