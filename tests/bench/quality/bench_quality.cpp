// SPDX-License-Identifier: GPL-3.0-or-later
// Quality of answers over one large session: how often the right paragraph is located, what is
// quoted from it, and whether questions that the session does not answer are refused.
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "answering/answerer.h"
#include "bench_session.h"
#include "question_set.h"
#include "stages.h"
#include "usecases/model_provider.h"

namespace {

struct Options
{
    std::filesystem::path model = LECTERN_MODEL_DIR;
    std::filesystem::path data = LECTERN_BENCH_DATA;
    std::filesystem::path cache = LECTERN_BENCH_CACHE;
    std::filesystem::path dump;
    std::vector<std::string> stages = {"located", "read", "answered", "refused"};
    std::size_t sample = 400;
    std::size_t foreign = 300;
    unsigned threads = 0;
    std::string keptRows;
    std::string keptKeys;
    bool all = false;
    bool everyToken = false;
    bool json = false;
};

/// The processor's name as Linux gives it.
std::string processorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown processor";
}

std::vector<BenchQuestion> answerable(const QuestionSet& set)
{
    std::vector<BenchQuestion> questions;
    for (const auto& question : set.questions) {
        if (!question.answers.empty()) {
            questions.push_back(question);
        }
    }
    return questions;
}

/// Every other question: the rule's constants come from one half and are reported on the other.
std::vector<BenchQuestion> half(const std::vector<BenchQuestion>& questions, std::size_t which)
{
    std::vector<BenchQuestion> result;
    for (std::size_t i = which; i < questions.size(); i += 2) {
        result.push_back(questions[i]);
    }
    return result;
}

nlohmann::ordered_json asJson(const RankShares& shares)
{
    nlohmann::ordered_json json;
    for (std::size_t i = 0; i < RankShares::kDepths.size(); ++i) {
        json[fmt::format("at_{}", RankShares::kDepths[i])] = shares.shares[i];
    }
    return json;
}

nlohmann::ordered_json asJson(const LocatedFigures& figures)
{
    return {{"indexer", asJson(figures.indexer)},
            {"words", asJson(figures.words)},
            {"both", asJson(figures.both)}};
}

nlohmann::ordered_json asJson(const ReadFigures& figures)
{
    return {{"exact_match", figures.exactMatch},   {"f1", figures.f1},
            {"quote_holds", figures.quoteHolds},   {"shown_holds", figures.shownHolds},
            {"found_decile", figures.foundDecile}, {"prompt_ms", figures.promptMs},
            {"quote_ms", figures.quoteMs},         {"tokens_chosen", figures.tokensChosen}};
}

nlohmann::ordered_json asJson(const AnswerFigures& figures)
{
    return {{"right_first", figures.rightFirst},
            {"right_among_5", figures.rightAmongFive},
            {"first_quote_holds", figures.firstQuoteHolds},
            {"one_of_3_quotes_holds", figures.threeQuotesHold},
            {"exact_match", figures.exactMatch},
            {"f1", figures.f1},
            {"answered", figures.answered},
            {"exact_quotes", figures.exactQuotes},
            {"first_words_ms", figures.firstWordsMs},
            {"first_words_ms_95", figures.firstWordsMs95},
            {"total_ms", figures.totalMs},
            {"total_ms_95", figures.totalMs95}};
}

/// "a.b.c  value", one line a figure.
void printFigures(const nlohmann::ordered_json& json, const std::string& prefix = {})
{
    for (const auto& [key, value] : json.items()) {
        const std::string name = prefix.empty() ? key : prefix + "." + key;
        if (value.is_object()) {
            printFigures(value, name);
        } else if (value.is_number_float()) {
            fmt::print("{:<40} {:.4g}\n", name, value.get<double>());
        } else {
            fmt::print("{:<40} {}\n", name,
                       value.is_string() ? value.get<std::string>() : value.dump());
        }
    }
}

void dumpEvidence(const std::filesystem::path& file, const std::vector<QuestionEvidence>& all)
{
    std::ofstream out(file, std::ios::app);
    for (const auto& question : all) {
        nlohmann::json line;
        line["answerable"] = question.isAnswerable;
        for (const auto& passage : question.passages) {
            line["passages"].push_back({passage.found, passage.share, passage.located});
        }
        out << line.dump() << '\n';
    }
}

/// The model's folder, or one beside the sessions with the same files and a config.json that asks
/// for rows and keys in other forms. Directions for index keys stay out: they were made for the
/// model as it is.
std::filesystem::path modelFolder(const Options& options)
{
    if (options.keptRows.empty() && options.keptKeys.empty()) {
        return options.model;
    }
    const auto folder =
        options.cache / fmt::format("model-rows-{}-keys-{}", options.keptRows, options.keptKeys);
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const auto& entry : std::filesystem::directory_iterator(options.model)) {
        const auto name = entry.path().filename();
        if (name != "config.json" && name != "index_directions.safetensors") {
            std::filesystem::create_symlink(std::filesystem::absolute(entry.path()), folder / name);
        }
    }
    std::ifstream original(options.model / "config.json");
    auto config = nlohmann::ordered_json::parse(original);
    const auto ask = [&](const char* key, const std::string& form) {
        if (!form.empty()) {
            config[key] = form;
        }
    };
    ask("lectern_kept_rows", options.keptRows);
    ask("lectern_kept_keys", options.keptKeys);
    std::ofstream(folder / "config.json") << config.dump(1);
    return folder;
}

