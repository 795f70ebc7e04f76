// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrations/migration.h"

#include <QTest>

#include <array>

#include "made_session.h"
#include "sqlite/statement.h"
#include "word_tokenizer.h"

using namespace storage;

namespace {

/// What the schema of a file says, table by table.
std::string schemaOf(Database& database)
{
    std::string schema;
    Statement rows(database, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema "
                             "ORDER BY type, name");
    while (rows.step())
        schema += rows.text(0) + " " + rows.text(1) + ": " + rows.text(2) + "\n";
    return schema;
}

std::int64_t oneNumber(Database& database, const std::string& sql)
{
    Statement statement(database, sql);
    return statement.step() ? statement.integer(0) : -1;
}

} // namespace

class TestMigrations final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbersAscendByOne();
    void stepsAreAppliedOnce();
    void failedStepLeavesTheFileAsItWas();
    void keptFilesOpen_data();
    void keptFilesOpen();
    void keptSchemaIsTheReleasedOne();
};

void TestMigrations::numbersAscendByOne()
{
    int expected = 1;
    for (const Migration& step : migrations()) {
        QCOMPARE(step.version, expected++);
        QVERIFY(step.oldestReader >= 1 && step.oldestReader <= step.version);
    }
    QCOMPARE(newestSchema(), expected - 1);
}

void TestMigrations::stepsAreAppliedOnce()
{
    Database database;
    const std::array steps = {
        Migration{1, 1, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)"},
        Migration{2, 1, "CREATE TABLE added (x INTEGER)"},
        Migration{3, 3, "INSERT INTO added (x) VALUES (1)"}};
    migrate(database, std::span{steps}.first(1));
    QCOMPARE(schemaVersion(database), 1);
    migrate(database, steps);
    migrate(database, steps);
    QCOMPARE(schemaVersion(database), 3);
    QCOMPARE(oneNumber(database, "SELECT count(*) FROM added"), 1);
    QCOMPARE(oneNumber(database, "SELECT value FROM meta WHERE name = 'oldest_reader'"), 3);
}

void TestMigrations::failedStepLeavesTheFileAsItWas()
{
    Database database;
    const std::array steps = {
        Migration{1, 1, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT)"},
        Migration{2, 2, "CREATE TABLE half (x INTEGER); INSERT INTO nowhere VALUES (1)"}};
    try {
        migrate(database, steps);
        QFAIL("the broken step was accepted");
    } catch (const Failure& failure) {
        QVERIFY(failure.error.message.find("nowhere") != std::string::npos);
    }
    QCOMPARE(schemaVersion(database), 1);
    QVERIFY(!database.inTransaction());
    QCOMPARE(oneNumber(database, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    QCOMPARE(oneNumber(database, "SELECT value FROM meta WHERE name = 'oldest_reader'"), 1);
}

void TestMigrations::keptFilesOpen_data()
{
    QTest::addColumn<int>("schema");
    for (const Migration& step : migrations())
        QTest::addRow("schema %d", step.version) << step.version;
}

/// tests/data/storage/schema_N.lectern was written by the program of its time; see the README
/// there.
void TestMigrations::keptFilesOpen()
{
    QFETCH(int, schema);
    const made::Folder folder;
    const auto path = folder.file("kept.lectern");
    const auto kept = std::filesystem::path{LECTERN_TEST_DATA} / "storage" /
                      ("schema_" + std::to_string(schema) + ".lectern");
    std::filesystem::copy_file(kept, path);
    auto file = SessionFile::open(path, OpenMode::readWrite);
    VERIFY_RESULT(file);
    QCOMPARE((*file)->info().value().schemaVersion, newestSchema());
    QCOMPARE((*file)->info().value().title, std::string("Kept for tests"));
    QCOMPARE(made::differenceFrom(**file, 300, 500), std::string());
    const Source source = (*file)->sources().value().front();
    QCOMPARE(source.notes, std::vector<std::string>{"a note"});
    QCOMPARE((*file)->sourceText(source.id).value(),
             std::string("Call me Ishmael. 全文检索 of the whale."));
    QCOMPARE((*file)->messages().value().back().citations.front().quote,
             std::string("Call me Ishmael."));
    const std::vector<std::string> terms = {"检索", "whales"};
    const PassageRanking ranking = (*file)->rankPassages(terms).value();
    QCOMPARE(ranking.terms[0].documents, std::uint64_t{1});
    QCOMPARE(ranking.terms[1].documents, std::uint64_t{1});
    VERIFY_RESULT((*file)->commitReading(made::Step(300, 700, 500).commit));
    VERIFY_RESULT((*file)->verify());
}

/// A schema that was released is never edited: that would make two kinds of files of one number.
void TestMigrations::keptSchemaIsTheReleasedOne()
{
    const made::Folder folder;
    const auto path = folder.file("kept.lectern");
    std::filesystem::copy_file(
        std::filesystem::path{LECTERN_TEST_DATA} / "storage" / "schema_1.lectern", path);
    Database kept(path, Access::readOnly);
    Database made;
    registerWordTokenizer(made);
    migrate(made, migrations().first(1));
    QCOMPARE(schemaOf(kept), schemaOf(made));
}

QTEST_GUILESS_MAIN(TestMigrations)
#include "tst_migrations.moc"
