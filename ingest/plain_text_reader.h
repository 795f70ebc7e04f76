// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "block_builder.h"

namespace ingest {

/// What a line that stands alone says about itself.
enum class HeadingRank
{
    none,
    part,    ///< "PART II", "Book One", "Act III"
    chapter, ///< "Chapter 4. The Chase", "XIV.", "Prologue"
    section, ///< "2.3 Results"
    capitals ///< "THE CHASE"
};

/// How a short line would rank as a heading, by its words alone.
[[nodiscard]] HeadingRank headingRank(std::string_view line);

/// "2.3.1" counts 3; 0 when the line does not begin with a number.
[[nodiscard]] std::size_t numberingDepth(std::string_view line);

/// Paragraphs between blank lines; headings where a short line stands alone and reads like one, or
/// is underlined.
[[nodiscard]] TextStructure readPlainText(std::string_view text);

} // namespace ingest
