// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_headings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include <unicode/uchar.h>

#include "block_builder.h"
#include "plain_text_reader.h"
#include "unicode.h"

namespace ingest {

namespace {

constexpr float kLarger = 1.12F;
constexpr float kMuchLarger = 1.4F;
constexpr std::size_t kLongestHeading = 200; // bytes
constexpr std::size_t kMostHeadingLines = 4;
constexpr std::size_t kSentenceWords = 8;
constexpr std::size_t kLongestTitle = 300;
/// More headings than this share of the paragraphs, and size is no sign of one.
constexpr std::size_t kOneIn = 2;

/// Letters and digits only, lower case: how titles are compared.
std::string folded(std::string_view text)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t character = nextCharacter(text, at);
        if (u_isalnum(static_cast<UChar32>(character)) != 0)
            appendUtf8(result, static_cast<char32_t>(u_tolower(static_cast<UChar32>(character))));
    }
    return result;
}

std::string textOf(const PdfParagraph& paragraph, const std::vector<PdfSheet>& sheets)
{
    std::string text;
    for (const ParagraphLine& part : paragraph.lines) {
        if (!text.empty())
            text += ' ';
        text += lineText(sheets[part.line->page], *part.line);
        if (text.size() > kLongestHeading * 2)
            break;
    }
    return text;
}

std::size_t countLetters(std::string_view text)
{
    std::size_t letters = 0;
    for (std::size_t at = 0; at < text.size();)
        letters += isLetter(nextCharacter(text, at)) ? 1U : 0U;
    return letters;
}

/// Whether a paragraph's text is a title of the outline, with or without its number.
bool isNamed(const std::string& text, const std::string& title)
{
    if (title.size() < 2 || text.size() < title.size())
        return false;
    return text == title || (text.ends_with(title) && text.size() - title.size() <= 12) ||
           (text.starts_with(title) && text.size() - title.size() <= 4);
}

bool canBeHeading(const PdfParagraph& paragraph, std::string_view text)
{
    const auto words = static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
    const bool isSentence = words >= kSentenceWords && text.find_last_of(".;:,") + 1 == text.size();
    return paragraph.lines.size() <= kMostHeadingLines && text.size() <= kLongestHeading &&
           countLetters(text) >= 2 && !isSentence && !paragraph.lines.front().line->hasLeader;
}

/// Fonts of one size differ in height, so a little more height alone makes no heading.
bool looksLarger(const PdfParagraph& paragraph, const std::string& text, const BodyMetrics& body)
{
    if (paragraph.size <= body.size * kLarger)
        return false;
    if (paragraph.size > body.size * kMuchLarger)
        return true;
    const char32_t first = firstCharacter(text);
    const bool begins = isLetter(first) ? !isLowerCase(first) : isAsciiDigit(text.front());
    return begins && paragraph.hasGapAbove && text.find("://") == std::string::npos;
}

bool readsLikeHeading(const PdfParagraph& paragraph, const std::string& text)
{
    if (paragraph.lines.size() != 1 || !paragraph.hasGapAbove || !paragraph.hasGapBelow)
        return false;
    const HeadingRank rank = headingRank(text);
    return rank != HeadingRank::none && (rank != HeadingRank::capitals || text.size() >= 6);
}

/// Per paragraph: its text as titles are compared, empty where it is too long for one.
std::vector<std::string> foldedTexts(const std::vector<PdfParagraph>& paragraphs,
                                     const std::vector<PdfSheet>& sheets)
{
    std::vector<std::string> texts(paragraphs.size());
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        if (const std::string text = textOf(paragraphs[i], sheets);
            canBeHeading(paragraphs[i], text))
            texts[i] = folded(text);
    }
    return texts;
}

std::uint32_t pageOf(const PdfParagraph& paragraph)
{
    return paragraph.lines.front().line->page;
}

/// Paragraphs of a page: [first, end).
struct PageRange
{
    std::size_t first = 0;
    std::size_t end = 0;
};

