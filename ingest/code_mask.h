// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/document.h"
#include "language_table.h"

namespace ingest {

/// Source code with everything blanked that must not be taken for code. Same size, same lines.
struct MaskedCode
{
    std::string code; ///< comments, strings (but for one quote), directives as spaces
    /// Per line: it holds a comment and no code.
    std::vector<bool> commentLines;

    [[nodiscard]] std::string_view line(const std::vector<Offset>& lineBegins,
                                        std::size_t index) const;
};

[[nodiscard]] MaskedCode maskCode(std::string_view text, const std::vector<Offset>& lineBegins,
                                  const Language& language);

/// Columns of white space at the begin of a line, a tab counted to the next multiple of 8.
[[nodiscard]] std::size_t indentOf(std::string_view line);

/// Whether lines that begin with '#' are directives.
[[nodiscard]] bool hasPreprocessor(const Language& language);

} // namespace ingest
