// SPDX-License-Identifier: GPL-3.0-or-later
// Documents as they come, and their maps as a damaged session file may give them.
#include "ingest/document_maps.h"
#include "markdown_reader.h"
#include "targets.h"
#include "text_decoder.h"
#include "unicode.h"

namespace fuzz {

namespace {

std::string_view textOf(std::span<const std::uint8_t> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

void textDecoder(std::span<const std::uint8_t> bytes)
{
    if (bytes.empty())
        return;
    static const char* const kEncodings[] = {"", "UTF-8", "UTF-16LE", "windows-1251", "Shift_JIS"};
    const std::string encoding = kEncodings[bytes[0] % std::size(kEncodings)];
    const auto text = ingest::decodeText(textOf(bytes.subspan(1)), encoding, "book.txt");
    if (!text)
        return;
    const auto lines = ingest::findLineBegins(text->text);
    for (const ingest::Offset line : lines)
        require(line <= text->text.size(), "a line begins in the text");
}

void markdown(std::span<const std::uint8_t> bytes)
{
    const auto text = ingest::decodeText(textOf(bytes), "UTF-8", "book.md");
    if (!text)
        return;
    const auto structure = ingest::readMarkdown(text->text, ingest::findLineBegins(text->text));
    for (const ingest::Block& block : structure.blocks)
        require(block.textBegin <= block.textEnd && block.textEnd <= text->text.size(),
                "a block lies in the text");
    for (const ingest::OutlineEntry& entry : structure.outline)
        require(entry.textBegin <= entry.textEnd && entry.textEnd <= text->text.size(),
                "a heading lies in the text");
}

void documentMaps(std::span<const std::uint8_t> bytes)
{
    const auto maps = ingest::decodeMaps(std::as_bytes(bytes));
    if (!maps)
        return;
    const auto again = ingest::decodeMaps(ingest::encodeMaps(*maps));
    require(again.has_value(), "what was read can be written and read");
}

} // namespace fuzz
