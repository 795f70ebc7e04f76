// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_running_heads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "page_numbers.h"
#include "unicode.h"

namespace ingest {

namespace {

constexpr std::size_t kFewestPages = 5;
/// Rows looked at from each edge of the page.
constexpr std::size_t kMostRows = 3;
constexpr std::size_t kLongestHead = 160;   // bytes
constexpr std::size_t kLongestHeading = 16; // words
constexpr std::size_t kFewestLetters = 4;
constexpr float kSlotTolerance = 3.0F; // points
/// Shares of the page's height: where heads are, and where hardly anything else is.
constexpr float kMargin = 0.17F;
constexpr float kOuterMargin = 0.08F;

enum class Edge
{
    top,
    bottom
};

/// Lines of one page at the same height.
struct Row
{
    std::vector<std::size_t> lines; ///< from left to right
    std::string text;
    std::string key; ///< the text without what changes from page to page
    float base = 0.0F;
    float size = 0.0F;
    bool standsApart = false; ///< more room towards the text than between its lines
    bool isAlone = false;     ///< nothing else is left on the page
};

class RunningHeads final
{
public:
    explicit RunningHeads(std::vector<PdfSheet>& sheets)
        : m_sheets(sheets), m_numbers(sheets.size())
    {
    }

    void run()
    {
        for (const Edge edge : {Edge::top, Edge::bottom}) {
            for (std::size_t depth = 0; depth < kMostRows; ++depth) {
                if (!markOneRow(edge))
                    break;
            }
        }
        if (!hasOwnLabels())
            labelPages();
    }

private:
    using Rows = std::vector<std::optional<Row>>;

    /// Numbers that run on with the pages: (distance to the place in the file, Roman or not).
    using Series = std::pair<int, bool>;

    static Series seriesOf(const Printed& number, std::size_t page)
    {
        return {number.value - static_cast<int>(page), number.isRoman};
    }

    /// The first line with certain words, and the greatest size of any such line.
    struct Heading
    {
        std::size_t page = 0;
        float size = 0.0F;
    };

    /// Marks the outermost rows of an edge that are running; false when there were none.
    bool markOneRow(Edge edge)
    {
        Rows rows(m_sheets.size());
        for (std::size_t i = 0; i < m_sheets.size(); ++i)
            rows[i] = outermostRow(m_sheets[i], edge);
        const auto repeated = repeatedKeys(rows);
        findSlots(rows);
        findSeries(rows);
        if (!m_slots.empty())
            collectHeadings(rows);
        std::vector<std::size_t> alone;
        std::unordered_set<std::string> marked;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!rows[i] || rows[i]->text.size() > kLongestHead)
                continue;
            const bool isHead =
                m_sheets.size() >= kFewestPages && isInMargin(rows, i, kMargin) &&
                (repeated.contains(parityKey(i, rows[i]->key)) || isInSlot(rows, i));
            if (isHead && rows[i]->isAlone) {
                alone.push_back(i);
            } else if (isHead || isPageNumber(rows, i)) {
                marked.insert(rows[i]->key);
                mark(rows, i);
            }
        }
        // All that a page has: a head over an empty page, the stamp on a scan, or the text of a
        // form that repeats from page to page. Only the last is to be read.
        for (const std::size_t i : alone) {
            if (marked.contains(rows[i]->key) || isInMargin(rows, i, kOuterMargin) ||
                isPageNumber(rows, i))
                mark(rows, i);
        }
        return !marked.empty() || !alone.empty();
    }

    void mark(const Rows& rows, std::size_t page)
    {
        for (const std::size_t line : rows[page]->lines)
            m_sheets[page].lines[line].isRunning = true;
        if (auto number = numberAtEnds(rows[page]->text))
            m_numbers[page].push_back(std::move(*number));
    }

    /// Whether a row lies within a share of the page's height from its edge.
    bool isInMargin(const Rows& rows, std::size_t page, float margin) const
    {
        const float height = m_sheets[page].text.heightPoints;
        const float base = rows[page]->base;
        return base < height * margin || base > height * (1.0F - margin);
    }

