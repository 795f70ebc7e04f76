// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ingest {

/// Grows by one whenever the same file would give another text or other blocks: tokens stored
/// under one version must not be mixed with text read under another.
inline constexpr std::uint32_t kTextRulesVersion = 1;

/// Values are stored: new formats are added at the end.
enum class Format : std::uint8_t
{
    pdf = 0,
    plainText = 1,
    markdown = 2,
    sourceCode = 3,
};

/// "pdf", "text", "markdown", "code": stable, for JSON and for storage.
[[nodiscard]] std::string_view formatName(Format format);

/// All offsets below are byte offsets into Document::text and stand on character boundaries.
using Offset = std::uint32_t;

/// A rectangle on a page, as shares of the page's width and height: 0,0 is the top left corner,
/// 1,1 the bottom right. Steps of 1/65535, so that storing and loading gives the same values.
struct Box
{
    float x0 = 0.0F;
    float y0 = 0.0F;
    float x1 = 0.0F;
    float y1 = 0.0F;

    friend bool operator==(const Box&, const Box&) = default;
};

/// One page of a paged format. The ranges of the pages ascend and do not overlap; a page without
/// text has an empty range.
struct Page
{
    /// The printed number ("27", "xiv"), by the file's page labels or as read from the page itself.
    /// Where the document has none, the 1-based place in the file; where only this page has none
    /// and the others differ from their places, that place in brackets ("[3]").
    std::string label;
    float widthPoints = 0.0F;
    float heightPoints = 0.0F;
    Offset textBegin = 0;
    Offset textEnd = 0;

    friend bool operator==(const Page&, const Page&) = default;
};

/// A piece of the text and where it stands on its page. Ascending by textBegin, not overlapping.
/// A word that was hyphenated at a line's end has one entry per piece.
struct Word
{
    Offset textBegin = 0;
    Offset textEnd = 0;
    std::uint32_t page = 0; ///< index into DocumentMaps::pages
    Box box;

    friend bool operator==(const Word&, const Word&) = default;
};

/// A chapter, a section, or (in code) a definition. Ascending by textBegin. A chapter lasts until
/// the next one of its level or above, a definition until it is closed.
struct OutlineEntry
{
    std::string title;
    std::uint32_t level = 0; ///< 0 is the outermost
    Offset textBegin = 0;
    Offset textEnd = 0;

    friend bool operator==(const OutlineEntry&, const OutlineEntry&) = default;
};

/// Values are stored: new kinds are added at the end.
enum class BlockKind : std::uint8_t
{
    heading = 0,
    paragraph = 1,
    listItem = 2,
    code = 3,       ///< a code block of prose, or code outside definitions
    definition = 4, ///< a function, a class, with the comment above it
    table = 5,
};

/// A stretch of text that belongs together: the places where passages are best cut. Blocks ascend,
/// do not overlap, and together hold every character that is not ASCII white space. A block of text
/// or code with lines begins at the begin of a line. There is no upper bound on the size of one.
struct Block
{
    BlockKind kind = BlockKind::paragraph;
    Offset textBegin = 0;
    Offset textEnd = 0;

    friend bool operator==(const Block&, const Block&) = default;
};

/// The way back from the text to the document: all that locate() needs. Plain values; see
/// document_maps.h for the compact form in which they are stored.
struct DocumentMaps
{
    Format format = Format::plainText;
    Offset textBytes = 0;    ///< size of the text that the offsets point into
    std::vector<Page> pages; ///< PDF
    std::vector<Word> words; ///< PDF
    /// Offset of each line of the text, formats with lines (text, Markdown, code) only. Entry n is
    /// line n + 1 of the file: reading neither adds nor removes a line.
    std::vector<Offset> lineBegins;
    std::vector<OutlineEntry> outline;
    std::vector<Block> blocks;

    friend bool operator==(const DocumentMaps&, const DocumentMaps&) = default;
};

/// A document as it was read.
///
/// The text is what the model reads and what quotations are checked against: valid UTF-8 without a
/// byte order mark. Text, Markdown and code keep every character of the file, with two exceptions:
/// CR LF (or, in a file without any LF, CR) becomes LF, and bytes that the encoding cannot explain
/// become U+FFFD, with a note. PDF text is rebuilt: paragraphs between blank lines, each on one
/// line (of verse, listings and the like the lines stay), words divided at line ends joined,
/// ligatures and other font variants as the letters they show, running heads and bare page numbers
/// left out, right-to-left text in the order of reading.
struct Document
{
    std::filesystem::path path; ///< absolute
    std::string title;          ///< never empty; the file name where nothing better is known
    std::string text;
    DocumentMaps maps;
    std::string contentHash; ///< XXH3-128 of the file's bytes, 32 lower-case hex digits
    std::uint64_t fileBytes = 0;
    std::int64_t modifiedAtMs = 0; ///< Unix time
    std::string encoding;          ///< "UTF-8", "windows-1251" ...; empty for PDF
    std::string language;          ///< of source code: "C++", "Python" ...; otherwise empty
    /// What the user must know, in plain sentences: pages without text, a guessed encoding.
    std::vector<std::string> notes;
};

} // namespace ingest
