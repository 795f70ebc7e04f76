// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/document.h"

namespace ingest {

/// A rectangle to highlight: the words of one line that lie in the range, as one box.
struct PageBox
{
    std::uint32_t page = 0; ///< 0-based
    Box box;
};

/// Where a range of text stands in the document, in the terms a person would cite.
struct Position
{
    std::optional<std::uint32_t> page; ///< 0-based, of the range's first word; formats with pages
    std::uint32_t lastPage = 0;        ///< 0-based, meaningful where page is
    std::string pageLabel;             ///< the printed number of `page`
    std::vector<PageBox> boxes;        ///< from top to bottom in reading order
    std::optional<std::uint32_t> lineBegin; ///< 1-based, first line; formats with lines
    std::uint32_t lineEnd = 0;              ///< 1-based, last line (included)
    /// The title of the innermost outline entry that the range begins in; empty where there is
    /// none.
    std::string chapter;
    std::optional<std::uint32_t> outlineIndex; ///< the same as an index into DocumentMaps::outline
};

/// Places the bytes [textBegin, textEnd) of a document's text. Ends beyond the text are cut to it,
/// and an empty range gives the place of its begin. Never fails: a format without pages or lines
/// leaves those members empty.
[[nodiscard]] Position locate(const DocumentMaps& maps, std::size_t textBegin, std::size_t textEnd);

} // namespace ingest
