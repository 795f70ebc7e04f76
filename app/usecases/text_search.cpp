// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/text_search.h"

#include <utility>

#include "usecases/error_mapping.h"

namespace app {

Result<SearchHits> searchText(storage::SessionFile& file, PlaceFinder& places,
                              std::string_view text, std::size_t limit)
{
    auto found = file.searchText(text, limit);
    if (!found) {
        return passOn(found.error());
    }
    SearchHits result;
    result.total = found->total;
    for (storage::TextHit& hit : found->hits) {
        auto place = places.find(hit.sourceId, hit.text);
        if (!place) {
            return passOn(place.error());
        }
        CharacterRange match;
        match.begin = charactersBefore(hit.context, hit.match.begin);
        match.end = charactersBefore(hit.context, hit.match.end);
        result.hits.push_back({std::move(*place), std::move(hit.context), match});
    }
    return result;
}

} // namespace app