std::vector<PageRange> paragraphsByPage(const std::vector<PdfParagraph>& paragraphs,
                                        std::size_t pages)
{
    std::vector<PageRange> ranges(pages);
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        PageRange& range = ranges[pageOf(paragraphs[i])];
        if (range.end == 0)
            range.first = i;
        range.end = i + 1;
    }
    return ranges;
}

/// The paragraph that an outline item names, or the one nearest below its place; the size of
/// `paragraphs` when the page has none.
std::size_t findTarget(const PdfOutlineItem& item, const PageRange& range,
                       const std::vector<PdfParagraph>& paragraphs,
                       const std::vector<std::string>& texts, const std::vector<PdfSheet>& sheets)
{
    const std::string title = folded(item.title);
    const float top = item.top * sheets[item.page].text.heightPoints;
    std::size_t nearest = paragraphs.size();
    float distance = 0.0F;
    for (std::size_t i = range.first; i < range.end; ++i) {
        const PdfLine& line = *paragraphs[i].lines.front().line;
        if (isNamed(texts[i], title))
            return i;
        const float below = line.rect.y1 - top;
        if (below > -1.0F && (nearest == paragraphs.size() || below < distance)) {
            nearest = i;
            distance = below;
        }
    }
    if (nearest == paragraphs.size() && range.first < range.end)
        return range.first;
    return nearest;
}

std::vector<OutlineEntry> placeItems(const std::vector<PdfOutlineItem>& items,
                                     const std::vector<PdfParagraph>& paragraphs,
                                     const std::vector<PdfSheet>& sheets, const Document& document)
{
    const auto ranges = paragraphsByPage(paragraphs, sheets.size());
    const auto texts = foldedTexts(paragraphs, sheets);
    std::vector<OutlineEntry> outline;
    for (const PdfOutlineItem& item : items) {
        const std::size_t target = findTarget(item, ranges[item.page], paragraphs, texts, sheets);
        const Offset begin = target < paragraphs.size() ? document.maps.blocks[target].textBegin
                                                        : document.maps.pages[item.page].textBegin;
        outline.push_back({item.title, item.level, begin, 0});
    }
    std::stable_sort(outline.begin(), outline.end(),
                     [](const OutlineEntry& left, const OutlineEntry& right) {
                         return left.textBegin < right.textBegin;
                     });
    return outline;
}

/// Headings as an outline: larger letters are outer levels, more numbers inner ones.
std::vector<OutlineEntry> collectHeadings(const std::vector<PdfParagraph>& paragraphs,
                                          const Document& document)
{
    const auto rankOf = [&](std::size_t index) {
        const Block& block = document.maps.blocks[index];
        const std::string_view text = std::string_view(document.text)
                                          .substr(block.textBegin, block.textEnd - block.textBegin);
        const auto size = -static_cast<int>(std::lround(paragraphs[index].size));
        return std::pair<int, std::size_t>(size, numberingDepth(text));
    };
    std::set<std::pair<int, std::size_t>> ranks;
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        if (paragraphs[i].kind == BlockKind::heading)
            ranks.insert(rankOf(i));
    }
    std::vector<OutlineEntry> outline;
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        if (paragraphs[i].kind != BlockKind::heading)
            continue;
        const Block& block = document.maps.blocks[i];
        const auto level = std::distance(ranks.begin(), ranks.find(rankOf(i)));
        outline.push_back(
            {simplified(document.text.substr(block.textBegin, block.textEnd - block.textBegin)),
             static_cast<std::uint32_t>(level), block.textBegin, 0});
    }
    return outline;
}

