// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_paragraphs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "unicode.h"

namespace ingest {

namespace {

/// All in multiples of a line's size.
constexpr float kIndentLeast = 0.6F;
constexpr float kIndentMost = 8.0F;
constexpr float kSameEdge = 0.35F;
constexpr float kInitialSize = 1.8F;
/// A distance this much larger than usual separates paragraphs.
constexpr float kGap = 1.22F;
/// Lines on each side that tell a column's edges.
constexpr std::size_t kReach = 6;

using Lines = std::vector<const PdfLine*>;

/// What a run of lines in one column has in common.
struct Column
{
    Lines lines;
    float left = 0.0F;      ///< where most lines begin
    bool isHanging = false; ///< entries begin at the left and go on indented
};

enum class Break
{
    none,
    newline,
    paragraph
};

class ParagraphFinder final
{
public:
    ParagraphFinder(const std::vector<PdfSheet>& sheets, const BodyMetrics& body)
        : m_sheets(sheets), m_body(body)
    {
    }

    std::vector<PdfParagraph> run()
    {
        Column column;
        for (const PdfSheet& sheet : m_sheets) {
            for (const PdfLine& line : sheet.lines) {
                if (line.isRunning)
                    continue;
                if (!column.lines.empty() && (column.lines.back()->page != line.page ||
                                              !isStacked(*column.lines.back(), line)))
                    flush(column);
                column.lines.push_back(&line);
            }
        }
        flush(column);
        return std::move(m_paragraphs);
    }

private:
    void flush(Column& column)
    {
        if (column.lines.empty())
            return;
        measure(column);
        const PdfLine& first = *column.lines.front();
        if (!m_paragraphs.empty() && isInitial(*m_paragraphs.back().lines.back().line, first))
            append(first, LineJoin::nothing);
        else if (continuesAcross(column))
            append(first, LineJoin::space);
        else
            start(first, true);
        for (std::size_t i = 1; i < column.lines.size(); ++i) {
            const PdfLine& line = *column.lines[i];
            if (isInitial(*column.lines[i - 1], line)) {
                append(line, LineJoin::nothing);
                continue;
            }
            const Break kind = breakBefore(column, i);
            if (kind == Break::paragraph)
                start(line, hasGap(column, i));
            else
                append(line, kind == Break::newline ? LineJoin::newline : LineJoin::space);
        }
        m_lastColumn = std::move(column);
        column = {};
    }

    void start(const PdfLine& line, bool gap)
    {
        if (!m_paragraphs.empty())
            m_paragraphs.back().hasGapBelow = gap;
        PdfParagraph paragraph;
        paragraph.lines.push_back({&line, LineJoin::space});
        paragraph.size = line.size;
        paragraph.hasGapAbove = gap;
        paragraph.hasGapBelow = true;
        if (startsItem(line))
            paragraph.kind = BlockKind::listItem;
        m_paragraphs.push_back(std::move(paragraph));
    }

    void append(const PdfLine& line, LineJoin join)
    {
        PdfParagraph& paragraph = m_paragraphs.back();
        if (join == LineJoin::nothing)
            paragraph.size = line.size;
        paragraph.lines.push_back({&line, join});
    }

    void measure(Column& column) const
    {
        std::map<long, std::size_t> begins;
        for (const PdfLine* line : column.lines)
            ++begins[std::lround(line->rect.x0 / 2.0F)];
        std::size_t best = 0;
        for (const auto& [begin, count] : begins) {
            if (count > best) {
                best = count;
                column.left = static_cast<float>(begin) * 2.0F;
            }
        }
        // Two lines of equal standing: the left one is the edge.
        if (best * 3 < column.lines.size())
            column.left = static_cast<float>(begins.begin()->first) * 2.0F;
        std::size_t hanging = 0;
        std::size_t flush = 0;
        for (std::size_t i = 0; i + 1 < column.lines.size(); ++i) {
            const PdfLine& line = *column.lines[i];
            if (!isAtEdge(column, line) || isShort(column, i))
                continue;
            const bool indented = isIndented(column, *column.lines[i + 1]);
            ++(indented ? hanging : flush);
        }
        column.isHanging = hanging > flush && hanging >= 2;
    }

