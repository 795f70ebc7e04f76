// SPDX-License-Identifier: GPL-3.0-or-later
#include "session_lock.h"

#include <QCoreApplication>
#include <QProcess>
#include <QTest>

#include <cstring>

#include "made_session.h"

using namespace storage;

namespace {

/// The child: opens a session, says so, and waits to be ended.
int hold(const char* path)
{
    const auto file = SessionFile::open(path, OpenMode::readWrite);
    std::puts(file ? "open" : file.error().message.c_str());
    std::fflush(stdout);
    return std::getchar() == EOF ? 0 : 1;
}

class Child final
{
public:
    explicit Child(const std::filesystem::path& session)
    {
        m_process.start(QCoreApplication::applicationFilePath(),
                        {"--hold", QString::fromStdString(session.string())});
        m_process.waitForReadyRead(20'000);
        m_said = m_process.readAllStandardOutput().trimmed().toStdString();
    }
    ~Child() { close(); }
    void close()
    {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    [[nodiscard]] const std::string& said() const { return m_said; }
    [[nodiscard]] std::string id() const { return std::to_string(m_process.processId()); }

private:
    QProcess m_process;
    std::string m_said;
};

} // namespace

class TestSessionLock final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_folder.reset(); }

    void secondObjectIsRefused();
    void secondProcessIsRefused();
    void closingFrees();
    void killingFrees();
    void readersAreWelcome();
    void linkToTheSameFileIsTheSame();
    void failedOpeningFrees();
    void otherSessionsAreFree();
    void lookingDoesNotLock();

private:
    std::unique_ptr<made::Folder> m_folder;
    std::filesystem::path m_path;
};

void TestSessionLock::init()
{
    m_folder = std::make_unique<made::Folder>();
    m_path = m_folder->file("thesis.lectern");
    VERIFY_RESULT(SessionFile::create(m_path, made::session()));
}

void TestSessionLock::secondObjectIsRefused()
{
    auto first = SessionFile::open(m_path, OpenMode::readWrite);
    VERIFY_RESULT(first);
    const auto second = SessionFile::open(m_path, OpenMode::readWrite);
    VERIFY_ERROR(second, ErrorCode::busy);
    QVERIFY(second.error().message.find("already in this Lectern") != std::string::npos);
    QVERIFY(second.error().message.find(std::to_string(getpid())) != std::string::npos);
    VERIFY_RESULT((*first)->setTitle("still works"));
    first->reset();
    VERIFY_RESULT(SessionFile::open(m_path, OpenMode::readWrite));
}

void TestSessionLock::secondProcessIsRefused()
{
    const Child child(m_path);
    QCOMPARE(child.said(), std::string("open"));
    QVERIFY(SessionLock::isHeld(m_path));
    const auto mine = SessionFile::open(m_path, OpenMode::readWrite);
    VERIFY_ERROR(mine, ErrorCode::busy);
    const std::string& message = mine.error().message;
    QVERIFY2(message.find("thesis.lectern") != std::string::npos &&
                 message.find("another Lectern") != std::string::npos &&
                 message.find("process " + child.id()) != std::string::npos,
             message.c_str());
    const Child third(m_path);
    QVERIFY(third.said().find("process " + child.id()) != std::string::npos);
}

void TestSessionLock::closingFrees()
{
    Child child(m_path);
    child.close();
    QVERIFY(!SessionLock::isHeld(m_path));
    VERIFY_RESULT(SessionFile::open(m_path, OpenMode::readWrite));
    QVERIFY(!std::filesystem::exists(SessionLock::pathFor(m_path)));
}

void TestSessionLock::killingFrees()
{
    for (int round = 0; round < 3; ++round) {
        Child child(m_path);
        QCOMPARE(child.said(), std::string("open"));
        child.kill();
        QVERIFY(std::filesystem::exists(SessionLock::pathFor(m_path))); // but nobody holds it
        QVERIFY(!SessionLock::isHeld(m_path));
        VERIFY_RESULT(SessionFile::open(m_path, OpenMode::readWrite));
    }
}

void TestSessionLock::readersAreWelcome()
{
    const Child child(m_path);
    auto reader = SessionFile::open(m_path, OpenMode::readOnly);
    VERIFY_RESULT(reader);
    VERIFY_RESULT((*reader)->summary());
    VERIFY_RESULT(SessionFile::open(m_path, OpenMode::readOnly));
}

void TestSessionLock::linkToTheSameFileIsTheSame()
{
    const auto link = m_folder->file("link.lectern");
    std::filesystem::create_symlink(m_path, link);
    const auto first = SessionFile::open(link, OpenMode::readWrite);
    VERIFY_RESULT(first);
    VERIFY_ERROR(SessionFile::open(m_path, OpenMode::readWrite), ErrorCode::busy);
}

void TestSessionLock::failedOpeningFrees()
{
    const auto path = m_folder->file("foreign.lectern");
    std::fclose(std::fopen(path.c_str(), "w"));
    VERIFY_ERROR(SessionFile::open(path, OpenMode::readWrite), ErrorCode::foreignFile);
    QVERIFY(!SessionLock::isHeld(path));
    QVERIFY(!std::filesystem::exists(SessionLock::pathFor(path)));
}

void TestSessionLock::otherSessionsAreFree()
{
    const Child child(m_path);
    VERIFY_RESULT(SessionFile::create(m_folder->file("other.lectern"), made::session()));
}

void TestSessionLock::lookingDoesNotLock()
{
    for (int i = 0; i < 100; ++i) {
        QVERIFY(!SessionLock::isHeld(m_path));
        VERIFY_RESULT(SessionFile::open(m_path, OpenMode::readWrite));
    }
}

int main(int argc, char** argv)
{
    if (argc == 3 && std::strcmp(argv[1], "--hold") == 0)
        return hold(argv[2]);
    QCoreApplication application(argc, argv);
    TestSessionLock test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_session_lock.moc"
