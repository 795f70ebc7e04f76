// SPDX-License-Identifier: GPL-3.0-or-later
#include "plain_text_reader.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "unicode.h"

namespace ingest {

namespace {

/// In bytes; longer lines are sentences.
constexpr std::size_t kLongestHeading = 90;
/// So many headings in a row, with nothing between them, are a table of contents.
constexpr std::size_t kContentsRun = 4;

constexpr std::array<std::string_view, 13> kPartWords{"part",  "book",  "volume", "act",    "teil",
                                                      "buch",  "band",  "livre",  "partie", "parte",
                                                      "libro", "часть", "книга"};
constexpr std::array<std::string_view, 15> kChapterWords{
    "chapter",   "section", "appendix", "letter",   "scene",    "canto", "stave",  "kapitel",
    "abschnitt", "anhang",  "chapitre", "capítulo", "capitolo", "глава", "lecture"};
constexpr std::array<std::string_view, 16> kAloneWords{
    "prologue",     "epilogue", "preface",         "introduction",    "foreword", "contents",
    "afterword",    "abstract", "conclusion",      "references",      "glossary", "index",
    "bibliography", "summary",  "acknowledgments", "acknowledgements"};

bool isRomanNumeral(std::string_view word)
{
    return !word.empty() && word.size() <= 9 &&
           word.find_first_not_of("IVXLCDM") == std::string_view::npos;
}

bool isNumberWord(std::string_view word)
{
    constexpr std::array<std::string_view, 24> kNumbers{
        "one",   "two",   "three",   "four",   "five",  "six",    "seven", "eight",
        "nine",  "ten",   "eleven",  "twelve", "first", "second", "third", "fourth",
        "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",  "the",   "last"};
    return std::find(kNumbers.begin(), kNumbers.end(), word) != kNumbers.end();
}

/// "chapter", "part" ... followed by a number: "Chapter 4", "PART II.", "Book the First".
template <std::size_t count>
bool isNumbered(std::string_view line, const std::array<std::string_view, count>& words)
{
    const std::string folded = lowerCased(line);
    for (const std::string_view word : words) {
        if (!std::string_view(folded).starts_with(word) || folded.size() <= word.size() ||
            folded[word.size()] != ' ')
            continue;
        std::string_view number = trimmed(line.substr(std::min(word.size(), line.size())));
        number = number.substr(0, std::min(number.find_first_of(" .:,-"), number.size()));
        if (!number.empty() && (isAsciiDigit(number.front()) || isRomanNumeral(number) ||
                                number.size() == 1 || isNumberWord(lowerCased(number))))
            return true;
    }
    return false;
}

/// 第十二章, 第3回: how Chinese and Japanese books number their chapters.
bool isHanChapter(std::string_view line)
{
    if (!line.starts_with("第"))
        return false;
    for (const std::string_view word : {"章", "回", "节", "節", "部", "卷", "話", "话", "篇"}) {
        const std::size_t at = line.find(word);
        if (at != std::string_view::npos && at <= 18)
            return true;
    }
    return false;
}

bool isAllCapitals(std::string_view line)
{
    std::size_t letters = 0;
    for (std::size_t at = 0; at < line.size();) {
        const char32_t character = nextCharacter(line, at);
        if (isLowerCase(character))
            return false;
        letters += isUpperCase(character) ? 1U : 0U;
    }
    return letters >= 3;
}

bool isUnderline(std::string_view line)
{
    line = trimmed(line);
    return line.size() >= 3 &&
           (line.front() == '=' || line.front() == '-' || line.front() == '~') &&
           line.find_first_not_of(line.front()) == std::string_view::npos;
}

std::uint32_t levelOf(HeadingRank rank, std::string_view line)
{
    switch (rank) {
    case HeadingRank::part:
        return 0;
    case HeadingRank::chapter:
        return 1;
    case HeadingRank::section:
        return 1 + static_cast<std::uint32_t>(numberingDepth(line));
    default:
        return 8;
    }
}

struct Heading
{
    std::size_t paragraph = 0; ///< index
    std::string title;
    std::uint32_t level = 0;
};

/// The heading that a whole paragraph is, or an empty title.
Heading headingOf(std::string_view paragraph, std::size_t index)
{
    const std::size_t firstEnd = std::min(paragraph.find('\n'), paragraph.size());
    const std::string_view first = trimmed(paragraph.substr(0, firstEnd));
    const std::string_view rest = trimmed(paragraph.substr(firstEnd));
    if (first.size() > kLongestHeading || rest.size() > kLongestHeading ||
        rest.find('\n') != std::string_view::npos)
        return {};
    const HeadingRank rank = headingRank(first);
    if (isUnderline(rest) && !isUnderline(first))
        return {index, std::string(first), rest.front() == '=' ? 1U : 2U};
    const bool titled = rank == HeadingRank::part || rank == HeadingRank::chapter;
    if (rank == HeadingRank::none || (!rest.empty() && !titled))
        return {};
    // "CHAPTER I" and, on the next line, "Loomings".
    return {index, simplified(paragraph), levelOf(rank, first)};
}

/// Takes out runs that are a table of contents, all but the last of each run.
void dropContents(std::vector<Heading>& headings)
{
    std::vector<Heading> kept;
    for (std::size_t begin = 0; begin < headings.size();) {
        std::size_t end = begin + 1;
        while (end < headings.size() && headings[end].paragraph == headings[end - 1].paragraph + 1)
            ++end;
        const std::size_t from = end - begin >= kContentsRun ? end - 1 : begin;
        std::move(headings.begin() + static_cast<std::ptrdiff_t>(from),
                  headings.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(kept));
        begin = end;
    }
    headings = std::move(kept);
}

/// Levels 0, 1, 2 ... without holes.
void closeLevels(std::vector<Heading>& headings)
{
    std::vector<std::uint32_t> levels;
    for (const Heading& heading : headings)
        levels.push_back(heading.level);
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    for (Heading& heading : headings)
        heading.level = static_cast<std::uint32_t>(
            std::lower_bound(levels.begin(), levels.end(), heading.level) - levels.begin());
}

/// "Title: ..." among the first lines (public-domain books say it so), else a first line that
/// stands alone and does not end like a sentence.
std::string findTitle(std::string_view text, const std::vector<TextRange>& paragraphs)
{
    const std::string_view head = text.substr(0, 4096);
    for (const TextRange& line : splitAtBlankLines(head, 0, static_cast<Offset>(head.size()))) {
        const auto content = head.substr(line.textBegin, line.textEnd - line.textBegin);
        if (content.starts_with("Title: "))
            return simplified(content.substr(7, content.find('\n') - 7));
    }
    if (paragraphs.size() < 2)
        return {};
    const TextRange& first = paragraphs.front();
    const auto line = text.substr(first.textBegin, first.textEnd - first.textBegin);
    const bool ends = line.find_last_of(".,;:") == line.size() - 1;
    if (line.find('\n') != std::string_view::npos || line.size() > kLongestHeading || ends ||
        !isLetter(firstCharacter(trimmed(line))))
        return {};
    return simplified(line);
}

} // namespace

HeadingRank headingRank(std::string_view line)
{
    line = trimmed(line);
    if (line.empty() || line.size() > kLongestHeading)
        return HeadingRank::none;
    if (isNumbered(line, kPartWords))
        return HeadingRank::part;
    if (isNumbered(line, kChapterWords) || isHanChapter(line))
        return HeadingRank::chapter;
    const std::string_view bare = line.substr(0, line.find_last_not_of(".:") + 1);
    const std::string folded = lowerCased(bare);
    if (std::find(kAloneWords.begin(), kAloneWords.end(), folded) != kAloneWords.end())
        return HeadingRank::chapter;
    if (isRomanNumeral(bare) && (bare.size() > 1 || bare != line))
        return HeadingRank::chapter;
    const bool ends = line.find_last_of(".,;:!?") == line.size() - 1;
    const std::size_t numberEnd = line.find_first_not_of("0123456789.");
    if (numberingDepth(line) > 0 && !ends && numberEnd != std::string_view::npos &&
        line[numberEnd] == ' ' && isUpperCase(firstCharacter(trimmed(line.substr(numberEnd)))))
        return HeadingRank::section;
    if (isAllCapitals(line) && line.back() != ',' && line.back() != ';')
        return HeadingRank::capitals;
    return HeadingRank::none;
}

std::size_t numberingDepth(std::string_view line)
{
    std::size_t depth = 0;
    for (std::size_t at = 0; at < line.size() && isAsciiDigit(line[at]);) {
        const std::size_t begin = at;
        while (at < line.size() && isAsciiDigit(line[at]))
            ++at;
        if (at - begin > 3)
            return 0; // a year, an amount
        ++depth;
        if (at < line.size() && line[at] == '.')
            ++at;
    }
    return depth;
}

TextStructure readPlainText(std::string_view text)
{
    TextStructure structure;
    const auto size = static_cast<Offset>(text.size());
    const auto paragraphs = splitAtBlankLines(text, 0, size);
    structure.title = findTitle(text, paragraphs);
    std::vector<Heading> headings;
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        const auto content =
            text.substr(paragraphs[i].textBegin, paragraphs[i].textEnd - paragraphs[i].textBegin);
        if (Heading heading = headingOf(content, i); !heading.title.empty())
            headings.push_back(std::move(heading));
    }
    dropContents(headings);
    closeLevels(headings);
    for (const TextRange& range : paragraphs)
        structure.blocks.push_back({BlockKind::paragraph, range.textBegin, range.textEnd});
    for (const Heading& heading : headings) {
        structure.blocks[heading.paragraph].kind = BlockKind::heading;
        structure.outline.push_back(
            {heading.title, heading.level, paragraphs[heading.paragraph].textBegin, 0});
    }
    closeOutline(structure.outline, size);
    return structure;
}

} // namespace ingest
