// SPDX-License-Identifier: GPL-3.0-or-later
// Generation, with and without speculation: the same greedy tokens and logits bit for bit, the same
// distribution when sampled, and the session left as promised.
#include <QtTest/QTest>

#include <cstring>
#include <filesystem>
#include <map>
#include <random>

#include <QElapsedTimer>
#include <QTemporaryDir>

#include "engine/generate.h"
#include "markov_checkpoint.h"
#include "session/speculation.h"

using namespace engine;

namespace {

Sampler samplerOf(const SamplingSettings& settings)
{
    auto sampler = Sampler::create(settings);
    if (!sampler)
        qFatal("%s", sampler.error().message.c_str());
    return *sampler;
}

TokenDistribution distributionOf(const std::vector<double>& probabilities)
{
    TokenDistribution result;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (probabilities[i] > 0.0) {
            result.ids.push_back(TokenId(i));
            result.probabilities.push_back(probabilities[i]);
        }
    }
    return result;
}

/// Sum over cells; those with small expectations go together.
double chiSquare(const std::map<std::pair<TokenId, TokenId>, double>& expected,
                 const std::map<std::pair<TokenId, TokenId>, int>& counts, int& freedom)
{
    double sum = 0.0;
    double restExpected = 0.0;
    double restCount = 0.0;
    freedom = 0;
    for (const auto& [cell, wanted] : expected) {
        const auto at = counts.find(cell);
        const double count = at == counts.end() ? 0.0 : at->second;
        if (wanted < 5.0) {
            restExpected += wanted;
            restCount += count;
            continue;
        }
        sum += (count - wanted) * (count - wanted) / wanted;
        ++freedom;
    }
    if (restExpected >= 5.0) {
        sum += (restCount - restExpected) * (restCount - restExpected) / restExpected;
        ++freedom;
    }
    --freedom;
    return sum;
}

/// What is passed once in some 30,000 seeds: Wilson and Hilferty's approximation at 4 sigma.
double farTail(int freedom)
{
    const double k = freedom;
    return k * std::pow(1.0 - 2.0 / (9.0 * k) + 4.0 * std::sqrt(2.0 / (9.0 * k)), 3.0);
}

struct Run
{
    GenerationReport report;
    std::vector<std::vector<float>> logits;
    std::vector<std::byte> checkpoint;
};

Run runOf(const std::shared_ptr<const Model>& model, std::span<const TokenId> prompt,
          const SamplingSettings& sampling, const GenerationOptions& options,
          const SessionOptions& sessionOptions = {CacheFormat::compact, 1})
{
    auto session = Session::create(model, sessionOptions);
    Sampler sampler = samplerOf(sampling);
    Run run;
    GenerationObserver observer;
    observer.logits = [&](std::span<const float> logits) {
        run.logits.emplace_back(logits.begin(), logits.end());
    };
    auto report = generate(**session, prompt, sampler, options, observer);
    if (!report)
        qFatal("%s", report.error().message.c_str());
    run.report = std::move(*report);
    run.checkpoint = (*session)->checkpoint();
    if ((*session)->length() != prompt.size() + run.report.tokens.size() - 1)
        qFatal("the session has another length than promised");
    return run;
}

} // namespace

