// SPDX-License-Identifier: GPL-3.0-or-later
// One table of op x shape; every instruction set of this machine against the plain reference.
#include <QtTest/QTest>

#include <cmath>
#include <random>

#include "cache/key_store.h"
#include "cache/row_store.h"
#include "kernels/kernels.h"
#include "layers/block.h"
#include "layers/lightning_indexer.h"

using namespace engine;

namespace {

std::mt19937 g_random(20261123);

float noise()
{
    return std::normal_distribution<float>(0.0F, 1.0F)(g_random);
}

void fill(std::span<float> values)
{
    for (float& value : values)
        value = noise();
}

/// Largest difference by the largest wanted magnitude; NaN and infinity must stand in the same
/// places before anything is compared.
double worstError(std::span<const float> found, std::span<const float> wanted)
{
    double largest = 1e-30;
    double difference = 0.0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (std::isfinite(found[i]) != std::isfinite(wanted[i]))
            return INFINITY;
        if (!std::isfinite(wanted[i]))
            continue;
        largest = std::max(largest, double(std::abs(wanted[i])));
        difference = std::max(difference, double(std::abs(found[i] - wanted[i])));
    }
    return difference / largest;
}

/// Tokens with a window each, dense rows that grow with the token, and rows of their own.
class GroupFixture
{
public:
    /// `withHalves`: window rows that tiles can read as well.
    GroupFixture(std::size_t heads, std::size_t dim, std::size_t window, CacheFormat windowFormat,
                 bool withHalves)
        : m_heads(heads), m_dim(dim), m_window(window),
          m_tokens(std::clamp<std::size_t>(16 / heads, 1, kMostGroupTokens)),
          m_store(dim, CacheFormat::compact), m_ring(dim, kRingRows, windowFormat, 0, withHalves),
          m_q(m_tokens * heads * dim), m_sinks(heads)
    {
        std::vector<float> row(dim);
        for (std::size_t i = 0; i < 2000; ++i) {
            fill(row);
            m_store.append(row.data());
        }
        for (std::size_t i = 0; i < kRingRows; ++i) {
            fill(row);
            m_ring.put(i, row.data());
        }
        fill({m_q.data(), m_q.size()});
        fill(m_sinks);
        for (std::size_t i = 0; i < roundUp(window + m_tokens, kSharedStep) + kSharedStep; ++i)
            m_windowRows.push_back(m_ring.row(i));
        for (std::size_t i = 0; i < 64; ++i)
            m_denseRows.push_back(m_store.row(1000 + i));
        for (std::size_t t = 0; t < m_tokens; ++t)
            for (std::size_t i = 0; i < 13 + 40 * t; ++i)
                m_own[t].push_back(m_store.row((i * 17 + t) % 2000));
    }
    [[nodiscard]] std::size_t tokens() const { return m_tokens; }
    [[nodiscard]] std::size_t results() const { return m_tokens * m_heads * m_dim; }

    [[nodiscard]] AttendGroupParams params(std::size_t first, std::size_t count) const
    {
        AttendGroupParams p;
        p.q = m_q.data() + first * m_heads * m_dim;
        p.heads = m_heads;
        p.numTokens = count;
        p.rowStride = m_dim;
        p.shared[0].areBFloat16 = m_ring.isBFloat16();
        p.shared[0].haveHalves = m_ring.hasHalves();
        p.shared[1].areBFloat16 = true;
        p.ownAreBFloat16 = true;
        p.shared[0].rows = m_windowRows.data();
        p.shared[0].count = roundUp(first + count - 1 + m_window, kSharedStep);
        p.shared[1].rows = m_denseRows.data();
        p.shared[1].count = m_denseRows.size();
        for (std::size_t i = 0; i < count; ++i) {
            p.shared[0].begin[i] = first + i;
            p.shared[0].end[i] = first + i + m_window;
            p.shared[1].end[i] = 30 + first + i;
            p.own[i] = m_own[first + i].data();
            p.numOwn[i] = m_own[first + i].size();
        }
        p.sinks = m_sinks.data();
        p.scale = 0.2F;
        return p;
    }

private:
    std::size_t m_heads;
    std::size_t m_dim;
    std::size_t m_window;
    std::size_t m_tokens;
    static constexpr std::size_t kRingRows = 1024;

