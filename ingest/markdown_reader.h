// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "block_builder.h"

namespace ingest {

/// Blocks and headings by the source positions of a CommonMark parser with GitHub's tables. YAML
/// front matter is one block, and its `title:` the document's title.
[[nodiscard]] TextStructure readMarkdown(std::string_view text,
                                         const std::vector<Offset>& lineBegins);

} // namespace ingest
