// SPDX-License-Identifier: GPL-3.0-or-later
// A tokenizer that is not the model's is refused: its ids would be read as other words.
#include <QtTest/QTest>

#include "engine/tokenizer_match.h"

using namespace engine;

class TestTokenizerMatch final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto config = ModelConfig::read(LECTERN_MODEL_DIR "/config.json");
        auto tokenizer = Tokenizer::open(LECTERN_MODEL_DIR "/tokenizer.json");
        QVERIFY(config && tokenizer);
        m_config = *config;
        m_tokenizer = *tokenizer;
    }

    void ownTokenizerFits() { QCOMPARE(messageOf(m_config), std::string()); }

    void paddedVocabularyFits()
    {
        ModelConfig padded = m_config;
        padded.vocabSize += 400;
        QCOMPARE(messageOf(padded), std::string());
    }

    void otherVocabularies_data()
    {
        QTest::addColumn<quint64>("vocabSize");
        QTest::newRow("an id too many") << quint64(m_tokenizer->vocabSize() - 1);
        QTest::newRow("much smaller") << quint64(512);
        QTest::newRow("that of DeepSeek-V4") << quint64(129280);
    }
    void otherVocabularies()
    {
        QFETCH(quint64, vocabSize);
        ModelConfig other = m_config;
        other.vocabSize = vocabSize;
        const auto message = messageOf(other);
        QVERIFY2(message.find("tokenizer.json: wanted the tokenizer of a model with vocab_size " +
                              std::to_string(vocabSize)) != std::string::npos,
                 message.c_str());
        QVERIFY2(message.find("found one of " + std::to_string(m_tokenizer->vocabSize())) !=
                     std::string::npos,
                 message.c_str());
    }

    void otherSpecialTokens_data()
    {
        QTest::addColumn<bool>("begin");
        QTest::newRow("begins with a plain token") << true;
        QTest::newRow("ends with a plain token") << false;
    }
    void otherSpecialTokens()
    {
        QFETCH(bool, begin);
        const TokenId plain = m_tokenizer->encode("a").front();
        ModelConfig other = m_config;
        (begin ? other.bosToken : other.eosToken) = plain;
        const auto message = messageOf(other);
        QVERIFY2(message.find(begin ? "bos_token_id" : "eos_token_id") != std::string::npos,
                 message.c_str());
        QVERIFY2(message.find("found a plain token") != std::string::npos, message.c_str());
    }

private:
    std::string messageOf(const ModelConfig& config) const
    {
        const auto checked = checkTokenizer(*m_tokenizer, config, "dir/tokenizer.json");
        return checked ? std::string() : checked.error().message;
    }

    ModelConfig m_config;
    std::shared_ptr<const Tokenizer> m_tokenizer;
};

QTEST_GUILESS_MAIN(TestTokenizerMatch)
#include "tst_tokenizer_match.moc"
