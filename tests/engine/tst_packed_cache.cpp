// SPDX-License-Identifier: GPL-3.0-or-later
// Rows and keys as CacheFormat::packed keeps them lose nothing that the activation grid left.
#include <QtTest/QTest>

#include <cmath>
#include <cstring>
#include <map>

#include "cache/key_store.h"
#include "cache/row_store.h"
#include "engine/session.h"
#include "model/block_rounding.h"

using namespace engine;

namespace {

/// Numbers of many magnitudes.
class Numbers
{
public:
    float next()
    {
        m_state = m_state * 6364136223846793005U + 1442695040888963407U;
        const auto high = static_cast<std::uint32_t>(m_state >> 33U);
        return std::ldexp(float(int(high % 2001U) - 1000), int(high / 2001U % 24U) - 24);
    }

private:
    std::uint64_t m_state = 12345;
};

/// Keeps what rowsSince gave and gives it back.
class MemoryCache final : public CacheSource
{
public:
    void add(const std::vector<CacheBlock>& blocks)
    {
        for (const CacheBlock& block : blocks) {
            auto& rows = m_rows[{block.layer, block.kind}];
            rows.insert(rows.end(), block.bytes.begin(), block.bytes.end());
            m_rowBytes[block.kind] = block.bytes.size() / block.rowCount;
        }
    }
    Result<void> read(std::size_t layer, CacheKind kind, std::uint64_t rowBegin,
                      std::uint64_t rowCount, std::span<std::byte> out) override
    {
        const auto& rows = m_rows[{layer, kind}];
        const std::size_t rowBytes = m_rowBytes[kind];
        if ((rowBegin + rowCount) * rowBytes > rows.size() || out.size() != rowCount * rowBytes)
            return fail(ErrorCode::io, "no such rows");
        std::memcpy(out.data(), rows.data() + rowBegin * rowBytes, out.size());
        return {};
    }
    std::size_t rowBytes(CacheKind kind) { return m_rowBytes[kind]; }

private:
    std::map<std::pair<std::size_t, CacheKind>, std::vector<std::byte>> m_rows;
    std::map<CacheKind, std::size_t> m_rowBytes;
};

using Bits = std::vector<float>;

Bits logitsOf(Session& session)
{
    const auto logits = session.logits();
    return logits ? Bits(logits->begin(), logits->end()) : Bits();
}

} // namespace

