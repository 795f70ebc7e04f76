// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ingest {

/// The character at `at`, which moves past it; U+FFFD for bytes that are not UTF-8. `at` must be
/// less than text.size().
char32_t nextCharacter(std::string_view text, std::size_t& at);

/// The last character of `text`, 0 when it is empty.
char32_t lastCharacter(std::string_view text);
/// The first character of `text`, 0 when it is empty.
char32_t firstCharacter(std::string_view text);

void appendUtf8(std::string& text, char32_t character);

bool isValidUtf8(std::string_view text);

/// `text` with U+FFFD for bytes that are not UTF-8: file names may hold any.
std::string toValidUtf8(std::string_view text);

/// Han, kana and their punctuation: scripts that are set without spaces between words. Hangul is
/// not among them.
bool isSpacelessScript(char32_t character);

bool isLetter(char32_t character);
bool isLowerCase(char32_t character);
bool isUpperCase(char32_t character);

/// Simple case folding, character by character.
std::string lowerCased(std::string_view text);

constexpr bool isAsciiSpace(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}
constexpr bool isAsciiDigit(char byte)
{
    return byte >= '0' && byte <= '9';
}
constexpr bool isAsciiLetter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/// `text` without ASCII white space at its ends.
std::string_view trimmed(std::string_view text);

/// White space runs, line ends included, become one space; the ends are trimmed.
std::string simplified(std::string_view text);

/// Whether `text`, ASCII letters folded, begins with the lower-case ASCII `prefix`.
bool startsWithFolded(std::string_view text, std::string_view prefix);

/// Cut to at most `maxBytes` at a character boundary.
std::string shortened(std::string_view text, std::size_t maxBytes);

} // namespace ingest
