// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "ingest/document.h"
#include "ingest/error.h"
#include "pdf_layout.h"
#include "pdf_paragraphs.h"

namespace ingest {

/// Writes the paragraphs as text, each on a line of its own between blank lines, and the maps that
/// lead from it to the pages: Document::text, and maps.pages, .words and .blocks. Block n is
/// paragraph n.
///
/// A word divided at a line's end is joined when the next line begins in lower case and the joined
/// word occurs elsewhere in the document, or when the document evidently divides words and nothing
/// speaks for a compound ("well-known" is kept).
[[nodiscard]] Result<void> buildPdfText(const std::vector<PdfSheet>& sheets,
                                        const std::vector<PdfParagraph>& paragraphs,
                                        Document& document);

} // namespace ingest
