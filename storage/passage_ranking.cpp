// SPDX-License-Identifier: GPL-3.0-or-later
#include "passage_ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <sqlite3.h>

#include "sqlite/statement.h"
#include "word_tokenizer.h"

namespace storage {

namespace {

constexpr char kFunction[] = "lectern_collect";
constexpr char kFind[] = "SELECT lectern_collect(passage_words) FROM passage_words "
                         "WHERE passage_words MATCH ?1";

bool hasWord(std::string_view term)
{
    bool found = false;
    forEachWord(term, TokenizeFor::query, [&found](const IndexWord&) {
        found = true;
        return false;
    });
    return found;
}

/// A string of FTS5's query language: its words have to stand together.
std::string phraseOf(std::string_view term)
{
    std::string phrase = "\"";
    for (const char character : term) {
        if (character == '"')
            phrase += '"';
        // A zero byte would end the query.
        phrase += character == '\0' ? ' ' : character;
    }
    return phrase + '"';
}

double inverseFrequency(std::uint64_t passages, std::uint64_t holding)
{
    const auto n = static_cast<double>(holding);
    return std::log(1.0 + (static_cast<double>(passages) - n + 0.5) / (n + 0.5));
}

void score(PassageRanking& ranking, const Bm25& constants)
{
    const auto [k1, b] = constants;
    for (std::size_t i = 0; i < ranking.passages.size(); ++i) {
        RankedPassage& passage = ranking.passages[i];
        const double norm = 1.0 - b + b * passage.length / ranking.averageLength;
        for (std::size_t j = 0; j < ranking.terms.size(); ++j) {
            const double f = ranking.count(i, j);
            if (f > 0.0)
                passage.bm25 += ranking.terms[j].idf * f * (k1 + 1.0) / (f + k1 * norm);
        }
    }
}

void sortBest(PassageRanking& ranking)
{
    std::vector<std::size_t> order(ranking.passages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater{},
                             [&ranking](std::size_t i) { return ranking.passages[i].bm25; });
    std::vector<RankedPassage> passages;
    std::vector<std::uint32_t> counts;
    passages.reserve(order.size());
    counts.reserve(ranking.counts.size());
    for (const std::size_t i : order) {
        passages.push_back(ranking.passages[i]);
        for (std::size_t j = 0; j < ranking.terms.size(); ++j)
            counts.push_back(ranking.count(i, j));
    }
    ranking.passages = std::move(passages);
    ranking.counts = std::move(counts);
}

} // namespace

void PassageRanker::registerFunction()
{
    if (m_isRegistered)
        return;
    fts5_api& api = fts5Of(m_database);
    const auto function = [](const Fts5ExtensionApi* extension, Fts5Context* fts,
                             sqlite3_context* result, int,
                             sqlite3_value**) { collect(extension, fts, result); };
    const int code = api.xCreateFunction(&api, kFunction, this, function, nullptr);
    if (code != SQLITE_OK)
        m_database.raiseSqlite(code, "to register the ranking function");
    m_isRegistered = true;
}

void PassageRanker::collect(const Fts5ExtensionApi* api, Fts5Context* fts, void* result)
{
    auto* context = static_cast<sqlite3_context*>(result);
    Found& found = static_cast<PassageRanker*>(api->xUserData(fts))->m_found;
    int length = 0;
    sqlite3_int64 totalLength = found.totalLength;
    int code = api->xColumnSize(fts, 0, &length);
    if (code == SQLITE_OK && found.ids.empty())
        code = api->xColumnTotalSize(fts, 0, &totalLength);
    found.totalLength = totalLength;
    try {
        found.ids.push_back(api->xRowid(fts));
        found.lengths.push_back(static_cast<std::uint32_t>(length));
        for (int phrase = 0; phrase < api->xPhraseCount(fts) && code == SQLITE_OK; ++phrase) {
            std::uint32_t count = 0;
            Fts5PhraseIter place = {};
            int column = 0;
            int offset = 0;
            code = api->xPhraseFirst(fts, phrase, &place, &column, &offset);
            for (; code == SQLITE_OK && column >= 0; ++count)
                api->xPhraseNext(fts, &place, &column, &offset);
            found.counts.push_back(count);
        }
    } catch (const std::bad_alloc&) {
        code = SQLITE_NOMEM;
    }
    if (code != SQLITE_OK)
        sqlite3_result_error_code(context, code);
    else
        sqlite3_result_null(context);
}

void PassageRanker::find(const std::string& query)
{
    m_found = {};
    if (query.empty())
        return;
    registerFunction();
    Statement rows(m_database, kFind);
    rows.bind(query);
    while (rows.step()) {
    }
}

PassageRanking PassageRanker::rank(std::span<const std::string> terms, const Bm25& constants,
                                   std::uint64_t passageCount)
{
    std::string query;
    std::vector<std::size_t> asked; // the term of each phrase
    PassageRanking ranking;
    ranking.passageCount = passageCount;
    for (const std::string& term : terms) {
        ranking.terms.push_back({term, 0, 0.0});
        if (!hasWord(term))
            continue; // FTS5 has no phrase without words
        query += (asked.empty() ? "" : " OR ") + phraseOf(term);
        asked.push_back(ranking.terms.size() - 1);
    }
    find(query);

    const std::size_t rows = m_found.ids.size();
    ranking.counts.assign(rows * terms.size(), 0);
    for (std::size_t i = 0; i < rows; ++i) {
        ranking.passages.push_back({m_found.ids[i], 0.0, m_found.lengths[i]});
        for (std::size_t phrase = 0; phrase < asked.size(); ++phrase) {
            const std::uint32_t count = m_found.counts[i * asked.size() + phrase];
            ranking.counts[i * terms.size() + asked[phrase]] = count;
            ranking.terms[asked[phrase]].documents += count > 0 ? 1U : 0U;
        }
    }
    m_found.ids = {};
    for (RankedTerm& term : ranking.terms)
        term.idf = inverseFrequency(passageCount, term.documents);
    if (rows > 0) {
        ranking.averageLength =
            static_cast<double>(m_found.totalLength) / static_cast<double>(passageCount);
        score(ranking, constants);
        sortBest(ranking);
    }
    return ranking;
}

} // namespace storage
