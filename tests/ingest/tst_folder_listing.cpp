// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

#include <array>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "ingest/folder_listing.h"
#include "sample_folder.h"

using namespace std::string_literals;
using ingest::ErrorCode;
using ingest::FolderListing;
using ingest::listFolder;
using ingest::SkipReason;

namespace {

std::vector<std::string> filesOf(const FolderListing& listing)
{
    std::vector<std::string> names;
    for (const auto& file : listing.files)
        names.push_back(file.relativePath.string());
    return names;
}

/// Null when the listing does not leave this out.
const ingest::SkippedEntry* skippedEntry(const FolderListing& listing, const std::string& name)
{
    for (const auto& entry : listing.skipped) {
        if (entry.relativePath == name)
            return &entry;
    }
    return nullptr;
}

/// Every path with its time of change: what a listing must leave as it was.
std::map<std::string, std::filesystem::file_time_type> stateOf(const std::filesystem::path& folder)
{
    std::map<std::string, std::filesystem::file_time_type> state;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        state[entry.path().string()] = entry.last_write_time();
    state[folder.string()] = std::filesystem::last_write_time(folder);
    return state;
}

bool runGit(const std::filesystem::path& folder, const QStringList& arguments,
            const QByteArray& input = {}, QByteArray* output = nullptr)
{
    QProcess git;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("GIT_CONFIG_GLOBAL"), QStringLiteral("/dev/null"));
    environment.insert(QStringLiteral("GIT_CONFIG_NOSYSTEM"), QStringLiteral("1"));
    git.setProcessEnvironment(environment);
    git.setWorkingDirectory(QString::fromStdString(folder.string()));
    git.start(QStringLiteral("git"), arguments);
    git.write(input);
    git.closeWriteChannel();
    const bool finished = git.waitForFinished();
    if (output != nullptr)
        *output = git.readAllStandardOutput();
    return finished && git.exitStatus() == QProcess::NormalExit && git.exitCode() <= 1;
}

} // namespace

class TestFolderListing : public QObject
{
    Q_OBJECT

private slots:
    void listsInAFixedOrder();
    void saysWhyFilesAreLeftOut_data();
    void saysWhyFilesAreLeftOut();
    void keepsWrittenCode_data();
    void keepsWrittenCode();
    void respectsIgnoreFiles();
    void respectsTheRepositoryAround();
    void listsAnIgnoredFolderThatIsAskedFor();
    void respectsRepositoriesWithin();
    void agreesWithGit();
    void writesNothing();
    void countsFilesOfFoldersLeftOut();
    void leavesDuplicatesOut();
    void passesOverLinks();
    void listsUnreadableFolders();
    void takesHiddenFilesWhenAsked();
    void refusesWhatIsNoFolder();
    void listsOnSeveralThreads();
    void cancels();
    void listsThousandsOfFiles();
};

void TestFolderListing::listsInAFixedOrder()
{
    const SampleFolder folder;
    for (const char* name : {"b/c.txt", "b.txt", "a/z.md", "a/b/x.py", "A.txt", "z.pdf"})
        folder.write(name, name == "z.pdf"s ? "%PDF-1.4" : name);
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    const std::vector<std::string> wanted{"A.txt",  "b.txt",    "z.pdf",
                                          "a/z.md", "a/b/x.py", "b/c.txt"};
    QCOMPARE(filesOf(*listing), wanted);
    QCOMPARE(listing->files[2].format, ingest::Format::pdf);
    QCOMPARE(listing->files[3].format, ingest::Format::markdown);
    QCOMPARE(listing->files[4].format, ingest::Format::sourceCode);
    QCOMPARE(listing->files[0].bytes, std::uint64_t{5});
    QCOMPARE(listing->files[0].path, std::filesystem::canonical(folder.path()) / "A.txt");
    QVERIFY(listing->skipped.empty());
}