    RowStore m_store;
    WindowRing m_ring;
    AlignedArray<float> m_q;
    std::vector<float> m_sinks;
    std::vector<const void*> m_windowRows;
    std::vector<const void*> m_denseRows;
    std::vector<const void*> m_own[kMostGroupTokens];
};

} // namespace

class TestKernels final : public QObject
{
    Q_OBJECT

private:
    static void attendGroup(Isa isa, const GroupFixture& group)
    {
        std::vector<float> wanted(group.results());
        std::vector<float> found(group.results());
        AttendGroupParams p = group.params(0, group.tokens());
        p.out = wanted.data();
        kernelsFor(Isa::reference).attendGroup(p);
        p.out = found.data();
        kernelsFor(isa).attendGroup(p);
        const double error = worstError(found, wanted);
        QVERIFY2(error < 4e-5, qPrintable(QString::number(error)));
        // Each token alone has the bits it has in the group.
        std::vector<float> alone(group.results());
        for (std::size_t t = 0; t < group.tokens(); ++t) {
            p = group.params(t, 1);
            p.out = alone.data() + t * group.results() / group.tokens();
            kernelsFor(isa).attendGroup(p);
        }
        QCOMPARE(alone, found);
    }

    static void addShapes(std::initializer_list<std::array<int, 3>> shapes)
    {
        QTest::addColumn<int>("isa");
        QTest::addColumn<int>("a");
        QTest::addColumn<int>("b");
        QTest::addColumn<int>("c");
        for (const Isa isa : supportedIsas()) {
            if (isa == Isa::reference)
                continue;
            for (const auto& s : shapes)
                QTest::addRow("%s %d x %d x %d", isaName(isa).data(), s[0], s[1], s[2])
                    << int(isa) << s[0] << s[1] << s[2];
        }
    }
    struct Shape
    {
        Isa isa;
        std::size_t a;
        std::size_t b;
        std::size_t c;
    };
    /// The row of addShapes() that runs.
    static Shape shape()
    {
        QFETCH(int, isa);
        QFETCH(int, a);
        QFETCH(int, b);
        QFETCH(int, c);
        return {Isa(isa), std::size_t(a), std::size_t(b), std::size_t(c)};
    }

private slots:
    void matmul_data()
    {
        // rows, outputs, inputs: odd ones, tails and single ones beside round ones.
        addShapes({{1, 1, 1},
                   {1, 16, 32},
                   {1, 512, 512},
                   {2, 24, 2048},
                   {3, 17, 33},
                   {7, 100, 80},
                   {12, 32, 64},
                   {13, 48, 65},
                   {16, 16, 16},
                   {33, 511, 127},
                   {256, 512, 256},
                   {31, 40, 1000},
                   {5, 8, 512}});
    }
    void matmul()
    {
        const auto [isa, rows, outputs, inputs] = shape();
        for (const bool isFloat32 : {false, true}) {
            PackedMatrix w(outputs, inputs, isFloat32);
            std::vector<float> row(inputs);
            for (std::size_t n = 0; n < outputs; ++n) {
                fill(row);
                w.setRow(n, row);
            }
            Rows x;
            x.reset(rows, inputs);
            for (std::size_t r = 0; r < rows; ++r)
                fill({x.row(r), inputs});
            std::vector<float> wanted(rows * outputs, -1.0F);
            std::vector<float> found(rows * outputs, -2.0F);
            MatmulParams p{x.row(0), x.stride(),    rows,          &w,
                           0,        w.numPanels(), wanted.data(), outputs};
            kernelsFor(Isa::reference).matmul(p);
            p.y = found.data();
            kernelsFor(isa).matmul(p);
            // AMX multiplies activations of 16 bits of mantissa: 2^-17 each, averaged over a sum.
            const double tolerance = Isa(isa) == Isa::amx && !isFloat32 ? 2e-5 : 3e-6;
            const double error = worstError(found, wanted);
            QVERIFY2(error < tolerance, qPrintable(QString::number(error)));
            rowsStandAlone(Isa(isa), p, found, outputs);
        }
    }

