// SPDX-License-Identifier: GPL-3.0-or-later
// A session's timeline: cutting, restoring, cancelling, refusing.
#include <QtTest/QTest>

#include <map>
#include <random>
#include <thread>

#include "engine/session.h"
#include "session/session_impl.h"

using namespace engine;

namespace {

using RowKey = std::pair<std::size_t, CacheKind>;

/// Keeps what rowsSince gave, as a session file would.
class MemoryCache final : public CacheSource
{
public:
    void add(const Session& session, std::uint64_t since)
    {
        for (CacheBlock& block : session.rowsSince(since)) {
            auto& bytes = m_bytes[{block.layer, block.kind}];
            const std::size_t rowBytes = block.bytes.size() / block.rowCount;
            bytes.resize(static_cast<std::size_t>(block.rowBegin) * rowBytes);
            bytes.insert(bytes.end(), block.bytes.begin(), block.bytes.end());
        }
    }
    Result<void> read(std::size_t layer, CacheKind kind, std::uint64_t rowBegin,
                      std::uint64_t rowCount, std::span<std::byte> out) override
    {
        const auto& bytes = m_bytes[{layer, kind}];
        const std::size_t rowBytes = out.size() / rowCount;
        rowsRead[{layer, kind}] += rowCount;
        if ((rowBegin + rowCount) * rowBytes > bytes.size())
            return fail(ErrorCode::io, "the cache holds fewer rows");
        std::copy_n(bytes.begin() + std::ptrdiff_t(rowBegin * rowBytes), out.size(), out.begin());
        return {};
    }
    std::map<RowKey, std::uint64_t> rowsRead;

private:
    std::map<RowKey, std::vector<std::byte>> m_bytes;
};

std::vector<float> logitsOf(Session& session)
{
    const auto logits = session.logits();
    return logits ? std::vector<float>(logits->begin(), logits->end()) : std::vector<float>();
}

} // namespace