void TestFolderListing::saysWhyFilesAreLeftOut_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<SkipReason>("reason");
    QTest::addColumn<QString>("words");
    using enum SkipReason;
    QTest::newRow("zero bytes") << "a.dat" << QByteArray("a\0b", 3) << binary << "binary";
    QTest::newRow("a picture") << "a.png" << QByteArray("\x89PNG\r\n\x1a\n") << binary << "PNG";
    QTest::newRow("a program") << "a"
                               << QByteArray("\x7F"
                                             "ELF\2\1\1\0",
                                             8)
                               << binary << "program";
    QTest::newRow("an EPUB book") << "a.epub" << QByteArray("PK\x03\x04\x0a\0\0\0", 8)
                                  << unsupportedFormat << "EPUB";
    QTest::newRow("a Word document")
        << "a.docx" << QByteArray("PK\x03\x04\x14\0\x06\0", 8) << unsupportedFormat << "Word";
    QTest::newRow("no PDF") << "a.pdf" << QByteArray("words") << unsupportedFormat << "not a PDF";
    QTest::newRow("empty") << "a.txt" << QByteArray() << empty << "empty";
    QTest::newRow("lock file") << "package-lock.json" << QByteArray("{}") << generated << "lock";
    QTest::newRow("minified by name") << "a.min.js" << QByteArray("x") << generated << "minified";
    QTest::newRow("minified by its lines")
        << "a.js" << QByteArray(9000, 'x') << generated << "minified";
    QTest::newRow("source map") << "a.js.map" << QByteArray("{}") << generated << "source map";
    QTest::newRow("Go's mark") << "a.go"
                               << QByteArray("// Code generated by protoc-gen-go. DO NOT EDIT.\n")
                               << generated << "line 1 says “Code generated";
    QTest::newRow("a mark in a block")
        << "a.h" << QByteArray("/*\n * This file was automatically generated by x.\n */\n")
        << generated << "line 2";
    QTest::newRow("@generated") << "a.py" << QByteArray("# @generated by tool\n") << generated
                                << "@generated";
    QTest::newRow("Autoconf")
        << "configure"
        << QByteArray("#! /bin/sh\n# Guess values.\n# Generated by GNU Autoconf 2.71.\n")
        << generated << "line 3";
    QTest::newRow("too large") << "a.txt" << QByteArray(2'000'000, 'x') << tooLarge
                               << "1.9 MB; the limit is 1.0 MB";
    QTest::newRow("hidden") << ".secret" << QByteArray("x") << hidden << "dot";
}

void TestFolderListing::saysWhyFilesAreLeftOut()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(SkipReason, reason);
    QFETCH(QString, words);
    const SampleFolder folder;
    folder.write(name.toStdString(), bytes.toStdString());
    ingest::ListingOptions options;
    options.maxTextBytes = std::uint64_t{1} << 20U;
    const auto listing = listFolder(folder.path(), options);
    QVERIFY(listing);
    QVERIFY(listing->files.empty());
    QCOMPARE(listing->skipped.size(), std::size_t{1});
    const auto& entry = listing->skipped.front();
    QCOMPARE(entry.relativePath.string(), name.toStdString());
    QCOMPARE(entry.reason, reason);
    QVERIFY2(QString::fromStdString(entry.words).contains(words), entry.words.c_str());
    QCOMPARE(entry.fileCount, std::uint64_t{1});
    QVERIFY(!entry.isFolder);
}

void TestFolderListing::keepsWrittenCode_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("a generator's strings")
        << "gen.py" << QByteArray("print('Code generated by gen. DO NOT EDIT.')\n");
    QTest::newRow("a sentence about generating")
        << "a.c" << QByteArray("/* Handles the events\n * generated by the user. */\n");
    QTest::newRow("a subject of its own")
        << "a.c" << QByteArray("// Events generated by the kernel arrive here.\n");
    QTest::newRow("prose with long lines") << "a.md" << QByteArray(9000, 'x');
    QTest::newRow("a text that begins like a signature")
        << "a.txt" << QByteArray("ID3 tags are old.\n");
    QTest::newRow("text in another encoding")
        << "a.txt" << QByteArray("\xCF\xF0\xE8\xE2\xE5\xF2\n");
}

