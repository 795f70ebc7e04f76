// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/session_library.h"

#include <fstream>
#include <thread>

#include <QTest>

#include "made_session.h"
#include "sqlite/database.h"

using namespace storage;

class TestSessionLibrary final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void makesItsFolder();
    void listsNewestFirst();
    void listsWhileASessionIsOpen();
    void listsWhatCannotBeRead();
    void overlooksOtherFiles();
    void namesFromTitles_data();
    void namesFromTitles();
    void uniqueNames();
    void resolves();
    void duplicates();
    void trashAndBack();
    void crashedSessionIsTrashedWhole();
    void openSessionIsNotTrashed();
    void emptiesTheTrash();

private:
    void make(const std::string& title);

    std::unique_ptr<made::Folder> m_folder;
    std::optional<SessionLibrary> m_library;
};

void TestSessionLibrary::init()
{
    m_folder = std::make_unique<made::Folder>();
    auto library = SessionLibrary::open(m_folder->path() / "share" / "lectern");
    VERIFY_RESULT(library);
    m_library = std::move(*library);
}

void TestSessionLibrary::cleanup()
{
    m_folder.reset();
}

void TestSessionLibrary::make(const std::string& title)
{
    VERIFY_RESULT(m_library->create(made::session(title)));
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // times differ
}

void TestSessionLibrary::makesItsFolder()
{
    QVERIFY(std::filesystem::is_directory(m_folder->path() / "share" / "lectern"));
    QVERIFY(m_library->sessions().value().empty());
    std::ofstream(m_folder->file("file")) << "x";
    VERIFY_ERROR(SessionLibrary::open(m_folder->file("file")), ErrorCode::io);
}

void TestSessionLibrary::listsNewestFirst()
{
    make("first");
    make("second");
    make("third");
    VERIFY_RESULT(
        SessionFile::open(m_library->pathFor("first"), OpenMode::readWrite).value()->touch());
    const auto sessions = m_library->sessions();
    VERIFY_RESULT(sessions);
    std::vector<std::string> names;
    for (const LibraryEntry& entry : *sessions) {
        names.push_back(entry.name);
        QVERIFY(entry.summary.has_value() && !entry.problem && !entry.openForWriting);
        QCOMPARE(entry.path, m_library->pathFor(entry.name));
    }
    QCOMPARE(names, (std::vector<std::string>{"first", "third", "second"}));
}

void TestSessionLibrary::listsWhileASessionIsOpen()
{
    make("open");
    auto file = SessionFile::open(m_library->pathFor("open"), OpenMode::readWrite);
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->addSource(made::source(), "text", {}));
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 300).commit));
    const LibraryEntry entry = m_library->sessions().value().front();
    QVERIFY(entry.openForWriting);
    QCOMPARE(entry.summary->info.title, std::string("open"));
    QCOMPARE(entry.summary->sourceCount, std::uint64_t{1});
    QCOMPARE(entry.summary->tokensRead, std::uint64_t{300});
    QVERIFY(entry.summary->fileBytes > 10'000);
    VERIFY_RESULT((*file)->commitReading(made::Step(300, 600).commit)); // and was not disturbed
}

void TestSessionLibrary::listsWhatCannotBeRead()
{
    make("good");
    std::ofstream(m_library->pathFor("bad")) << "no session";
    const auto sessions = m_library->sessions().value();
    QCOMPARE(sessions.size(), std::size_t{2});
    QCOMPARE(sessions[1].name, std::string("bad"));
    QVERIFY(!sessions[1].summary);
    QVERIFY(sessions[1].problem->code == ErrorCode::foreignFile);
}

void TestSessionLibrary::overlooksOtherFiles()
{
    std::ofstream(m_library->folder() / "notes.txt") << "x";
    std::ofstream(m_library->folder() / ".hidden.lectern") << "x";
    std::filesystem::create_directory(m_library->folder() / "folder.lectern");
    QVERIFY(m_library->sessions().value().empty());
}

void TestSessionLibrary::namesFromTitles_data()
{
    QTest::addColumn<std::string>("title");
    QTest::addColumn<std::string>("wanted");
    const auto row = [](const char* name, const std::string& title, const std::string& wanted) {
        QTest::newRow(name) << title << wanted;
    };
    row("plain", "Thesis", "Thesis");
    row("other scripts", "論文 für Größe", "論文 für Größe");
    row("slashes and signs", "a/b\\c: \"d\"?", "a b c d");
    row("dots", "../..", "Untitled session");
    row("hidden", ".profile", "profile");
    row("blanks", "  a  ", "a");
    row("empty", "", "Untitled session");
    row("line break", "a\nb", "a b");
    row("long", std::string(500, 'x'), std::string(120, 'x'));
    row("not UTF-8", "a\xff", "a");
}

void TestSessionLibrary::namesFromTitles()
{
    QFETCH(std::string, title);
    QFETCH(std::string, wanted);
    QCOMPARE(m_library->uniqueName(title).value(), wanted);
    VERIFY_RESULT(m_library->create(made::session(title)));
    QCOMPARE(m_library->sessions().value().front().summary->info.title, title);
}