nlohmann::ordered_json run(const Options& options)
{
    app::ModelProvider provider(modelFolder(options));
    const auto model = provider.get();
    if (!model) {
        fmt::print(stderr, "bench_quality: {}\n", model.error().message);
        std::exit(1);
    }
    const auto set = readQuestions(options.data / "dev-squad2half.jsonl.xz");
    const auto foreignSet = readQuestions(options.data / "dev-fairytaleqa.jsonl.xz");
    const auto questions =
        fixedSample(answerable(set), options.all ? set.questions.size() : options.sample);
    const auto foreign = fixedSample(foreignSet.questions, options.foreign);
    const auto session = BenchSession::open(options.cache, *model, set, options.threads);

    nlohmann::ordered_json report;
    report["machine"] =
        fmt::format("{}, {} threads", processorName(),
                    options.threads == 0 ? std::thread::hardware_concurrency() : options.threads);
    report["model"] = model->identity.name;
    if (!options.keptRows.empty()) {
        report["kept_rows"] = options.keptRows;
    }
    if (!options.keptKeys.empty()) {
        report["kept_keys"] = options.keptKeys;
    }
    report["session"] = {{"paragraphs", set.paragraphs.size()},
                         {"passages", session->sources().passages()->size()},
                         {"tokens", session->tokens()},
                         {"tokens_read_now", session->tokensReadNow()},
                         {"reading_seconds", session->readingSeconds()}};
    report["questions"] = {{"answerable", questions.size()}, {"foreign", foreign.size()}};

    answering::ReadingOptions readingOptions;
    readingOptions.quotesSentences = !options.everyToken;
    auto sequence = answering::makeEngineSequence(model->model, options.threads);
    auto reader = sequence ? answering::PassageReader::create(model->tokenizer,
                                                              std::move(*sequence), readingOptions)
                           : tl::unexpected(sequence.error());
    answering::AnswererOptions answererOptions;
    answererOptions.threads = options.threads;
    auto answerer = answering::Answerer::create(model->model, model->tokenizer, answererOptions);
    if (!reader || !answerer) {
        fmt::print(stderr, "bench_quality: {}\n",
                   reader ? answerer.error().message : reader.error().message);
        std::exit(1);
    }
    for (const auto& stage : options.stages) {
        if (stage == "located") {
            report[stage] = asJson(measureLocated(*session, questions, **reader));
        } else if (stage == "read") {
            report[stage] = asJson(measureReading(*session, questions, **reader));
        } else if (stage == "answered") {
            report[stage] = asJson(measureAnswers(*session, questions, **answerer));
        } else if (stage == "refused") {
            report[stage] = {
                {"fit_half", measureRefused(*session, half(foreign, 0), **answerer)},
                {"report_half", measureRefused(*session, half(foreign, 1), **answerer)}};
        } else if (stage == "evidence") {
            std::ofstream(options.dump, std::ios::trunc);
            dumpEvidence(options.dump, collectEvidence(*session, questions, true, **reader));
            dumpEvidence(options.dump, collectEvidence(*session, foreign, false, **reader));
        }
    }
    return report;
}

} // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app{"Quality of answers over one session of 646 paragraphs"};
    app.add_option("--model", options.model, "Folder of the model");
    app.add_option("--data", options.data, "Folder of the question sets");
    app.add_option("--cache", options.cache, "Folder that keeps the session between runs");
    app.add_option("--stage", options.stages, "located, read, answered, refused, evidence")
        ->delimiter(',');
    app.add_option("--dump", options.dump, "File for the stage evidence");
    app.add_option("--sample", options.sample, "Answerable questions asked");
    app.add_option("--foreign", options.foreign, "Questions about other documents asked");
    app.add_option("--threads", options.threads, "0: all cores");
    app.add_option("--kept-rows", options.keptRows,
                   "Round attended rows to bfloat16, int8, fp8 or fp4 before they are kept");
    app.add_option("--kept-keys", options.keptKeys, "The same for index keys");
    app.add_flag("--all", options.all, "All answerable questions");
    app.add_flag("--every-token", options.everyToken,
                 "Stage read: choose every token of a quotation");
    app.add_flag("--json", options.json, "Figures as one JSON object");
    CLI11_PARSE(app, argc, argv);
    const auto report = run(options);
    if (options.json) {
        fmt::print("{}\n", report.dump(2));
    } else {
        printFigures(report);
    }
    return 0;
}
