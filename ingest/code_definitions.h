// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "code_mask.h"

namespace ingest {

/// A named piece of source code, in lines counted from 0.
struct Definition
{
    std::string name;
    std::uint32_t level = 0; ///< number of definitions around it
    std::size_t firstLine = 0;
    std::size_t lastLine = 0;  ///< included
    std::size_t textBegin = 0; ///< of its first word, for order within a line
};

/// Definitions with bodies in braces, in order. Understood without a grammar: the words before each
/// brace at file level, in namespaces and in types are read; function bodies are passed over.
[[nodiscard]] std::vector<Definition> findBraceDefinitions(const MaskedCode& masked,
                                                           const std::vector<Offset>& lineBegins,
                                                           const Language& language);

/// Definitions that a keyword at the begin of a line makes, in order. They last as long as lines
/// are indented deeper, or (CodeFamily::sections) until the next definition.
[[nodiscard]] std::vector<Definition> findKeywordDefinitions(const MaskedCode& masked,
                                                             const std::vector<Offset>& lineBegins,
                                                             const Language& language);

} // namespace ingest
