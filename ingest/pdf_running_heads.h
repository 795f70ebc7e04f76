// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "pdf_layout.h"

namespace ingest {

/// Marks the lines at the top and bottom of pages that are not the author's text: what repeats from
/// page to page but for its numbers (documents of five pages or more), and bare page numbers.
/// Where the file has no page labels of its own, the numbers found there become the labels; a page
/// without one then shows its place in the file in brackets.
void markRunningHeads(std::vector<PdfSheet>& sheets);

} // namespace ingest
