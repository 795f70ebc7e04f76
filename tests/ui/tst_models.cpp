// SPDX-License-Identifier: GPL-3.0-or-later
#include "fake_ports.h"
#include "models/add_preview_model.h"
#include "models/citation_list_model.h"
#include "models/search_hit_model.h"
#include "models/session_list_model.h"
#include "models/source_tree_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace ui;
using Mode = QAbstractItemModelTester::FailureReportingMode;

namespace {

SessionSummary session(const char* id)
{
    SessionSummary summary;
    summary.id = QLatin1String(id);
    summary.title = QLatin1String("Session ") + summary.id;
    return summary;
}

Source codeFile(const char* id, const char* path, qint64 tokens)
{
    Source source =
        test::makeSource(QLatin1String(id), QLatin1String(path), tokens, SourceFormat::code);
    source.folder = QStringLiteral("linux");
    source.relativePath = QLatin1String(path);
    return source;
}

AddItem item(int id, AddVerdict verdict, qint64 tokens, AddNeed need = AddNeed::none,
             const char* group = "")
{
    AddItem made;
    made.id = id;
    made.name = QStringLiteral("file%1").arg(id);
    made.verdict = verdict;
    made.tokens = tokens;
    made.need = need;
    made.reasonGroup = QLatin1String(group);
    return made;
}

QStringList ids(const SessionListModel& model)
{
    QStringList list;
    for (int row = 0; row < model.rowCount(); ++row) {
        list << model.index(row).data(SessionListModel::idRole).toString();
    }
    return list;
}

} // namespace

