// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary angles against the reference's check values, and far positions in float32.
#include <QtTest/QTest>

#include <cmath>

#include "layers/rope.h"

using namespace engine;

class TestAttentionPositions final : public QObject
{
    Q_OBJECT

private:
    static ModelConfig published()
    {
        ModelConfig config;
        config.ropeDim = 64;
        config.ropeTheta = 10000.0;
        config.compressRopeTheta = 160000.0;
        config.yarnFactor = 16.0;
        return config;
    }

private slots:
    void yarnFrequencies_data()
    {
        QTest::addColumn<int>("pair");
        QTest::addColumn<double>("wanted");
        QTest::newRow("untouched, first") << 0 << 1.0;
        QTest::newRow("untouched") << 1 << 0.687656;
        QTest::newRow("last untouched") << 15 << 3.635539e-3;
        QTest::newRow("on the ramp") << 16 << 2.265625e-3;
        QTest::newRow("middle of the ramp") << 20 << 2.969778e-4;
        QTest::newRow("first divided by 16") << 25 << 5.372312e-6;
        QTest::newRow("last") << 31 << 5.680529e-7;
    }
    void yarnFrequencies()
    {
        QFETCH(int, pair);
        QFETCH(double, wanted);
        const RopeTable table(published(), true);
        QCOMPARE(table.pairs(), std::size_t{32});
        const double found = double(table.frequencies()[std::size_t(pair)]);
        QVERIFY2(std::abs(found - wanted) < 1e-6 * wanted, qPrintable(QString::number(found)));
    }

    void windowLayersHaveNoYarn()
    {
        const RopeTable table(published(), false);
        QVERIFY(std::abs(double(table.frequencies()[31]) - std::pow(10000.0, -62.0 / 64.0)) <
                1e-10);
    }

    /// The angle is the float32 product, whatever its granularity far out.
    void farPositionsAreFloat32()
    {
        const RopeTable table(published(), true);
        std::vector<float> cosines(32);
        std::vector<float> sines(32);
        for (const std::uint64_t position : {std::uint64_t{65535}, std::uint64_t{1048575}}) {
            table.angles(position, cosines.data(), sines.data());
            for (std::size_t j = 0; j < 32; ++j) {
                const float angle = static_cast<float>(position) * table.frequencies()[j];
                QVERIFY(std::abs(double(cosines[j]) - std::cos(double(angle))) < 1e-7);
                QVERIFY(std::abs(double(sines[j]) - std::sin(double(angle))) < 1e-7);
            }
        }
    }

    void rotationIsUndone()
    {
        const RopeTable table(published(), true);
        std::vector<float> cosines(32);
        std::vector<float> sines(32);
        table.angles(12345, cosines.data(), sines.data());
        std::vector<float> x(64);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = float(i) - 20.0F;
        const auto before = x;
        rotate(x.data(), cosines.data(), sines.data(), 32);
        // Interleaved pairs: element 0 turns with element 1, not with element 32.
        QVERIFY(std::abs(x[0] - (before[0] * cosines[0] - before[1] * sines[0])) < 1e-5F);
        rotateBack(x.data(), cosines.data(), sines.data(), 32);
        for (std::size_t i = 0; i < x.size(); ++i)
            QVERIFY(std::abs(x[i] - before[i]) < 1e-4F);
    }
};

QTEST_GUILESS_MAIN(TestAttentionPositions)
#include "tst_attention_positions.moc"