    static bool isAtEdge(const Column& column, const PdfLine& line)
    {
        return std::abs(line.rect.x0 - column.left) <= kSameEdge * line.size + 1.0F;
    }

    static bool isIndented(const Column& column, const PdfLine& line)
    {
        const float indent = line.rect.x0 - column.left;
        return indent > kIndentLeast * line.size && indent < kIndentMost * line.size;
    }

    static bool isSameBegin(const PdfLine& left, const PdfLine& right)
    {
        return std::abs(left.rect.x0 - right.rect.x0) <= kSameEdge * left.size;
    }

    /// How far the lines [first, end) reach that have the size of `like`: the second furthest, as
    /// one may stick out, and how many come near it.
    struct Reach
    {
        float right = 0.0F;
        std::size_t lines = 0;
    };

    static Reach reach(const Column& column, std::size_t first, std::size_t end,
                       const PdfLine& like)
    {
        Reach result;
        float furthest = 0.0F;
        for (std::size_t i = first; i < end; ++i) {
            const PdfLine& line = *column.lines[i];
            if (!isSameSize(line.size, like.size))
                continue;
            result.right = std::max(result.right, std::min(furthest, line.rect.x1));
            furthest = std::max(furthest, line.rect.x1);
        }
        if (!(result.right > 0.0F))
            result.right = furthest;
        for (std::size_t i = first; i < end; ++i) {
            const PdfLine& line = *column.lines[i];
            if (line.rect.x1 > result.right - 0.12F * line.rect.width())
                ++result.lines;
        }
        return result;
    }

    /// Where a line that is full ends: by the lines between the gaps around it where these have an
    /// edge of their own (a narrow quotation), else by the lines of the column.
    static float rightEdge(const Column& column, std::size_t index)
    {
        const PdfLine& line = *column.lines[index];
        const std::size_t least = index >= kReach ? index - kReach : 0;
        const std::size_t most = std::min(index + kReach + 1, column.lines.size());
        const auto near = [&](std::size_t above) {
            const PdfLine& one = *column.lines[above];
            const PdfLine& next = *column.lines[above + 1];
            return isSameSize(one.size, next.size) && next.base - one.base < 1.6F * line.size;
        };
        std::size_t first = index;
        while (first > least && near(first - 1))
            --first;
        std::size_t end = index + 1;
        while (end < most && near(end - 1))
            ++end;
        const Reach group = reach(column, first, end, line);
        return group.lines >= 3 ? group.right : reach(column, least, most, line).right;
    }

    /// Whether the next line's first word would have fitted: then the line end is no accident.
    [[nodiscard]] bool isShort(const Column& column, std::size_t index) const
    {
        if (index + 1 >= column.lines.size())
            return false;
        const PdfLine& line = *column.lines[index];
        const PdfLine& next = *column.lines[index + 1];
        const PdfRect& word = m_sheets[next.page].text.words[next.firstWord].rect;
        const float room = rightEdge(column, index) - line.rect.x1;
        return room > std::min(word.width(), next.rect.width()) + 0.6F * line.size;
    }

    /// The same for the last line of a column, whose next line is elsewhere.
    static bool endsEarly(const Column& column)
    {
        const PdfLine& last = *column.lines.back();
        return rightEdge(column, column.lines.size() - 1) - last.rect.x1 > 4.0F * last.size;
    }

