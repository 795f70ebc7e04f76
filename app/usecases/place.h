// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ingest/document.h"
#include "storage/session_file.h"
#include "usecases/error.h"

namespace app {

/// Unicode characters (code points) [begin, end) of a source's text.
struct CharacterRange
{
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Where a stretch of a source's text stands, in the terms a person would cite.
struct Place
{
    storage::SourceId sourceId = 0;
    std::string document; ///< the source's title
    std::string path;
    storage::TextRange text;           ///< bytes
    CharacterRange characters;         ///< the same range
    std::optional<std::uint32_t> page; ///< 1-based page of the file; formats with pages
    std::uint32_t pageCount = 0;
    std::string pageLabel;                  ///< the printed number where it differs from `page`
    std::optional<std::uint32_t> lineBegin; ///< 1-based; formats with lines
    std::optional<std::uint32_t> lineEnd;   ///< 1-based, included
    std::string chapter;
};

/// "p. 27 (41 of 654)", "line 12", "lines 12–15"; empty where a format has neither.
[[nodiscard]] std::string placeWords(const Place& place);

/// Finds places in one session's sources and keeps the maps and texts that it needed.
///
/// Thread rule: that of the session file, which must outlive it.
class PlaceFinder
{
public:
    explicit PlaceFinder(storage::SessionFile& file);

    /// Errors: those of the session file; badInput for a range beyond the text.
    [[nodiscard]] Result<Place> find(storage::SourceId source, storage::TextRange text);

    [[nodiscard]] Result<storage::Source> source(storage::SourceId id);
    /// The text as it was read. Valid until forget().
    [[nodiscard]] Result<std::shared_ptr<const std::string>> text(storage::SourceId id);
    [[nodiscard]] Result<std::shared_ptr<const ingest::DocumentMaps>> maps(storage::SourceId id);

    /// A little of the text before and after a range, cut at words; empty where it cannot be read.
    [[nodiscard]] std::pair<std::string, std::string> surroundings(storage::SourceId id,
                                                                   storage::TextRange range);

    /// Drops what was kept: sources have changed.
    void forget();

private:
    struct Entry
    {
        std::optional<storage::Source> source;
        std::shared_ptr<const std::string> text;
        std::shared_ptr<const ingest::DocumentMaps> maps;
    };

    storage::SessionFile& m_file;
    std::unordered_map<storage::SourceId, Entry> m_entries;
};

/// Code points in `text` before `byte`.
[[nodiscard]] std::uint64_t charactersBefore(std::string_view text, std::uint64_t byte);

} // namespace app
