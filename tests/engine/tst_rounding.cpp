// SPDX-License-Identifier: GPL-3.0-or-later
// Rounding to the number formats of activations, against cases worked out by hand.
#include <QtTest/QTest>

#include <cmath>
#include <vector>

#include "layers/activation_grid.h"
#include "layers/lightning_indexer.h"
#include "model/block_rounding.h"

using namespace engine;

class TestRounding final : public QObject
{
    Q_OBJECT

private slots:
    void e4m3_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<int>("code");
        QTest::newRow("zero") << 0.0 << 0x00;
        QTest::newRow("negative zero") << -0.0 << 0x80;
        QTest::newRow("one") << 1.0 << 0x38;
        QTest::newRow("below the middle of 1 and 1.125") << 1.0624 << 0x38;
        QTest::newRow("middle of 1 and 1.125: even code") << 1.0625 << 0x38;
        QTest::newRow("above the middle") << 1.0626 << 0x39;
        QTest::newRow("middle of 1.125 and 1.25: even code") << 1.1875 << 0x3A;
        QTest::newRow("middle of 1.875 and 2: into the next exponent") << 1.9375 << 0x40;
        QTest::newRow("smallest normal") << std::ldexp(1.0, -6) << 0x08;
        QTest::newRow("largest subnormal") << std::ldexp(7.0, -9) << 0x07;
        QTest::newRow("middle of the two: even code") << std::ldexp(7.5, -9) << 0x08;
        QTest::newRow("smallest subnormal") << std::ldexp(1.0, -9) << 0x01;
        QTest::newRow("half of it: even code") << std::ldexp(1.0, -10) << 0x00;
        QTest::newRow("one and a half of it: even code") << std::ldexp(1.5, -9) << 0x02;
        QTest::newRow("tiny") << 1e-30 << 0x00;
        QTest::newRow("largest") << 448.0 << 0x7E;
        QTest::newRow("beyond") << 449.0 << 0x7E;
        QTest::newRow("where the next step would be") << 464.0 << 0x7E;
        QTest::newRow("far beyond, negative") << -1e9 << 0xFE;
        QTest::newRow("middle of 416 and 448: even code") << 432.0 << 0x7E;
        QTest::newRow("middle of 384 and 416: even code") << 400.0 << 0x7C;
    }
    void e4m3()
    {
        QFETCH(double, value);
        QFETCH(int, code);
        QCOMPARE(int(toE4M3(float(value))), code);
    }

    void everyE4M3CodeComesBack()
    {
        for (int code = 0; code < 256; ++code) {
            const auto byte = static_cast<std::uint8_t>(code);
            if ((code & 0x7F) != 0x7F)
                QCOMPARE(int(toE4M3(e4m3ToFloat(byte))), code);
        }
        QCOMPARE(toE4M3(NAN) & 0x7F, 0x7F);
    }

    void e2m1_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<int>("code");
        QTest::newRow("zero") << 0.0 << 0;
        QTest::newRow("0.25: even code") << 0.25 << 0;
        QTest::newRow("above 0.25") << 0.2501 << 1;
        QTest::newRow("0.75: even code") << 0.75 << 2;
        QTest::newRow("1.25: even code") << 1.25 << 2;
        QTest::newRow("1.75: even code") << 1.75 << 4;
        QTest::newRow("2.5: even code") << 2.5 << 4;
        QTest::newRow("3.5: even code") << 3.5 << 6;
        QTest::newRow("5: even code") << 5.0 << 6;
        QTest::newRow("above 5") << 5.001 << 7;
        QTest::newRow("6") << 6.0 << 7;
        QTest::newRow("beyond") << 100.0 << 7;
        QTest::newRow("negative") << -1.4 << 11;
    }
    void e2m1()
    {
        QFETCH(double, value);
        QFETCH(int, code);
        QCOMPARE(int(toE2M1(float(value))), code);
        if (value != 0.0)
            QCOMPARE(int(toE2M1(e2m1ToFloat(static_cast<std::uint8_t>(code)))), code);
    }

    void scalesRoundUp_data()
    {
        QTest::addColumn<float>("value");
        QTest::addColumn<int>("code");
        QTest::newRow("1") << 1.0F << 127;
        QTest::newRow("just above 1") << std::nextafter(1.0F, 2.0F) << 128;
        QTest::newRow("just below 1") << std::nextafter(1.0F, 0.0F) << 127;
        QTest::newRow("just above 1/2") << std::nextafter(0.5F, 1.0F) << 127;
        QTest::newRow("1/2") << 0.5F << 126;
        QTest::newRow("smallest normal") << 0x1p-126F << 1;
    }
    void scalesRoundUp()
    {
        QFETCH(float, value);
        QFETCH(int, code);
        QCOMPARE(int(scaleCodeAbove(value)), code);
    }

    void scalesHaveAFloor()
    {
        // 1e-4 / 448 = 2.23e-7; the next power of two is 2^-22.
        QCOMPARE(int(fp8ScaleCode(0.0F)), 127 - 22);
        QCOMPARE(int(fp8ScaleCode(1e-4F)), 127 - 22);
        QCOMPARE(int(fp8ScaleCode(300.0F)), 127);
        QCOMPARE(int(fp8ScaleCode(500.0F)), 128);
        QCOMPARE(int(fp8ScaleCode(3.0F)), 120); // 3 / 448 = 0.0067, below 2^-7 = 0.0078
        QCOMPARE(int(fp4ScaleCode(0.0F)), 1);
        QCOMPARE(int(fp4ScaleCode(5.0F)), 127);
        QCOMPARE(int(fp4ScaleCode(6.5F)), 128);
        QCOMPARE(int(fp4ScaleCode(0.01F)), 118); // 0.01 / 6 = 0.00167, below 2^-9 = 0.00195
    }

    void bfloat16_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("wanted");
        QTest::newRow("middle of 1 and its successor: even") << 1.0 + 0x1p-8 << 1.0;
        QTest::newRow("above the middle") << 1.0 + 0x1p-8 + 0x1p-20 << 1.0 + 0x1p-7;
        QTest::newRow("next middle: even") << 1.0 + 3 * 0x1p-8 << 1.0 + 0x1p-6;
        QTest::newRow("negative") << -(1.0 + 0x1p-8) << -1.0;
        QTest::newRow("into the next exponent") << 2.0 - 0x1p-8 << 2.0;
    }
    void bfloat16()
    {
        QFETCH(double, value);
        QFETCH(double, wanted);
        float x = float(value);
        roundToBFloat16(&x, 1);
        QCOMPARE(double(x), wanted);
    }

    /// Natural (Sylvester) order: element i of the transform of unit vector j is (-1)^(i & j).
    void hadamardOrder()
    {
        for (std::size_t j = 0; j < 8; ++j) {
            std::vector<float> x(8, 0.0F);
            x[j] = 1.0F;
            hadamard(x.data(), x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                const float sign = std::popcount(i & j) % 2 == 0 ? 1.0F : -1.0F;
                QCOMPARE(x[i], sign / std::sqrt(8.0F));
            }
        }
    }

    /// Blocks have scales of their own; a last one may be shorter.
    void blocksAreRoundedApart()
    {
        std::vector<float> x(130, 0.0F);
        x[0] = 416.0F * 2;     // scale 2: steps of 64 at the top, 2^-8 at the bottom
        x[1] = 3.0F * 0x1p-9F; // one and a half of the smallest step: to two, the even code
        x[2] = 0x1p-9F;        // half of it: to zero
        x[128] = 3.0F;
        x[129] = 1.03F;
        roundToFp8Blocks(x.data(), x.size(), 128);
        QCOMPARE(x[0], 832.0F);
        QCOMPARE(x[1], 0x1p-7F);
        QCOMPARE(x[2], 0.0F);
        QCOMPARE(x[128], 3.0F);
        QCOMPARE(x[129], 1.0F); // 1.03 / 2^-7 = 131.8 lies in steps of 16: 128
        std::vector<float> y(40, 0.0F);
        y[0] = 12.0F;
        y[1] = 2.4F;
        y[35] = 0.1F;
        roundToFp4Blocks(y.data(), y.size(), 32);
        QCOMPARE(y[0], 12.0F);
        QCOMPARE(y[1], 2.0F);      // scale 2: 1.2 is nearest to 1
        QCOMPARE(y[35], 0.09375F); // scale 2^-5: 3.2 is nearest to 3
    }

    /// Every rounding point is silent in float32.
    void float32RoundsNothing()
    {
        const ActivationGrid grid;
        const std::vector<float> before{0.1F, -1.00001F, 3.3F, 1e-7F};
        auto x = before;
        grid.toBFloat16(x.data(), x.size());
        grid.keyValueRow(x.data(), x.size(), 2);
        grid.indexVector(x.data(), x.size());
        grid.indexKey(x.data(), x.size());
        grid.matmulInput(x.data(), x.size());
        QCOMPARE(x, before);
        QVERIFY(!grid.isActive());
    }

    /// What a float32 session is asked to keep more coarsely: the part of a row that is not
    /// rotated, and keys, but never queries.
    void formsThatAreAskedFor_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<float>("of12");
        QTest::addColumn<float>("of2point4");
        QTest::newRow("bfloat16") << "bfloat16" << 12.0F << 2.40625F;
        QTest::newRow("int8") << "int8" << 12.0F << 25 * (12.0F / 127); // 25.4 steps
        QTest::newRow("fp8") << "fp8" << 12.0F << 2.5F;
        QTest::newRow("fp4") << "fp4" << 12.0F << 2.0F;
    }
    void formsThatAreAskedFor()
    {
        QFETCH(QString, name);
        QFETCH(float, of12);
        QFETCH(float, of2point4);
        const auto form = keptFormNamed(name.toStdString());
        QVERIFY(form);
        const std::vector<float> before{12.0F, 2.4F, 0.1F, 0.3F};
        auto row = before;
        ActivationGrid(NumericMode::float32, *form, KeptForm::asComputed)
            .keyValueRow(row.data(), row.size(), 2);
        QCOMPARE(row, (std::vector<float>{of12, of2point4, 0.1F, 0.3F}));
        const ActivationGrid keys(NumericMode::float32, KeptForm::asComputed, *form);
        auto key = before;
        keys.indexKey(key.data(), 2);
        QCOMPARE(key, (std::vector<float>{of12, of2point4, 0.1F, 0.3F}));
        auto query = before;
        keys.indexVector(query.data(), query.size());
        QCOMPARE(query, before);
        QVERIFY(!keptFormNamed("as_computed"));
    }

    void modesHaveNames()
    {
        for (const NumericMode mode : {NumericMode::float32, NumericMode::fast, NumericMode::exact})
            QCOMPARE(numericModeNamed(numericModeName(mode)), std::optional(mode));
        QVERIFY(!numericModeNamed("bfloat16"));
    }
};

QTEST_GUILESS_MAIN(TestRounding)
#include "tst_rounding.moc"