bool isSensibleTitle(const std::string& title)
{
    if (title.size() < 3 || title.size() > kLongestTitle || countLetters(title) < 2)
        return false;
    constexpr std::array<std::string_view, 18> kEndings{
        ".doc", ".docx", ".tex", ".dvi",  ".pdf",  ".indd", ".qxd", ".qxp", ".ps",
        ".odt", ".rtf",  ".ppt", ".pptx", ".html", ".htm",  ".xls", ".txt", ".pub"};
    constexpr std::array<std::string_view, 8> kBegins{"microsoft word", "untitled",    "powerpoint",
                                                      "slide 1",        "(anonymous)", "unknown",
                                                      "no title",       "document1"};
    const std::string lower = lowerCased(title);
    const auto ends = [&](std::string_view ending) { return lower.ends_with(ending); };
    const auto begins = [&](std::string_view begin) { return lower.starts_with(begin); };
    // Words have spaces between them; a name like "chap03_v2" is a file's.
    const bool isFileName = title.find(' ') == std::string::npos &&
                            title.find_first_of("_/\\0123456789") != std::string::npos;
    return !isFileName && std::none_of(kEndings.begin(), kEndings.end(), ends) &&
           std::none_of(kBegins.begin(), kBegins.end(), begins);
}

} // namespace

void markHeadings(std::vector<PdfParagraph>& paragraphs, const std::vector<PdfSheet>& sheets,
                  const BodyMetrics& body, const std::vector<PdfOutlineItem>& items)
{
    std::vector<std::size_t> larger;
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        PdfParagraph& paragraph = paragraphs[i];
        if (paragraph.lines.size() > kMostHeadingLines)
            continue;
        const std::string text = textOf(paragraph, sheets);
        if (!canBeHeading(paragraph, text))
            continue;
        if (looksLarger(paragraph, text, body))
            larger.push_back(i);
        else if (readsLikeHeading(paragraph, text))
            paragraph.kind = BlockKind::heading;
    }
    // Slides and posters have no body text to be larger than.
    if (larger.size() * kOneIn <= paragraphs.size()) {
        for (const std::size_t i : larger)
            paragraphs[i].kind = BlockKind::heading;
    }
    const auto ranges = paragraphsByPage(paragraphs, sheets.size());
    const auto texts = items.empty() ? std::vector<std::string>() : foldedTexts(paragraphs, sheets);
    for (const PdfOutlineItem& item : items) {
        const std::string title = folded(item.title);
        for (std::size_t i = ranges[item.page].first; i < ranges[item.page].end; ++i) {
            if (isNamed(texts[i], title))
                paragraphs[i].kind = BlockKind::heading;
        }
    }
}

std::vector<OutlineEntry> buildOutline(const std::vector<PdfParagraph>& paragraphs,
                                       const std::vector<PdfSheet>& sheets,
                                       const std::vector<PdfOutlineItem>& items,
                                       const Document& document)
{
    auto outline = items.empty() ? collectHeadings(paragraphs, document)
                                 : placeItems(items, paragraphs, sheets, document);
    closeOutline(outline, static_cast<Offset>(document.text.size()));
    return outline;
}

std::string findTitle(const std::string& metadata, const std::vector<PdfParagraph>& paragraphs,
                      const BodyMetrics& body, const Document& document)
{
    if (isSensibleTitle(metadata))
        return metadata;
    std::size_t best = paragraphs.size();
    for (std::size_t i = 0; i < paragraphs.size() && pageOf(paragraphs[i]) == 0; ++i) {
        const Block& block = document.maps.blocks[i];
        const std::string_view text = std::string_view(document.text)
                                          .substr(block.textBegin, block.textEnd - block.textBegin);
        if (canBeHeading(paragraphs[i], text) && isSensibleTitle(std::string(text)) &&
            (best == paragraphs.size() || paragraphs[i].size > paragraphs[best].size * 1.1F))
            best = i;
    }
    if (best == paragraphs.size() || paragraphs[best].size < body.size * kLarger)
        return {};
    const Block& block = document.maps.blocks[best];
    return simplified(document.text.substr(block.textBegin, block.textEnd - block.textBegin));
}

} // namespace ingest
