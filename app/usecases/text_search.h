// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/place.h"

namespace app {

/// A literal match in a source.
struct SearchHit
{
    Place place;          ///< of the match itself
    std::string snippet;  ///< the match with some text around it
    CharacterRange match; ///< within `snippet`
};

struct SearchHits
{
    std::vector<SearchHit> hits; ///< in source order, then text order
    std::uint64_t total = 0;     ///< all there are, also beyond the limit
};

/// Literal search in all texts of a session; needs no model.
[[nodiscard]] Result<SearchHits> searchText(storage::SessionFile& file, PlaceFinder& places,
                                            std::string_view text, std::size_t limit);

} // namespace app
