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

#include "kernels/mapped_matmul.h"
#include "kernels/panel_decoder.h"
#include "layers/block.h"
#include "model/block_formats.h"
#include "model/weights.h"

using namespace engine;

namespace {

std::mt19937 g_random(20261125);

unsigned below(unsigned end)
{
    return static_cast<unsigned>(g_random() % end);
}

/// By the definition: sign, 4 bits of exponent with bias 7, 3 of mantissa; no infinity.
float e4m3(unsigned code)
{
    const unsigned exponent = code / 8 % 16;
    const unsigned mantissa = code % 8;
    if (exponent == 15 && mantissa == 7)
        return NAN;
    const double magnitude = exponent == 0
                                 ? mantissa / 8.0 * std::pow(2.0, -6)
                                 : (1.0 + mantissa / 8.0) * std::pow(2.0, int(exponent) - 7);
    return float(code >= 128 ? -magnitude : magnitude);
}

float e2m1(unsigned code)
{
    static const float values[] = {0.0F, 0.5F, 1.0F, 1.5F, 2.0F, 3.0F, 4.0F, 6.0F};
    return code >= 8 ? -values[code - 8] : values[code];
}

float e8m0(unsigned code)
{
    return code == 255 ? NAN : float(std::pow(2.0, int(code) - 127));
}

float binary16(unsigned bits)
{
    const unsigned exponent = bits / 1024 % 32;
    const unsigned mantissa = bits % 1024;
    double value = 0.0;
    if (exponent == 31)
        value = mantissa == 0 ? double(INFINITY) : double(NAN);
    else if (exponent == 0)
        value = mantissa * std::pow(2.0, -24);
    else
        value = (1024 + mantissa) * std::pow(2.0, int(exponent) - 25);
    return float(bits >= 32768 ? -value : value);
}

bool sameBits(float a, float b)
{
    if (std::isnan(a) || std::isnan(b))
        return std::isnan(a) && std::isnan(b);
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/// A matrix as it is stored and the numbers it stands for.
struct Sample
{
    DType type = DType::f32;
    std::size_t outputs = 0;
    std::size_t inputs = 0;
    std::vector<std::uint8_t> codes;
    std::vector<std::uint8_t> scales;
    std::size_t scaleStride = 0;
    std::vector<float> wanted; ///< [outputs, inputs]

    [[nodiscard]] StoredRows rows(std::size_t first, std::size_t count) const
    {
        StoredRows found;
        found.type = type;
        found.data = codes.data();
        found.rowBytes = codes.size() / outputs;
        found.scales = scales.empty() ? nullptr : scales.data();
        found.scaleStride = scaleStride;
        found.firstRow = first;
        found.rowCount = count;
        return found;
    }
    [[nodiscard]] StoredRows rows() const { return rows(0, outputs); }
};

void putHalf(std::uint8_t* at, unsigned bits)
{
    at[0] = static_cast<std::uint8_t>(bits);
    at[1] = static_cast<std::uint8_t>(bits >> 8U);
}

/// A float16 of either sign between 2^-10 and 2^-4.
unsigned someHalf()
{
    return below(2) * 32768 + (5 + below(6)) * 1024 + below(1024);
}

using FillBlock = std::function<void(std::uint8_t* block, float* wanted)>;

void fillQ8(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    putHalf(block, d);
    for (unsigned i = 0; i < 32; ++i) {
        const int q = int(below(256)) - 128;
        block[2 + i] = static_cast<std::uint8_t>(q);
        wanted[i] = binary16(d) * float(q);
    }
}

void fillQ4(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    const unsigned dmin = someHalf();
    putHalf(block, d);
    putHalf(block + 2, dmin);
    for (unsigned sub = 0; sub < 8; ++sub) {
        const unsigned scale = below(64);
        const unsigned minimum = below(64);
        if (sub < 4) {
            block[4 + sub] = static_cast<std::uint8_t>(block[4 + sub] | scale);
            block[8 + sub] = static_cast<std::uint8_t>(block[8 + sub] | minimum);
        } else {
            block[8 + sub] = static_cast<std::uint8_t>(scale % 16 + minimum % 16 * 16);
            block[sub] = static_cast<std::uint8_t>(block[sub] | (scale / 16 * 64));
            block[4 + sub] = static_cast<std::uint8_t>(block[4 + sub] | (minimum / 16 * 64));
        }
        for (unsigned i = 0; i < 32; ++i) {
            const unsigned q = below(16);
            std::uint8_t& byte = block[16 + sub / 2 * 32 + i];
            byte = static_cast<std::uint8_t>(byte | (sub % 2 == 0 ? q : q * 16));
            wanted[sub * 32 + i] =
                binary16(d) * float(scale) * float(q) - binary16(dmin) * float(minimum);
        }
    }
}

void fillQ2(std::uint8_t* block, float* wanted)
{
    const unsigned d = someHalf();
    const unsigned dmin = someHalf();
    putHalf(block + 80, d);
    putHalf(block + 82, dmin);
    for (unsigned k = 0; k < 256; ++k) {
        if (k % 16 == 0)
            block[k / 16] = static_cast<std::uint8_t>(below(256));
        const unsigned q = below(4);
        // 128 elements share 32 bytes; each run of 32 has its own pair of bits.
        std::uint8_t& byte = block[16 + k / 128 * 32 + k % 32];
        byte = static_cast<std::uint8_t>(byte | (q << (k % 128 / 32 * 2)));
        wanted[k] = binary16(d) * float(block[k / 16] % 16) * float(q) -
                    binary16(dmin) * float(block[k / 16] / 16);
    }
}

void fillIq2(std::uint8_t* block, float* wanted)
{
    static const float magnitudes[] = {8.0F, 25.0F, 43.0F};
    const unsigned d = someHalf();
    putHalf(block, d);
    for (unsigned group = 0; group < 8; ++group) {
        const unsigned scale = below(16);
        std::uint32_t word = scale << 28U;
        for (unsigned part = 0; part < 4; ++part) {
            const unsigned point = below(256);
            const unsigned signs = below(128);
            block[2 + group * 8 + part] = static_cast<std::uint8_t>(point);
            word |= signs << (7 * part);
            unsigned negative = 0;
            for (unsigned i = 0; i < 8; ++i) {
                const bool minus = i < 7 ? (signs >> i) % 2 == 1 : negative % 2 == 1;
                negative += minus ? 1U : 0U;
                const unsigned two = iq2xxsGrid()[point] >> (2 * i) & 3U;
                const float value = binary16(d) * (0.5F + float(scale)) * 0.25F * magnitudes[two];
                wanted[group * 32 + part * 8 + i] = minus ? -value : value;
            }
        }
        for (unsigned i = 0; i < 4; ++i)
            block[2 + group * 8 + 4 + i] = static_cast<std::uint8_t>(word >> (8 * i));
    }
}

void fillMxfp4(std::uint8_t* block, float* wanted)
{
    block[0] = static_cast<std::uint8_t>(below(255));
    for (unsigned i = 0; i < 32; ++i) {
        const unsigned code = below(16);
        std::uint8_t& byte = block[1 + i % 16];
        byte = static_cast<std::uint8_t>(byte | (i < 16 ? code : code * 16));
        wanted[i] = e2m1(code) * e8m0(block[0]);
    }
}

FillBlock filler(DType type)
{
    switch (type) {
    case DType::q8_0:
        return fillQ8;
    case DType::q4_k:
        return fillQ4;
    case DType::q2_k:
        return fillQ2;
    case DType::iq2_xxs:
        return fillIq2;
    case DType::mxfp4:
        return fillMxfp4;
    case DType::bf16:
        return [](std::uint8_t* at, float* wanted) {
            const unsigned bits = below(65536);
            putHalf(at, bits);
            const std::uint32_t wide = bits << 16U;
            std::memcpy(wanted, &wide, sizeof wide);
        };
    case DType::f16:
        return [](std::uint8_t* at, float* wanted) {
            const unsigned bits = below(65536);
            putHalf(at, bits);
            *wanted = binary16(bits);
        };
    default:
        return [](std::uint8_t* at, float* wanted) {
            *wanted = float(int(below(2'000'001)) - 1'000'000) * 1e-6F;
            std::memcpy(at, wanted, sizeof *wanted);
        };
    }
}

/// `ordinary` keeps to scales and codes of real weights, so that products stay finite.
Sample makeSample(DType type, std::size_t outputs, std::size_t inputs, bool ordinary)
{
    Sample sample{type, outputs, inputs, {}, {}, 0, std::vector<float>(outputs * inputs)};
    const auto someScale = [&] {
        return static_cast<std::uint8_t>(ordinary ? 117 + below(14) : below(255));
    };
    if (type == DType::f8e4m3 || type == DType::i8) {
        const bool isFp4 = type == DType::i8;
        const std::size_t rowBytes = isFp4 ? (inputs + 1) / 2 : inputs;
        sample.codes.resize(outputs * rowBytes);
        sample.scaleStride = isFp4 ? (inputs + 31) / 32 : (inputs + 127) / 128;
        sample.scales.resize(sample.scaleStride * (isFp4 ? outputs : (outputs + 127) / 128));
        for (auto& scale : sample.scales)
            scale = someScale();
        for (std::size_t n = 0; n < outputs; ++n) {
            for (std::size_t k = 0; k < inputs; ++k) {
                unsigned code = below(isFp4 ? 16 : 256);
                if (ordinary && !isFp4 && code % 128 == 127)
                    code = 0x3A;
                std::uint8_t& byte = sample.codes[n * rowBytes + (isFp4 ? k / 2 : k)];
                byte = static_cast<std::uint8_t>(isFp4 && k % 2 == 1 ? byte + code * 16 : code);
                const std::size_t scale = isFp4 ? n * sample.scaleStride + k / 32
                                                : n / 128 * sample.scaleStride + k / 128;
                sample.wanted[n * inputs + k] =
                    (isFp4 ? e2m1(code) : e4m3(code)) * e8m0(sample.scales[scale]);
            }
        }
        return sample;
    }
    const BlockLayout layout = blockLayout(type);
    const std::size_t blocks = outputs * inputs / layout.elements;
    sample.codes.resize(blocks * layout.bytes);
    const FillBlock fill = filler(type);
    for (std::size_t block = 0; block < blocks; ++block) {
        float* wanted = sample.wanted.data() + block * layout.elements;
        do {
            std::fill_n(sample.codes.begin() + std::ptrdiff_t(block * layout.bytes), layout.bytes,
                        std::uint8_t{0});
            fill(sample.codes.data() + block * layout.bytes, wanted);
        } while (ordinary && !std::all_of(wanted, wanted + layout.elements,
                                          [](float v) { return std::abs(v) < 100.0F; }));
    }
    return sample;
}

const DType kFormats[] = {DType::f8e4m3, DType::i8,   DType::mxfp4, DType::bf16, DType::f16,
                          DType::f32,    DType::q8_0, DType::q4_k,  DType::q2_k, DType::iq2_xxs};

const char* nameOf(DType type)
{
    return type == DType::i8 ? "FP4" : dtypeName(type);
}

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
