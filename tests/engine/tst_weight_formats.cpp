// SPDX-License-Identifier: GPL-3.0-or-later
// Every stored format of weights, bit by bit, against decoders written here from the formats'
// descriptions: blocks are put together from known parts, so that what must come out is known. And
// against blocks that another implementation made and decoded.
#include <QtTest/QTest>

#include <cmath>
#include <cstring>
#include <deque>
#include <functional>
#include <random>
#include <set>

#include "format_samples.h"
#include "kernels/mapped_matmul.h"
#include "kernels/panel_decoder.h"
#include "layers/block.h"
#include "model/block_formats.h"
#include "model/weights.h"

using namespace engine;
using namespace format_samples;

namespace {

/// Element [n, k] of the panels of a resident matrix.
float panelElement(const PackedMatrix& w, std::size_t n, std::size_t k)
{
    if (w.isFloat32())
        return w.floatPanel(n / 16)[k * 16 + n % 16];
    return toFloat(w.halfPanel(n / 16)[(k / 2 * 16 + n % 16) * 2 + k % 2]);
}

} // namespace

class TestWeightFormats final : public QObject
{
    Q_OBJECT

private:
    static void addFormats()
    {
        QTest::addColumn<int>("format");
        for (const DType type : kFormats)
            QTest::newRow(nameOf(type)) << int(type);
    }

private slots:
    void everyCode()
    {
        for (unsigned code = 0; code < 256; ++code) {
            const auto byte = static_cast<std::uint8_t>(code);
            QVERIFY2(sameBits(e4m3ToFloat(byte), e4m3(code)), qPrintable(QString::number(code)));
            QVERIFY2(sameBits(e8m0ToFloat(byte), e8m0(code)), qPrintable(QString::number(code)));
        }
        for (unsigned code = 0; code < 16; ++code)
            QVERIFY(sameBits(e2m1ToFloat(static_cast<std::uint8_t>(code)), e2m1(code)));
        for (unsigned bits = 0; bits < 65536; ++bits)
            QVERIFY2(sameBits(halfToFloat(static_cast<std::uint16_t>(bits)), binary16(bits)),
                     qPrintable(QString::number(bits)));
        QCOMPARE(e4m3ToFloat(0x7E), 448.0F);
        QCOMPARE(e4m3ToFloat(0x81), -0x1p-9F);
        QCOMPARE(halfToFloat(0x0001), 0x1p-24F);
        QCOMPARE(halfToFloat(0x7BFF), 65504.0F);
    }

    void grid()
    {
        const auto& grid = iq2xxsGrid();
        std::set<std::uint16_t> distinct(grid.begin(), grid.end());
        QCOMPARE(distinct.size(), std::size_t{256});
        for (const std::uint16_t point : grid)
            for (unsigned i = 0; i < 8; ++i)
                QVERIFY((point >> (2 * i) & 3U) != 3U);
        // Scale 1/4 x (0.5 + 15), points 1 and 255, the first with signs - + + + + + + and so -.
        std::uint8_t block[66] = {};
        putHalf(block, 0x3C00);
        block[2] = 1;
        block[3] = 255;
        block[6] = 1;
        block[9] = 0xF0;
        std::vector<float> found(256);
        decodeBlocks(DType::iq2_xxs, block, found);
        const float step = 15.5F / 4.0F;
        const float wanted[] = {-43, 8, 8, 8, 8, 8, 8, -8, 8, 25, 8, 8, 25, 43, 43, 43};
        for (std::size_t i = 0; i < 16; ++i)
            QCOMPARE(found[i], wanted[i] * step);
        QCOMPARE(found[255], 1.0F); // 8 * 0.5 / 4
    }

