// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "storage/session_file.h"
#include "usecases/branches.h"

using app::Branches;
using storage::MessageId;
using storage::MessageRole;

namespace {

constexpr auto kQuestion = MessageRole::user;
constexpr auto kAnswer = MessageRole::assistant;

storage::Message message(MessageId id, std::optional<MessageId> parent, MessageRole role)
{
    storage::Message made;
    made.id = id;
    made.parent = parent;
    made.role = role;
    if (!parent) {
        made.details = app::beginningDetails();
    }
    return made;
}

/// Two questions with their answers, the second question edited, its new version answered twice.
std::vector<storage::Message> edited()
{
    return {message(1, {}, kQuestion), message(2, 1, kAnswer),   message(3, 2, kQuestion),
            message(4, 3, kAnswer),    message(5, 2, kQuestion), message(6, 5, kAnswer),
            message(7, 5, kAnswer)};
}

using Path = std::vector<MessageId>;

} // namespace

class TestBranches : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theNewestIsShown();
    void aChoiceIsKept();
    void aChoiceDeepInAnotherBranchLeadsThere();
    void switchingBackFindsTheBranchAsItWas();
    void questionsOfOlderFilesFollowOneAnother();
    void theFirstQuestionCanBeEdited();
    void whatDoesNotFitIsIgnored_data();
    void whatDoesNotFitIsIgnored();
    void aMessageGetsItsNumberLater();
};

void TestBranches::theNewestIsShown()
{
    const Branches tree(edited(), {});
    QCOMPARE(tree.path(), (Path{1, 2, 5, 7}));
    QCOMPARE(tree.version(5).number, std::size_t(2));
    QCOMPARE(tree.version(5).count, std::size_t(2));
    QCOMPARE(tree.version(6).number, std::size_t(1));
    QCOMPARE(tree.version(7).count, std::size_t(2));
    QCOMPARE(tree.version(1).count, std::size_t(1));
    QVERIFY(tree.choices().empty());
}

void TestBranches::aChoiceIsKept()
{
    Branches tree(edited(), {});
    tree.choose(tree.sibling(5, -1).value());
    QCOMPARE(tree.path(), (Path{1, 2, 3, 4}));
    const Branches again(edited(), tree.choices());
    QCOMPARE(again.path(), (Path{1, 2, 3, 4}));
    QVERIFY(!again.sibling(3, -1));
    QVERIFY(!again.sibling(5, 1));
}

void TestBranches::aChoiceDeepInAnotherBranchLeadsThere()
{
    Branches tree(edited(), {});
    tree.choose(4);
    QCOMPARE(tree.path(), (Path{1, 2, 3, 4}));
    tree.choose(6);
    QCOMPARE(tree.path(), (Path{1, 2, 5, 6}));
    QCOMPARE(tree.pathTo(4), (Path{1, 2, 3, 4}));
}

void TestBranches::switchingBackFindsTheBranchAsItWas()
{
    Branches tree(edited(), {});
    tree.choose(6); // the first of two answers
    tree.choose(3);
    tree.choose(5);
    QCOMPARE(tree.path(), (Path{1, 2, 5, 6}));
}

void TestBranches::questionsOfOlderFilesFollowOneAnother()
{
    // Defect guarded against: a conversation of Lectern 0.1 shown as one question in many versions.
    std::vector<storage::Message> old{message(1, {}, kQuestion), message(2, 1, kAnswer),
                                      message(3, {}, kQuestion), message(4, 3, kAnswer)};
    for (storage::Message& each : old) {
        each.details.clear();
    }
    const Branches tree(old, {});
    QCOMPARE(tree.path(), (Path{1, 2, 3, 4}));
    QCOMPARE(tree.version(3).count, std::size_t(1));
}

void TestBranches::theFirstQuestionCanBeEdited()
{
    std::vector<storage::Message> messages = edited();
    messages.push_back(message(8, {}, kQuestion));
    const Branches tree(messages, {});
    QCOMPARE(tree.path(), (Path{8}));
    QCOMPARE(tree.version(8).count, std::size_t(2));
    QCOMPARE(tree.sibling(8, -1).value(), MessageId(1));
}

void TestBranches::whatDoesNotFitIsIgnored_data()
{
    QTest::addColumn<QByteArray>("choices");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("no JSON") << QByteArray("{\"2\":");
    QTest::newRow("a list") << QByteArray("[2, 3]");
    QTest::newRow("unknown message") << QByteArray("{\"2\": 99}");
    QTest::newRow("another's child") << QByteArray("{\"2\": 6}");
    QTest::newRow("no number") << QByteArray("{\"two\": 3, \"2\": \"3\"}");
}

void TestBranches::whatDoesNotFitIsIgnored()
{
    QFETCH(QByteArray, choices);
    const Branches tree(edited(), choices.toStdString());
    QCOMPARE(tree.path(), (Path{1, 2, 5, 7}));
    // Nor does a circle that a damaged file claims.
    std::vector<storage::Message> circle{message(1, 2, kQuestion), message(2, 1, kAnswer)};
    QCOMPARE(Branches(circle, choices.toStdString()).path(), (Path{1, 2}));
}

void TestBranches::aMessageGetsItsNumberLater()
{
    Branches tree(edited(), {});
    tree.choose(3);
    tree.add({-1, 4, kQuestion});
    tree.add({-2, -1, kAnswer});
    tree.add({-3, -1, kAnswer});
    tree.choose(-2);
    tree.renumber(-1, 8);
    tree.renumber(-2, 9);
    tree.renumber(-3, 10);
    QCOMPARE(tree.path(), (Path{1, 2, 3, 4, 8, 9}));
    QCOMPARE(tree.version(9).count, std::size_t(2));
    std::vector<storage::Message> stored = edited();
    stored.push_back(message(8, 4, kQuestion));
    stored.push_back(message(9, 8, kAnswer));
    stored.push_back(message(10, 8, kAnswer));
    QCOMPARE(Branches(stored, tree.choices()).path(), tree.path());
}

QTEST_GUILESS_MAIN(TestBranches)
#include "tst_branches.moc"
