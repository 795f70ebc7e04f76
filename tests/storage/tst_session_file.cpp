// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/session_file.h"

#include <fstream>
#include <thread>

#include <QTest>
#include <sqlite3.h>

#include "made_session.h"
#include "sqlite/database.h"

using namespace storage;

namespace {

void write(const std::filesystem::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary) << bytes;
}

/// Makes a session with something in it and closes it.
void makeSession(const std::filesystem::path& path)
{
    auto file = SessionFile::create(path, made::session());
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->addSource(made::source(), std::string(50'000, 'x'), {}));
    VERIFY_RESULT((*file)->commitReading(made::Step(0, 2048).commit));
}

void change(const std::filesystem::path& path, const std::string& sql)
{
    Database(path, Access::readWrite).execute(sql);
}

} // namespace

class TestSessionFile final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsItsHead();
    void keepsValues();
    void existingFileIsNotOverwritten();
    void missingFileIsNotFound();
    void missingFolderIsAnError();
    void foreignFileIsRefused_data();
    void foreignFileIsRefused();
    void foreignDatabaseIsRefused();
    void newerFileIsRefused();
    void newerFileThatThisProgramCanReadIsOpened();
    void truncatedFileIsDamaged();
    void damagedStructureIsFoundAndSticks();
    void readOnlyRefusesEveryChange();
    void writeProtectedFileIsReadable();
    void closedSessionIsOneFile();
    void duplicateIsEqualAndIndependent();
    void twoThreadsAtOnceAreRefused();
    void changesTogetherAreOneTransaction();
    void failedGroupLeavesNothing();
    void groupsDoNotNest();
    void namesAreStable();
};

void TestSessionFile::keepsItsHead()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    const Timestamp before = now();
    {
        auto file = SessionFile::create(path, made::session("Große Wale"));
        VERIFY_RESULT(file);
        VERIFY_RESULT((*file)->setTitle("Große Wale, zweite Fassung"));
        VERIFY_RESULT((*file)->touch());
    }
    auto file = SessionFile::open(path, OpenMode::readOnly);
    VERIFY_RESULT(file);
    QCOMPARE((*file)->path(), std::filesystem::canonical(path));
    const auto info = (*file)->info();
    VERIFY_RESULT(info);
    QCOMPARE(info->title, std::string("Große Wale, zweite Fassung"));
    QCOMPARE(info->programVersion, std::string("0.1.0"));
    QCOMPARE(info->schemaVersion, 2);
    QVERIFY(info->model == made::session().model);
    QVERIFY(info->created >= before && info->created <= info->lastUsed);
    QVERIFY(info->lastUsed <= now());
    const auto summary = (*file)->summary();
    VERIFY_RESULT(summary);
    QCOMPARE(summary->sourceCount, std::uint64_t{0});
    QCOMPARE(summary->fileBytes, std::uint64_t{std::filesystem::file_size(path)});
}

void TestSessionFile::keepsValues()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    auto none = (*file)->value("reader");
    VERIFY_RESULT(none);
    QVERIFY(!none->has_value());
    VERIFY_RESULT((*file)->setValue("reader", "page 3"));
    VERIFY_RESULT((*file)->setValue("reader", "page 4"));
    VERIFY_RESULT((*file)->setValue("empty", ""));
    QCOMPARE((*file)->value("reader").value().value(), std::string("page 4"));
    QCOMPARE((*file)->value("empty").value().value(), std::string());
}

void TestSessionFile::existingFileIsNotOverwritten()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    write(path, "my thesis");
    VERIFY_ERROR(SessionFile::create(path, made::session()), ErrorCode::alreadyExists);
    std::ifstream file(path);
    std::string kept;
    std::getline(file, kept);
    QCOMPARE(kept, std::string("my thesis"));
}

void TestSessionFile::missingFileIsNotFound()
{
    const made::Folder folder;
    const auto path = folder.file("none.lectern");
    const auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_ERROR(file, ErrorCode::notFound);
    QVERIFY(file.error().message.find("none.lectern") != std::string::npos);
    QVERIFY(std::filesystem::is_empty(folder.path()));
}

void TestSessionFile::missingFolderIsAnError()
{
    const made::Folder folder;
    VERIFY_ERROR(SessionFile::create(folder.path() / "no" / "a.lectern", made::session()),
                 ErrorCode::io);
}

