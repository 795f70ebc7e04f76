// SPDX-License-Identifier: GPL-3.0-or-later
#include "read_text.h"

#include <algorithm>
#include <cctype>

namespace answering {

namespace {

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// "- item", "* item", "3. item", "(b) item", "| cell", "# heading", "> quote", a bullet.
bool beginsItem(std::string_view line)
{
    if (line.empty()) {
        return false;
    }
    if (line[0] == '|' || line[0] == '#' || line.starts_with("\xE2\x80\xA2")) {
        return true;
    }
    const std::size_t open = line[0] == '(' ? 1 : 0;
    std::size_t mark = open;
    while (mark < line.size() && mark < open + 3 &&
           std::isalnum(static_cast<unsigned char>(line[mark])) != 0) {
        ++mark;
    }
    const bool isBullet = line[0] == '-' || line[0] == '*' || line[0] == '+';
    if (isBullet) {
        return line.size() > 1 && line[1] == ' ';
    }
    const bool isDigitMark =
        mark > open && std::all_of(line.begin() + static_cast<std::ptrdiff_t>(open),
                                   line.begin() + static_cast<std::ptrdiff_t>(mark),
                                   [](unsigned char c) { return std::isdigit(c) != 0; });
    const bool isLetterMark = mark == open + 1;
    const bool closes = mark + 1 < line.size() && line[mark + 1] == ' ' &&
                        (line[mark] == ')' || (line[mark] == '.' && isDigitMark));
    return closes && (isDigitMark || isLetterMark);
}

} // namespace

ByteRange ReadText::toPassage(ByteRange range) const
{
    if (range.begin >= range.end) {
        return {origin[range.begin], origin[range.begin]};
    }
    // The end is one past the last byte, not where the next one comes from: white space that was
    // left out between the two is not part of the range.
    return {origin[range.begin], std::size_t{origin[range.end - 1]} + 1};
}

ReadText makeReadText(std::string_view passage, bool isCode)
{
    ReadText result;
    result.isCode = isCode;
    result.text.reserve(passage.size());
    result.origin.reserve(passage.size() + 1);
    const auto put = [&](char c, std::size_t from) {
        result.text.push_back(c);
        result.origin.push_back(static_cast<std::uint32_t>(from));
    };
    std::size_t at = 0;
    while (at < passage.size()) {
        if (isCode || !isSpace(passage[at])) {
            put(passage[at], at);
            ++at;
            continue;
        }
        const std::size_t begin = at;
        std::size_t breaks = 0;
        while (at < passage.size() && isSpace(passage[at])) {
            breaks += passage[at] == '\n' ? 1U : 0U;
            ++at;
        }
        if (breaks >= 2) {
            put('\n', begin);
            put('\n', begin);
        } else if (breaks == 1 && beginsItem(passage.substr(at))) {
            put('\n', begin);
        } else {
            put(' ', begin);
        }
    }
    result.origin.push_back(static_cast<std::uint32_t>(passage.size()));
    result.units = isCode ? linesOf(result.text) : sentencesOf(result.text);
    return result;
}

} // namespace answering