void TestFolderListing::keepsWrittenCode()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    const SampleFolder folder;
    folder.write(name.toStdString(), bytes.toStdString());
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    QVERIFY2(listing->skipped.empty(),
             listing->skipped.empty() ? "" : listing->skipped.front().words.c_str());
    QCOMPARE(listing->files.size(), std::size_t{1});
}

void TestFolderListing::respectsIgnoreFiles()
{
    const SampleFolder folder; // no repository
    folder.write(".gitignore",
                 "*.log\nbuild/\n/top.txt\n!sub/back.log\ndocs/**/draft.md\n# no.txt\n");
    folder.write("sub/.gitignore", "!keep.log\n*.tmp\r\n");
    folder.write("sub/deep/.gitignore", "/only-here.txt\n!again.tmp\n");
    for (const char* name :
         {"a.log", "top.txt", "no.txt", "build/x.txt", "sub/a.log", "sub/keep.log", "sub/back.log",
          "sub/top.txt", "sub/a.tmp", "sub/deep/keep.log", "sub/deep/again.tmp",
          "sub/deep/only-here.txt", "sub/deep/more/only-here.txt", "sub/build/y.txt",
          "docs/a/b/draft.md", "docs/a/b/final.md", "build.txt"})
        folder.write(name, name);
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    const std::vector<std::string> wanted{"build.txt",
                                          "no.txt",
                                          "docs/a/b/final.md",
                                          "sub/back.log",
                                          "sub/keep.log",
                                          "sub/top.txt",
                                          "sub/deep/again.tmp",
                                          "sub/deep/keep.log",
                                          "sub/deep/more/only-here.txt"};
    QCOMPARE(filesOf(*listing), wanted);
    const auto* const build = skippedEntry(*listing, "build");
    QVERIFY(build != nullptr);
    QCOMPARE(build->reason, SkipReason::ignored);
    QVERIFY(build->isFolder);
    QVERIFY(skippedEntry(*listing, "build/x.txt") == nullptr);
    QVERIFY(skippedEntry(*listing, "sub/build") != nullptr);
}

void TestFolderListing::respectsTheRepositoryAround()
{
    const SampleFolder folder;
    folder.write(".git/info/exclude", "mine.txt\n");
    folder.write(".gitignore", "*.log\n/sub/anchored.txt\n");
    for (const char* name : {"sub/a.log", "sub/mine.txt", "sub/anchored.txt", "sub/a.txt", "b.txt"})
        folder.write(name, name);
    const auto sub = listFolder(folder.path() / "sub");
    QVERIFY(sub);
    QCOMPARE(filesOf(*sub), std::vector<std::string>{"a.txt"});
    const auto top = listFolder(folder.path());
    QCOMPARE(filesOf(*top), (std::vector<std::string>{"b.txt", "sub/a.txt"}));
    QCOMPARE(skippedEntry(*top, ".git")->reason, SkipReason::versionControl);
}

void TestFolderListing::listsAnIgnoredFolderThatIsAskedFor()
{
    const SampleFolder folder;
    folder.write(".git/HEAD", "ref: x\n");
    folder.write(".gitignore", "generated/\n");
    folder.write("generated/.gitignore", "b.txt\n");
    folder.write("generated/a.txt", "a");
    folder.write("generated/b.txt", "b");
    const auto listing = listFolder(folder.path() / "generated");
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{"a.txt"});
}