    void attend_data()
    {
        // heads, row dim, rows
        addShapes({{1, 16, 1},
                   {4, 128, 512},
                   {4, 128, 513},
                   {3, 48, 7},
                   {5, 80, 130},
                   {8, 512, 33},
                   {6, 32, 1024}});
    }
    void attend()
    {
        const auto [isa, heads, dim, count] = shape();
        for (const CacheFormat format : {CacheFormat::float32, CacheFormat::compact}) {
            RowStore store(dim, format);
            std::vector<float> row(dim);
            for (std::size_t i = 0; i < count; ++i) {
                fill(row);
                store.append(row.data());
            }
            std::vector<const void*> rows;
            for (std::size_t i = 0; i < count; ++i)
                rows.push_back(store.row((i * 7) % count));
            AlignedArray<float> q(heads * dim);
            fill({q.data(), q.size()});
            std::vector<float> sinks(heads);
            fill(sinks);
            AlignedArray<float> scores(heads * roundUp(count, kLanes));
            std::vector<float> wanted(heads * dim);
            std::vector<float> found(heads * dim);
            AttendParams p{
                q.data(),     heads, dim,           {{rows.data(), count, store.isBFloat16()}},
                sinks.data(), 0.3F,  scores.data(), wanted.data()};
            kernelsFor(Isa::reference).attend(p);
            p.out = found.data();
            kernelsFor(isa).attend(p);
            const double error = worstError(found, wanted);
            // Scores reach 20, where one unit in the last place is 2e-6 of e^s already.
            QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
        }
    }

    void attendGroup_data()
    {
        // heads, row dim, window rows; the group has up to 4 tokens
        addShapes({{4, 128, 512},
                   {4, 128, 1},
                   {4, 128, 37},
                   {8, 64, 100},
                   {16, 128, 64},
                   {2, 192, 129},
                   {4, 80, 65}});
    }
    void attendGroup()
    {
        const auto [isa, heads, dim, c] = shape();
        attendGroup(isa, GroupFixture(heads, dim, c, CacheFormat::packed, false));
        attendGroup(isa, GroupFixture(heads, dim, c, CacheFormat::compact, false));
        attendGroup(isa, GroupFixture(heads, dim, c, CacheFormat::compact, true));
    }

    void scoreKeys_data()
    {
        // heads, dim, keys
        addShapes({{1, 64, 1},
                   {8, 128, 1000},
                   {4, 128, 33},
                   {8, 64, 100},
                   {3, 96, 17},
                   {64, 128, 50},
                   {12, 128, 129}});
    }
    void scoreKeys()
    {
        const auto [isa, heads, dim, count] = shape();
        for (const CacheFormat format : {CacheFormat::float32, CacheFormat::compact}) {
            KeyStore keys(dim, format);
            std::vector<float> key(dim);
            for (std::size_t i = 0; i < count; ++i) {
                fill(key);
                keys.append(key.data());
            }
            for (const std::size_t queries : {std::size_t{1}, std::size_t{4}, std::size_t{5}}) {
                std::vector<float> heads32(queries * heads * dim);
                std::vector<float> weights32(queries * heads);
                fill(heads32);
                fill(weights32);
                std::vector<const float*> q;
                std::vector<const float*> w;
                for (std::size_t i = 0; i < queries; ++i) {
                    q.push_back(heads32.data() + i * heads * dim);
                    w.push_back(weights32.data() + i * heads);
                }
                PreparedQueries prepared;
                ScoreKeysParams p = prepared.fill(keys, heads, dim, q, w);
                std::vector<float> wanted(queries * KeyStore::kPageKeys);
                std::vector<float> found(wanted.size());
                p.scoreStride = KeyStore::kPageKeys;
                p.scores = wanted.data();
                engine::scoreKeys(kernelsFor(Isa::reference), keys, 0, count, p);
                p.scores = found.data();
                engine::scoreKeys(kernelsFor(isa), keys, 0, count, p);
                const double error = worstError(found, wanted);
                QVERIFY2(error < 3e-6, qPrintable(QString::number(error)));
            }
        }
    }