    static std::optional<Row> outermostRow(const PdfSheet& sheet, Edge edge)
    {
        std::size_t outer = sheet.lines.size();
        for (std::size_t i = 0; i < sheet.lines.size(); ++i) {
            if (sheet.lines[i].isRunning)
                continue;
            const bool further =
                outer == sheet.lines.size() ||
                (edge == Edge::top ? sheet.lines[i].base < sheet.lines[outer].base
                                   : sheet.lines[i].base > sheet.lines[outer].base);
            if (further)
                outer = i;
        }
        if (outer == sheet.lines.size())
            return std::nullopt;
        Row row;
        row.base = sheet.lines[outer].base;
        row.size = sheet.lines[outer].size;
        for (std::size_t i = 0; i < sheet.lines.size(); ++i) {
            const PdfLine& line = sheet.lines[i];
            if (!line.isRunning && std::abs(line.base - row.base) < 0.5F * row.size)
                row.lines.push_back(i);
        }
        std::sort(row.lines.begin(), row.lines.end(),
                  [&sheet](std::size_t left, std::size_t right) {
                      return sheet.lines[left].rect.x0 < sheet.lines[right].rect.x0;
                  });
        for (const std::size_t line : row.lines) {
            row.text += (row.text.empty() ? "" : " ") + lineText(sheet, sheet.lines[line]);
            if (row.text.size() > kLongestHead)
                break;
        }
        row.key = headKey(row.text);
        row.standsApart = standsApart(sheet, row, edge);
        row.isAlone = std::all_of(sheet.lines.begin(), sheet.lines.end(), [&](const PdfLine& line) {
            return line.isRunning || std::abs(line.base - row.base) < 0.5F * row.size;
        });
        return row;
    }

    /// Left and right pages have heads of their own.
    static std::string parityKey(std::size_t page, const std::string& key)
    {
        return (page % 2 == 0 ? "L" : "R") + key;
    }

