// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "block_builder.h"
#include "language_table.h"

namespace ingest {

/// Blocks and outline of source code.
///
/// Definitions are found without a grammar and without another process, by rules that cannot fail
/// on half-written code: by the words before braces, or by keywords and indentation (see
/// CodeFamily). Each definition is a block that begins with the comment above it; a class is cut
/// at its methods; what lies between definitions is cut at blank lines; what is still long is cut
/// at blank lines or at the least indented line.
[[nodiscard]] TextStructure readCode(std::string_view text, const std::vector<Offset>& lineBegins,
                                     const Language& language);

} // namespace ingest
