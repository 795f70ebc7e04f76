// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/read_document.h"

#include <exception>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include "code_reader.h"
#include "file_bytes.h"
#include "format_detector.h"
#include "markdown_reader.h"
#include "pdf_reader.h"
#include "plain_text_reader.h"
#include "text_decoder.h"
#include "unicode.h"

namespace ingest {

namespace {

/// A Markdown parser builds a tree several times the size of its input.
constexpr std::size_t kLargestMarkdown = std::size_t{32} << 20U;

tl::unexpected<Error> cancelled(const std::filesystem::path& path)
{
    return fail(ErrorCode::cancelled, fmt::format("reading {} was cancelled", quoted(path)));
}

TextStructure readStructure(Document& document, const DetectedFormat& detected)
{
    const auto& lines = document.maps.lineBegins;
    if (detected.format == Format::markdown) {
        if (document.text.size() <= kLargestMarkdown)
            return readMarkdown(document.text, lines);
        document.notes.push_back(fmt::format(
            "Larger than {} MB: its Markdown was read as plain text.", kLargestMarkdown >> 20U));
    }
    if (detected.format == Format::sourceCode)
        return readCode(document.text, lines, *detected.language);
    return readPlainText(document.text);
}

Result<Document> readText(const std::filesystem::path& path, const DetectedFormat& detected,
                          const ReadOptions& options)
{
    auto bytes = readBytes(path, options.maxFileBytes + 1, options.stop);
    if (!bytes)
        return tl::unexpected(bytes.error());
    auto decoded = decodeText(*bytes, options.encoding, path);
    if (!decoded)
        return tl::unexpected(decoded.error());
    if (options.stop.stop_requested())
        return cancelled(path);
    if (trimmed(decoded->text).empty())
        return fail(ErrorCode::empty,
                    fmt::format("{} has no text: {} bytes were found, all of them blank",
                                quoted(path), bytes->size()));
    Document document;
    document.contentHash = hashBytes(*bytes);
    bytes->clear();
    bytes->shrink_to_fit();
    document.text = std::move(decoded->text);
    document.encoding = std::move(decoded->encoding);
    document.notes = std::move(decoded->notes);
    document.maps.lineBegins = findLineBegins(document.text);
    TextStructure structure = readStructure(document, detected);
    document.title = std::move(structure.title);
    document.maps.outline = std::move(structure.outline);
    document.maps.blocks = std::move(structure.blocks);
    if (detected.language != nullptr)
        document.language = detected.language->name;
    return document;
}

Result<Document> readByFormat(const std::filesystem::path& path, const DetectedFormat& detected,
                              const ReadOptions& options)
{
    if (detected.format != Format::pdf) {
        if (options.progress)
            options.progress(0, 1);
        auto document = readText(path, detected, options);
        if (document && options.progress)
            options.progress(1, 1);
        return document;
    }
    auto hash = hashFile(path, options.stop);
    if (!hash)
        return tl::unexpected(hash.error());
    auto document = readPdf(path, options);
    if (document)
        document->contentHash = std::move(*hash);
    return document;
}

Result<Document> readChecked(const std::filesystem::path& path, const ReadOptions& options)
{
    const auto facts = statFile(path);
    if (!facts)
        return tl::unexpected(facts.error());
    if (facts->bytes == 0)
        return fail(ErrorCode::empty, fmt::format("{} is empty: 0 bytes", quoted(path)));
    if (facts->bytes > options.maxFileBytes)
        return fail(ErrorCode::tooLarge,
                    fmt::format("{} has {} bytes; the limit is {}", quoted(path), facts->bytes,
                                options.maxFileBytes));
    const auto head = readBytes(path, kHeadBytes, options.stop);
    if (!head)
        return tl::unexpected(head.error());
    const auto detected = detectFormat(path, *head);
    if (!detected)
        return tl::unexpected(detected.error());
    auto document = readByFormat(path, *detected, options);
    if (!document)
        return document;
    const auto factsAfter = statFile(path);
    if (!factsAfter || !(*factsAfter == *facts))
        return fail(ErrorCode::io, fmt::format("{} changed while it was being read", quoted(path)));
    std::error_code ignored;
    document->path = std::filesystem::absolute(path, ignored).lexically_normal();
    document->fileBytes = facts->bytes;
    document->modifiedAtMs = facts->modifiedAtMs;
    document->maps.format = detected->format;
    document->maps.textBytes = static_cast<Offset>(document->text.size());
    if (document->title.empty())
        document->title = toValidUtf8(document->path.filename().string());
    return document;
}

} // namespace

Result<Document> readDocument(const std::filesystem::path& path, const ReadOptions& options)
try {
    return readChecked(path, options);
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::tooLarge,
                fmt::format("{} needs more memory than there is", quoted(path)));
} catch (const std::exception& exception) {
    return fail(ErrorCode::damaged,
                fmt::format("{} cannot be read: {}", quoted(path), exception.what()));
}

} // namespace ingest
