// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_text_builder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include <unicode/uchar.h>

#include "unicode.h"

namespace ingest {

namespace {

/// Proven divisions after which a document counts as one that divides words.
constexpr std::size_t kProvenJoins = 5;
constexpr float kBoxSteps = 65535.0F;

/// "pre- and post-war": the hyphen stands for a word to come.
constexpr std::array<std::string_view, 12> kConjunctions{"and", "or", "und", "oder", "bzw", "bis",
                                                         "et",  "ou", "y",   "o",    "to",  "as"};

/// `word` without punctuation at its ends.
std::string_view core(std::string_view word)
{
    const auto isWordCharacter = [](char32_t character) {
        return u_isalnum(static_cast<UChar32>(character)) != 0;
    };
    while (!word.empty()) {
        std::size_t at = 0;
        if (isWordCharacter(nextCharacter(word, at)))
            break;
        word.remove_prefix(at);
    }
    while (!word.empty() && !isWordCharacter(lastCharacter(word))) {
        word.remove_suffix(1);
        while (!word.empty() && (static_cast<unsigned char>(word.back()) & 0xC0U) == 0x80U &&
               lastCharacter(word) == 0xFFFD)
            word.remove_suffix(1);
    }
    return word;
}

/// Bytes of the hyphen at the end of a word, 0 when it has none or nothing stands before it.
std::size_t hyphenBytes(std::string_view word)
{
    const std::size_t bytes = word.ends_with('-') ? 1 : word.ends_with("‐") ? 3 : 0;
    if (bytes == 0 || !isLetter(lastCharacter(word.substr(0, word.size() - bytes))))
        return 0;
    return bytes;
}

enum class Division
{
    join,     ///< drop the hyphen
    compound, ///< keep it, without a space
    separate  ///< keep it and a space: the second part is a word of its own
};

/// Decides what a hyphen at a line's end was.
class Hyphenation final
{
public:
    Hyphenation(const std::vector<PdfSheet>& sheets, const std::vector<PdfParagraph>& paragraphs)
    {
        for (const PdfSheet& sheet : sheets) {
            for (const PdfLine& line : sheet.lines) {
                if (!line.isRunning)
                    collect(sheet, line);
            }
        }
        countProven(sheets, paragraphs);
    }

    [[nodiscard]] Division decide(std::string_view first, std::string_view second) const
    {
        const std::string tail = lowerCased(core(second));
        if (std::find(kConjunctions.begin(), kConjunctions.end(), tail) != kConjunctions.end())
            return Division::separate;
        if (!isLowerCase(firstCharacter(second)))
            return Division::compound;
        const std::string stem = lowerCased(core(first));
        if (m_words.contains(stem + tail))
            return Division::join;
        const bool isCompound = stem.find('-') != std::string::npos ||
                                m_words.contains(stem + "-" + tail) ||
                                (areWords(stem, tail) && !m_joinsWords);
        return isCompound || !m_dividesWords ? Division::compound : Division::join;
    }

private:
    void collect(const PdfSheet& sheet, const PdfLine& line)
    {
        const auto& words = sheet.text.words;
        for (std::size_t i = line.firstWord; i < line.endWord; ++i) {
            const bool divided = i + 1 == line.endWord && hyphenBytes(words[i].text) > 0;
            // The second half of a divided word is no word either.
            const bool second = i == line.firstWord && m_lastWasDivided;
            if (!divided && !second) {
                if (const std::string_view word = core(words[i].text); !word.empty())
                    m_words.insert(lowerCased(word));
            }
            m_lastWasDivided = divided || (i + 1 == line.endWord && words[i].softBreak);
        }
    }

    [[nodiscard]] bool areWords(const std::string& stem, const std::string& tail) const
    {
        return m_words.contains(stem) && m_words.contains(tail);
    }

    void countProven(const std::vector<PdfSheet>& sheets,
                     const std::vector<PdfParagraph>& paragraphs)
    {
        std::size_t joins = 0;
        std::size_t compounds = 0;
        std::size_t joinsOfWords = 0;
        for (const PdfParagraph& paragraph : paragraphs) {
            for (std::size_t i = 1; i < paragraph.lines.size(); ++i) {
                const PdfLine& above = *paragraph.lines[i - 1].line;
                const PdfLine& below = *paragraph.lines[i].line;
                const std::string& first = sheets[above.page].text.words[above.endWord - 1].text;
                const std::string& second = sheets[below.page].text.words[below.firstWord].text;
                if (hyphenBytes(first) == 0)
                    continue;
                const std::string stem = lowerCased(core(first));
                const std::string tail = lowerCased(core(second));
                if (m_words.contains(stem + tail)) {
                    ++joins;
                    joinsOfWords += areWords(stem, tail) ? 1U : 0U;
                }
                compounds += m_words.contains(stem + "-" + tail) ? 1U : 0U;
            }
        }
        m_dividesWords = joins >= kProvenJoins && joins >= 3 * compounds;
        m_joinsWords = joinsOfWords * 5 >= joins;
    }

