// SPDX-License-Identifier: GPL-3.0-or-later
// The built-in model against tests/data/golden/built-in/expected.json: reading prompts, greedy
// continuations, index rows and paragraph scores of a located document.
#include <QtTest/QTest>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

#include <nlohmann/json.hpp>

#include "engine/session.h"

using namespace engine;

namespace {

std::vector<TokenId> ids(const nlohmann::json& json)
{
    return json.get<std::vector<TokenId>>();
}

std::size_t argmax(std::span<const float> logits)
{
    return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) -
                                    logits.begin());
}

} // namespace

class TestBuiltInWeights final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_MODEL_DIR, {Residency::panels});
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_models[0] = *model;
        model = Model::open(LECTERN_MODEL_DIR, {Residency::mapped});
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        m_models[1] = *model;
        std::ifstream stream(std::string(LECTERN_TEST_DATA) + "/golden/built-in/expected.json");
        m_expected = nlohmann::json::parse(stream);
    }

    void readingPrompts_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<bool>("mapped");
        for (int i = 0; i < int(m_expected["read"].size()); ++i) {
            QTest::addRow("prompt %d", i) << i << false;
            QTest::addRow("prompt %d, mapped", i) << i << true;
        }
    }

    void readingPrompts()
    {
        QFETCH(int, index);
        QFETCH(bool, mapped);
        const auto& prompt = m_expected["read"][std::size_t(index)];
        auto session = Session::create(m_models[mapped ? 1 : 0], {CacheFormat::float32, 1});
        QVERIFY(session);
        QVERIFY((*session)->append(ids(prompt["prompt_ids"])));
        auto logits = (*session)->logits();
        QVERIFY(logits);
        for (const auto& [id, value] :
             prompt["last_logits_top10"].get<std::vector<std::pair<std::size_t, double>>>())
            QVERIFY2(std::abs(double((*logits)[id]) - value) < 1e-3,
                     qPrintable(QString("token %1: %2, wanted %3")
                                    .arg(id)
                                    .arg(double((*logits)[id]))
                                    .arg(value)));
        for (const TokenId wanted : ids(prompt["greedy_ids"])) {
            logits = (*session)->logits();
            QVERIFY(logits);
            QCOMPARE(TokenId(argmax(*logits)), wanted);
            QVERIFY((*session)->append({&wanted, 1}));
        }
    }

    void locatedDocument_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<bool>("compact");
        for (int i = 0; i < int(m_expected["locate"]["questions"].size()); ++i) {
            QTest::addRow("question %d, float32", i) << i << false;
            QTest::addRow("question %d, compact", i) << i << true;
        }
    }

    /// float32: the same rows in the same order and scores to the decimals given; compact: the
    /// best paragraph stays best.
    void locatedDocument()
    {
        QFETCH(int, index);
        QFETCH(bool, compact);
        const SessionOptions options{compact ? CacheFormat::compact : CacheFormat::float32, 1};
        const auto& locate = m_expected["locate"];
        const auto& question = locate["questions"][std::size_t(index)];
        auto& document = m_documents[compact ? 1 : 0];
        if (!document) {
            auto created = Session::create(m_models[0], options);
            QVERIFY(created);
            document = std::move(*created);
            QVERIFY(document->append(ids(locate["document_ids"])));
        }
        auto asked = Session::create(m_models[0], options);
        QVERIFY(asked);
        QVERIFY((*asked)->append(ids(question["question_ids"])));
        const auto query = (*asked)->indexQuery();
        QVERIFY(query);
        const auto scores = document->scoreIndexRows(*query);
        QVERIFY(scores);
        QCOMPARE(scores->size(), locate["document_ids"].size() / 4);
        std::vector<std::size_t> order(scores->size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](auto a, auto b) { return (*scores)[a] > (*scores)[b]; });
        const auto wanted =
            question["top10_rows"].get<std::vector<std::pair<std::size_t, double>>>();
        for (std::size_t i = 0; i < wanted.size() && !compact; ++i) {
            QCOMPARE(order[i], wanted[i].first);
            QVERIFY(std::abs(double((*scores)[order[i]]) - wanted[i].second) < 1e-3);
        }
        compareParagraphs(*scores, locate["paragraph_token_ranges"], question, compact);
    }

private:
    static void compareParagraphs(const std::vector<float>& scores, const nlohmann::json& ranges,
                                  const nlohmann::json& question, bool compact)
    {
        std::vector<double> found;
        for (const auto& range : ranges) {
            // Rows whose last token lies in the paragraph.
            const auto begin = range[0].get<std::size_t>() / 4;
            const auto end = range[1].get<std::size_t>() / 4;
            const double top = double(*std::max_element(scores.begin() + std::ptrdiff_t(begin),
                                                        scores.begin() + std::ptrdiff_t(end)));
            double sum = 0.0;
            for (std::size_t row = begin; row < end; ++row)
                sum += std::exp(double(scores[row]) - top);
            found.push_back(top + std::log(sum));
        }
        const auto wanted = question["paragraph_scores"].get<std::vector<double>>();
        const auto best = [](const auto& v) {
            return std::max_element(v.begin(), v.end()) - v.begin();
        };
        QCOMPARE(best(found), best(wanted));
        if (compact)
            return;
        for (std::size_t i = 0; i < wanted.size(); ++i)
            QVERIFY2(
                std::abs(found[i] - wanted[i]) < 1e-3,
                qPrintable(
                    QString("paragraph %1: %2, wanted %3").arg(i).arg(found[i]).arg(wanted[i])));
    }

    std::shared_ptr<const Model> m_models[2]; ///< in panels, mapped
    nlohmann::json m_expected;
    std::unique_ptr<Session> m_documents[2]; ///< float32, compact: read once
};

QTEST_GUILESS_MAIN(TestBuiltInWeights)
#include "tst_built_in_weights.moc"
