// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ingest/document.h"
#include "pdf_layout.h"
#include "pdf_paragraphs.h"

namespace ingest {

/// Gives headings their kind: paragraphs in larger letters, those that the file's outline names,
/// and short lines that stand alone and read like one.
void markHeadings(std::vector<PdfParagraph>& paragraphs, const std::vector<PdfSheet>& sheets,
                  const BodyMetrics& body, const std::vector<PdfOutlineItem>& items);

/// The file's own outline, placed in the text; without one, the headings found, by size and number.
/// `document` has its text and its blocks, one per paragraph.
[[nodiscard]] std::vector<OutlineEntry> buildOutline(const std::vector<PdfParagraph>& paragraphs,
                                                     const std::vector<PdfSheet>& sheets,
                                                     const std::vector<PdfOutlineItem>& items,
                                                     const Document& document);

/// The title by the metadata where that is one, else the largest letters of the first page; empty
/// where neither will do.
[[nodiscard]] std::string findTitle(const std::string& metadata,
                                    const std::vector<PdfParagraph>& paragraphs,
                                    const BodyMetrics& body, const Document& document);

} // namespace ingest