class TestModels final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sessions_keep_their_rows_over_a_refresh()
    {
        SessionListModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        model.setSessions({session("a"), session("b"), session("c")});
        const QPersistentModelIndex b(model.index(1));
        model.setSessions({session("c"), session("d"), session("b")});
        QCOMPARE(ids(model),
                 (QStringList{QStringLiteral("c"), QStringLiteral("d"), QStringLiteral("b")}));
        QVERIFY(b.isValid());
        QCOMPARE(b.row(), 2);
        model.setSessions({});
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!b.isValid());
    }

    void sessions_are_renamed_in_place()
    {
        SessionListModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        model.setSessions({session("a")});
        QSignalSpy renamed(&model, &SessionListModel::renamed);
        QVERIFY(!model.setData(model.index(0), QStringLiteral("  "), Qt::EditRole));
        QVERIFY(model.setData(model.index(0), QStringLiteral(" Thesis "), Qt::EditRole));
        QCOMPARE(renamed.count(), 1);
        QCOMPARE(renamed.at(0).at(1).toString(), QStringLiteral("Thesis"));
    }

    void sources_stand_in_folders()
    {
        SourceTreeModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        model.setSources({test::makeSource(QStringLiteral("book"), QStringLiteral("Book"), 10),
                          codeFile("c1", "sched/core.c", 100), codeFile("c2", "sched/fair.c", 200),
                          codeFile("c3", "README", 5)});
        QCOMPARE(model.rowCount(), 2);
        const QModelIndex folder = model.index(1, 0);
        QCOMPARE(folder.data().toString(), QStringLiteral("linux"));
        QCOMPARE(folder.data(SourceTreeModel::tokensRole).toLongLong(), 305);
        QCOMPARE(folder.data(SourceTreeModel::stateTextRole).toString(), QStringLiteral("3 files"));
        QCOMPARE(model.rowCount(folder), 2);
        const QModelIndex fair = model.indexOf(QStringLiteral("c2"));
        QCOMPARE(fair.data().toString(), QStringLiteral("fair.c"));
        QCOMPARE(fair.parent().data().toString(), QStringLiteral("sched"));
        QCOMPARE(fair.parent().parent(), folder);
        QVERIFY(model.sourceAt(folder) == nullptr);
        QCOMPARE(model.sourceAt(fair)->id, QStringLiteral("c2"));
    }

    void a_folder_shows_the_most_pressing_state()
    {
        SourceTreeModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        Source core = codeFile("c1", "core.c", 100);
        model.setSources({core, codeFile("c2", "fair.c", 200)});
        QSignalSpy changed(&model, &SourceTreeModel::dataChanged);
        core.state = SourceState::reading;
        core.done = 40;
        core.total = 100;
        model.updateSource(core);
        QCOMPARE(changed.count(), 2); // the file and its folder
        const QModelIndex folder = model.index(0, 0);
        QCOMPARE(folder.data(SourceTreeModel::stateRole).toInt(),
                 static_cast<int>(SourceState::reading));
        QCOMPARE(folder.data(SourceTreeModel::progressRole).toDouble(), 0.8);
        QCOMPARE(folder.data(SourceTreeModel::stateTextRole).toString(),
                 QStringLiteral("1 of 2 files read"));
        core.state = SourceState::failed;
        model.updateSource(core);
        QCOMPARE(folder.data(SourceTreeModel::stateTextRole).toString(),
                 QStringLiteral("2 files, 1 could not be read"));
        core.state = SourceState::changed;
        model.updateSource(core);
        QCOMPARE(folder.data(SourceTreeModel::stateTextRole).toString(),
                 QStringLiteral("2 files, 1 changed on disk"));
        model.updateSource(test::makeSource(QStringLiteral("unknown"), QString(), 1));
    }

    void a_preview_groups_and_chooses()
    {
        AddPreviewModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        AddPreview preview;
        preview.items = {item(0, AddVerdict::willBeAdded, 100),
                         item(1, AddVerdict::willBeAdded, 50),
                         item(2, AddVerdict::needsYou, 30, AddNeed::confirm),
                         item(3, AddVerdict::needsYou, -1, AddNeed::password),
                         item(4, AddVerdict::skipped, -1, AddNeed::none, "binary"),
                         item(5, AddVerdict::skipped, -1, AddNeed::none, "ignored by .gitignore"),
                         item(6, AddVerdict::skipped, -1, AddNeed::none, "binary")};
        QSignalSpy choice(&model, &AddPreviewModel::choiceChanged);
        model.setPreview(preview);
        QCOMPARE(choice.count(), 1);
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.chosen(), (QList<int>{0, 1}));
        QCOMPARE(model.chosenTokens(), 150);
        const QModelIndex skipped = model.index(2, 0);
        QCOMPARE(skipped.data().toString(), QStringLiteral("Skipped: 3"));
        QCOMPARE(model.rowCount(skipped), 2);
        QCOMPARE(model.index(0, 0, skipped).data().toString(), QStringLiteral("binary: 2"));
        // A confirmed doubt joins, a locked file cannot be ticked, a skipped one neither.
        const QModelIndex needs = model.index(1, 0);
        QVERIFY(model.setData(model.index(0, 0, needs), Qt::Checked, Qt::CheckStateRole));
        QVERIFY(!model.setData(model.index(1, 0, needs), Qt::Checked, Qt::CheckStateRole));
        const QModelIndex binary = model.index(0, 0, skipped);
        QVERIFY(!model.setData(model.index(0, 0, binary), Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(model.chosen(), (QList<int>{0, 1, 2}));
        // The right password moves it up.
        AddItem opened = item(3, AddVerdict::willBeAdded, 70);
        model.updateItem(opened);
        QCOMPARE(model.count(AddVerdict::willBeAdded), 3);
        QCOMPARE(model.chosenTokens(), 250);
    }

    void citations_say_everything_in_their_accessible_text()
    {
        CitationListModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        Citation citation =
            test::makeCitation(1, QStringLiteral("m"), QStringLiteral("Moby-Dick"), {0, 5},
                               QStringLiteral("Call me Ishmael"), CitationState::checking);
        citation.place.page = 27;
        model.setAnswer(QStringLiteral("a"), {});
        model.add(citation);
        citation.state = CitationState::exact;
        model.add(citation);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.index(0).data(Qt::AccessibleTextRole).toString(),
                 QStringLiteral("Source 1: Moby-Dick, p. 27. Exact quote. “Call me Ishmael”"));
    }

    void hits_mark_the_match_in_string_positions()
    {
        SearchHitModel model;
        QAbstractItemModelTester tester(&model, Mode::QtTest);
        SearchHit hit;
        hit.snippet = QStringLiteral("\U0001F600 whale");
        hit.match = {2, 7};
        model.setHits({hit});
        QCOMPARE(model.index(0).data(SearchHitModel::matchBeginRole).toInt(), 3);
        QCOMPARE(model.index(0).data(SearchHitModel::matchEndRole).toInt(), 8);
    }
};

QTEST_MAIN(TestModels)
#include "tst_models.moc"