void TestSessionFile::foreignFileIsRefused_data()
{
    QTest::addColumn<std::string>("bytes");
    QTest::newRow("nothing in it") << std::string();
    QTest::newRow("a short text") << std::string("hello");
    QTest::newRow("a long text") << std::string(100'000, 'h');
    QTest::newRow("begins like a PDF") << "%PDF-1.7\n" + std::string(5000, '\0');
}

void TestSessionFile::foreignFileIsRefused()
{
    QFETCH(std::string, bytes);
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    write(path, bytes);
    for (const OpenMode mode : {OpenMode::readWrite, OpenMode::readOnly}) {
        const auto file = SessionFile::open(path, mode);
        VERIFY_ERROR(file, ErrorCode::foreignFile);
        QVERIFY(file.error().message.find("a.lectern") != std::string::npos);
    }
    QCOMPARE(std::uint64_t{std::filesystem::file_size(path)}, std::uint64_t{bytes.size()});
}

void TestSessionFile::foreignDatabaseIsRefused()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    Database(path, Access::create).execute("CREATE TABLE bookmark (url TEXT)");
    VERIFY_ERROR(SessionFile::open(path, OpenMode::readWrite), ErrorCode::foreignFile);
    change(path, "PRAGMA application_id = 77; PRAGMA user_version = 1");
    VERIFY_ERROR(SessionFile::open(path, OpenMode::readWrite), ErrorCode::foreignFile);
}

void TestSessionFile::newerFileIsRefused()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    change(path, "PRAGMA user_version = 7;"
                 "UPDATE meta SET value = '5' WHERE name = 'oldest_reader'");
    for (const OpenMode mode : {OpenMode::readWrite, OpenMode::readOnly}) {
        const auto file = SessionFile::open(path, mode);
        VERIFY_ERROR(file, ErrorCode::newerFile);
        QVERIFY(file.error().message.find("schema 7") != std::string::npos);
    }
}

void TestSessionFile::newerFileThatThisProgramCanReadIsOpened()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    change(path, "PRAGMA user_version = 7;"
                 "UPDATE meta SET value = '1' WHERE name = 'oldest_reader'");
    auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    QCOMPARE((*file)->info().value().schemaVersion, 7);
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
}

void TestSessionFile::truncatedFileIsDamaged()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    const auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_ERROR(file, ErrorCode::damaged);
    QVERIFY(file.error().message.find("a.lectern") != std::string::npos);
}

void TestSessionFile::damagedStructureIsFoundAndSticks()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    {
        // All but the first page, which holds the schema.
        std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(8192);
        const std::string rubbish(std::filesystem::file_size(path) - 8192, '\xa5');
        bytes << rubbish;
    }
    auto file = SessionFile::open(path, OpenMode::readOnly);
    if (!file) {
        VERIFY_ERROR(file, ErrorCode::damaged);
        return;
    }
    const auto first = (*file)->sources();
    VERIFY_ERROR(first, ErrorCode::damaged);
    const auto later = (*file)->info();
    VERIFY_ERROR(later, ErrorCode::damaged);
    QCOMPARE(later.error().message, first.error().message);
}

void TestSessionFile::readOnlyRefusesEveryChange()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    auto file = SessionFile::open(path, OpenMode::readOnly);
    VERIFY_RESULT(file);
    VERIFY_ERROR((*file)->setTitle("x"), ErrorCode::readOnly);
    VERIFY_ERROR((*file)->addSource(made::source(), "x", {}), ErrorCode::readOnly);
    VERIFY_ERROR((*file)->commitReading(made::Step(2048, 4096).commit), ErrorCode::readOnly);
    VERIFY_ERROR((*file)->addMessage({}), ErrorCode::readOnly);
    VERIFY_ERROR((*file)->rewindTo(0), ErrorCode::readOnly);
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
}

void TestSessionFile::writeProtectedFileIsReadable()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    makeSession(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    auto file = SessionFile::open(path, OpenMode::readOnly);
    VERIFY_RESULT(file);
    QCOMPARE(made::differenceFrom(**file, 2048), std::string());
}

void TestSessionFile::closedSessionIsOneFile()
{
    const made::Folder folder;
    makeSession(folder.file("a.lectern"));
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        names.push_back(entry.path().filename().string());
    QCOMPARE(names, std::vector<std::string>{"a.lectern"});
}

