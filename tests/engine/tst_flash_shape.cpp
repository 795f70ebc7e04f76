// SPDX-License-Identifier: GPL-3.0-or-later
// Three layers of DeepSeek-V4-Flash at their real widths, with few experts and a small vocabulary:
// every kind of attention reads tokens and gives the same bits however they are cut.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest/QTest>

#include <cmath>
#include <fstream>

#include <unistd.h>

#include "checkpoint_maker.h"
#include "engine/check.h"
#include "engine/measure.h"
#include "session/session_impl.h"

using namespace engine;

namespace {

/// Megabytes of this process in memory now.
double residentMegabytes()
{
    std::ifstream status("/proc/self/statm");
    double pages = 0.0;
    status >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

} // namespace

class TestFlashShape : public QObject
{
    Q_OBJECT

private slots:
    void readsTokens();
};

void TestFlashShape::readsTokens()
{
    QTemporaryDir folder;
    MadeCheckpoint made;
    made.layers = 4;
    made.experts = 6;
    made.vocabulary = 256;
    made.mtp = false;
    made.shards = 2;
    QCOMPARE(QString::fromStdString(write(made, folder.path().toStdString())), QString());
    const auto report = checkModel(folder.path().toStdString());
    QVERIFY2(report, report ? "" : report.error().message.c_str());
    QVERIFY2(report->isSound(), report->isSound() ? "" : report->findings.front().message.c_str());
    QElapsedTimer timer;
    timer.start();
    const auto model = Model::open(folder.path().toStdString());
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    qInfo("opened in %lld ms, %.0f MB resident, %llu bytes stored", timer.elapsed(),
          residentMegabytes(), static_cast<unsigned long long>((*model)->storedBytes()));
    const auto tokens = spreadTokens(made.vocabulary, 21);
    std::vector<std::vector<float>> logits;
    for (const std::size_t first : {std::size_t{21}, std::size_t{9}}) {
        auto session = Session::create(*model, SessionOptions::forModel((*model)->config()));
        QVERIFY(session);
        timer.restart();
        const std::span<const TokenId> all(tokens);
        QVERIFY((*session)->append(all.first(first)));
        QVERIFY((*session)->append(all.subspan(first)));
        const auto found = (*session)->logits();
        QVERIFY(found);
        qInfo("21 tokens in %lld ms, %.0f MB resident", timer.elapsed(), residentMegabytes());
        logits.emplace_back(found->begin(), found->end());
    }
    QVERIFY(logits[0] == logits[1]);
    double norm = 0.0;
    for (const float value : logits[0]) {
        QVERIFY(std::isfinite(value));
        norm += static_cast<double>(value) * static_cast<double>(value);
    }
    // A head of random rows on a normed vector: logits of about 1.
    norm = std::sqrt(norm / static_cast<double>(made.vocabulary));
    QVERIFY2(norm > 0.3 && norm < 3.0, qPrintable(QString::number(norm)));
}

QTEST_APPLESS_MAIN(TestFlashShape)
#include "tst_flash_shape.moc"