    [[nodiscard]] bool hasGap(const Column& column, std::size_t index) const
    {
        const PdfLine& above = *column.lines[index - 1];
        const PdfLine& line = *column.lines[index];
        const float pitch = line.base - above.base;
        const float ratio = m_body.pitch / m_body.size;
        float usual = ratio * std::max(above.size, line.size);
        // Text set wider than the body: its own distance is the usual one, if it is running text.
        if (!isShort(column, index - 1)) {
            for (const std::size_t other : {index - 1, index + 1}) {
                if (other < 1 || other >= column.lines.size())
                    continue;
                const float near = column.lines[other]->base - column.lines[other - 1]->base;
                if (std::abs(near - pitch) < 0.08F * pitch)
                    usual = std::max(usual, pitch);
            }
        }
        return pitch > usual * kGap;
    }

    [[nodiscard]] const PdfWord& firstWord(const PdfLine& line) const
    {
        return m_sheets[line.page].text.words[line.firstWord];
    }

    /// The last word of a line that is not empty.
    [[nodiscard]] std::string_view lastWord(const PdfLine& line) const
    {
        const auto& words = m_sheets[line.page].text.words;
        for (std::size_t i = line.endWord; i > line.firstWord; --i) {
            if (!words[i - 1].text.empty())
                return words[i - 1].text;
        }
        return {};
    }

    [[nodiscard]] bool startsItem(const PdfLine& line) const
    {
        return line.endWord - line.firstWord > 1 &&
               (isEnumerator(firstWord(line).text) || startsMarkedItem(line));
    }

    /// With a bullet or a footnote's raised number: no sentence goes on with these.
    [[nodiscard]] bool startsMarkedItem(const PdfLine& line) const
    {
        const PdfWord& word = firstWord(line);
        const bool isNote = isAsciiDigit(word.text.front()) && word.text.size() <= 3 &&
                            word.rect.height() < 0.8F * line.size;
        return line.endWord - line.firstWord > 1 && (isBullet(word.text) || isNote);
    }

    /// Whether the line ends as a sentence does.
    [[nodiscard]] bool endsSentence(const PdfLine& line) const
    {
        std::string_view word = lastWord(line);
        for (std::string_view closing : {"\"", "'", ")", "]", "”", "’", "»", "」", "』"}) {
            if (word.size() > closing.size() && word.ends_with(closing))
                word.remove_suffix(closing.size());
        }
        const char32_t last = lastCharacter(word);
        constexpr std::u32string_view kEnds = U".!?:;…。！？：；";
        return kEnds.find(last) != std::u32string_view::npos;
    }

    [[nodiscard]] bool isInitial(const PdfLine& initial, const PdfLine& line) const
    {
        const std::string& word = firstWord(initial).text;
        std::size_t at = 0;
        const bool single = !word.empty() && isUpperCase(nextCharacter(word, at)) &&
                            at == word.size() && initial.endWord - initial.firstWord == 1;
        return single && initial.page == line.page && initial.size > kInitialSize * m_body.size &&
               initial.size > kInitialSize * line.size &&
               line.rect.x0 > initial.rect.x0 + 0.3F * initial.rect.width() &&
               line.rect.y0 < initial.rect.y1 && isSameSize(line.size, m_body.size);
    }

    [[nodiscard]] Break breakBefore(const Column& column, std::size_t index) const
    {
        const PdfLine& above = *column.lines[index - 1];
        const PdfLine& line = *column.lines[index];
        if (hasGap(column, index) ||
            (!sharesSize(above, line) && !goesOnInOtherFont(column, index)))
            return Break::paragraph;
        if (above.hasLeader || line.hasLeader)
            return Break::newline;
        if (isLarge(above) && isLarge(line))
            return Break::none; // a heading of several lines
        const bool isEnd = isShort(column, index - 1);
        // What stands further out than an item's bullet is not the item's.
        const PdfLine& begin = *m_paragraphs.back().lines.front().line;
        if (isEnd && isBullet(firstWord(begin).text) &&
            line.rect.x0 < begin.rect.x0 - kSameEdge * line.size)
            return Break::paragraph;
        if (startsMarkedItem(line) || (startsItem(line) && (isEnd || endsSentence(above))))
            return Break::paragraph;
        if (startsParagraph(column, index, isEnd))
            return Break::paragraph;
        if (isCentred(above, line) || isNumberedOn(above, line))
            return Break::newline;
        if (!isEnd)
            return Break::none;
        return endsSentence(above) ? Break::paragraph : Break::newline;
    }

