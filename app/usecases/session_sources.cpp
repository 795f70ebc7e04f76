// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/session_sources.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "usecases/error_mapping.h"

namespace app {

namespace {

template <typename RoomError>
tl::unexpected<answering::Error> refuse(const RoomError& error)
{
    return answering::fail(answering::ErrorCode::sources, error.message);
}

// Several literal hits may lie in one passage, so more of them are asked for than passages.
constexpr std::size_t kHitsPerPassage = 8;

} // namespace

SessionSources::SessionSources(storage::SessionFile& file, PlaceFinder& places, Timeline& timeline)
    : m_file(file), m_places(places), m_timeline(timeline)
{
}

Result<void> SessionSources::refresh()
{
    auto sources = m_file.sources();
    if (!sources) {
        return passOn(sources.error());
    }
    std::unordered_map<storage::SourceId, bool> isCode;
    for (const storage::Source& source : *sources) {
        if (!source.hidden) {
            isCode.emplace(source.id, source.format == "code");
        }
    }
    auto stored = m_file.passages();
    if (!stored) {
        return passOn(stored.error());
    }
    m_passages.clear();
    m_indexById.clear();
    m_rangeBySource.clear();
    for (storage::Passage& passage : *stored) {
        const auto source = isCode.find(passage.sourceId);
        if (source == isCode.end() || passage.tokens.end > m_timeline.length()) {
            continue;
        }
        const std::size_t index = m_passages.size();
        m_passages.push_back({passage.sourceId,
                              static_cast<std::uint32_t>(passage.text.begin),
                              static_cast<std::uint32_t>(passage.text.end),
                              {passage.tokens.begin, passage.tokens.end},
                              source->second,
                              std::move(passage.heading)});
        m_indexById.emplace(passage.id, index);
        const auto range = m_rangeBySource.try_emplace(passage.sourceId, index, index).first;
        range->second.second = index + 1;
    }
    return {};
}

answering::Result<std::span<const answering::SourcePassage>> SessionSources::passages()
{
    return std::span<const answering::SourcePassage>(m_passages);
}

answering::Result<std::string> SessionSources::documentText(answering::DocumentId document)
{
    auto text = m_places.text(document);
    if (!text) {
        return refuse(text.error());
    }
    return **text;
}

answering::Result<std::vector<std::string>> SessionSources::words(std::string_view text)
{
    auto terms = storage::searchTerms(text);
    if (!terms) {
        return refuse(terms.error());
    }
    return std::move(*terms);
}

answering::Result<answering::LexicalMatch> SessionSources::match(std::span<const std::string> words)
{
    auto ranking = m_file.rankPassages(words, {answering::kBm25K1, answering::kBm25B});
    if (!ranking) {
        return refuse(ranking.error());
    }
    answering::LexicalMatch match;
    for (const storage::RankedTerm& term : ranking->terms) {
        match.terms.push_back({term.term, term.documents, term.idf});
    }
    const std::size_t terms = match.terms.size();
    match.bm25.assign(m_passages.size(), 0.0);
    match.counts.assign(m_passages.size() * terms, 0);
    for (std::size_t hit = 0; hit < ranking->passages.size(); ++hit) {
        const auto known = m_indexById.find(ranking->passages[hit].id);
        if (known == m_indexById.end()) {
            continue;
        }
        match.bm25[known->second] = ranking->passages[hit].bm25;
        for (std::size_t term = 0; term < terms; ++term) {
            match.counts[known->second * terms + term] = ranking->count(hit, term);
        }
    }
    return match;
}

answering::Result<std::vector<float>>
SessionSources::indexRowScores(const engine::IndexQuery& query)
{
    auto scores = m_timeline.session().scoreIndexRows(query);
    if (!scores) {
        return refuse(scores.error());
    }
    return std::move(*scores);
}

answering::Result<std::vector<std::size_t>> SessionSources::literalMatches(std::string_view text,
                                                                           std::size_t limit)
{
    auto hits = m_file.searchText(text, limit * kHitsPerPassage);
    if (!hits) {
        return refuse(hits.error());
    }
    std::vector<std::size_t> found;
    std::unordered_set<std::size_t> seen;
    for (const storage::TextHit& hit : hits->hits) {
        const answering::SourcePassage* passage = passageAt(hit.sourceId, hit.text.begin);
        if (passage == nullptr) {
            continue;
        }
        const auto index = static_cast<std::size_t>(passage - m_passages.data());
        if (found.size() < limit && seen.insert(index).second) {
            found.push_back(index);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

const answering::SourcePassage* SessionSources::passageAt(storage::SourceId source,
                                                          std::uint64_t byte) const
{
    const auto range = m_rangeBySource.find(source);
    if (range == m_rangeBySource.end()) {
        return nullptr;
    }
    const auto first = m_passages.begin() + static_cast<std::ptrdiff_t>(range->second.first);
    const auto last = m_passages.begin() + static_cast<std::ptrdiff_t>(range->second.second);
    const auto after = std::upper_bound(
        first, last, byte, [](std::uint64_t at, const auto& p) { return at < p.textBegin; });
    return after == first ? nullptr : &*std::prev(after);
}

} // namespace app