    /// Keys on at least 60 % of the pages that have rows, all of them or those of one side.
    static std::unordered_set<std::string> repeatedKeys(const Rows& rows)
    {
        std::unordered_map<std::string, std::size_t> counts;
        std::array<std::size_t, 2> pages{};
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!rows[i])
                continue;
            ++counts[parityKey(i, rows[i]->key)];
            ++pages[i % 2];
        }
        const auto reaches = [](std::size_t count, std::size_t of) {
            return count >= 3 && count * 10 >= of * 6;
        };
        std::unordered_set<std::string> result;
        for (const auto& [name, count] : counts) {
            const bool isLeft = name.front() == 'L';
            const std::string twin = (isLeft ? "R" : "L") + name.substr(1);
            const auto other = counts.find(twin);
            const std::size_t both = count + (other == counts.end() ? 0 : other->second);
            if (reaches(count, pages[isLeft ? 0 : 1]) || reaches(both, pages[0] + pages[1])) {
                result.insert(name);
                result.insert(twin);
            }
        }
        return result;
    }

    /// A chapter's title over the chapter's pages: in a place where most pages have a head, and
    /// with the page's number, the words of a heading up to here, or those of a page close by.
    bool isInSlot(const Rows& rows, std::size_t page) const
    {
        const Row& row = *rows[page];
        if (row.key.empty() || !row.standsApart || !m_slots.contains(static_cast<int>(row.base)))
            return false;
        if (const auto number = numberAtEnds(row.text);
            number && m_series && seriesOf(*number, page) == *m_series)
            return true;
        const auto first = m_headings.find(lettersOf(row.text));
        if (first != m_headings.end() && first->second.page <= page &&
            first->second.size >= row.size * 0.98F)
            return true;
        for (const std::ptrdiff_t step : {-2, -1, 1, 2}) {
            const auto other = static_cast<std::ptrdiff_t>(page) + step;
            if (other < 0 || other >= static_cast<std::ptrdiff_t>(rows.size()))
                continue;
            const auto& near = rows[static_cast<std::size_t>(other)];
            if (near && near->key == row.key && std::abs(near->base - row.base) < kSlotTolerance)
                return true;
        }
        return false;
    }

    /// Heights, in whole points, at which at least 60 % of the pages have a row that stands apart.
    void findSlots(const Rows& rows)
    {
        std::map<int, std::size_t> counts;
        std::size_t all = 0;
        for (const auto& row : rows) {
            all += row ? 1U : 0U;
            if (row && row->standsApart)
                ++counts[static_cast<int>(row->base)];
        }
        m_slots.clear();
        const auto reach = static_cast<int>(kSlotTolerance);
        for (const auto& [base, ignored] : counts) {
            std::size_t here = 0;
            for (auto near = counts.lower_bound(base - reach);
                 near != counts.end() && near->first <= base + reach; ++near)
                here += near->second;
            if (here * 10 >= all * 6)
                m_slots.insert(base);
        }
    }

    /// The numbers in these rows that run on with the pages, if at least 40 % of the pages have
    /// one.
    void findSeries(const Rows& rows)
    {
        std::map<Series, std::size_t> votes;
        std::size_t most = std::max<std::size_t>(rows.size() * 2 / 5, 2);
        m_series.reset();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto number = rows[i] ? numberAtEnds(rows[i]->text) : std::nullopt;
            if (number && ++votes[seriesOf(*number, i)] > most) {
                most = votes[seriesOf(*number, i)];
                m_series = seriesOf(*number, i);
            }
        }
    }

    static bool standsApart(const PdfSheet& sheet, const Row& row, Edge edge)
    {
        float nearest = 1e9F;
        for (const PdfLine& line : sheet.lines) {
            const float distance = edge == Edge::top ? line.base - row.base : row.base - line.base;
            if (!line.isRunning && distance > 0.5F * row.size)
                nearest = std::min(nearest, distance);
        }
        return nearest > 1.7F * row.size;
    }

    /// Lines below the outermost rows: where headings are that a head may repeat.
    void collectHeadings(const Rows& rows)
    {
        m_headings.clear();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t k = 0; rows[i] && k < m_sheets[i].lines.size(); ++k) {
                const PdfLine& line = m_sheets[i].lines[k];
                const auto& outer = rows[i]->lines;
                if (line.isRunning || line.endWord - line.firstWord > kLongestHeading ||
                    std::find(outer.begin(), outer.end(), k) != outer.end())
                    continue;
                std::string letters = lettersOf(lineText(m_sheets[i], line));
                if (letters.size() < kFewestLetters)
                    continue;
                Heading& heading =
                    m_headings.try_emplace(std::move(letters), Heading{i, 0.0F}).first->second;
                heading.size = std::max(heading.size, line.size);
            }
        }
    }

    bool isPageNumber(const Rows& rows, std::size_t page) const
    {
        const auto number = barePageNumber(rows[page]->text);
        if (!number)
            return false;
        const std::string& label = m_sheets[page].text.label;
        if (lowerCased(number->text) == lowerCased(label) ||
            (!number->isRoman && number->value == static_cast<int>(page) + 1))
            return true;
        for (const std::ptrdiff_t step : {-2, -1, 1, 2}) {
            const auto other = static_cast<std::ptrdiff_t>(page) + step;
            if (other < 0 || other >= static_cast<std::ptrdiff_t>(rows.size()) ||
                !rows[static_cast<std::size_t>(other)])
                continue;
            const auto near = barePageNumber(rows[static_cast<std::size_t>(other)]->text);
            if (near && near->isRoman == number->isRoman &&
                near->value - number->value == static_cast<int>(step))
                return true;
        }
        return false;
    }

    [[nodiscard]] bool hasOwnLabels() const
    {
        for (std::size_t i = 0; i < m_sheets.size(); ++i) {
            const std::string& label = m_sheets[i].text.label;
            if (!label.empty() && label != std::to_string(i + 1))
                return true;
        }
        return false;
    }

    /// A head may hold other numbers, of chapters: the series that most pages agree on is right.
    void labelPages()
    {
        std::map<Series, std::size_t> votes;
        for (std::size_t i = 0; i < m_numbers.size(); ++i) {
            for (const Printed& number : m_numbers[i])
                ++votes[seriesOf(number, i)];
        }
        std::vector<const Printed*> best(m_sheets.size(), nullptr);
        bool differs = false;
        for (std::size_t i = 0; i < m_numbers.size(); ++i) {
            std::size_t most = std::min<std::size_t>(m_sheets.size(), kFewestPages) / 2;
            for (const Printed& number : m_numbers[i]) {
                if (votes[seriesOf(number, i)] > most) {
                    most = votes[seriesOf(number, i)];
                    best[i] = &number;
                }
            }
            differs = differs || (best[i] != nullptr && seriesOf(*best[i], i) != Series(1, false));
        }
        if (differs) // else the printed numbers are the places in the file
            setLabels(best);
    }

    void setLabels(const std::vector<const Printed*>& numbers)
    {
        std::size_t before = m_sheets.size();
        for (std::size_t i = 0; i < m_sheets.size(); ++i) {
            m_sheets[i].text.label = "[" + std::to_string(i + 1) + "]";
            if (numbers[i] == nullptr)
                continue;
            m_sheets[i].text.label = numbers[i]->text;
            if (before < i)
                labelBetween(before, *numbers[before], i, *numbers[i]);
            before = i;
        }
    }

    /// Pages between two numbered ones have the numbers between theirs, printed or not.
    void labelBetween(std::size_t before, const Printed& first, std::size_t after,
                      const Printed& last)
    {
        if (first.isRoman || last.isRoman ||
            last.value - first.value != static_cast<int>(after - before))
            return;
        for (std::size_t i = before + 1; i < after; ++i)
            m_sheets[i].text.label = std::to_string(first.value + static_cast<int>(i - before));
    }

    std::vector<PdfSheet>& m_sheets;
    std::vector<std::vector<Printed>> m_numbers; ///< found in running heads, per page
    std::set<int> m_slots;
    std::optional<Series> m_series;
    std::unordered_map<std::string, Heading> m_headings;
};

} // namespace

void markRunningHeads(std::vector<PdfSheet>& sheets)
{
    RunningHeads(sheets).run();
}

} // namespace ingest
