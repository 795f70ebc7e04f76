// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "ingest/document.h"
#include "pdf_layout.h"

namespace ingest {

/// How a line is put after the one before it in its paragraph.
enum class LineJoin : std::uint8_t
{
    space,   ///< running text
    newline, ///< verse, code, a table: the line end is the author's
    nothing  ///< a large initial and the rest of its word
};

struct ParagraphLine
{
    const PdfLine* line = nullptr;
    LineJoin join = LineJoin::space; ///< unused in the first line
};

struct PdfParagraph
{
    std::vector<ParagraphLine> lines; ///< not empty; may go on over columns and pages
    BlockKind kind = BlockKind::paragraph;
    float size = 0.0F;
    bool hasGapAbove = false; ///< more room above than between lines
    bool hasGapBelow = false;
};

/// Puts the lines that are not running heads together, by vertical gaps, indents, short last lines
/// and sizes. The lines stay owned by the sheets.
[[nodiscard]] std::vector<PdfParagraph> findParagraphs(const std::vector<PdfSheet>& sheets,
                                                       const BodyMetrics& body);

} // namespace ingest