    std::unordered_set<std::string> m_words;
    bool m_lastWasDivided = false;
    bool m_dividesWords = false;
    bool m_joinsWords = false; ///< its language writes compounds as one word, as German does
};

float snapped(float value, float extent)
{
    if (!(extent > 0.0F))
        return 0.0F;
    return std::round(std::clamp(value / extent, 0.0F, 1.0F) * kBoxSteps) / kBoxSteps;
}

class PdfTextBuilder final
{
public:
    PdfTextBuilder(const std::vector<PdfSheet>& sheets, const Hyphenation& hyphenation,
                   Document& document)
        : m_sheets(sheets), m_hyphenation(hyphenation), m_document(document)
    {
    }

    void add(const PdfParagraph& paragraph)
    {
        if (!m_document.text.empty())
            m_document.text += "\n\n";
        const Offset begin = offset();
        for (std::size_t i = 0; i < paragraph.lines.size(); ++i) {
            const PdfLine* const next =
                i + 1 < paragraph.lines.size() ? paragraph.lines[i + 1].line : nullptr;
            const LineJoin join = next != nullptr ? paragraph.lines[i + 1].join : LineJoin::newline;
            addLine(*paragraph.lines[i].line, next, join);
        }
        m_document.maps.blocks.push_back({paragraph.kind, begin, offset()});
    }

    void finishPages()
    {
        Offset last = 0;
        auto word = m_document.maps.words.begin();
        const auto end = m_document.maps.words.end();
        for (std::size_t i = 0; i < m_sheets.size(); ++i) {
            const PdfPageText& text = m_sheets[i].text;
            Page page{text.label.empty() ? std::to_string(i + 1) : text.label, text.widthPoints,
                      text.heightPoints, last, last};
            if (word != end && word->page == i)
                page.textBegin = word->textBegin;
            for (; word != end && word->page == i; ++word)
                page.textEnd = last = word->textEnd;
            m_document.maps.pages.push_back(std::move(page));
        }
    }

private:
    [[nodiscard]] Offset offset() const { return static_cast<Offset>(m_document.text.size()); }

    void addLine(const PdfLine& line, const PdfLine* next, LineJoin join)
    {
        const PdfPageText& page = m_sheets[line.page].text;
        bool space = false;
        for (std::size_t i = line.firstWord; i < line.endWord; ++i) {
            const PdfWord& word = page.words[i];
            if (word.text.empty())
                continue;
            if (space)
                addSpace(word.text);
            space = word.spaceAfter;
            if (i + 1 == line.endWord && next != nullptr && join == LineJoin::space)
                addLast(word, line.page, *next);
            else
                addWord(word, word.text, line.page);
        }
        if (next != nullptr && join == LineJoin::newline)
            m_document.text += '\n';
    }

    /// The last word of a line that goes on, and what stands between it and the next line.
    void addLast(const PdfWord& word, std::uint32_t page, const PdfLine& next)
    {
        const std::string& following = m_sheets[next.page].text.words[next.firstWord].text;
        const std::size_t hyphen = hyphenBytes(word.text);
        if (word.softBreak && isLetter(firstCharacter(following))) {
            addWord(word, word.text, page);
            return;
        }
        const Division division =
            hyphen > 0 ? m_hyphenation.decide(word.text, following) : Division::separate;
        const std::string_view text(word.text);
        addWord(word, division == Division::join ? text.substr(0, text.size() - hyphen) : text,
                page);
        if (division == Division::separate)
            addSpace(following);
    }

    void addSpace(std::string_view following)
    {
        if (!isSpacelessScript(lastCharacter(m_document.text)) ||
            !isSpacelessScript(firstCharacter(following)))
            m_document.text += ' ';
    }

    void addWord(const PdfWord& word, std::string_view text, std::uint32_t page)
    {
        const PdfPageText& sheet = m_sheets[page].text;
        const Offset begin = offset();
        m_document.text += text;
        m_document.maps.words.push_back(
            {begin,
             offset(),
             page,
             {snapped(word.rect.x0, sheet.widthPoints), snapped(word.rect.y0, sheet.heightPoints),
              snapped(word.rect.x1, sheet.widthPoints),
              snapped(word.rect.y1, sheet.heightPoints)}});
    }

    const std::vector<PdfSheet>& m_sheets;
    const Hyphenation& m_hyphenation;
    Document& m_document;
};

} // namespace

Result<void> buildPdfText(const std::vector<PdfSheet>& sheets,
                          const std::vector<PdfParagraph>& paragraphs, Document& document)
{
    const Hyphenation hyphenation(sheets, paragraphs);
    PdfTextBuilder builder(sheets, hyphenation, document);
    for (const PdfParagraph& paragraph : paragraphs) {
        builder.add(paragraph);
        if (document.text.size() > std::numeric_limits<Offset>::max() / 2)
            return fail(ErrorCode::tooLarge,
                        fmt::format("its text has more than {} bytes, which is the limit",
                                    std::numeric_limits<Offset>::max() / 2));
    }
    builder.finishPages();
    return {};
}

} // namespace ingest
