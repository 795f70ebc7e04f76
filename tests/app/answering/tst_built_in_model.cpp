// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <QtTest>
#include <nlohmann/json.hpp>

#include "answering/locate.h"
#include "answering/passage_reader.h"
#include "engine/model.h"
#include "engine/session.h"
#include "scripted_sequence.h"

/// The built-in model in the roles that answering gives it, against what it must compute.
class TestBuiltInModel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void passagesScoreAsTheReferenceSays();
    void rightPassagesAreFoundAndQuoted();
    void unrelatedPassagesAreNotFound();

private:
    nlohmann::json m_expected;
    std::shared_ptr<const engine::Model> m_model;
};

void TestBuiltInModel::initTestCase()
{
    std::ifstream file(LECTERN_TEST_DATA "/golden/built-in/expected.json");
    m_expected = nlohmann::json::parse(file);
    auto model = engine::Model::open(LECTERN_MODEL_DIR);
    QVERIFY2(model.has_value(), model ? "" : model.error().message.c_str());
    m_model = *model;
    QVERIFY(builtInTokenizer() != nullptr);
}

void TestBuiltInModel::passagesScoreAsTheReferenceSays()
{
    const auto& document = m_expected["locate"];
    engine::SessionOptions options;
    options.format = engine::CacheFormat::float32;
    auto session = engine::Session::create(m_model, options);
    QVERIFY(session.has_value());
    QVERIFY((*session)->append(document["document_ids"].get<std::vector<engine::TokenId>>()));
    std::vector<answering::TokenRange> passages;
    for (const auto& range : document["paragraph_token_ranges"]) {
        passages.push_back({range[0].get<std::uint64_t>(), range[1].get<std::uint64_t>()});
    }
    for (const auto& question : document["questions"]) {
        auto asked = engine::Session::create(m_model, options);
        QVERIFY((*asked)->append(question["question_ids"].get<std::vector<engine::TokenId>>()));
        const auto rows = (*session)->scoreIndexRows(*(*asked)->indexQuery());
        QVERIFY(rows.has_value());
        const auto scores = answering::passageIndexScores(*rows, passages);
        const auto expected = question["paragraph_scores"].get<std::vector<double>>();
        for (std::size_t i = 0; i < scores.size(); ++i) {
            QVERIFY2(std::abs(scores[i] - expected[i]) < 1e-3,
                     qPrintable(QString("%1 and %2").arg(scores[i]).arg(expected[i])));
        }
    }
}

void TestBuiltInModel::rightPassagesAreFoundAndQuoted()
{
    auto reader = answering::PassageReader::create(builtInTokenizer(),
                                                   *answering::makeEngineSequence(m_model, 0));
    QVERIFY(reader.has_value());
    std::size_t holding = 0;
    for (const auto& entry : m_expected["read"]) {
        const auto passage = entry["passage"].get<std::string>();
        const auto opened = (*reader)->open(entry["question"].get<std::string>(), passage, false);
        QVERIFY(opened.has_value());
        QVERIFY(opened->found > 0.9);
        const auto reading = (*reader)->quote({});
        QVERIFY(reading.has_value());
        const auto quote =
            passage.substr(reading->quoteBegin, reading->shownEnd - reading->quoteBegin);
        qInfo(
            "found %.3f, %zu tokens chosen: %s", reading->found, reading->generatedTokens,
            qPrintable(QString::fromStdString(
                quote + " => " +
                passage.substr(reading->answerBegin, reading->answerEnd - reading->answerBegin))));
        holding += quote.find(entry["gold"].get<std::string>()) != std::string::npos ? 1U : 0U;
    }
    QVERIFY(holding >= 2);
}

void TestBuiltInModel::unrelatedPassagesAreNotFound()
{
    auto reader = answering::PassageReader::create(builtInTokenizer(),
                                                   *answering::makeEngineSequence(m_model, 0));
    const auto& entries = m_expected["read"];
    std::size_t found = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& other = entries[(i + 1) % entries.size()];
        const auto opened = (*reader)->open(entries[i]["question"].get<std::string>(),
                                            other["passage"].get<std::string>(), false);
        QVERIFY(opened.has_value());
        found += opened->found >= 0.5 ? 1U : 0U;
    }
    QVERIFY(found <= 1); // one in ten unrelated passages still looks like an answer
}

QTEST_GUILESS_MAIN(TestBuiltInModel)
#include "tst_built_in_model.moc"
