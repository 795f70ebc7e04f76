// SPDX-License-Identifier: GPL-3.0-or-later
#include "citer.h"

#include <utility>

#include <fmt/format.h>

namespace answering {

Citer::Citer(AnswerSources& sources, std::span<const SourcePassage> passages)
    : m_sources(sources), m_passages(passages)
{
    for (const auto& passage : passages) {
        if (m_documents.empty() || m_documents.back() != passage.document) {
            m_documents.push_back(passage.document);
        }
    }
}

Result<std::string> Citer::passageText(std::size_t passage)
{
    const auto& place = m_passages[passage];
    auto known = m_texts.find(place.document);
    if (known == m_texts.end()) {
        auto text = m_sources.documentText(place.document);
        if (!text) {
            return text;
        }
        known = m_texts.emplace(place.document, std::move(*text)).first;
    }
    const auto& text = known->second;
    if (place.textBegin > place.textEnd || place.textEnd > text.size()) {
        return fail(ErrorCode::badInput,
                    fmt::format("passage {} of document {}: wanted bytes {} to {}, found a text of "
                                "{} bytes",
                                passage, place.document, place.textBegin, place.textEnd,
                                text.size()));
    }
    return text.substr(place.textBegin, place.textEnd - place.textBegin);
}

Result<CitedSource> Citer::cite(std::size_t passage, std::string_view text, ByteRange quote)
{
    const auto& place = m_passages[passage];
    CitedSource source;
    source.passage = passage;
    source.quote = text.substr(quote.begin, quote.size());
    source.place = {place.document, static_cast<std::uint32_t>(place.textBegin + quote.begin),
                    static_cast<std::uint32_t>(place.textBegin + quote.end)};
    const auto verdict =
        checkQuote(source.quote, source.place, m_documents,
                   [this](DocumentId document) { return m_sources.documentText(document); });
    if (!verdict) {
        return tl::unexpected(verdict.error());
    }
    source.state = verdict->state;
    source.differingWords = verdict->differingWords;
    if (verdict->state != QuoteState::missing) {
        source.place = verdict->place;
    }
    return source;
}

} // namespace answering