    /// A block of each super-block format that can be worked out by hand.
    void knownBlocks()
    {
        std::vector<float> found(256);
        std::uint8_t q4[144] = {};
        putHalf(q4, 0x3C00);     // d = 1
        putHalf(q4 + 2, 0x3800); // dmin = 1/2
        q4[4] = 3;               // scale 0
        q4[8] = 4;               // minimum 0
        q4[7] = 0xC0;            // high bits of scale 7
        q4[11] = 0x40;           // high bits of minimum 7
        q4[15] = 0x21;           // low bits: scale 1, minimum 2
        q4[16] = 0x05;
        q4[16 + 127] = 0x90;
        decodeBlocks(DType::q4_k, q4, found);
        QCOMPARE(found[0], 3.0F * 5.0F - 0.5F * 4.0F);
        QCOMPARE(found[1], -2.0F);
        QCOMPARE(found[255], 49.0F * 9.0F - 0.5F * 18.0F);
        std::uint8_t q2[84] = {};
        q2[15] = 0x27;            // scale 7, minimum 2
        q2[16 + 63] = 0x80;       // the last element's two bits are the highest
        putHalf(q2 + 80, 0xBC00); // d = -1
        putHalf(q2 + 82, 0x4000); // dmin = 2
        decodeBlocks(DType::q2_k, q2, found);
        QCOMPARE(found[255], -14.0F - 4.0F);
        QCOMPARE(found[254], -4.0F);
        QCOMPARE(found[0], 0.0F);
        std::uint8_t mx[17] = {128, 0x7F};
        found.resize(32);
        decodeBlocks(DType::mxfp4, mx, found);
        QCOMPARE(found[0], -12.0F);
        QCOMPARE(found[16], 12.0F);
    }

    void blocksOfGgml_data()
    {
        QTest::addColumn<int>("format");
        for (const DType type :
             {DType::f16, DType::q8_0, DType::q2_k, DType::q4_k, DType::iq2_xxs, DType::mxfp4})
            QTest::newRow(dtypeName(type)) << int(type);
    }
    /// What ggml makes of the same bytes: rows one by one, and panels of every instruction set.
    void blocksOfGgml()
    {
        QFETCH(int, format);
        const auto type = DType(format);
        const auto file =
            Checkpoint::openFile(LECTERN_TEST_DATA "/golden/gguf-blocks/blocks.safetensors");
        QVERIFY2(file, file ? "" : file.error().message.c_str());
        const std::string name = dtypeName(type);
        const TensorView* stored = (*file)->find(name + ".stored");
        const TensorView* values = (*file)->find(name + ".values");
        QVERIFY(stored != nullptr && values != nullptr);
        const std::size_t outputs = values->shape[0];
        const std::size_t inputs = values->shape[1];
        QCOMPARE(storedBytes(type, outputs * inputs), stored->bytes.size());
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(stored->bytes.data());
        Sample sample{type, outputs, inputs, {bytes, bytes + stored->bytes.size()}, {}, 0, {}};
        sample.wanted.resize(outputs * inputs);
        std::memcpy(sample.wanted.data(), values->bytes.data(), values->bytes.size());
        TensorView weight = *stored;
        weight.type = type;
        weight.shape = values->shape;
        std::vector<float> row(inputs);
        for (std::size_t n = 0; n < outputs; ++n) {
            dequantizeRow(weight, nullptr, n, row);
            for (std::size_t k = 0; k < inputs; ++k) {
                float& wanted = sample.wanted[n * inputs + k];
                // ggml keeps E2M1 as integers, which have no minus zero.
                if (type == DType::mxfp4 && wanted == 0.0F && row[k] == 0.0F)
                    wanted = row[k];
                QVERIFY2(sameBits(row[k], wanted), qPrintable(QString("[%1, %2]: %3, ggml %4")
                                                                  .arg(n)
                                                                  .arg(k)
                                                                  .arg(double(row[k]))
                                                                  .arg(double(wanted))));
            }
        }
        for (const Isa isa : supportedIsas())
            comparePanels(unpacked(isa, PackedMatrix::mapped(inputs, sample.rows())), sample);
    }

    void rows_data() { addFormats(); }
    /// Single rows, as the embedding needs them, of tensors at odd addresses.
    void rows()
    {
        QFETCH(int, format);
        const auto type = DType(format);
        const std::size_t inputs = blockLayout(type).elements == 1 ? 301 : 512;
        Sample sample = makeSample(type, 131, inputs, false);
        sample.codes.insert(sample.codes.begin(), 0);
        TensorView weight;
        weight.type = type;
        weight.shape = {131, inputs};
        weight.bytes = std::as_bytes(std::span(sample.codes)).subspan(1);
        TensorView scale;
        scale.shape = {sample.scales.size() / std::max<std::size_t>(1, sample.scaleStride),
                       sample.scaleStride};
        scale.bytes = std::as_bytes(std::span(sample.scales));
        std::vector<float> row(inputs);
        for (std::size_t n = 0; n < 131; ++n) {
            dequantizeRow(weight, sample.scales.empty() ? nullptr : &scale, n, row);
            for (std::size_t k = 0; k < inputs; ++k)
                QVERIFY2(sameBits(row[k], sample.wanted[n * inputs + k]),
                         qPrintable(QString("[%1, %2]").arg(n).arg(k)));
        }
    }

