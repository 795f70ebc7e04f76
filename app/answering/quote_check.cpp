// SPDX-License-Identifier: GPL-3.0-or-later
#include "answering/quote_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "approximate_match.h"
#include "normalised_text.h"

namespace answering {

namespace {

/// Below this a quote is too short to be recognised with errors in it.
constexpr std::size_t kMinApproximateWords = 6;
/// Edits allowed, as a share of the quotation's characters: one in so many.
constexpr std::size_t kCharactersPerEdit = 10;
/// Bytes around the cited place in which a quotation still counts as standing there, if it overlaps
/// the place: the citing may have cut it a few words early or late.
constexpr std::size_t kMinSlackBytes = 200;

struct Found
{
    ByteRange bytes;
    bool isExact = false;
    std::size_t differingWords = 0;
};

/// The text without the differences that layout makes.
std::string withPlainSpaces(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        const bool isSpace = c == ' ' || (c >= '\t' && c <= '\r');
        if (!isSpace) {
            result.push_back(c);
        } else if (!result.empty() && result.back() != ' ') {
            result.push_back(' ');
        }
    }
    if (!result.empty() && result.back() == ' ') {
        result.pop_back();
    }
    return result;
}

class Quotation
{
public:
    explicit Quotation(std::string_view quote)
        : m_text(quote), m_plain(withPlainSpaces(quote)), m_normalised(normalise(quote))
    {
        const auto& characters = m_normalised.characters;
        m_numWords = characters.empty() ? 0
                                        : 1 + static_cast<std::size_t>(std::count(
                                                  characters.begin(), characters.end(), U' '));
    }

    [[nodiscard]] bool isEmpty() const { return m_normalised.characters.empty(); }
    [[nodiscard]] std::string_view text() const { return m_text; }

    /// The whole ladder over one stretch of text.
    [[nodiscard]] std::optional<Found> findIn(std::string_view text) const
    {
        if (const std::size_t at = text.find(m_text); at != std::string_view::npos) {
            return Found{{at, at + m_text.size()}, true, 0};
        }
        const auto normalised = normalise(text);
        if (const auto found = findNormalised(text, normalised)) {
            return found;
        }
        return findApproximate(normalised);
    }

private:
    [[nodiscard]] std::optional<Found> findNormalised(std::string_view text,
                                                      const NormalisedText& normalised) const
    {
        const auto& wanted = m_normalised.characters;
        const std::size_t at = normalised.characters.find(wanted);
        if (at == std::u32string::npos) {
            return std::nullopt;
        }
        const auto bytes = normalised.original(at, at + wanted.size());
        const auto found = text.substr(bytes.begin, bytes.size());
        return Found{bytes, withPlainSpaces(found) == m_plain, 0};
    }

    [[nodiscard]] std::optional<Found> findApproximate(const NormalisedText& normalised) const
    {
        const auto& wanted = m_normalised.characters;
        if (m_numWords < kMinApproximateWords) {
            return std::nullopt;
        }
        const auto match =
            findApproximately(wanted, normalised.characters, wanted.size() / kCharactersPerEdit);
        if (!match || match->begin >= match->end) {
            return std::nullopt;
        }
        const auto found = std::u32string_view(normalised.characters)
                               .substr(match->begin, match->end - match->begin);
        return Found{normalised.original(match->begin, match->end), false,
                     countDifferingWords(wanted, found)};
    }

    std::string_view m_text;
    std::string m_plain;
    NormalisedText m_normalised;
    std::size_t m_numWords = 0;
};

bool isContinuationByte(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The cited place with some text around it, on character boundaries.
ByteRange aroundPlace(std::string_view text, const TextPlace& place, std::size_t slack)
{
    std::size_t begin = std::min<std::size_t>(place.textBegin, text.size());
    std::size_t end = std::min<std::size_t>(place.textEnd, text.size());
    begin -= std::min(begin, slack);
    end = std::min(end + slack, text.size());
    while (begin > 0 && begin < text.size() && isContinuationByte(text[begin])) {
        --begin;
    }
    while (end < text.size() && isContinuationByte(text[end])) {
        ++end;
    }
    return {begin, std::max(begin, end)};
}

std::optional<Found> findAtPlace(const Quotation& quotation, std::string_view text,
                                 const TextPlace& place)
{
    // The very characters that are cited first: the same sentence may stand in the text twice.
    const auto cited = aroundPlace(text, place, 0);
    if (text.substr(cited.begin, cited.size()) == quotation.text()) {
        return Found{cited, true, 0};
    }
    const auto window = aroundPlace(text, place, std::max(kMinSlackBytes, quotation.text().size()));
    auto found = quotation.findIn(text.substr(window.begin, window.size()));
    if (found) {
        found->bytes.begin += window.begin;
        found->bytes.end += window.begin;
        if (found->bytes.begin < cited.end && cited.begin < found->bytes.end) {
            return found;
        }
    }
    return std::nullopt;
}

QuoteVerdict verdictOf(const Found& found, DocumentId document, bool isMoved)
{
    QuoteVerdict verdict;
    verdict.state = found.isExact ? QuoteState::exact : QuoteState::close;
    if (isMoved) {
        verdict.state = QuoteState::moved;
    }
    verdict.place = {document, static_cast<std::uint32_t>(found.bytes.begin),
                     static_cast<std::uint32_t>(found.bytes.end)};
    verdict.differingWords = found.differingWords;
    return verdict;
}

} // namespace

std::string_view quoteStateName(QuoteState state)
{
    switch (state) {
    case QuoteState::exact:
        return "exact";
    case QuoteState::close:
        return "close";
    case QuoteState::moved:
        return "moved";
    case QuoteState::missing:
        break;
    }
    return "missing";
}

Result<QuoteVerdict> checkQuote(std::string_view quote, const std::optional<TextPlace>& cited,
                                std::span<const DocumentId> documents, const DocumentText& text)
{
    const Quotation quotation(quote);
    if (quotation.isEmpty()) {
        return QuoteVerdict{};
    }
    if (cited) {
        const auto citedText = text(cited->document);
        if (!citedText) {
            return tl::unexpected(citedText.error());
        }
        if (const auto found = findAtPlace(quotation, *citedText, *cited)) {
            return verdictOf(*found, cited->document, false);
        }
        if (const auto found = quotation.findIn(*citedText)) {
            return verdictOf(*found, cited->document, true);
        }
    }
    for (const DocumentId document : documents) {
        if (cited && document == cited->document) {
            continue;
        }
        const auto documentText = text(document);
        if (!documentText) {
            return tl::unexpected(documentText.error());
        }
        if (const auto found = quotation.findIn(*documentText)) {
            return verdictOf(*found, document, cited.has_value());
        }
    }
    return QuoteVerdict{};
}

} // namespace answering
