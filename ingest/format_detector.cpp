// SPDX-License-Identifier: GPL-3.0-or-later
#include "format_detector.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "file_bytes.h"
#include "text_decoder.h"
#include "unicode.h"

namespace ingest {

namespace {

using namespace std::string_view_literals;

struct Signature
{
    std::string_view bytes;
    std::size_t at;
    std::string_view kind;
};

// The more particular first: an EPUB is a ZIP archive.
constexpr std::array kSignatures = std::to_array<Signature>({
    {"mimetypeapplication/epub+zip"sv, 30, "an EPUB book"},
    {"mimetypeapplication/vnd.oasis.opendocument"sv, 30, "an OpenDocument file"},
    {"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0"sv, 0, "an Office document"},
    {"PK\x03\x04"sv, 0, "a ZIP archive"},
    {"PK\x05\x06"sv, 0, "an empty ZIP archive"},
    {"\x89PNG\r\n"sv, 0, "a PNG picture"},
    {"\xFF\xD8\xFF"sv, 0, "a JPEG picture"},
    {"GIF87a"sv, 0, "a GIF picture"},
    {"GIF89a"sv, 0, "a GIF picture"},
    {"II*\0"sv, 0, "a TIFF picture"},
    {"MM\0*"sv, 0, "a TIFF picture"},
    {"WEBP"sv, 8, "a WebP picture"},
    {"AVI "sv, 8, "a video"},
    {"WAVE"sv, 8, "a sound file"},
    {"ftyp"sv, 4, "a video"},
    {"\x1A\x45\xDF\xA3"sv, 0, "a video"},
    {"OggS"sv, 0, "a sound file"},
    {"fLaC"sv, 0, "a sound file"},
    {"ID3"sv, 0, "a sound file"},
    {"\x7F"
     "ELF"sv,
     0, "a program"},
    {"MZ\x90"sv, 0, "a Windows program"},
    {"\xCF\xFA\xED\xFE"sv, 0, "a program"},
    {"\xCA\xFE\xBA\xBE"sv, 0, "a Java class"},
    {"\0asm"sv, 0, "a WebAssembly program"},
    {"!<arch>\n"sv, 0, "a library"},
    {"\x1F\x8B"sv, 0, "a gzip archive"},
    {"BZh"sv, 0, "a bzip2 archive"},
    {"\xFD"
     "7zXZ"sv,
     0, "an xz archive"},
    {"\x28\xB5\x2F\xFD"sv, 0, "a zstd archive"},
    {"7z\xBC\xAF"sv, 0, "a 7-Zip archive"},
    {"Rar!\x1A"sv, 0, "a RAR archive"},
    {"ustar"sv, 257, "a tar archive"},
    {"SQLite format 3\0"sv, 0, "an SQLite database"},
    {"\xD0\xCF\x11\xE0\xA1\xB1"sv, 0, "an old Office document"},
    {"AT&TFORM"sv, 0, "a DjVu document"},
    {"wOFF"sv, 0, "a font"},
    {"wOF2"sv, 0, "a font"},
    {"OTTO"sv, 0, "a font"},
    {"\0\x01\0\0\0"sv, 0, "a font"},
});

struct DocumentExtension
{
    std::string_view extension;
    std::string_view kind;
};

constexpr std::array kUnread = std::to_array<DocumentExtension>({
    {".epub", "an EPUB book"},
    {".docx", "a Word document"},
    {".doc", "an old Word document"},
    {".odt", "an OpenDocument text"},
    {".pptx", "a presentation"},
    {".xlsx", "a spreadsheet"},
    {".ods", "a spreadsheet"},
    {".rtf", "an RTF document"},
    {".mobi", "a Kindle book"},
    {".azw3", "a Kindle book"},
    {".djvu", "a DjVu document"},
});

bool hasExtension(const std::string& extension, std::string_view list)
{
    return !extension.empty() && extension.find(' ') == std::string::npos &&
           list.find(" " + extension + " ") != std::string_view::npos;
}

/// By the first bytes; empty when unknown.
std::string_view binaryKind(std::string_view head)
{
    const auto isPrintable = [](char byte) { return byte >= ' ' && byte <= '~'; };
    for (const Signature& signature : kSignatures) {
        if (head.size() < signature.at + signature.bytes.size() ||
            head.substr(signature.at, signature.bytes.size()) != signature.bytes)
            continue;
        // A text may well begin with "ID3"; what follows in such a file is then text too.
        if (!std::all_of(signature.bytes.begin(), signature.bytes.end(), isPrintable) ||
            looksBinary(head))
            return signature.kind;
    }
    if (head.starts_with("{\\rtf"))
        return "an RTF document";
    if (head.starts_with("%!PS"))
        return "a PostScript file";
    return {};
}

} // namespace

UnreadKind unreadKind(const std::filesystem::path& path, std::string_view head)
{
    const std::string_view kind = binaryKind(head);
    const std::string extension = lowerCased(path.extension().string());
    const bool isContainer = kind.empty() || kind.find("ZIP") != std::string_view::npos ||
                             kind.find("Office") != std::string_view::npos;
    for (const DocumentExtension& entry : kUnread) {
        if (extension == entry.extension && isContainer)
            return {entry.kind, true};
    }
    const bool isDocument = kind.ends_with("document") || kind.ends_with("book") ||
                            kind.starts_with("an OpenDocument") || kind.starts_with("a PostScript");
    return {kind, isDocument};
}

Result<DetectedFormat> detectFormat(const std::filesystem::path& path, std::string_view head)
{
    const std::string extension = lowerCased(path.extension().string());
    // Some writers put a few bytes before the mark; readers accept it within the first kilobyte.
    const std::size_t mark = head.substr(0, 1024).find("%PDF-");
    if (mark == 0 || (mark != std::string_view::npos && extension == ".pdf"))
        return DetectedFormat{Format::pdf, nullptr};
    if (const UnreadKind unread = unreadKind(path, head); !unread.name.empty())
        return fail(ErrorCode::unsupportedFormat,
                    fmt::format("{} is {}, which cannot be read; wanted PDF, Markdown, text or "
                                "source code",
                                quoted(path), unread.name));
    if (extension == ".pdf")
        return fail(ErrorCode::damaged,
                    fmt::format("{} is not a PDF file: “%PDF-” was wanted in its first 1024 bytes, "
                                "and was not found",
                                quoted(path)));
    if (looksBinary(head))
        return fail(ErrorCode::unsupportedFormat,
                    fmt::format("{} is a binary file; wanted PDF, Markdown, text or source code",
                                quoted(path)));
    if (hasExtension(extension, " .md .markdown .mdown .mkd .mkdn .mdwn .qmd "))
        return DetectedFormat{Format::markdown, nullptr};
    if (hasExtension(extension, " .txt .text .log .rst .adoc .asciidoc .org .csv .tsv .srt ")) {
        // "CMakeLists.txt" is the one name that says more than its extension.
        const Language* const language = findLanguage(path, {});
        return language != nullptr ? DetectedFormat{Format::sourceCode, language}
                                   : DetectedFormat{};
    }
    if (const Language* const language = findLanguage(path, head))
        return DetectedFormat{Format::sourceCode, language};
    return DetectedFormat{};
}

} // namespace ingest
