// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench_session.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "ingest/document.h"
#include "ingest/document_maps.h"
#include "storage/session_file.h"
#include "usecases/place.h"
#include "usecases/source_reader.h"

namespace {

template <typename Outcome>
decltype(auto) must(Outcome&& outcome, std::string_view doing)
{
    if (!outcome) {
        fmt::print(stderr, "bench_quality: {}: {}\n", doing, outcome.error().message);
        std::exit(1);
    }
    if constexpr (!std::is_void_v<typename std::decay_t<Outcome>::value_type>) {
        return std::move(*outcome);
    }
}

struct Article
{
    std::string title;
    std::string text;
    std::vector<ingest::Block> blocks;
};

std::vector<Article> articlesOf(const QuestionSet& questions)
{
    std::vector<Article> articles;
    for (const auto& paragraph : questions.paragraphs) {
        if (articles.empty() || articles.back().title != paragraph.title) {
            articles.push_back({paragraph.title, {}, {}});
        }
        auto& article = articles.back();
        if (!article.text.empty()) {
            article.text += "\n\n";
        }
        const auto begin = static_cast<ingest::Offset>(article.text.size());
        article.text += paragraph.text;
        article.blocks.push_back({ingest::BlockKind::paragraph, begin,
                                  static_cast<ingest::Offset>(article.text.size())});
    }
    return articles;
}

void addArticles(storage::SessionFile& file, const std::vector<Article>& articles)
{
    for (const auto& article : articles) {
        ingest::DocumentMaps maps;
        maps.textBytes = static_cast<ingest::Offset>(article.text.size());
        maps.blocks = article.blocks;
        maps.lineBegins = {0};
        for (std::size_t at = article.text.find('\n'); at != std::string::npos;
             at = article.text.find('\n', at + 1)) {
            maps.lineBegins.push_back(static_cast<ingest::Offset>(at + 1));
        }
        storage::NewSource source;
        source.path = "/" + article.title;
        source.format = "text";
        source.title = article.title;
        must(file.addSource(source, article.text, ingest::encodeMaps(maps)), "adding an article");
    }
}

} // namespace

std::unique_ptr<BenchSession> BenchSession::open(const std::filesystem::path& cacheFolder,
                                                 const app::LoadedModel& model,
                                                 const QuestionSet& questions, unsigned threads)
{
    std::unique_ptr<BenchSession> session(new BenchSession);
    std::filesystem::create_directories(cacheFolder);
    const auto path =
        cacheFolder / fmt::format("quality-{}-{}.lectern", model.identity.fingerprint.substr(0, 16),
                                  questions.paragraphs.size());
    if (std::filesystem::exists(path)) {
        session->m_file = must(storage::SessionFile::open(path, storage::OpenMode::readWrite),
                               "opening the session of an earlier run");
    } else {
        storage::NewSession head;
        head.title = "Quality bench";
        head.model = model.identity;
        session->m_file = must(storage::SessionFile::create(path, head), "making a session");
        addArticles(*session->m_file, articlesOf(questions));
    }
    session->readAll(model, threads);
    session->m_places = std::make_unique<app::PlaceFinder>(*session->m_file);
    session->m_sources = std::make_unique<app::SessionSources>(*session->m_file, *session->m_places,
                                                               *session->m_timeline);
    must(session->m_sources->refresh(), "listing the passages");
    session->mapPassages(questions);
    return session;
}

void BenchSession::readAll(const app::LoadedModel& model, unsigned threads)
{
    must(app::prepareSources(*m_file, *model.tokenizer, {}, {}), "cutting passages");
    m_timeline = must(app::Timeline::open(*m_file, model, threads), "opening the timeline");
    const auto began = std::chrono::steady_clock::now();
    app::SourceReader reader(*m_file, *m_timeline, *model.tokenizer);
    app::ReadingObserver observer;
    observer.progress = [](const app::ReadingProgress& progress) {
        fmt::print(stderr, "\rreading {} of {} tokens, {:.0f} a second ", progress.tokensDone,
                   progress.tokensTotal, progress.tokensPerSecond);
    };
    must(reader.run(observer, {}), "reading");
    m_readingSeconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (m_timeline->prefilledTokens() > 0) {
        fmt::print(stderr, "\n");
    }
}

void BenchSession::mapPassages(const QuestionSet& questions)
{
    const auto passages = must(m_sources->passages(), "listing the passages");
    std::string title;
    std::size_t begin = 0;
    for (const auto& paragraph : questions.paragraphs) {
        begin = paragraph.title == title ? begin : 0;
        title = paragraph.title;
        m_beginOfParagraph.push_back(begin);
        begin += paragraph.text.size() + 2;
    }
    std::size_t paragraph = 0;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        const bool isNewDocument = i > 0 && passages[i].document != passages[i - 1].document;
        if (isNewDocument) {
            while (m_beginOfParagraph[++paragraph] != 0) {
            }
        }
        while (paragraph + 1 < m_beginOfParagraph.size() &&
               m_beginOfParagraph[paragraph + 1] != 0 &&
               m_beginOfParagraph[paragraph + 1] <= passages[i].textBegin) {
            ++paragraph;
        }
        m_paragraphOfPassage.push_back(paragraph);
    }
}

std::size_t BenchSession::passageAt(std::size_t paragraph, std::size_t byte) const
{
    const auto passages = must(m_sources->passages(), "listing the passages");
    const std::size_t wanted = m_beginOfParagraph[paragraph] + byte;
    std::size_t best = 0;
    for (std::size_t i = 0; i < passages.size(); ++i) {
        if (m_paragraphOfPassage[i] == paragraph && passages[i].textBegin <= wanted) {
            best = i;
        }
    }
    return best;
}