    void panels_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("isa");
        for (const DType type : kFormats)
            for (const Isa isa : supportedIsas())
                QTest::addRow("%s, %s", nameOf(type), isaName(isa).data()) << int(type) << int(isa);
    }
    /// All codes and scales in panels of every size, whole and odd.
    void panels()
    {
        QFETCH(int, format);
        QFETCH(int, isa);
        const auto type = DType(format);
        const std::size_t block = blockLayout(type).elements;
        for (const std::size_t outputs : {1U, 16U, 37U, 150U}) {
            for (const std::size_t inputs :
                 {1U, 31U, 32U, 65U, 127U, 128U, 160U, 256U, 333U, 768U}) {
                if (inputs % block != 0)
                    continue;
                for (const bool ordinary : {true, false}) {
                    const Sample sample = makeSample(type, outputs, inputs, ordinary);
                    const auto w = unpacked(Isa(isa), PackedMatrix::mapped(inputs, sample.rows()));
                    comparePanels(w, sample);
                    if (QTest::currentTestFailed())
                        return;
                }
            }
        }
    }

    /// Each FP8 code beside each scale, through the fast decoders: 16 rows of 256 codes.
    void everyFp8CodeAndScale()
    {
        for (const Isa isa : supportedIsas()) {
            for (unsigned round = 0; round < 2 * 256; ++round) {
                const unsigned scale = round / 2;
                Sample sample{DType::f8e4m3, 16, 256, {}, {}, 2, {}};
                sample.scales.assign(2, static_cast<std::uint8_t>(scale));
                for (unsigned i = 0; i < 16 * 256; ++i) {
                    const unsigned code = (i + i / 256) % 256;
                    // Without the NaN codes in every other round, so that the fast way is taken.
                    const unsigned used = round % 2 == 0 && code % 128 == 127 ? 5 : code;
                    sample.codes.push_back(static_cast<std::uint8_t>(used));
                    sample.wanted.push_back(e4m3(used) * e8m0(scale));
                }
                comparePanels(unpacked(isa, PackedMatrix::mapped(256, sample.rows())), sample);
                if (QTest::currentTestFailed())
                    return;
            }
        }
    }

    void everyFp4CodeAndScale()
    {
        for (const Isa isa : supportedIsas()) {
            for (unsigned scale = 0; scale < 256; ++scale) {
                Sample sample{DType::i8, 16, 128, {}, {}, 4, {}};
                for (unsigned n = 0; n < 16; ++n) {
                    for (unsigned b = 0; b < 4; ++b)
                        sample.scales.push_back(static_cast<std::uint8_t>(
                            scale == 255 ? scale : (scale + n * b) % 255));
                    for (unsigned j = 0; j < 64; ++j) {
                        const unsigned byte = (n * 64 + j * 5) % 256;
                        sample.codes.push_back(static_cast<std::uint8_t>(byte));
                        const float factor = e8m0(sample.scales[n * 4 + j / 16]);
                        sample.wanted.push_back(e2m1(byte % 16) * factor);
                        sample.wanted.push_back(e2m1(byte / 16) * factor);
                    }
                }
                comparePanels(unpacked(isa, PackedMatrix::mapped(128, sample.rows())), sample);
                if (QTest::currentTestFailed())
                    return;
            }
        }
    }

    void products_data() { addFormats(); }
    /// Mapped and in panels: the same bits, whoever shares the work; and near the plain sum.
    void products()
    {
        QFETCH(int, format);
        const auto type = DType(format);
        const std::size_t inputs = blockLayout(type).elements == 1 ? 333 : 512;
        const Sample a = makeSample(type, 200, inputs, true);
        const Sample b = makeSample(type, 45, inputs, true);
        // A slice that starts anywhere, and a panel with rows of both tensors.
        const PackedMatrix mapped = PackedMatrix::mapped(inputs, a.rows(77, 100), b.rows());
        std::vector<float> wanted(a.wanted.begin() + std::ptrdiff_t(77 * inputs),
                                  a.wanted.begin() + std::ptrdiff_t(177 * inputs));
        wanted.insert(wanted.end(), b.wanted.begin(), b.wanted.end());
        compareProducts(mapped, wanted);
    }

    /// Rows of one panel in two formats.
    void productsOfTwoFormats()
    {
        const std::pair<DType, DType> pairs[] = {{DType::f8e4m3, DType::i8},
                                                 {DType::bf16, DType::mxfp4},
                                                 {DType::i8, DType::q8_0},
                                                 {DType::f32, DType::bf16}};
        for (const auto& [first, second] : pairs) {
            const Sample a = makeSample(first, 25, 256, true);
            const Sample b = makeSample(second, 30, 256, true);
            const PackedMatrix mapped = PackedMatrix::mapped(256, a.rows(), b.rows());
            QCOMPARE(mapped.storedType(), first);
            QCOMPARE(mapped.isFloat32(), !isExactInBFloat16(first) || !isExactInBFloat16(second));
            std::vector<float> wanted = a.wanted;
            wanted.insert(wanted.end(), b.wanted.begin(), b.wanted.end());
            compareProducts(mapped, wanted);
        }
    }