class TestSpeculation final : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        auto model = Model::open(LECTERN_TEST_DATA "/golden/tiny-v4");
        QVERIFY(model);
        m_model = *model;
        std::mt19937 random(29);
        m_prompt.resize(130);
        for (TokenId& token : m_prompt)
            token = static_cast<TokenId>(random() % m_model->config().vocabSize);
    }

    void ruleKeepsTheDistribution_data()
    {
        QTest::addColumn<QList<double>>("trunk");
        QTest::addColumn<QList<double>>("drafter");
        const QList trunk{0.35, 0.05, 0.2, 0.0, 0.25, 0.15};
        QTest::newRow("equal") << trunk << trunk;
        QTest::newRow("close") << trunk << QList{0.3, 0.1, 0.25, 0.0, 0.2, 0.15};
        QTest::newRow("far") << trunk << QList{0.01, 0.5, 0.02, 0.4, 0.03, 0.04};
        QTest::newRow("nothing in common") << trunk << QList{0.0, 0.0, 0.0, 1.0, 0.0, 0.0};
        QTest::newRow("sure drafter") << trunk << QList{0.0, 0.0, 0.0, 0.0, 1.0, 0.0};
        QTest::newRow("sure trunk") << QList{0.0, 1.0, 0.0, 0.0, 0.0, 0.0} << trunk;
    }

    void ruleKeepsTheDistribution()
    {
        QFETCH(QList<double>, trunk);
        QFETCH(QList<double>, drafter);
        const TokenDistribution p = distributionOf({trunk.begin(), trunk.end()});
        const TokenDistribution q = distributionOf({drafter.begin(), drafter.end()});
        Sampler sampler = samplerOf({1.0F, 1.0F, 0.0F, 31});
        constexpr int kDraws = 100000;
        std::map<std::pair<TokenId, TokenId>, double> expected;
        std::map<std::pair<TokenId, TokenId>, int> counts;
        double overlap = 0.0;
        int taken = 0;
        for (std::size_t i = 0; i < p.ids.size(); ++i) {
            expected[{p.ids[i], 0}] = p.probabilities[i] * kDraws;
            overlap += std::min(p.probabilities[i], q.probabilityOf(p.ids[i]));
        }
        for (int i = 0; i < kDraws; ++i) {
            const Proposal proposal{sampler.draw(q), q};
            const Decision decision = decide(proposal, p, sampler);
            QVERIFY(p.probabilityOf(decision.token) > 0.0);
            ++counts[{decision.token, 0}];
            taken += decision.taken;
        }
        int freedom = 0;
        const double found = chiSquare(expected, counts, freedom);
        QVERIFY2(freedom == 0 ? found == 0.0 : found < farTail(freedom),
                 qPrintable(QString::number(found)));
        // As many are taken as the distributions have in common.
        const double sigma = std::sqrt(overlap * (1.0 - overlap) * kDraws);
        QVERIFY(std::abs(taken - overlap * kDraws) <= 4.0 * sigma + 1e-6 * kDraws);
    }

    void greedyIsTheSame_data()
    {
        QTest::addColumn<int>("draftTokens");
        QTest::addColumn<int>("format");
        for (const int draftTokens : {1, 4})
            QTest::addRow("%d drafted, as the model is read", draftTokens) << draftTokens << 2;
        QTest::addRow("3 drafted, compact") << 3 << 1;
        QTest::addRow("1 drafted, float32") << 1 << 0;
    }

    /// 260 tokens: over borders of groups, of the window and of an engine block.
    void greedyIsTheSame()
    {
        QFETCH(int, draftTokens);
        QFETCH(int, format);
        const SessionOptions session =
            format == 2
                ? SessionOptions::forModel(m_model->config(), 1)
                : SessionOptions{format == 1 ? CacheFormat::compact : CacheFormat::float32, 1};
        const SamplingSettings greedy{0.0F, 1.0F, 0.0F, 0};
        GenerationOptions options;
        options.maxTokens = 260;
        if (m_plain.count(format) == 0)
            m_plain[format] = runOf(m_model, m_prompt, greedy, options, session);
        const Run& plain = m_plain[format];
        options.speculative = true;
        options.draftTokens = std::size_t(draftTokens);
        const Run drafted = runOf(m_model, m_prompt, greedy, options, session);
        QCOMPARE(drafted.report.tokens, plain.report.tokens);
        QCOMPARE(drafted.report.tokens.size(), std::size_t{260});
        QCOMPARE(drafted.logits.size(), plain.logits.size());
        for (std::size_t i = 0; i < plain.logits.size(); ++i)
            QCOMPARE(drafted.logits[i], plain.logits[i]);
        QCOMPARE(drafted.checkpoint, plain.checkpoint);
        QVERIFY(drafted.report.drafted > 0);
        QVERIFY(drafted.report.blocks + drafted.report.accepted + 1 >= 260);
        qInfo("%d of %d drafted tokens taken", int(drafted.report.accepted),
              int(drafted.report.drafted));
    }

    /// Trunk and drafter that agree: nearly every proposal stands, and blocks get fewer.
    void agreeingDrafterSavesBlocks()
    {
        const auto model = markovModel(m_folder.path().toStdString());
        QVERIFY2(model, model ? "" : model.error().message.c_str());
        GenerationOptions options;
        options.maxTokens = 200;
        // With a temperature, since greedy choice goes round in a circle soon.
        for (const float temperature : {0.0F, 1.0F}) {
            QElapsedTimer timer;
            timer.start();
            const Run plain = runOf(*model, m_prompt, {temperature, 1.0F, 0.0F, 5}, options);
            const qint64 plainMs = timer.restart();
            options.speculative = true;
            options.draftTokens = 3;
            const Run drafted = runOf(*model, m_prompt, {temperature, 1.0F, 0.0F, 5}, options);
            qInfo("200 tokens in %lld ms, with speculation in %lld ms and %d blocks; %d of %d "
                  "drafted tokens taken",
                  plainMs, timer.elapsed(), int(drafted.report.blocks),
                  int(drafted.report.accepted), int(drafted.report.drafted));
            options.speculative = false;
            QCOMPARE(plain.report.blocks, std::uint64_t{199});
            QVERIFY(drafted.report.accepted * 10 > drafted.report.drafted * 9);
            QVERIFY(drafted.report.blocks < 70);
            if (temperature == 0.0F) {
                QCOMPARE(drafted.report.tokens, plain.report.tokens);
                QCOMPARE(drafted.checkpoint, plain.checkpoint);
            }
        }
    }

    void sampledDistributionIsTheSame_data()
    {
        QTest::addColumn<int>("drafter");
        QTest::newRow("a drafter that knows nothing") << 0;
        QTest::newRow("a drafter that is often right") << 1;
        QTest::newRow("a drafter that agrees") << 2;
    }

    /// The first and second token after a fixed prompt, over many seeds, against probabilities
    /// computed by running the trunk on every first token.
    void sampledDistributionIsTheSame()
    {
        QFETCH(int, drafter);
        auto model = m_model;
        if (drafter > 0)
            model = *markovModel(m_folder.path().toStdString(), drafter == 1);
        // Few tokens are left, so that every cell is hit often.
        const SamplingSettings settings{2.0F, 1.0F, 0.5F, 0};
        auto session = Session::create(model, {CacheFormat::compact, 1});
        QVERIFY((*session)->append(std::span<const TokenId>(m_prompt).first(21)));
        const auto start = (*session)->checkpoint();
        const Sampler exact = samplerOf(settings);
        constexpr int kSeeds = 600;
        std::map<std::pair<TokenId, TokenId>, double> expected;
        const auto first = exact.distribution(*(*session)->logits());
        QVERIFY(first && first->ids.size() > 1);
        for (std::size_t i = 0; i < first->ids.size(); ++i) {
            QVERIFY((*session)->append(std::span(&first->ids[i], 1)));
            const auto second = exact.distribution(*(*session)->logits());
            for (std::size_t j = 0; j < second->ids.size(); ++j)
                expected[{first->ids[i], second->ids[j]}] =
                    kSeeds * first->probabilities[i] * second->probabilities[j];
            QVERIFY((*session)->rewindTo(start));
        }
        GenerationOptions options;
        options.maxTokens = 3;
        options.speculative = true;
        options.draftTokens = 1;
        std::map<std::pair<TokenId, TokenId>, int> counts;
        std::uint64_t drafted = 0;
        std::uint64_t accepted = 0;
        for (int seed = 0; seed < kSeeds; ++seed) {
            Sampler sampler = samplerOf({settings.temperature, settings.topP, settings.minP,
                                         static_cast<std::uint64_t>(seed)});
            const auto report = generate(**session, {}, sampler, options);
            QVERIFY(report);
            ++counts[{report->tokens[0], report->tokens[1]}];
            QVERIFY(expected.count({report->tokens[0], report->tokens[1]}) == 1);
            drafted += report->drafted;
            accepted += report->accepted;
            QVERIFY((*session)->rewindTo(start));
        }
        int freedom = 0;
        const double found = chiSquare(expected, counts, freedom);
        qInfo("chi-square %.1f at %d degrees of freedom; %d of %d drafted tokens taken", found,
              freedom, int(accepted), int(drafted));
        QVERIFY(freedom >= 3);
        QVERIFY(drafter != 1 || (accepted * 10 > drafted && accepted * 10 < 9 * drafted));
        QVERIFY(found < farTail(freedom));
    }

    void endsWhereItShould()
    {
        GenerationOptions options;
        options.maxTokens = 40;
        const SamplingSettings greedy{0.0F, 1.0F, 0.0F, 0};
        const Run whole = runOf(m_model, m_prompt, greedy, options);
        QCOMPARE(whole.report.end, GenerationEnd::tokenLimit);
        QCOMPARE(whole.report.tokens.size(), std::size_t{40});
        // A stop token is handed out, and nothing after it.
        options.stopTokens = {whole.report.tokens[11]};
        const auto firstStop = std::find(whole.report.tokens.begin(), whole.report.tokens.end(),
                                         whole.report.tokens[11]);
        for (const bool speculative : {false, true}) {
            options.speculative = speculative;
            options.draftTokens = 4;
            const Run stopped = runOf(m_model, m_prompt, greedy, options);
            QCOMPARE(stopped.report.end, GenerationEnd::stopToken);
            QCOMPARE(stopped.report.tokens,
                     std::vector<TokenId>(whole.report.tokens.begin(), firstStop + 1));
        }
        // The observer ends it.
        options.stopTokens.clear();
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        Sampler sampler = samplerOf(greedy);
        GenerationObserver observer;
        int left = 7;
        observer.token = [&](TokenId) { return --left > 0; };
        const auto report = generate(**session, m_prompt, sampler, options, observer);
        QVERIFY(report);
        QCOMPARE(report->end, GenerationEnd::caller);
        QCOMPARE(report->tokens.size(), std::size_t{7});
        QCOMPARE((*session)->length(), std::uint64_t{136});
    }

    void stopsWithinABlock()
    {
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        Sampler sampler = samplerOf({0.0F, 1.0F, 0.0F, 0});
        GenerationOptions options;
        GenerationObserver observer;
        std::stop_source stop;
        int left = 5;
        observer.token = [&](TokenId) {
            if (--left == 0)
                stop.request_stop();
            return true;
        };
        const auto report =
            generate(**session, m_prompt, sampler, options, observer, stop.get_token());
        QVERIFY(!report);
        QCOMPARE(report.error().code, ErrorCode::cancelled);
        QCOMPARE(left, 0);
    }

    void wrongUseIsRefused()
    {
        auto session = Session::create(m_model, {CacheFormat::compact, 1});
        Sampler sampler = samplerOf({});
        const auto codeOf = [&](std::span<const TokenId> prompt, const GenerationOptions& options) {
            const auto report = generate(**session, prompt, sampler, options);
            return report ? ErrorCode::io : report.error().code;
        };
        GenerationOptions options;
        QCOMPARE(codeOf({}, options), ErrorCode::badInput); // nothing to go on from
        options.maxTokens = 0;
        QCOMPARE(codeOf(m_prompt, options), ErrorCode::badInput);
        options.maxTokens = 4;
        options.speculative = true;
        options.draftTokens = 9;
        QCOMPARE(codeOf(m_prompt, options), ErrorCode::badInput);
        const TokenId outside = 512;
        options.draftTokens = 1;
        QCOMPARE(codeOf(std::span(&outside, 1), options), ErrorCode::badInput);
        QCOMPARE((*session)->length(), std::uint64_t{0});
        // A model without the block.
        auto builtIn = Model::open(LECTERN_MODEL_DIR);
        QVERIFY(builtIn);
        auto other = Session::create(*builtIn, {CacheFormat::compact, 1});
        const auto report = generate(**other, m_prompt, sampler, options);
        QVERIFY(!report);
        QCOMPARE(report.error().code, ErrorCode::unsupported);
        QVERIFY(report.error().message.find("MTP") != std::string::npos);
    }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;
    std::vector<TokenId> m_prompt;
    std::map<int, Run> m_plain; ///< 260 greedy tokens, by format
};

QTEST_GUILESS_MAIN(TestSpeculation)
#include "tst_speculation.moc"