void TestFolderListing::respectsRepositoriesWithin()
{
    const SampleFolder folder;
    folder.write(".gitignore", "*.txt\n");
    folder.write("one/.git/info/exclude", "*.md\n");
    folder.write("two/.git", "gitdir: ../real/worktrees/two\n"); // a linked work tree
    folder.write("real/worktrees/two/commondir", "../..\n");
    folder.write("real/info/exclude", "*.py\n");
    for (const char* name : {"a.txt", "one/a.txt", "one/a.md", "two/a.py", "two/b.md"})
        folder.write(name, name);
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    const auto files = filesOf(*listing);
    const std::set<std::string> found(files.begin(), files.end());
    QVERIFY(!found.contains("a.txt"));
    QVERIFY(found.contains("one/a.txt")); // rules end where another repository begins
    QVERIFY(!found.contains("one/a.md"));
    QVERIFY(!found.contains("two/a.py"));
    QVERIFY(found.contains("two/b.md"));
}

void TestFolderListing::agreesWithGit()
{
    if (QStandardPaths::findExecutable(QStringLiteral("git")).isEmpty())
        QSKIP("git is not installed");
    const std::vector<std::string> names{"a", "b", "c.txt", "d.log", "build", "x y"};
    const std::vector<std::string> patterns{
        "a",    "b/",     "/a",     "*.txt",  "!c.txt",   "!d.log",  "a/b",     "a/**",     "**/b",
        "a/*",  "!a/b",   "*",      "!*/",    "build",    "/build/", "!build/", "x\\ y",    "x y",
        "[ab]", "![a]/b", "*.log ", "# note", "",         "a/**/b",  "!/b",     "!a/c.txt", "?",
        "d.*",  "!x y/",  "**/a/b", "c.txt/", "\\!c.txt", "b/c.txt", "!b/c.txt"};
    std::mt19937 random(20240501); // NOLINT: the same trees every time
    const auto pick = [&random](const std::vector<std::string>& list) {
        return list[random() % list.size()];
    };
    for (int round = 0; round < 60; ++round) {
        const SampleFolder folder;
        std::set<std::string> all;
        for (int i = 0; i < 25; ++i) {
            std::string path = pick(names);
            for (std::size_t depth = random() % 3; depth > 0; --depth)
                path += "/" + pick(names);
            std::error_code failed; // a file where a folder is wanted
            std::filesystem::create_directories((folder.path() / path).parent_path(), failed);
            if (failed || std::filesystem::is_directory(folder.path() / path))
                continue;
            folder.write(path, "content of " + path);
            all.insert(path);
        }
        for (const std::string& place : {""s, "a/"s, "a/b/"s, "build/"s}) {
            if (!std::filesystem::is_directory(folder.path() / place) || random() % 3 == 0)
                continue;
            std::string rules;
            for (std::size_t i = 1 + random() % 4; i > 0; --i)
                rules += pick(patterns) + "\n";
            folder.write(place + ".gitignore", rules);
        }
        QVERIFY(runGit(folder.path(), {QStringLiteral("init"), QStringLiteral("-q")}));
        QByteArray input;
        for (const std::string& name : all)
            input += QByteArray::fromStdString(name) + '\0';
        QByteArray output;
        QVERIFY(runGit(
            folder.path(),
            {QStringLiteral("check-ignore"), QStringLiteral("--stdin"), QStringLiteral("-z")},
            input, &output));
        std::set<std::string> wanted = all;
        for (const QByteArray& name : output.split('\0'))
            wanted.erase(name.toStdString());
        const auto listing = listFolder(folder.path());
        QVERIFY(listing);
        const auto files = filesOf(*listing);
        const std::set<std::string> found(files.begin(), files.end());
        if (found != wanted) {
            for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
                QFile file(QString::fromStdString(entry.path().string()));
                if (entry.path().filename() == ".gitignore" && file.open(QIODevice::ReadOnly))
                    qDebug() << entry.path().c_str() << file.readAll();
            }
            for (const std::string& name : all) {
                if (found.contains(name) != wanted.contains(name))
                    qDebug() << "differs:" << name.c_str()
                             << "git takes it:" << wanted.contains(name);
            }
        }
        QVERIFY(found == wanted);
    }
}

