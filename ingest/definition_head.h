// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "language_table.h"

namespace ingest {

enum class HeadKind : std::uint8_t
{
    none,     ///< a block, an initialiser: nothing that has a name
    scope,    ///< a namespace: what is inside stands at the same level
    type,     ///< a class, a trait: holds further definitions
    function, ///< what is inside is its own business
};

/// What the words before an opening brace say.
struct DefinitionHead
{
    HeadKind kind = HeadKind::none;
    std::string name;
    std::size_t begin = 0; ///< offset into the examined words
};

/// `words` is masked code between the end of the statement before and the brace; `insideType` says
/// that the brace stands in a type's body.
[[nodiscard]] DefinitionHead readDefinitionHead(std::string_view words, const Language& language,
                                                bool insideType);

} // namespace ingest