class TestSession final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_TEST_DATA "/golden/tiny-v4");
        QVERIFY(model);
        m_model = *model;
        std::mt19937 random(3);
        m_tokens.resize(2600);
        for (TokenId& token : m_tokens)
            token = static_cast<TokenId>(random() % m_model->config().vocabSize);
    }

    void restoredEqualsUninterrupted_data()
    {
        QTest::addColumn<int>("length");
        QTest::addColumn<bool>("compact");
        for (const int length : {1, 3, 4, 5, 127, 128, 129, 255, 256, 257, 511, 2047, 2048, 2049}) {
            QTest::addRow("%d tokens, float32", length) << length << false;
            QTest::addRow("%d tokens, compact", length) << length << true;
        }
    }

    /// Save after `length` tokens, restore, read on: the same bits as without closing.
    void restoredEqualsUninterrupted()
    {
        QFETCH(int, length);
        QFETCH(bool, compact);
        const SessionOptions options{compact ? CacheFormat::compact : CacheFormat::float32, 2};
        const std::span<const TokenId> all(m_tokens);
        const auto cut = std::size_t(length);
        auto first = Session::create(m_model, options);
        QVERIFY(first);
        MemoryCache cache;
        // Saved in two commits, as reading does.
        QVERIFY((*first)->append(all.first(cut / 2)));
        cache.add(**first, 0);
        QVERIFY((*first)->append(all.subspan(cut / 2, cut - cut / 2)));
        cache.add(**first, cut / 2);
        const auto checkpoint = (*first)->checkpoint();
        const auto atCut = logitsOf(**first);
        QVERIFY((*first)->append(all.subspan(cut, 200)));

        auto second = Session::restore(m_model, options, checkpoint, cache);
        QVERIFY2(second, second ? "" : second.error().message.c_str());
        QCOMPARE((*second)->length(), std::uint64_t(cut));
        QCOMPARE(logitsOf(**second), atCut);
        QCOMPARE((*second)->prefilledTokens(), std::uint64_t{0});
        QVERIFY((*second)->append(all.subspan(cut, 200)));
        QCOMPARE((*second)->prefilledTokens(), std::uint64_t{200});
        QCOMPARE(logitsOf(**second), logitsOf(**first));
        QCOMPARE((*second)->checkpoint(), (*first)->checkpoint());
    }

    void cutsDoNotMatter_data()
    {
        QTest::addColumn<bool>("compact");
        QTest::newRow("float32") << false;
        QTest::newRow("compact") << true;
    }

    void cutsDoNotMatter()
    {
        QFETCH(bool, compact);
        const CacheFormat format = compact ? CacheFormat::compact : CacheFormat::float32;
        const std::span<const TokenId> all(m_tokens);
        auto whole = Session::create(m_model, {format, 1});
        auto pieces = Session::create(m_model, {format, 2});
        QVERIFY(whole && pieces);
        QVERIFY((*whole)->append(all.first(1500)));
        std::mt19937 random(11);
        for (std::size_t at = 0; at < 1500;) {
            const std::size_t count = std::min<std::size_t>(1500 - at, 1 + random() % 333);
            QVERIFY((*pieces)->append(all.subspan(at, count)));
            at += count;
        }
        QCOMPARE(logitsOf(**pieces), logitsOf(**whole));
        QCOMPARE((*pieces)->checkpoint(), (*whole)->checkpoint());
    }

    /// Locating needs the index keys of one layer and nothing else of a restored session.
    void scoringLoadsOnlyKeys()
    {
        const SessionOptions options{CacheFormat::compact, 1};
        auto first = Session::create(m_model, options);
        QVERIFY((*first)->append(std::span<const TokenId>(m_tokens).first(1000)));
        MemoryCache cache;
        cache.add(**first, 0);
        const auto query = (*first)->indexQuery();
        QVERIFY(query);
        const auto wanted = (*first)->scoreIndexRows(*query);
        auto second = Session::restore(m_model, options, (*first)->checkpoint(), cache);
        QVERIFY(second);
        const auto found = (*second)->scoreIndexRows(*query);
        QVERIFY(wanted && found);
        QCOMPARE(found->size(), std::size_t{250});
        QCOMPARE(*found, *wanted);
        QCOMPARE(cache.rowsRead.size(), std::size_t{1});
        QCOMPARE(cache.rowsRead.begin()->first, RowKey(query->layer, CacheKind::indexKeys));
    }

    /// The last streams are the last bytes before the samples: a model that computes otherwise
    /// would turn the same streams into other logits, as other streams do here.
    void selfTestComparesLogits()
    {
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*session)->append(std::span<const TokenId>(m_tokens).first(300)));
        MemoryCache cache;
        cache.add(**session, 0);
        const auto checkpoint = (*session)->checkpoint();
        QVERIFY(Session::restore(m_model, {CacheFormat::compact, 1}, checkpoint, cache));
        constexpr std::size_t kSampleBytes = sizeof(std::uint32_t) + 16 * sizeof(float);
        auto otherStreams = checkpoint;
        const std::size_t end = otherStreams.size() - kSampleBytes;
        for (std::size_t at = end - m_model->config().modelDim * sizeof(float) + 3; at < end;
             at += sizeof(float))
            otherStreams.at(at) ^= std::byte{0x80}; // the sign
        const auto refused =
            Session::restore(m_model, {CacheFormat::compact, 1}, otherStreams, cache);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::mismatch);
        QVERIFY(refused.error().message.find("self-test") != std::string::npos);
    }

    void cancelKeepsWhatWasRead()
    {
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        std::stop_source stop;
        stop.request_stop();
        const auto read = (*session)->append(m_tokens, stop.get_token());
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::cancelled);
        QCOMPARE((*session)->length(), std::uint64_t{0});
        // Cancelled from elsewhere, at some block.
        std::stop_source later;
        std::jthread canceller([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(60));
            later.request_stop();
        });
        std::vector<TokenId> longInput;
        for (int i = 0; i < 200; ++i)
            longInput.insert(longInput.end(), m_tokens.begin(), m_tokens.end());
        const auto cancelled = (*session)->append(longInput, later.get_token());
        QVERIFY(!cancelled);
        QCOMPARE(cancelled.error().code, ErrorCode::cancelled);
        const std::uint64_t length = (*session)->length();
        auto same = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*same)->append(
            std::span<const TokenId>(longInput).first(static_cast<std::size_t>(length))));
        QCOMPARE(logitsOf(**session), logitsOf(**same));
    }

    void clearedIsAsNew()
    {
        const std::span<const TokenId> all(m_tokens);
        auto used = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*used)->append(all.first(700)));
        (*used)->clear();
        QCOMPARE((*used)->length(), std::uint64_t{0});
        QVERIFY(logitsOf(**used).empty());
        auto fresh = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*used)->append(all.subspan(700, 300)));
        QVERIFY((*fresh)->append(all.subspan(700, 300)));
        QCOMPARE(logitsOf(**used), logitsOf(**fresh));
    }

    void wrongInputIsRefused()
    {
        auto session = Session::create(m_model);
        for (const TokenId bad : {TokenId{-1}, TokenId{512}}) {
            const auto read = (*session)->append({&bad, 1});
            QVERIFY(!read);
            QCOMPARE(read.error().code, ErrorCode::badInput);
        }
        QVERIFY((*session)->append(std::span<const TokenId>(m_tokens).first(10)));
        auto checkpoint = (*session)->checkpoint();
        MemoryCache cache;
        cache.add(**session, 0);
        const auto refused = [&](std::span<const std::byte> bytes, ErrorCode code) {
            const auto restored = Session::restore(m_model, {}, bytes, cache);
            return !restored && restored.error().code == code;
        };
        for (std::size_t size = 0; size < checkpoint.size(); size += 997)
            QVERIFY(refused(std::span(checkpoint).first(size), ErrorCode::badInput));
        const auto otherFormat =
            Session::restore(m_model, {CacheFormat::float32, 1}, checkpoint, cache);
        QVERIFY(!otherFormat);
        QCOMPARE(otherFormat.error().code, ErrorCode::mismatch);
        auto otherModel = checkpoint;
        otherModel[20] ^= std::byte{1}; // inside the fingerprint
        QVERIFY(refused(otherModel, ErrorCode::mismatch));
        auto otherLength = checkpoint;
        otherLength[59] = std::byte{0x40}; // 2^62 tokens and 10
        QVERIFY(refused(otherLength, ErrorCode::badInput));
        auto otherVersion = checkpoint;
        otherVersion[4] = std::byte{9};
        QVERIFY(refused(otherVersion, ErrorCode::mismatch));
        auto otherFeatures = checkpoint;
        otherFeatures[12] = std::byte{8};
        QVERIFY(refused(otherFeatures, ErrorCode::mismatch));
    }

    void earlierSessionsGoOnAsTheyWere_data()
    {
        QTest::addColumn<quint32>("version");
        QTest::addColumn<bool>("remainders");
        QTest::newRow("version 1: no samples for the self-test") << 1U << false;
        QTest::newRow("version 2: int8 keys alone") << 2U << false;
        QTest::newRow("version 3: remainders of keys") << 3U << true;
        QTest::newRow("version 4: few directions") << 4U << true;
    }

    /// What a session was begun with its checkpoint says, those before version 5 by their version:
    /// windows were bfloat16, and stay so.
    void earlierSessionsGoOnAsTheyWere()
    {
        QFETCH(quint32, version);
        QFETCH(bool, remainders);
        const SessionOptions options{CacheFormat::compact, 1};
        const std::span<const TokenId> all(m_tokens);
        const auto asVersion = [&](std::vector<std::byte> bytes, std::size_t samples) {
            std::memcpy(bytes.data() + 4, &version, sizeof version);
            bytes.erase(bytes.begin() + 12, bytes.begin() + 16); // the features
            if (version == 1)
                bytes.resize(bytes.size() - sizeof(std::uint32_t) - samples * sizeof(float));
            return bytes;
        };
        MemoryCache none;
        const auto empty = asVersion((*Session::create(m_model, options))->checkpoint(), 0);
        auto begun = Session::restore(m_model, options, empty, none);
        QVERIFY2(begun, begun ? "" : begun.error().message.c_str());
        QVERIFY((*begun)->append(all.first(700)));
        MemoryCache cache;
        cache.add(**begun, 0);
        const auto stored = asVersion((*begun)->checkpoint(), 16);
        QVERIFY((*begun)->append(all.subspan(700, 200)));
        auto reopened = Session::restore(m_model, options, stored, cache);
        QVERIFY2(reopened, reopened ? "" : reopened.error().message.c_str());
        for (const LayerCache& layer : SessionAccess::impl(**reopened).caches) {
            QVERIFY(layer.window.isBFloat16());
            QVERIFY(!layer.indexKeys.isInt8() || layer.indexKeys.keepsRemainders() == remainders);
        }
        QVERIFY((*reopened)->append(all.subspan(700, 200)));
        QCOMPARE(logitsOf(**reopened), logitsOf(**begun));
        QCOMPARE((*reopened)->checkpoint(), (*begun)->checkpoint());

        auto today = Session::create(m_model, options);
        QVERIFY((*today)->append(all.first(900)));
        QVERIFY(!SessionAccess::impl(**today).caches.front().window.isBFloat16());
        QVERIFY(logitsOf(**today) != logitsOf(**begun));
    }

private:
    std::shared_ptr<const Model> m_model;
    std::vector<TokenId> m_tokens;
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