class TestPackedCache final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(std::filesystem::path(LECTERN_TEST_DATA) / "golden" / "tiny-v4");
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_model = *model;
        for (int t = 0; t < 760; ++t)
            m_tokens.push_back((t * t * 31 + t * 7) % 512);
    }

    void sizes()
    {
        QCOMPARE((PackedRowLayout{448, 64}.bytes()), std::size_t{584});
        QCOMPARE(PackedKeyLayout{128}.bytes(), std::size_t{68});
        // Scales are padded to 8 bytes; a last block of 64 may be shorter.
        QCOMPARE((PackedRowLayout{64, 64}.bytes()), std::size_t{64 + 128 + 8});
        QCOMPARE((PackedRowLayout{100, 32}.bytes()), std::size_t{100 + 64 + 8});
        QCOMPARE((PackedRowLayout{576, 64}.bytes()), std::size_t{576 + 128 + 16});
        ModelConfig published;
        published.headDim = 512;
        published.ropeDim = 64;
        published.indexHeadDim = 128;
        const auto bytes = [&](CacheKind kind) {
            return Session::bytesPerRow(published, CacheFormat::packed, kind);
        };
        QCOMPARE(bytes(CacheKind::csaRows), std::size_t{584});
        QCOMPARE(bytes(CacheKind::hcaRows), std::size_t{584});
        QCOMPARE(bytes(CacheKind::indexKeys), std::size_t{68});
        QCOMPARE(sizeof(BFloat16), std::size_t{2});
    }

    void rowsComeBackBitForBit_data()
    {
        QTest::addColumn<int>("straight");
        QTest::addColumn<int>("rotated");
        QTest::newRow("published") << 448 << 64;
        QTest::newRow("tiny") << 64 << 64;
        QTest::newRow("last block shorter, odd offset of the rotated part") << 101 << 32;
        QTest::newRow("less than a block") << 16 << 16;
    }
    void rowsComeBackBitForBit()
    {
        QFETCH(int, straight);
        QFETCH(int, rotated);
        const PackedRowLayout layout{std::size_t(straight), std::size_t(rotated)};
        Numbers numbers;
        for (int trial = 0; trial < 300; ++trial) {
            std::vector<float> row(std::size_t(straight + rotated));
            for (float& x : row)
                x = trial == 0 ? 0.0F : numbers.next() * std::ldexp(1.0F, trial % 40 - 30);
            if (trial % 3 == 1) {
                // The largest becomes 448 times the scale, which alone would ask for a larger one.
                std::fill(row.begin(), row.end(), std::ldexp(1.0F, -9 + trial % 11));
                row[0] = std::ldexp(445.0F, trial % 11);
            }
            roundToBFloat16(row.data(), row.size());
            roundToFp8Blocks(row.data(), layout.straight, PackedRowLayout::kBlock);
            std::vector<std::byte> bytes(layout.bytes());
            layout.encode(row.data(), bytes.data());
            std::vector<BFloat16> back(row.size());
            layout.decode(bytes.data(), back.data());
            for (std::size_t i = 0; i < row.size(); ++i)
                QCOMPARE(std::bit_cast<std::uint32_t>(toFloat(back[i])),
                         std::bit_cast<std::uint32_t>(row[i]));
        }
    }

    void keysComeBackBitForBit()
    {
        const std::size_t dim = 128;
        KeyStore packed(dim, CacheFormat::packed);
        KeyStore plain(dim, CacheFormat::float32);
        Numbers numbers;
        std::vector<float> key(dim);
        const std::size_t count = KeyStore::kPageKeys + 37;
        for (std::size_t i = 0; i < count; ++i) {
            for (float& x : key)
                x = numbers.next();
            if (i % 3 == 1) {
                std::fill(key.begin(), key.end(), 0.5F);
                key[0] = 5.9F;
            }
            roundToBFloat16(key.data(), dim);
            roundToFp4Blocks(key.data(), dim, PackedKeyLayout::kBlock);
            packed.append(key.data());
            plain.append(key.data());
        }
        QCOMPARE(packed.size(), count);
        AlignedArray<float> memory;
        for (const std::size_t page : {std::size_t{0}, std::size_t{1}}) {
            const std::size_t keys = page == 0 ? KeyStore::kPageKeys : 37;
            const std::size_t blocks = (keys + kLanes - 1) / kLanes;
            const float* found = packed.unpack(page * KeyStore::kPageKeys, blocks, memory);
            const auto* wanted =
                static_cast<const float*>(plain.blockAt(page * KeyStore::kPageKeys));
            QCOMPARE(std::memcmp(found, wanted, keys / kLanes * kLanes * dim * sizeof(float)), 0);
        }
        // Through storage and back.
        std::vector<std::byte> bytes(count * packed.packedRowBytes());
        packed.packRows(0, count, bytes.data());
        KeyStore again(dim, CacheFormat::packed);
        again.appendPacked(bytes);
        std::vector<std::byte> twice(bytes.size());
        again.packRows(0, count, twice.data());
        QVERIFY(bytes == twice);
        QVERIFY(packed.memoryBytes() * 7 < plain.memoryBytes());
    }

    void packedAndUnpackedGiveTheSameBits_data()
    {
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("tokens");
        QTest::newRow("fast") << int(NumericMode::fast) << 760;
        QTest::newRow("exact") << int(NumericMode::exact) << 330;
    }
    /// Logits at several lengths, over every mechanism of the tiny checkpoint; then the packed
    /// session is saved, restored and continued.
    void packedAndUnpackedGiveTheSameBits()
    {
        QFETCH(int, mode);
        QFETCH(int, tokens);
        const SessionOptions packed{CacheFormat::packed, 1, NumericMode(mode)};
        const SessionOptions unpacked{CacheFormat::float32, 1, NumericMode(mode)};
        auto first = Session::create(m_model, packed);
        auto second = Session::create(m_model, unpacked);
        QVERIFY(first && second);
        const std::span<const TokenId> all(m_tokens);
        std::vector<std::byte> checkpoint;
        MemoryCache cache;
        const std::size_t saved = std::size_t(tokens) - 65;
        std::size_t at = 0;
        for (const std::size_t end :
             {std::size_t{3}, std::size_t{130}, saved, std::size_t(tokens)}) {
            QVERIFY((*first)->append(all.subspan(at, end - at)));
            QVERIFY((*second)->append(all.subspan(at, end - at)));
            const Bits found = logitsOf(**first);
            QCOMPARE(found.size(), m_model->config().vocabSize);
            QVERIFY(found == logitsOf(**second));
            if (end == saved) {
                cache.add((*first)->rowsSince(0));
                checkpoint = (*first)->checkpoint();
            }
            at = end;
        }
        QCOMPARE(cache.rowBytes(CacheKind::csaRows), std::size_t{200});
        QCOMPARE(cache.rowBytes(CacheKind::indexKeys), std::size_t{68});
        auto restored = Session::restore(m_model, packed, checkpoint, cache);
        QVERIFY(restored);
        QVERIFY((*restored)->append(all.subspan(saved, std::size_t(tokens) - saved)));
        QVERIFY(logitsOf(**restored) == logitsOf(**second));
        QCOMPARE((*restored)->prefilledTokens(), std::uint64_t{65});
        QVERIFY((*first)->cacheBytes() < (*second)->cacheBytes());
    }

    void fastDoesNotDependOnChunks()
    {
        std::vector<Bits> last;
        for (const std::size_t chunk : {std::size_t{400}, std::size_t{17}}) {
            auto session = Session::create(m_model, {CacheFormat::packed, 1, NumericMode::fast});
            QVERIFY(session);
            for (std::size_t at = 0; at < 400; at += chunk)
                QVERIFY((*session)->append(
                    std::span<const TokenId>(m_tokens).subspan(at, std::min(chunk, 400 - at))));
            last.push_back(logitsOf(**session));
        }
        QVERIFY(last[0] == last[1]);
    }

    /// A format that would round what the mode does not is refused, and so is a checkpoint of
    /// another mode.
    void wrongPairsAreRefused()
    {
        QVERIFY(!Session::create(m_model, {CacheFormat::packed, 1, NumericMode::float32}));
        QVERIFY(!Session::create(m_model, {CacheFormat::compact, 1, NumericMode::fast}));
        const auto refused =
            Session::create(m_model, {CacheFormat::compact, 1, NumericMode::exact});
        QVERIFY(!refused);
        QVERIFY(refused.error().message.find("exact") != std::string::npos);
        auto session = Session::create(m_model, {CacheFormat::packed, 1, NumericMode::fast});
        QVERIFY(session);
        QVERIFY((*session)->append(std::span<const TokenId>(m_tokens).first(3)));
        MemoryCache cache;
        const auto other = Session::restore(m_model, {CacheFormat::packed, 1, NumericMode::exact},
                                            (*session)->checkpoint(), cache);
        QVERIFY(!other);
        QCOMPARE(other.error().code, ErrorCode::mismatch);
    }

    void modelsSayHowTheyAreRead()
    {
        QCOMPARE(m_model->config().numerics, NumericMode::fast);
        const SessionOptions options = SessionOptions::forModel(m_model->config(), 1);
        QCOMPARE(options.format, CacheFormat::packed);
        QCOMPARE(options.numerics, NumericMode::fast);
        const auto builtIn =
            ModelConfig::read(std::filesystem::path(LECTERN_MODEL_DIR) / "config.json");
        QVERIFY(builtIn);
        QCOMPARE(builtIn->numerics, NumericMode::float32);
        QCOMPARE(SessionOptions::forModel(*builtIn).format, CacheFormat::compact);
    }

private:
    std::shared_ptr<const Model> m_model;
    std::vector<TokenId> m_tokens;
};

QTEST_GUILESS_MAIN(TestPackedCache)
#include "tst_packed_cache.moc"