void TestFolderListing::writesNothing()
{
    const SampleFolder folder;
    folder.write(".gitignore", "*.log\n");
    folder.write("a/b.txt", "b");
    folder.write("a/c.log", "c");
    const auto before = stateOf(folder.path());
    const SampleFolder temporary;
    qputenv("TMPDIR", QByteArray::fromStdString(temporary.path().string()));
    const auto listing = listFolder(folder.path());
    qunsetenv("TMPDIR");
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{"a/b.txt"});
    QVERIFY(stateOf(folder.path()) == before);
    QVERIFY2(std::filesystem::is_empty(temporary.path()), "the scratch repository is still there");
}

void TestFolderListing::countsFilesOfFoldersLeftOut()
{
    const SampleFolder folder;
    folder.write(".gitignore", "/out\n");
    for (int i = 0; i < 30; ++i)
        folder.write("out/" + std::to_string(i % 3) + "/f" + std::to_string(i), "x");
    folder.write("node_modules/a/index.js", "x");
    folder.write("venv/pyvenv.cfg", "x");
    folder.write("cmake/CMakeCache.txt", "x");
    folder.write("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
    folder.write("src/a.c", "int a;");
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{"src/a.c"});
    QCOMPARE(skippedEntry(*listing, "out")->fileCount, std::uint64_t{30});
    QVERIFY(!skippedEntry(*listing, "out")->countIsCapped);
    for (const char* name : {"node_modules", "venv", "cmake", "cache"})
        QCOMPARE(skippedEntry(*listing, name)->reason, SkipReason::vendored);
    ingest::ListingOptions options;
    options.maxCount = 10;
    const auto capped = listFolder(folder.path(), options);
    QCOMPARE(skippedEntry(*capped, "out")->fileCount, std::uint64_t{10});
    QVERIFY(skippedEntry(*capped, "out")->countIsCapped);
}

void TestFolderListing::leavesDuplicatesOut()
{
    const SampleFolder folder;
    folder.write("a/LICENSE", "the same words");
    folder.write("b/LICENSE", "the same words");
    folder.write("b/OTHER", "the same size!");
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), (std::vector<std::string>{"a/LICENSE", "b/OTHER"}));
    QCOMPARE(skippedEntry(*listing, "b/LICENSE")->reason, SkipReason::duplicate);
    QCOMPARE(skippedEntry(*listing, "b/LICENSE")->words, "the same content as a/LICENSE"s);
}

void TestFolderListing::passesOverLinks()
{
    const SampleFolder folder;
    folder.write("a/b.txt", "b");
    std::filesystem::create_directory_symlink("..", folder.path() / "a/loop");
    std::filesystem::create_symlink("b.txt", folder.path() / "a/link.txt");
    std::filesystem::create_symlink("nowhere", folder.path() / "broken");
    QCOMPARE(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
    const auto listing = listFolder(folder.path());
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{"a/b.txt"});
    QCOMPARE(skippedEntry(*listing, "a/loop")->words, "a link to .."s);
    QCOMPARE(skippedEntry(*listing, "a/link.txt")->reason, SkipReason::symbolicLink);
    QCOMPARE(skippedEntry(*listing, "broken")->reason, SkipReason::symbolicLink);
    QCOMPARE(skippedEntry(*listing, "pipe")->reason, SkipReason::special);
    // The folder itself may be given by a link.
    std::filesystem::create_directory_symlink("a", folder.path() / "way");
    QCOMPARE(filesOf(*listFolder(folder.path() / "way")), std::vector<std::string>{"b.txt"});
}

