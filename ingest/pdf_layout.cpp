// SPDX-License-Identifier: GPL-3.0-or-later
#include "pdf_layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>

#include "pdf_characters.h"
#include "unicode.h"

namespace ingest {

namespace {

/// Sizes are counted in half points, pitches too.
int bucket(float value)
{
    return static_cast<int>(std::lround(std::clamp(value, 0.0F, 10'000.0F) * 2.0F));
}

float unbucket(int value)
{
    return static_cast<float>(value) / 2.0F;
}

/// The value with the greatest weight; the smallest of equals.
int mode(const std::map<int, std::size_t>& weights, int otherwise)
{
    int best = otherwise;
    std::size_t bestWeight = 0;
    for (const auto& [value, weight] : weights) {
        if (weight > bestWeight) {
            best = value;
            bestWeight = weight;
        }
    }
    return best;
}

/// Values with the number of letters that have them.
using Weighted = std::vector<std::pair<float, std::size_t>>;

/// The value that `percent` of the letters do not exceed; `values` are sorted.
float quantile(const Weighted& values, std::size_t percent)
{
    std::size_t total = 0;
    for (const auto& [value, weight] : values)
        total += weight;
    std::size_t seen = 0;
    for (const auto& [value, weight] : values) {
        seen += weight;
        if (seen * 100 >= total * percent)
            return value;
    }
    return 0.0F;
}

void measure(PdfLine& line, const std::vector<PdfWord>& words)
{
    Weighted sizes;
    Weighted bases;
    line.rect = words[line.firstWord].rect;
    for (std::size_t i = line.firstWord; i < line.endWord; ++i) {
        const PdfRect& rect = words[i].rect;
        line.rect = {std::min(line.rect.x0, rect.x0), std::min(line.rect.y0, rect.y0),
                     std::max(line.rect.x1, rect.x1), std::max(line.rect.y1, rect.y1)};
        // Text set upwards, as in a margin, is as wide as its letters are high.
        const bool upright = rect.height() < rect.width() * 1.5F || words[i].text.size() < 3;
        sizes.emplace_back(upright ? rect.height() : rect.width(), words[i].text.size());
        bases.emplace_back(rect.y1, words[i].text.size());
    }
    std::sort(sizes.begin(), sizes.end());
    std::sort(bases.begin(), bases.end());
    line.size = quantile(sizes, 50);
    line.smallSize = quantile(sizes, 20);
    line.largeSize = quantile(sizes, 80);
    line.base = quantile(bases, 50);
}

bool isSectionNumber(std::string_view word)
{
    return isBullet(word) || isEnumerator(word) ||
           (isAsciiDigit(word.front()) &&
            word.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool isRightToLeftRange(const std::vector<PdfWord>& words, std::size_t first, std::size_t end)
{
    std::size_t right = 0;
    std::size_t all = 0;
    for (std::size_t i = first; i < end; ++i) {
        right += words[i].rightToLeft ? words[i].text.size() : 0;
        all += isLetter(firstCharacter(words[i].text)) ? words[i].text.size() : 0;
    }
    return right * 2 > all;
}

/// Pages have words from left to right: turns a line round where it is read the other way, and in
/// it turns back what is not (numbers, foreign words).
void orderWords(std::vector<PdfWord>& words, std::size_t first, std::size_t end)
{
    if (std::none_of(words.begin() + static_cast<std::ptrdiff_t>(first),
                     words.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const PdfWord& word) { return word.rightToLeft; }))
        return;
    const bool lineIsRight = isRightToLeftRange(words, first, end);
    std::vector<PdfWord> line(
        std::make_move_iterator(words.begin() + static_cast<std::ptrdiff_t>(first)),
        std::make_move_iterator(words.begin() + static_cast<std::ptrdiff_t>(end)));
    const bool softBreak = line.back().softBreak;
    const auto turn = [&line](std::size_t from, std::size_t to) {
        // The space after a word is then the one that stood before it.
        for (std::size_t i = to; i-- > from + 1;)
            line[i].spaceAfter = line[i - 1].spaceAfter;
        std::reverse(line.begin() + static_cast<std::ptrdiff_t>(from),
                     line.begin() + static_cast<std::ptrdiff_t>(to));
        line[to - 1].spaceAfter = true;
    };
    if (lineIsRight)
        turn(0, line.size());
    const auto against = [&](const PdfWord& word) {
        const bool neutral = !word.rightToLeft && !isLetter(firstCharacter(word.text)) &&
                             !isAsciiDigit(word.text.front());
        return !neutral && word.rightToLeft != lineIsRight;
    };
    for (std::size_t from = 0; from < line.size();) {
        std::size_t to = from;
        while (to < line.size() && against(line[to]))
            ++to;
        if (to > from + 1)
            turn(from, to);
        from = std::max(to, from + 1);
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
        line[i].endsLine = line[i].softBreak = false;
        if (lineIsRight && !line[i].rightToLeft)
            line[i].text = meantBracket(line[i].text, i == 0 || line[i - 1].spaceAfter,
                                        i + 1 == line.size() || line[i].spaceAfter);
    }
    line.back().endsLine = true;
    line.back().softBreak = softBreak;
    std::move(line.begin(), line.end(), words.begin() + static_cast<std::ptrdiff_t>(first));
}

/// A footnote's number, raised before the note.
bool isRaisedNumber(const PdfLine& left, const PdfLine& right, const std::vector<PdfWord>& words)
{
    const std::string& word = words[left.firstWord].text;
    return left.endWord - left.firstWord == 1 && word.size() <= 3 && isAsciiDigit(word.front()) &&
           left.size < right.size * 0.9F && left.base <= right.base + 1.0F &&
           left.base > right.base - right.size;
}

/// Whether two lines are one that the library took apart: "2.1" and, beyond a gap, "Results".
bool belongTogether(const PdfLine& left, const PdfLine& right, const std::vector<PdfWord>& words)
{
    const float gap = right.rect.x0 - left.rect.x1;
    if (isRaisedNumber(left, right, words))
        return gap > -0.5F * right.size && gap < right.size * 2.0F;
    if (std::abs(left.base - right.base) > 0.3F * std::max(left.size, right.size) ||
        !isSameSize(left.size, right.size))
        return false;
    const bool labelled =
        left.endWord - left.firstWord == 1 && isSectionNumber(words[left.firstWord].text);
    return gap > -0.5F * left.size && gap < left.size * (labelled ? 6.0F : 1.2F);
}

/// Empties the dots between a title and its page, all but one word of them.
bool thinLeaders(PdfPageText& text, std::size_t first, std::size_t end)
{
    const auto isDot = [&text](std::size_t i) {
        return text.words[i].text.find_first_not_of('.') == std::string::npos;
    };
    bool found = false;
    for (std::size_t i = first; i < end; ++i) {
        std::size_t stop = i;
        while (stop < end && isDot(stop))
            ++stop;
        if (stop - i < 4)
            continue;
        found = true;
        text.words[i].text = "...";
        text.words[i].rect.x1 = text.words[stop - 1].rect.x1;
        text.words[i].spaceAfter = true;
        for (++i; i < stop; ++i)
            text.words[i].text.clear();
    }
    return found;
}

} // namespace

std::vector<PdfLine> findLines(PdfPageText& text, std::uint32_t page)
{
    const bool mirrors = isRightToLeftRange(text.words, 0, text.words.size());
    const auto makeLine = [&](std::size_t first, std::size_t end) {
        PdfLine line;
        line.page = page;
        line.firstWord = first;
        line.endWord = end;
        measure(line, text.words);
        if (mirrors)
            line.rect = {text.widthPoints - line.rect.x1, line.rect.y0,
                         text.widthPoints - line.rect.x0, line.rect.y1};
        return line;
    };
    std::vector<PdfLine> lines;
    for (std::size_t first = 0; first < text.words.size();) {
        std::size_t end = first;
        while (end < text.words.size() && !text.words[end].endsLine)
            ++end;
        end = std::min(end + 1, text.words.size());
        orderWords(text.words, first, end);
        const bool hasLeader = thinLeaders(text, first, end);
        PdfLine line = makeLine(first, end);
        line.hasLeader = hasLeader;
        if (!lines.empty() && belongTogether(lines.back(), line, text.words)) {
            text.words[first - 1].spaceAfter = true;
            line = makeLine(lines.back().firstWord, end);
            line.hasLeader = hasLeader || lines.back().hasLeader;
            lines.pop_back();
        }
        lines.push_back(line);
        first = end;
    }
    return lines;
}

BodyMetrics measureBody(const std::vector<PdfSheet>& sheets)
{
    std::map<int, std::size_t> sizes;
    for (const PdfSheet& sheet : sheets) {
        for (const PdfLine& line : sheet.lines) {
            if (line.isRunning)
                continue;
            for (std::size_t i = line.firstWord; i < line.endWord; ++i)
                sizes[bucket(line.size)] += sheet.text.words[i].text.size();
        }
    }
    BodyMetrics body;
    body.size = std::max(unbucket(mode(sizes, bucket(body.size))), 1.0F);
    std::map<int, std::size_t> pitches;
    for (const PdfSheet& sheet : sheets) {
        for (std::size_t i = 1; i < sheet.lines.size(); ++i) {
            const PdfLine& above = sheet.lines[i - 1];
            const PdfLine& below = sheet.lines[i];
            const float pitch = below.base - above.base;
            if (!above.isRunning && !below.isRunning && isStacked(above, below) &&
                isSameSize(above.size, body.size) && isSameSize(below.size, body.size) &&
                pitch < body.size * 4.0F)
                ++pitches[bucket(pitch)];
        }
    }
    body.pitch = unbucket(mode(pitches, bucket(body.size * 1.3F)));
    body.pitch = std::clamp(body.pitch, body.size * 0.8F, body.size * 4.0F);
    return body;
}

std::string lineText(const PdfSheet& sheet, const PdfLine& line)
{
    std::string text;
    for (std::size_t i = line.firstWord; i < line.endWord; ++i) {
        if (sheet.text.words[i].text.empty())
            continue;
        text += sheet.text.words[i].text;
        if (sheet.text.words[i].spaceAfter && i + 1 < line.endWord)
            text += ' ';
    }
    return text;
}

bool isStacked(const PdfLine& above, const PdfLine& below)
{
    const float overlap =
        std::min(above.rect.x1, below.rect.x1) - std::max(above.rect.x0, below.rect.x0);
    return below.base > above.base + 0.3F * std::min(above.size, below.size) && overlap > 0.0F;
}

bool isSameSize(float left, float right)
{
    const float smaller = std::min(left, right);
    return std::max(left, right) <= smaller * 1.12F;
}

bool sharesSize(const PdfLine& left, const PdfLine& right)
{
    constexpr float kTolerance = 1.08F;
    return isSameSize(left.size, right.size) || (left.smallSize <= right.largeSize * kTolerance &&
                                                 right.smallSize <= left.largeSize * kTolerance);
}

bool isBullet(std::string_view word)
{
    constexpr std::array<std::string_view, 16> kBullets{"•", "‣", "◦", "▪", "▫", "■", "□", "●",
                                                        "○", "–", "—", "-", "*", "◆", "►", "·"};
    return std::find(kBullets.begin(), kBullets.end(), word) != kBullets.end();
}

bool isEnumerator(std::string_view word)
{
    if (word.size() < 2 || word.size() > 6)
        return false;
    const char last = word.back();
    const bool opens = word.front() == '(' || word.front() == '[';
    const bool closes = last == ')' || last == ']' || (last == '.' && !opens);
    const std::string_view inside = word.substr(opens ? 1 : 0, word.size() - (opens ? 2 : 1));
    if (!closes || inside.empty())
        return false;
    const bool number = inside.find_first_not_of("0123456789") == std::string_view::npos;
    const bool roman = inside.find_first_not_of("ivxlIVXL") == std::string_view::npos;
    const bool letter = inside.size() == 1 && isAsciiLetter(inside.front());
    return number || roman || letter;
}

} // namespace ingest
