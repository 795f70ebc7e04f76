// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sqlite/database.h"
#include "storage/passage.h"

namespace storage {

/// The table passage and its full-text index passage_words. Throws Failure. Calls that write expect
/// an open transaction.
class PassageStore final
{
public:
    explicit PassageStore(Database& database) : m_database(database) {}

    /// `text` is the whole text of the source.
    void append(SourceId source, std::string_view text, std::span<const NewPassage> passages);
    [[nodiscard]] std::vector<Passage> all(); ///< in the order of sources and text
    [[nodiscard]] std::vector<Passage> ofSource(SourceId source);
    [[nodiscard]] Passage get(PassageId id);
    [[nodiscard]] std::uint64_t count();
    [[nodiscard]] std::uint64_t indexedCount(); ///< by the full-text index

    /// Takes the words of a source's passages out of the index; the rows go with the source.
    void eraseWords(SourceId source, std::string_view text);
    void clear();
    /// Token ranges behind a range that is taken out move to its begin.
    void moveUp(TokenRange removed);

private:
    struct End
    {
        std::uint32_t nextOrdinal = 0;
        std::uint64_t textEnd = 0;
        std::uint64_t tokenEnd = 0;
    };
    [[nodiscard]] End endOf(SourceId source);
    void requireFits(SourceId source, std::string_view text, const End& before,
                     const NewPassage& passage) const;

    Database& m_database;
};

} // namespace storage