    void scoreFineKeys_data()
    {
        // heads, dim, keys
        addShapes({{8, 128, 64}, {8, 128, 1}, {4, 128, 33}, {3, 96, 17}, {12, 40, 9}, {1, 16, 5}});
    }
    void scoreFineKeys()
    {
        const auto [isa, heads, dim, count] = shape();
        KeyStore store(dim, CacheFormat::compact);
        std::vector<float> floats(count * dim);
        fill(floats);
        std::vector<const std::int16_t*> keys;
        std::vector<float> scales;
        for (std::size_t i = 0; i < count; ++i)
            store.append(floats.data() + i * dim);
        for (std::size_t i = 0; i < count; ++i) {
            keys.push_back(store.fineAt(i));
            scales.push_back(*store.scalesAt(i) / 256.0F);
            for (std::size_t d = 0; d < dim; ++d)
                QVERIFY(std::abs(scales[i] * float(keys[i][d]) - floats[i * dim + d]) <
                        1.01F * scales[i]);
        }
        std::vector<float> query(heads * dim);
        std::vector<float> weights(heads);
        fill(query);
        fill(weights);
        ScoreFineKeysParams p;
        p.heads = heads;
        p.dim = store.paddedDim();
        std::vector<std::int16_t> codes(heads * p.dim);
        for (std::size_t h = 0; h < heads; ++h) {
            const float scale =
                quantizeFineQuery(query.data() + h * dim, dim, codes.data() + h * p.dim);
            for (std::size_t d = 0; d < dim; ++d)
                QVERIFY(std::abs(scale * float(codes[h * p.dim + d]) - query[h * dim + d]) <
                        0.51F * scale);
            weights[h] *= scale;
        }
        p.query = codes.data();
        p.weights = weights.data();
        p.keys = keys.data();
        p.scales = scales.data();
        p.count = count;
        std::vector<float> wanted(count);
        std::vector<float> found(count);
        p.scores = wanted.data();
        kernelsFor(Isa::reference).scoreFineKeys(p);
        p.scores = found.data();
        kernelsFor(isa).scoreFineKeys(p);
        const double error = worstError(found, wanted);
        QVERIFY2(error < 3e-6, qPrintable(QString::number(error)));
        // What stands beside a key changes nothing.
        p.keys += count - 1;
        p.scales += count - 1;
        p.count = 1;
        float alone = 0.0F;
        p.scores = &alone;
        kernelsFor(isa).scoreFineKeys(p);
        QCOMPARE(alone, found[count - 1]);
    }

    void project_data()
    {
        // (one vector,) dim, directions
        addShapes({{1, 128, 64}, {1, 64, 16}, {1, 192, 32}});
    }
    void project()
    {
        const auto [isa, vectors, dim, count] = shape();
        std::vector<float> floats(dim);
        std::vector<std::int16_t> codes(dim);
        std::vector<std::int16_t> directions(count * dim);
        fill(floats);
        quantizeFineQuery(floats.data(), dim, codes.data());
        for (std::size_t c = 0; c < count; ++c) {
            fill(floats);
            quantizeFineQuery(floats.data(), dim, directions.data() + c * dim);
        }
        // The largest product there can be.
        std::ranges::fill(codes, std::int16_t{0});
        codes[0] = 32'767;
        codes[1] = -32'233;
        std::fill_n(directions.begin(), dim, std::int16_t{0});
        directions[0] = 32'767;
        directions[1] = -32'233;
        std::vector<float> wanted(count);
        std::vector<float> found(count);
        ProjectParams p;
        p.x = codes.data();
        p.dim = dim;
        p.directions = directions.data();
        p.count = count;
        p.out = wanted.data();
        kernelsFor(Isa::reference).project(p);
        p.out = found.data();
        kernelsFor(isa).project(p);
        QVERIFY(wanted[0] > 2e9F);
        for (std::size_t c = 0; c < count; ++c)
            QVERIFY(std::abs(found[c] - wanted[c]) <= 1e-6F * std::abs(wanted[c]) + 256.0F);
    }

    void elementwise_data()
    {
        // slots, channels, dim
        addShapes({{1, 16, 16}, {8, 128, 512}, {4, 100, 200}, {128, 48, 37}, {8, 5, 1}});
    }
    void elementwise()
    {
        const auto [isa, a, b, c] = shape();
        const Kernels& plain = kernelsFor(Isa::reference);
        const Kernels& fast = kernelsFor(isa);
        comparePool(plain, fast, a, b);
        const std::size_t dim = c;
        Rows x;
        x.reset(8, dim);
        for (std::size_t r = 0; r < 8; ++r)
            fill({x.row(r), dim});
        std::vector<float> wanted(dim);
        std::vector<float> found(dim);
        plain.rmsNorm(x.row(0), x.row(1), dim, 1e-6F, wanted.data());
        fast.rmsNorm(x.row(0), x.row(1), dim, 1e-6F, found.data());
        QVERIFY(worstError(found, wanted) < 1e-6);
        for (float& v : std::span(x.row(2), dim))
            v *= 30.0F; // far into both tails of the sigmoid and over the clamp
        for (const float limit : {0.0F, 10.0F}) {
            plain.swiglu(x.row(2), x.row(3), dim, limit, 0.7F, wanted.data());
            fast.swiglu(x.row(2), x.row(3), dim, limit, 0.7F, found.data());
            QVERIFY(worstError(found, wanted) < 1e-6);
        }
        compareStreams(plain, fast, dim);
    }