    [[nodiscard]] bool isLarge(const PdfLine& line) const
    {
        return line.size > m_body.size * 1.12F;
    }

    /// Fonts of one size differ in height: a sentence may well end with a line in another one.
    [[nodiscard]] bool goesOnInOtherFont(const Column& column, std::size_t index) const
    {
        const PdfLine& above = *column.lines[index - 1];
        const PdfLine& line = *column.lines[index];
        const bool isClose =
            std::max(above.size, line.size) <= 1.7F * std::min(above.size, line.size);
        return isClose && isLowerCase(firstCharacter(firstWord(line).text)) &&
               !endsSentence(above) && !isShort(column, index - 1);
    }

    /// Lines with numbers of their own, as in listings.
    [[nodiscard]] bool isNumberedOn(const PdfLine& above, const PdfLine& line) const
    {
        const auto number = [this](const PdfLine& one) {
            const std::string& word = firstWord(one).text;
            const bool isNumber =
                word.size() <= 6 && word.find_first_not_of("0123456789") == std::string::npos;
            return isNumber ? std::stoi(word) : -1;
        };
        const int first = number(above);
        return first >= 0 && number(line) == first + 1;
    }

    /// Different begins and ends around one middle.
    static bool isCentred(const PdfLine& above, const PdfLine& line)
    {
        const float begin = line.rect.x0 - above.rect.x0;
        const float end = line.rect.x1 - above.rect.x1;
        return std::abs(begin) > line.size && std::abs(begin + end) < line.size;
    }

    /// By the indent of the line.
    [[nodiscard]] bool startsParagraph(const Column& column, std::size_t index, bool isEnd) const
    {
        const PdfLine& above = *column.lines[index - 1];
        const PdfLine& line = *column.lines[index];
        const bool isBack = isAtEdge(column, line) && isIndented(column, above);
        if (isBack) // the next entry of a list of references
            return column.isHanging || (isEnd && endsSentence(above));
        if (!isIndented(column, line) || startsItem(line))
            return false;
        if (isAtEdge(column, above))
            return !column.isHanging && !startsItem(above);
        return isSameBegin(above, line) && isEnd && endsSentence(above);
    }

    /// Whether a column's first line goes on with the last paragraph.
    [[nodiscard]] bool continuesAcross(const Column& column) const
    {
        if (m_paragraphs.empty() || m_lastColumn.lines.empty())
            return false;
        const PdfLine& last = *m_paragraphs.back().lines.back().line;
        const PdfLine& first = *column.lines.front();
        if (!sharesSize(last, first) || startsItem(first) || last.hasLeader || first.hasLeader ||
            first.page > last.page + 1)
            return false;
        // Headings and captions do not go on.
        if (isLarge(last))
            return false;
        const std::string_view word = lastWord(last);
        const char32_t begin = firstCharacter(firstWord(first).text);
        if (word.ends_with('-') || m_sheets[last.page].text.words[last.endWord - 1].softBreak)
            return isLowerCase(begin);
        if (isLowerCase(begin))
            return !endsSentence(last) || !endsEarly(m_lastColumn);
        return !endsSentence(last) && !endsEarly(m_lastColumn) &&
               !(column.lines.size() > 1 && isIndented(column, first)) &&
               isSameSize(last.size, m_body.size) && m_paragraphs.back().lines.size() > 1;
    }

    const std::vector<PdfSheet>& m_sheets;
    BodyMetrics m_body;
    std::vector<PdfParagraph> m_paragraphs;
    Column m_lastColumn;
};

} // namespace

std::vector<PdfParagraph> findParagraphs(const std::vector<PdfSheet>& sheets,
                                         const BodyMetrics& body)
{
    return ParagraphFinder(sheets, body).run();
}

} // namespace ingest