void TestSessionFile::duplicateIsEqualAndIndependent()
{
    const made::Folder folder;
    const auto path = folder.file("a.lectern");
    const auto copyPath = folder.file("b.lectern");
    makeSession(path);
    auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    VERIFY_RESULT((*file)->duplicate(copyPath));
    VERIFY_ERROR((*file)->duplicate(copyPath), ErrorCode::alreadyExists);
    VERIFY_RESULT((*file)->commitReading(made::Step(2048, 4096).commit));

    auto copy = SessionFile::open(copyPath, OpenMode::readWrite);
    VERIFY_RESULT(copy);
    QCOMPARE(made::differenceFrom(**copy, 2048), std::string());
    QCOMPARE(made::differenceFrom(**file, 4096), std::string());
    VERIFY_RESULT((*copy)->verify());
}

void TestSessionFile::twoThreadsAtOnceAreRefused()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    std::atomic<int> refused = 0;
    std::atomic<int> wrong = 0;
    const auto work = [&] {
        for (int i = 0; i < 300; ++i) {
            const auto result = (*file)->info();
            if (!result)
                ++(result.error().code == ErrorCode::badInput ? refused : wrong);
        }
    };
    {
        const std::jthread first(work);
        const std::jthread second(work);
    }
    QCOMPARE(wrong.load(), 0); // refused or right, never a crash and never another failure
    VERIFY_RESULT((*file)->info());
}

void TestSessionFile::changesTogetherAreOneTransaction()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    auto reader = SessionFile::open((*file)->path(), OpenMode::readOnly);
    VERIFY_RESULT(reader);
    const auto result = (*file)->together([&]() -> Result<void> {
        for (int i = 0; i < 100; ++i) {
            const auto id = (*file)->addSource(made::source(), "one two", {});
            if (!id)
                return tl::unexpected<Error>(id.error());
            const std::vector<NewPassage> passages = {{{0, 3}, {0, 1}, ""}};
            if (const auto added = (*file)->appendPassages(*id, passages); !added)
                return added;
        }
        // Its own changes are seen, and nobody else sees them yet.
        if ((*file)->passages().value().size() != 100 || !(*reader)->sources().value().empty())
            return fail(ErrorCode::badInput, "seen by the wrong one");
        return {};
    });
    VERIFY_RESULT(result);
    QCOMPARE((*reader)->sources().value().size(), std::size_t{100});
    VERIFY_RESULT((*file)->setTitle("and on as before"));
}

void TestSessionFile::failedGroupLeavesNothing()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session("before"));
    VERIFY_RESULT(file);
    // A failure that the caller overlooks counts too, and nothing after it is kept.
    const auto overlooked = (*file)->together([&]() -> Result<void> {
        (void)(*file)->setTitle("after");
        (void)(*file)->updateSource(77, {});
        (void)(*file)->setValue("x", "y");
        return {};
    });
    VERIFY_ERROR(overlooked, ErrorCode::notFound);
    const auto given = (*file)->together([&]() -> Result<void> {
        (void)(*file)->setTitle("after");
        return fail(ErrorCode::badInput, "changed my mind");
    });
    VERIFY_ERROR(given, ErrorCode::badInput);
    QCOMPARE((*file)->info().value().title, std::string("before"));
    QVERIFY(!(*file)->value("x").value().has_value());
    VERIFY_RESULT((*file)->setTitle("works again"));
}

void TestSessionFile::groupsDoNotNest()
{
    const made::Folder folder;
    auto file = SessionFile::create(folder.file("a.lectern"), made::session());
    VERIFY_RESULT(file);
    const auto nested =
        (*file)->together([&] { return (*file)->together([] { return Result<void>{}; }); });
    VERIFY_ERROR(nested, ErrorCode::badInput);
    VERIFY_RESULT((*file)->setTitle("works"));
}

void TestSessionFile::namesAreStable()
{
    QCOMPARE(sourceStateName(SourceState::leftOut), std::string_view("left-out"));
    QCOMPARE(sourceStateName(SourceState::ready), std::string_view("ready"));
    QCOMPARE(citationStateName(CitationState::close), std::string_view("close"));
}

QTEST_GUILESS_MAIN(TestSessionFile)
#include "tst_session_file.moc"