private:
    static void comparePanels(const PackedMatrix& w, const Sample& sample)
    {
        for (std::size_t n = 0; n < sample.outputs; ++n) {
            for (std::size_t k = 0; k < w.depth(); ++k) {
                float wanted = k < sample.inputs ? sample.wanted[n * sample.inputs + k] : 0.0F;
                if (!w.isFloat32())
                    wanted = toFloat(toBFloat16(wanted));
                if (!sameBits(panelElement(w, n, k), wanted))
                    QFAIL(qPrintable(QString("[%1, %2] of %3 x %4: %5, wanted %6")
                                         .arg(n)
                                         .arg(k)
                                         .arg(sample.outputs)
                                         .arg(sample.inputs)
                                         .arg(double(panelElement(w, n, k)))
                                         .arg(double(wanted))));
            }
        }
    }

    static void compareProducts(const PackedMatrix& mapped, const std::vector<float>& wanted)
    {
        const std::size_t inputs = mapped.inputs();
        const std::size_t outputs = mapped.outputs();
        QVERIFY(mapped.isMapped());
        QCOMPARE(mapped.bytes(), std::size_t{0});
        for (const Isa isa : supportedIsas()) {
            const PackedMatrix panels = unpacked(isa, mapped);
            QVERIFY(!panels.isMapped());
            QCOMPARE(panels.storedType(), mapped.storedType());
            for (const std::size_t rows : {1U, 5U, 33U, 97U}) {
                Rows x;
                x.reset(rows, inputs);
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t k = 0; k < inputs; ++k)
                        x.row(r)[k] = float(int(below(2001)) - 1000) * 1e-3F;
                std::vector<float> expected(rows * outputs);
                MatmulParams p{x.row(0),           x.stride(),      rows,   &panels, 0,
                               panels.numPanels(), expected.data(), outputs};
                kernelsFor(isa).matmul(p);
                compareWithPlainSums(expected, wanted, x, inputs);
                if (QTest::currentTestFailed())
                    return;
                std::vector<float> found(rows * outputs);
                p.weights = &mapped;
                p.y = found.data();
                multiply(kernelsFor(isa), p);
                QVERIFY(found == expected);
                for (const unsigned threads : {1U, 3U}) {
                    const ModelConfig config;
                    ThreadPool pool(threads);
                    const Block block{config,  kernelsFor(isa), pool, 0, {},
                                      nullptr, nullptr,         0,    {}};
                    std::fill(found.begin(), found.end(), -1.0F);
                    linear(block, x.row(0), x.stride(), rows, mapped, found.data(), outputs);
                    QVERIFY(found == expected);
                }
            }
        }
    }

    static void compareWithPlainSums(const std::vector<float>& found,
                                     const std::vector<float>& weights, const Rows& x,
                                     std::size_t inputs)
    {
        const std::size_t outputs = weights.size() / inputs;
        for (std::size_t i = 0; i < found.size(); ++i) {
            double sum = 0.0;
            double size = 1e-30;
            for (std::size_t k = 0; k < inputs; ++k) {
                const double term =
                    double(x.row(i / outputs)[k]) * double(weights[i % outputs * inputs + k]);
                sum += term;
                size += std::abs(term);
            }
            if (std::abs(double(found[i]) - sum) > 1e-5 * size)
                QFAIL(qPrintable(QString("%1, wanted %2").arg(double(found[i])).arg(sum)));
        }
    }
};

QTEST_GUILESS_MAIN(TestWeightFormats)
#include "tst_weight_formats.moc"
