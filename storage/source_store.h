// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/database.h"
#include "storage/source.h"

namespace storage {

/// The tables source, source_note, source_text and source_maps. Throws Failure. Calls that write
/// expect an open transaction.
class SourceStore final
{
public:
    explicit SourceStore(Database& database) : m_database(database) {}

    [[nodiscard]] SourceId add(const NewSource& source, std::string_view text,
                               std::span<const std::byte> maps);
    void update(SourceId id, const SourceUpdate& update);
    /// The row and all that hangs on it, save the full-text index.
    void erase(SourceId id);
    /// After the timeline was cut to `tokens`: what lies beyond has to be read again.
    void setWaitingBeyond(std::uint64_t tokens);
    /// Forgets every place on the timeline and every count of tokens.
    void forgetTokens();
    /// Places on the timeline behind a range that is taken out move to its begin.
    void moveUp(TokenRange removed);

    [[nodiscard]] std::vector<Source> all();
    [[nodiscard]] Source get(SourceId id);
    [[nodiscard]] std::optional<Source> findByPath(std::string_view path);
    [[nodiscard]] std::optional<Source> findByHash(std::string_view contentHash);

    [[nodiscard]] std::string text(SourceId id);
    [[nodiscard]] std::string text(SourceId id, TextRange range);
    [[nodiscard]] std::vector<std::byte> maps(SourceId id);
    [[nodiscard]] std::uint64_t characterOffset(SourceId id, std::uint64_t byteOffset);

private:
    void addNotes(SourceId id, const std::vector<std::string>& notes);
    [[nodiscard]] std::vector<std::string> notes(SourceId id);
    [[nodiscard]] std::optional<Source> findBy(std::string_view where, std::string_view value);
    [[nodiscard]] std::uint64_t textBytes(SourceId id);

    Database& m_database;
};

} // namespace storage