void TestFolderListing::listsUnreadableFolders()
{
    const SampleFolder folder;
    folder.write("closed/a.txt", "a");
    folder.write("secret.txt", "s");
    folder.write("open.txt", "o");
    using std::filesystem::perms;
    std::filesystem::permissions(folder.path(), perms::all);
    std::filesystem::permissions(folder.path() / "closed", perms::none);
    std::filesystem::permissions(folder.path() / "secret.txt", perms::none);
    const bool isRoot = ::geteuid() == 0; // whom permissions do not bind
    if (isRoot)
        QCOMPARE(::seteuid(65534), 0);
    const auto listing = listFolder(folder.path());
    const auto closed = listFolder(folder.path() / "closed");
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    std::filesystem::permissions(folder.path() / "closed", perms::all);
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{"open.txt"});
    QCOMPARE(skippedEntry(*listing, "closed")->reason, SkipReason::unreadable);
    QVERIFY(skippedEntry(*listing, "closed")->isFolder);
    QCOMPARE(skippedEntry(*listing, "secret.txt")->reason, SkipReason::unreadable);
    QVERIFY(!closed);
    QCOMPARE(closed.error().code, ErrorCode::io);
}

void TestFolderListing::takesHiddenFilesWhenAsked()
{
    const SampleFolder folder;
    folder.write(".github/ci.yml", "a: b\n");
    folder.write(".git/config", "x");
    ingest::ListingOptions options;
    options.includeHidden = true;
    const auto listing = listFolder(folder.path(), options);
    QVERIFY(listing);
    QCOMPARE(filesOf(*listing), std::vector<std::string>{".github/ci.yml"});
}

void TestFolderListing::refusesWhatIsNoFolder()
{
    const SampleFolder folder;
    const auto file = folder.write("a.txt", "a");
    QCOMPARE(listFolder(file).error().code, ErrorCode::wrongKind);
    QCOMPARE(listFolder(folder.path() / "none").error().code, ErrorCode::notFound);
    QVERIFY(listFolder(folder.path() / "none").error().message.find("none") != std::string::npos);
}

void TestFolderListing::listsOnSeveralThreads()
{
    const SampleFolder folder;
    folder.write(".gitignore", "*.log\n");
    for (int i = 0; i < 20; ++i)
        folder.write("f" + std::to_string(i) + (i % 2 == 0 ? ".log" : ".txt"), std::to_string(i));
    std::array<std::size_t, 4> found{};
    {
        std::vector<std::jthread> threads;
        for (std::size_t& count : found)
            threads.emplace_back([&] { count = listFolder(folder.path())->files.size(); });
    }
    for (const std::size_t count : found)
        QCOMPARE(count, std::size_t{10});
}

void TestFolderListing::cancels()
{
    const SampleFolder folder;
    folder.write("a.txt", "a");
    std::stop_source stop;
    stop.request_stop();
    const auto listing = listFolder(folder.path(), {}, stop.get_token());
    QVERIFY(!listing);
    QCOMPARE(listing.error().code, ErrorCode::cancelled);
}

void TestFolderListing::listsThousandsOfFiles()
{
    const SampleFolder folder;
    folder.write(".gitignore", "*.o\n");
    for (int i = 0; i < 5000; ++i)
        folder.write("d" + std::to_string(i % 50) + "/f" + std::to_string(i) +
                         (i % 5 == 0 ? ".o" : ".c"),
                     "int f" + std::to_string(i) + ";\n");
    std::size_t calls = 0;
    ingest::ListingOptions options;
    options.progress = [&calls](std::size_t) { ++calls; };
    QElapsedTimer timer;
    timer.start();
    const auto listing = listFolder(folder.path(), options);
    QVERIFY(listing);
    QCOMPARE(listing->files.size(), std::size_t{4000});
    QCOMPARE(listing->skipped.size(), std::size_t{1001}); // and .gitignore itself
    QVERIFY(calls > 10);
    // A second or two where nothing else runs; a minute is a defect on any machine.
    QVERIFY2(timer.elapsed() < 60'000, qPrintable(QString::number(timer.elapsed())));
}

QTEST_GUILESS_MAIN(TestFolderListing)
#include "tst_folder_listing.moc"