void TestSessionLibrary::uniqueNames()
{
    make("Thesis");
    QCOMPARE(m_library->uniqueName("Thesis").value(), std::string("Thesis 2"));
    make("Thesis");
    QCOMPARE(m_library->uniqueName("thesis").value(), std::string("thesis 3"));
    QVERIFY(std::filesystem::exists(m_library->pathFor("Thesis 2")));
}

void TestSessionLibrary::resolves()
{
    make("Thesis");
    const auto path = m_library->pathFor("Thesis");
    for (const std::string& typed : {std::string("Thesis"), std::string("thesis"),
                                     std::string("Thesis.lectern"), path.string()}) {
        const auto found = m_library->resolve(typed);
        VERIFY_RESULT(found);
        QVERIFY(std::filesystem::equivalent(*found, path));
    }
    const auto none = m_library->resolve("Thesi");
    VERIFY_ERROR(none, ErrorCode::notFound);
    QVERIFY(none.error().message.find(m_library->folder().string()) != std::string::npos);
    make("THESIS!");
    std::filesystem::rename(m_library->pathFor("THESIS!"), m_library->pathFor("THESIS"));
    QVERIFY(m_library->resolve("THESIS").value() == m_library->pathFor("THESIS"));
    VERIFY_ERROR(m_library->resolve("thesis"), ErrorCode::notFound);
}

void TestSessionLibrary::duplicates()
{
    make("Thesis");
    const auto file = SessionFile::open(m_library->pathFor("Thesis"), OpenMode::readWrite);
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 300).commit));
    const auto copy = m_library->duplicate(m_library->pathFor("Thesis"), "Thesis (copy)");
    VERIFY_RESULT(copy);
    auto opened = SessionFile::open(*copy, OpenMode::readWrite);
    VERIFY_RESULT(opened);
    QCOMPARE((*opened)->info().value().title, std::string("Thesis (copy)"));
    QCOMPARE(made::differenceFrom(**opened, 300), std::string());
}

void TestSessionLibrary::trashAndBack()
{
    make("Thesis");
    const auto trashed = m_library->moveToTrash(m_library->pathFor("Thesis"));
    VERIFY_RESULT(trashed);
    QVERIFY(std::filesystem::exists(*trashed));
    QVERIFY(m_library->sessions().value().empty());
    make("Thesis"); // its name is taken meanwhile
    const auto back = m_library->restore(*trashed);
    VERIFY_RESULT(back);
    QCOMPARE(*back, m_library->pathFor("Thesis 2"));
    QCOMPARE(m_library->sessions().value().size(), std::size_t{2});
    VERIFY_ERROR(m_library->restore(*trashed), ErrorCode::notFound);
    VERIFY_ERROR(m_library->moveToTrash(m_library->pathFor("none")), ErrorCode::notFound);
}

void TestSessionLibrary::crashedSessionIsTrashedWhole()
{
    make("Thesis");
    const auto path = m_library->pathFor("Thesis");
    const auto crashed = m_library->pathFor("Crashed");
    VERIFY_RESULT(SessionFile::open(path, OpenMode::readWrite)
                      .value()
                      ->commitReading(made::Step(0, 2048).commit));
    {
        Database database(path, Access::readWrite); // a commit that never ended
        database.execute("PRAGMA cache_size = 10; BEGIN IMMEDIATE;"
                         "UPDATE row_block SET rows = randomblob(length(rows))");
        std::filesystem::copy_file(path, crashed);
        std::filesystem::copy_file(path.string() + "-journal", crashed.string() + "-journal");
    }
    const auto trashed = m_library->moveToTrash(crashed);
    VERIFY_RESULT(trashed);
    QVERIFY(!std::filesystem::exists(crashed.string() + "-journal"));
    auto file = SessionFile::open(*trashed, OpenMode::readOnly);
    VERIFY_RESULT(file);
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
}

void TestSessionLibrary::openSessionIsNotTrashed()
{
    make("Thesis");
    const auto file = SessionFile::open(m_library->pathFor("Thesis"), OpenMode::readWrite);
    VERIFY_RESULT(file);
    VERIFY_ERROR(m_library->moveToTrash(m_library->pathFor("Thesis")), ErrorCode::busy);
    QVERIFY(std::filesystem::exists(m_library->pathFor("Thesis")));
}

void TestSessionLibrary::emptiesTheTrash()
{
    QCOMPARE(m_library->emptyTrash(std::chrono::hours(0)).value(), std::size_t{0});
    make("old");
    make("new");
    const auto old = m_library->moveToTrash(m_library->pathFor("old"));
    VERIFY_RESULT(old);
    const auto recent = m_library->moveToTrash(m_library->pathFor("new"));
    VERIFY_RESULT(recent);
    std::filesystem::last_write_time(*old, std::filesystem::file_time_type::clock::now() -
                                               std::chrono::hours(24 * 31));
    QCOMPARE(m_library->emptyTrash(std::chrono::hours(24 * 30)).value(), std::size_t{1});
    QVERIFY(!std::filesystem::exists(*old));
    QVERIFY(std::filesystem::exists(*recent));
}

QTEST_GUILESS_MAIN(TestSessionLibrary)
#include "tst_session_library.moc"
