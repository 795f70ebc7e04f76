// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace ingest {

/// How the definitions of a language are recognised.
enum class CodeFamily : std::uint8_t
{
    braces,   ///< bodies in braces; the words before one say what it is
    keywords, ///< a line that begins with a keyword and a name; indentation is nesting
    sections, ///< the same, but what a keyword begins lasts until the next one
    layout,   ///< no rule of its own: blank lines separate
};

/// What comments and strings look like: everything that must not be taken for code.
struct CommentStyle
{
    std::string_view line;       ///< "//"; empty where there is none
    std::string_view line2;      ///< a second one: "#" beside "//"
    std::string_view blockBegin; ///< "/*"
    std::string_view blockEnd;   ///< "*/"
    std::string_view quotes;     ///< characters that begin and end a string
    bool tripleQuotes = false;   ///< three quotes begin a string of several lines
};

struct Language
{
    std::string_view name;       ///< "C++", as Document::language has it
    std::string_view extensions; ///< lower case, between spaces: " cpp cxx "
    std::string_view fileNames;  ///< whole names, lower case, between spaces
    std::string_view programs;   ///< of a #! line, between spaces
    CodeFamily family = CodeFamily::layout;
    CommentStyle comments;
    /// Words before a name: " class struct ". For braces the kinds of types and what marks a
    /// function, for the others every word that begins a definition.
    std::string_view keywords;
};

[[nodiscard]] std::span<const Language> languages();

/// Whether `word` is one of a list like Language::keywords.
[[nodiscard]] bool isListed(std::string_view list, std::string_view word);

/// The language of a source file by its name, else by the #! line of its first bytes; null when
/// neither is known.
[[nodiscard]] const Language* findLanguage(const std::filesystem::path& path,
                                           std::string_view head);

} // namespace ingest
