// SPDX-License-Identifier: GPL-3.0-or-later
// Taking back tokens: a session that went back is, bit for bit, one that never read on.
#include <QtTest/QTest>

#include <random>

#include "engine/session.h"

using namespace engine;

namespace {

std::vector<float> logitsOf(Session& session)
{
    const auto logits = session.logits();
    return logits ? std::vector<float>(logits->begin(), logits->end()) : std::vector<float>();
}

std::vector<std::vector<std::byte>> rowsOf(const Session& session)
{
    std::vector<std::vector<std::byte>> rows;
    for (CacheBlock& block : session.rowsSince(0))
        rows.push_back(std::move(block.bytes));
    return rows;
}

} // namespace

class TestRewind final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_TEST_DATA "/golden/tiny-v4");
        QVERIFY(model);
        m_model = *model;
        std::mt19937 random(17);
        m_tokens.resize(1500);
        for (TokenId& token : m_tokens)
            token = static_cast<TokenId>(random() % m_model->config().vocabSize);
    }

    void takenBackIsAsNeverRead_data()
    {
        QTest::addColumn<int>("length");
        QTest::addColumn<int>("format");
        // Around borders of groups of 4 and 128, of the window, of an engine block.
        for (const int length : {0, 1, 4, 7, 125, 127, 128, 254, 511}) {
            QTest::addRow("%d tokens, float32", length) << length << 0;
            QTest::addRow("%d tokens, compact", length) << length << 1;
            QTest::addRow("%d tokens, as the model is read", length) << length << 2;
        }
    }

    /// Reads a few tokens, takes some or all of them back, reads others: as if read at once.
    void takenBackIsAsNeverRead()
    {
        QFETCH(int, length);
        QFETCH(int, format);
        const SessionOptions options =
            format == 2
                ? SessionOptions::forModel(m_model->config(), 1)
                : SessionOptions{format == 1 ? CacheFormat::compact : CacheFormat::float32, 1};
        const std::span<const TokenId> all(m_tokens);
        const auto begin = static_cast<std::size_t>(length);
        auto session = Session::create(m_model, options);
        QVERIFY((*session)->append(all.first(begin)));
        (*session)->keepForRewind(9);
        std::vector<TokenId> kept(all.begin(), all.begin() + length);
        std::mt19937 random(static_cast<unsigned>(length));
        for (int round = 0; round < 6; ++round) {
            // Wrong guesses in one block, or token by token as they would be decoded.
            const std::size_t count = 1 + random() % 9;
            const std::size_t stay = random() % (count + 1);
            const auto guess = all.subspan(500 + random() % 500, count);
            if (round % 2 == 0) {
                QVERIFY((*session)->append(guess));
            } else {
                for (std::size_t i = 0; i < count; ++i)
                    QVERIFY((*session)->append(guess.subspan(i, 1)));
            }
            QVERIFY((*session)->rewind(kept.size() + stay));
            kept.insert(kept.end(), guess.begin(), guess.begin() + std::ptrdiff_t(stay));
            QCOMPARE((*session)->length(), std::uint64_t(kept.size()));
        }
        auto plain = Session::create(m_model, options);
        QVERIFY((*plain)->append(kept));
        QCOMPARE(logitsOf(**session), logitsOf(**plain));
        QCOMPARE((*session)->checkpoint(), (*plain)->checkpoint());
        QCOMPARE(rowsOf(**session), rowsOf(**plain));
        // And it reads on as the other does.
        QVERIFY((*session)->append(all.subspan(0, 131)));
        QVERIFY((*plain)->append(all.subspan(0, 131)));
        QCOMPARE(logitsOf(**session), logitsOf(**plain));
        QCOMPARE((*session)->checkpoint(), (*plain)->checkpoint());
        QCOMPARE(rowsOf(**session), rowsOf(**plain));
    }

    void onlyWhatIsKeptCanBeTakenBack()
    {
        const std::span<const TokenId> all(m_tokens);
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        const auto refused = [&](std::uint64_t length) {
            const auto result = (*session)->rewind(length);
            return !result && result.error().code == ErrorCode::badInput;
        };
        QVERIFY((*session)->append(all.first(20)));
        QVERIFY(refused(19)); // nothing is kept
        QVERIFY((*session)->rewind(20));
        (*session)->keepForRewind(4);
        QVERIFY(refused(19)); // read before
        QVERIFY((*session)->append(all.subspan(20, 3)));
        QVERIFY((*session)->append(all.subspan(23, 3)));
        QVERIFY(refused(21));
        QVERIFY(refused(27));
        QCOMPARE((*session)->length(), std::uint64_t{26});
        QVERIFY((*session)->rewind(22));
        QVERIFY(refused(20)); // tokens before the four were let go
        QVERIFY((*session)->append(all.subspan(22, 5)));
        QVERIFY(refused(26)); // a longer append is final
        QVERIFY((*session)->append(all.subspan(27, 1)));
        QVERIFY((*session)->rewind(27));
        auto plain = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*plain)->append(all.first(27)));
        QCOMPARE((*session)->checkpoint(), (*plain)->checkpoint());
        QCOMPARE(logitsOf(**session), logitsOf(**plain));
    }

    void queryOfATakenBackTokenIsNotGiven()
    {
        const std::span<const TokenId> all(m_tokens);
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        (*session)->keepForRewind(2);
        QVERIFY((*session)->append(all.first(10)));
        QVERIFY((*session)->append(all.subspan(10, 2)));
        QVERIFY((*session)->indexQuery());
        QVERIFY((*session)->rewind(11));
        QVERIFY(!(*session)->indexQuery());
        QVERIFY((*session)->append(all.subspan(11, 1)));
        QVERIFY((*session)->indexQuery());
    }

    void goesBackToACheckpoint_data()
    {
        QTest::addColumn<int>("length");
        for (const int length : {0, 6, 128, 515})
            QTest::addRow("%d tokens", length) << length;
    }

    /// Any distance, here more than a window ring holds.
    void goesBackToACheckpoint()
    {
        QFETCH(int, length);
        const std::span<const TokenId> all(m_tokens);
        const auto begin = static_cast<std::size_t>(length);
        const auto options = SessionOptions::forModel(m_model->config(), 1);
        auto session = Session::create(m_model, options);
        QVERIFY((*session)->append(all.first(begin)));
        const auto checkpoint = (*session)->checkpoint();
        const auto logits = logitsOf(**session);
        const auto rows = rowsOf(**session);
        for (int turn = 0; turn < 2; ++turn) {
            QVERIFY((*session)->append(all.subspan(700, 450)));
            QVERIFY((*session)->rewindTo(checkpoint));
            QCOMPARE((*session)->length(), std::uint64_t(begin));
            QCOMPARE((*session)->checkpoint(), checkpoint);
            QCOMPARE(logitsOf(**session), logits);
            QCOMPARE(rowsOf(**session), rows);
        }
        auto plain = Session::create(m_model, options);
        QVERIFY((*plain)->append(all.first(begin + 300)));
        QVERIFY((*session)->append(all.subspan(begin, 300)));
        QCOMPARE((*session)->checkpoint(), (*plain)->checkpoint());
        QCOMPARE(logitsOf(**session), logitsOf(**plain));
        QCOMPARE(rowsOf(**session), rowsOf(**plain));
    }

    void strangeCheckpointLeavesNothing()
    {
        const std::span<const TokenId> all(m_tokens);
        auto longer = Session::create(m_model, {CacheFormat::compact, 1});
        QVERIFY((*longer)->append(all.first(50)));
        const auto later = (*longer)->checkpoint();
        for (const bool isShort : {false, true}) {
            auto session = Session::create(m_model, {CacheFormat::compact, 1});
            QVERIFY((*session)->append(all.first(40)));
            const auto result = (*session)->rewindTo(
                isShort ? std::span(later).first(later.size() / 2) : std::span(later));
            QVERIFY(!result);
            QCOMPARE(result.error().code, ErrorCode::badInput);
            QCOMPARE((*session)->length(), std::uint64_t{0});
        }
    }

private:
    std::shared_ptr<const Model> m_model;
    std::vector<TokenId> m_tokens;
};

QTEST_GUILESS_MAIN(TestRewind)
#include "tst_rewind.moc"