    /// The exponential behind softmax: e^x within 4e-7 over its range, 0 far below.
    void exponentialThroughAttention()
    {
        for (const Isa isa : supportedIsas()) {
            AlignedArray<float> rows(2 * kLanes);
            rows[0] = 1.0F;
            rows[kLanes + 1] = 1.0F;
            const void* pointers[] = {rows.data(), rows.data() + kLanes};
            for (float s = -90.0F; s <= 0.0F; s += 0.37F) {
                AlignedArray<float> q(kLanes);
                q[0] = s; // score of row 0; row 1 scores 0, so out[0] / out[1] = e^s
                const float sink = -200.0F;
                AlignedArray<float> scores(kLanes);
                AlignedArray<float> out(kLanes);
                const AttendParams p{q.data(), 1,    kLanes,        {{pointers, 2, false}},
                                     &sink,    1.0F, scores.data(), out.data()};
                kernelsFor(isa).attend(p);
                const double wanted = std::exp(double(s));
                const double found = double(out[0]) / double(out[1]);
                if (s < -88.0F)
                    QVERIFY(found < 1e-37);
                else if (s > -87.0F)
                    QVERIFY2(std::abs(found - wanted) < 4e-7 * wanted,
                             qPrintable(QString("e^%1: %2").arg(double(s)).arg(found)));
            }
        }
    }

private:
    /// A row computed alone has the bits it has among others.
    static void rowsStandAlone(Isa isa, MatmulParams p, const std::vector<float>& together,
                               std::size_t outputs)
    {
        std::vector<float> alone(outputs);
        const std::size_t rows = p.rows;
        const float* x = p.x;
        p.rows = 1;
        p.y = alone.data();
        for (std::size_t r = 0; r < rows; ++r) {
            p.x = x + r * p.xStride;
            kernelsFor(isa).matmul(p);
            QVERIFY(std::equal(alone.begin(), alone.end(),
                               together.begin() + std::ptrdiff_t(r * outputs)));
        }
    }

    static void comparePool(const Kernels& plain, const Kernels& fast, std::size_t slotCount,
                            std::size_t channels)
    {
        Rows values;
        Rows gates;
        values.reset(slotCount, channels);
        gates.reset(slotCount, channels);
        std::vector<const float*> v;
        std::vector<const float*> g;
        for (std::size_t s = 0; s < slotCount; ++s) {
            fill({values.row(s), channels});
            fill({gates.row(s), channels});
            v.push_back(values.row(s));
            g.push_back(gates.row(s));
        }
        std::vector<float> wanted(channels);
        std::vector<float> found(channels);
        plain.pool({v.data(), g.data(), slotCount, channels, wanted.data()});
        fast.pool({v.data(), g.data(), slotCount, channels, found.data()});
        QVERIFY(worstError(found, wanted) < 1e-6);
    }

    static void compareStreams(const Kernels& plain, const Kernels& fast, std::size_t dim)
    {
        AlignedArray<float> first(4 * dim + kLanes);
        fill({first.data(), 4 * dim});
        AlignedArray<float> second(4 * dim + kLanes);
        std::copy_n(first.data(), 4 * dim, second.data());
        AlignedArray<float> f(roundUp(dim, kLanes));
        fill({f.data(), dim});
        float post[4];
        float combine[16];
        fill(post);
        fill(combine);
        std::vector<float> wanted(dim);
        std::vector<float> found(dim);
        plain.weightedSum4(first.data(), post, dim, wanted.data());
        fast.weightedSum4(first.data(), post, dim, found.data());
        QVERIFY(worstError(found, wanted) < 1e-6);
        plain.hcPost({first.data(), f.data(), post, combine, dim});
        fast.hcPost({second.data(), f.data(), post, combine, dim});
        QVERIFY(worstError({second.data(), 4 * dim}, {first.data(), 4 * dim}) < 1e-6);
    }
};

QTEST_GUILESS_MAIN(TestKernels)
#include "tst_kernels.moc"
