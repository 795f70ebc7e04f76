// SPDX-License-Identifier: GPL-3.0-or-later
#include "sentences.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <memory>
#include <string>

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/utext.h>

namespace answering {

namespace {

constexpr std::array<std::string_view, 2> kWideSpaces = {"\xC2\xA0", "\xE3\x80\x80"};

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool isLetter(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

template <std::size_t N>
bool isOneOf(const std::array<std::string_view, N>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lowered(std::string_view word)
{
    std::string lower(word);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

/// Words (without the dot) after which a sentence goes on, whatever follows.
constexpr std::array<std::string_view, 20> kTitles = {
    "dr",   "mr",  "mrs", "ms",  "prof", "st",  "mt",  "lt",  "col",    "gen",
    "capt", "sgt", "rev", "hon", "cf",   "e.g", "i.e", "viz", "approx", "vs"};
/// Those after which it goes on with a number.
constexpr std::array<std::string_view, 16> kBeforeNumbers = {
    "no", "nos", "fig", "figs", "vol", "vols", "p",   "pp",
    "ch", "sec", "eq",  "ca",   "c",   "art",  "ver", "al"};
/// Words that begin a sentence more often than they follow an initial or "U.S.".
constexpr std::array<std::string_view, 24> kStarters = {
    "the",   "a",  "an", "it", "he", "she", "they", "we",  "i",  "this", "that",  "these",
    "those", "in", "on", "at", "as", "but", "and",  "for", "if", "when", "there", "however"};

/// True where the text of `sentence` stops in an abbreviation or an initial that `next` goes on.
bool stopsInAbbreviation(std::string_view text, ByteRange sentence, std::string_view next)
{
    if (sentence.size() < 2 || text[sentence.end - 1] != '.') {
        return false;
    }
    const std::size_t dot = sentence.end - 1;
    std::size_t begin = dot;
    while (begin > sentence.begin && (isLetter(text[begin - 1]) || text[begin - 1] == '.')) {
        --begin;
    }
    const auto word = lowered(text.substr(begin, dot - begin));
    if (word.empty()) {
        return false;
    }
    if (isOneOf(kTitles, word)) {
        return true;
    }
    if (isOneOf(kBeforeNumbers, word) && !next.empty() &&
        std::isdigit(static_cast<unsigned char>(next[0])) != 0) {
        return true;
    }
    const bool isInitial = word.size() == 1 || (word.size() >= 3 && word[1] == '.');
    std::size_t nextEnd = 0;
    while (nextEnd < next.size() && isLetter(next[nextEnd])) {
        ++nextEnd;
    }
    return isInitial && nextEnd > 0 && !isOneOf(kStarters, lowered(next.substr(0, nextEnd)));
}

struct CloseText
{
    void operator()(UText* text) const { utext_close(text); }
};

/// One iterator a thread: making one reads ICU's rules.
icu::BreakIterator* sentenceIterator()
{
    thread_local const std::unique_ptr<icu::BreakIterator> iterator = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::BreakIterator> made(
            icu::BreakIterator::createSentenceInstance(icu::Locale::getEnglish(), status));
        return U_SUCCESS(status) ? std::move(made) : nullptr;
    }();
    return iterator.get();
}

std::vector<std::size_t> rawSentenceEnds(std::string_view text)
{
    std::vector<std::size_t> ends;
    auto* iterator = sentenceIterator();
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UText, CloseText> utext(
        utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &status));
    if (iterator != nullptr && U_SUCCESS(status)) {
        iterator->setText(utext.get(), status);
        if (U_SUCCESS(status)) {
            iterator->first();
            for (auto at = iterator->next(); at != icu::BreakIterator::DONE;
                 at = iterator->next()) {
                ends.push_back(static_cast<std::size_t>(at));
            }
        }
    }
    if (ends.empty() || ends.back() < text.size()) {
        ends.push_back(text.size());
    }
    return ends;
}

} // namespace

ByteRange trimmed(std::string_view text, ByteRange range)
{
    const auto wideAt = [&](std::size_t at, std::size_t limit) {
        for (const auto space : kWideSpaces) {
            if (at + space.size() <= limit && text.substr(at, space.size()) == space) {
                return space.size();
            }
        }
        return std::size_t{0};
    };
    for (;;) {
        const std::size_t wide = wideAt(range.begin, range.end);
        if (wide > 0) {
            range.begin += wide;
        } else if (range.begin < range.end && isSpace(text[range.begin])) {
            ++range.begin;
        } else {
            break;
        }
    }
    for (;;) {
        if (range.end > range.begin && isSpace(text[range.end - 1])) {
            --range.end;
        } else if (range.size() >= 2 && wideAt(range.end - 2, range.end) == 2) {
            range.end -= 2;
        } else if (range.size() >= 3 && wideAt(range.end - 3, range.end) == 3) {
            range.end -= 3;
        } else {
            return range;
        }
    }
}

std::vector<ByteRange> sentencesOf(std::string_view text)
{
    std::vector<ByteRange> sentences;
    std::size_t begin = 0;
    for (const std::size_t end : rawSentenceEnds(text)) {
        const auto sentence = trimmed(text, {begin, end});
        const bool endsLine =
            text.substr(sentence.end, end - sentence.end).find('\n') != std::string_view::npos;
        if (!endsLine && stopsInAbbreviation(text, sentence, text.substr(end))) {
            continue;
        }
        if (sentence.size() > 0) {
            sentences.push_back(sentence);
        }
        begin = end;
    }
    return sentences;
}

std::vector<ByteRange> linesOf(std::string_view text)
{
    std::vector<ByteRange> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const auto line = trimmed(text, {begin, end});
        if (line.size() > 0) {
            lines.push_back(line);
        }
        begin = end + 1;
    }
    return lines;
}

} // namespace answering
