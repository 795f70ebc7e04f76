// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "ingest/document.h"

/// What is wrong with a document's blocks, lines and outline by the promises of document.h; empty
/// when nothing is.
inline std::string brokenPromise(const ingest::Document& document)
{
    const std::string_view text = document.text;
    const ingest::DocumentMaps& maps = document.maps;
    if (maps.textBytes != text.size())
        return "textBytes differs from the text's size";
    constexpr std::string_view kBlank = " \t\n\r\f\v";
    ingest::Offset last = 0;
    for (const ingest::Block& block : maps.blocks) {
        if (block.textBegin < last || block.textEnd <= block.textBegin ||
            block.textEnd > text.size())
            return "a block at " + std::to_string(block.textBegin) + " is out of order";
        const auto between = text.substr(last, block.textBegin - last);
        if (between.find_first_not_of(kBlank) != std::string_view::npos)
            return "text before " + std::to_string(block.textBegin) + " is in no block";
        last = block.textEnd;
    }
    if (text.substr(last).find_first_not_of(kBlank) != std::string_view::npos)
        return "the text's end is in no block";
    last = 0;
    for (const ingest::OutlineEntry& entry : maps.outline) {
        if (entry.textBegin < last || entry.textEnd < entry.textBegin ||
            entry.textEnd > text.size())
            return "outline entry “" + entry.title + "” is out of order";
        last = entry.textBegin;
    }
    last = 0;
    for (const ingest::Word& word : maps.words) {
        if (word.textBegin < last || word.textEnd <= word.textBegin || word.textEnd > text.size() ||
            word.page >= maps.pages.size())
            return "a word at " + std::to_string(word.textBegin) + " is out of order";
        last = word.textEnd;
    }
    last = 0;
    for (const ingest::Page& page : maps.pages) {
        if (page.textBegin < last || page.textEnd < page.textBegin || page.textEnd > text.size())
            return "page “" + page.label + "” is out of order";
        last = page.textEnd;
    }
    return {};
}

/// The text of block `index`.
inline std::string blockText(const ingest::Document& document, std::size_t index)
{
    const ingest::Block& block = document.maps.blocks.at(index);
    return document.text.substr(block.textBegin, block.textEnd - block.textBegin);
}
