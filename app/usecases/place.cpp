// SPDX-License-Identifier: GPL-3.0-or-later
#include "usecases/place.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "ingest/document_maps.h"
#include "ingest/position.h"
#include "usecases/error_mapping.h"

namespace app {

std::string placeWords(const Place& place)
{
    if (place.page) {
        if (!place.pageLabel.empty()) {
            return fmt::format("p. {} ({} of {})", place.pageLabel, *place.page, place.pageCount);
        }
        return fmt::format("p. {}", *place.page);
    }
    if (place.lineBegin) {
        const std::uint32_t last = place.lineEnd.value_or(*place.lineBegin);
        return last > *place.lineBegin ? fmt::format("lines {}–{}", *place.lineBegin, last)
                                       : fmt::format("line {}", *place.lineBegin);
    }
    return {};
}

std::uint64_t charactersBefore(std::string_view text, std::uint64_t byte)
{
    const std::string_view before = text.substr(0, byte);
    return static_cast<std::uint64_t>(std::count_if(before.begin(), before.end(), [](char unit) {
        return (static_cast<unsigned char>(unit) & 0xC0U) != 0x80U;
    }));
}

PlaceFinder::PlaceFinder(storage::SessionFile& file) : m_file(file) {}

Result<storage::Source> PlaceFinder::source(storage::SourceId id)
{
    Entry& entry = m_entries[id];
    if (!entry.source) {
        auto source = m_file.source(id);
        if (!source) {
            return passOn(source.error());
        }
        entry.source = std::move(*source);
    }
    return *entry.source;
}

Result<std::shared_ptr<const std::string>> PlaceFinder::text(storage::SourceId id)
{
    Entry& entry = m_entries[id];
    if (!entry.text) {
        auto text = m_file.sourceText(id);
        if (!text) {
            return passOn(text.error());
        }
        entry.text = std::make_shared<const std::string>(std::move(*text));
    }
    return entry.text;
}

Result<std::shared_ptr<const ingest::DocumentMaps>> PlaceFinder::maps(storage::SourceId id)
{
    Entry& entry = m_entries[id];
    if (!entry.maps) {
        auto bytes = m_file.sourceMaps(id);
        if (!bytes) {
            return passOn(bytes.error());
        }
        auto maps = ingest::decodeMaps(*bytes);
        if (!maps) {
            return passOn(maps.error());
        }
        entry.maps = std::make_shared<const ingest::DocumentMaps>(std::move(*maps));
    }
    return entry.maps;
}

std::pair<std::string, std::string> PlaceFinder::surroundings(storage::SourceId id,
                                                              storage::TextRange range)
{
    constexpr std::uint64_t kAround = 160; // bytes on each side, before cutting at words
    const auto words = text(id);
    if (!words || range.begin > range.end || range.end > (*words)->size()) {
        return {};
    }
    const std::string_view all = **words;
    const std::uint64_t from = range.begin > kAround ? range.begin - kAround : 0;
    std::string_view before = all.substr(from, range.begin - from);
    std::string_view after = all.substr(range.end, kAround);
    // Not across a paragraph, and not in the middle of a word (or of a character).
    if (const auto blank = before.rfind("\n\n"); blank != std::string_view::npos) {
        before.remove_prefix(blank + 2);
    } else if (from > 0) {
        before.remove_prefix(std::min(before.find(' '), before.size()));
    }
    if (const auto blank = after.find("\n\n"); blank != std::string_view::npos) {
        after = after.substr(0, blank);
    } else if (range.end + after.size() < all.size()) {
        const auto space = after.rfind(' ');
        after = after.substr(0, space == std::string_view::npos ? 0 : space);
    }
    return {std::string(before), std::string(after)};
}

void PlaceFinder::forget()
{
    m_entries.clear();
}

Result<Place> PlaceFinder::find(storage::SourceId id, storage::TextRange range)
{
    auto from = source(id);
    if (!from) {
        return passOn(from.error());
    }
    auto map = maps(id);
    if (!map) {
        return passOn(map.error());
    }
    auto words = text(id);
    if (!words) {
        return passOn(words.error());
    }
    if (range.begin > range.end || range.end > (*words)->size()) {
        return fail(ErrorCode::badInput,
                    fmt::format("{}: wanted bytes {} to {} of its text, which has {}", from->title,
                                range.begin, range.end, (*words)->size()));
    }
    Place place;
    place.sourceId = id;
    place.document = from->title;
    place.path = from->path;
    place.text = range;
    place.characters.begin = charactersBefore(**words, range.begin);
    const std::string_view inside = std::string_view(**words).substr(range.begin);
    place.characters.end =
        place.characters.begin + charactersBefore(inside, range.end - range.begin);
    const ingest::Position position = ingest::locate(**map, range.begin, range.end);
    if (position.page) {
        place.page = *position.page + 1;
        place.pageCount = static_cast<std::uint32_t>((*map)->pages.size());
        if (position.pageLabel != std::to_string(*place.page)) {
            place.pageLabel = position.pageLabel;
        }
    }
    if (position.lineBegin) {
        place.lineBegin = position.lineBegin;
        place.lineEnd = position.lineEnd;
    }
    place.chapter = position.chapter;
    return place;
}

} // namespace app
