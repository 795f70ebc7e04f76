// SPDX-License-Identifier: GPL-3.0-or-later
#include "passage_store.h"

#include <fmt/format.h>

#include "sqlite/statement.h"
#include "utf8.h"

namespace storage {

namespace {

constexpr char kInsert[] =
    "INSERT INTO passage (source_id, ordinal, text_begin, text_end, token_begin, token_end, "
    "heading) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr char kInsertWords[] = "INSERT INTO passage_words (rowid, text) VALUES (?1, ?2)";
constexpr char kEraseWords[] =
    "INSERT INTO passage_words (passage_words, rowid, text) VALUES ('delete', ?1, ?2)";
constexpr char kSelect[] = "SELECT passage.id, source_id, passage.ordinal, text_begin, text_end, "
                           "passage.token_begin, passage.token_end, heading FROM passage ";
// CROSS JOIN keeps SQLite from starting at the larger table and sorting.
constexpr char kAll[] =
    "SELECT passage.id, source_id, passage.ordinal, text_begin, text_end, passage.token_begin, "
    "passage.token_end, heading FROM source CROSS JOIN passage "
    "ON passage.source_id = source.id ORDER BY source.ordinal, passage.ordinal";
constexpr char kEnd[] = "SELECT ordinal + 1, text_end, token_end FROM passage "
                        "WHERE source_id = ?1 ORDER BY ordinal DESC LIMIT 1";
constexpr char kMoveUp[] = "UPDATE passage SET token_begin = token_begin - ?2, "
                           "token_end = token_end - ?2 WHERE token_begin >= ?1";
constexpr char kCount[] = "SELECT count(*) FROM passage";
constexpr char kIndexedCount[] = "SELECT count(*) FROM passage_words_docsize"; // FTS5's own table

Passage passageFrom(const Statement& row)
{
    Passage passage;
    passage.id = row.integer(0);
    passage.sourceId = row.integer(1);
    passage.ordinal = row.count<std::uint32_t>(2);
    passage.text = {row.count(3), row.count(4)};
    passage.tokens = {row.count(5), row.count(6)};
    passage.heading = row.text(7);
    return passage;
}

std::string_view slice(std::string_view text, TextRange range)
{
    return text.substr(range.begin, range.end - range.begin);
}

} // namespace

PassageStore::End PassageStore::endOf(SourceId source)
{
    Statement row(m_database, kEnd);
    if (!row.bind(source).step())
        return {};
    return {row.count<std::uint32_t>(0), row.count(1), row.count(2)};
}

void PassageStore::requireFits(SourceId source, std::string_view text, const End& before,
                               const NewPassage& passage) const
{
    const auto [begin, end] = passage.text;
    const auto [tokenBegin, tokenEnd] = passage.tokens;
    if (begin < before.textEnd || begin > end || end > text.size() ||
        !isCharacterBoundary(text, begin) || !isCharacterBoundary(text, end)) {
        raise(
            ErrorCode::badInput,
            fmt::format("{}: wanted passage {} of source {} between bytes {} and {}, on character "
                        "boundaries, found {}-{}",
                        m_database.path().string(), before.nextOrdinal, source, before.textEnd,
                        text.size(), begin, end));
    }
    if (tokenBegin < before.tokenEnd || tokenBegin > tokenEnd) {
        raise(ErrorCode::badInput,
              fmt::format("{}: wanted passage {} of source {} at token {} or later, found {}-{}",
                          m_database.path().string(), before.nextOrdinal, source, before.tokenEnd,
                          tokenBegin, tokenEnd));
    }
}

void PassageStore::append(SourceId source, std::string_view text,
                          std::span<const NewPassage> passages)
{
    Statement insert(m_database, kInsert);
    Statement insertWords(m_database, kInsertWords);
    End end = endOf(source);
    for (const NewPassage& passage : passages) {
        requireFits(source, text, end, passage);
        insert
            .bind(source, end.nextOrdinal, passage.text.begin, passage.text.end,
                  passage.tokens.begin, passage.tokens.end, passage.heading)
            .run();
        insertWords.bind(m_database.lastInsertId(), slice(text, passage.text)).run();
        end = {end.nextOrdinal + 1, passage.text.end, passage.tokens.end};
    }
}

std::vector<Passage> PassageStore::all()
{
    std::vector<Passage> passages;
    passages.reserve(count());
    Statement rows(m_database, kAll);
    while (rows.step())
        passages.push_back(passageFrom(rows));
    return passages;
}

std::vector<Passage> PassageStore::ofSource(SourceId source)
{
    std::vector<Passage> passages;
    Statement rows(m_database, std::string{kSelect} + "WHERE source_id = ?1 ORDER BY ordinal");
    rows.bind(source);
    while (rows.step())
        passages.push_back(passageFrom(rows));
    return passages;
}

Passage PassageStore::get(PassageId id)
{
    Statement row(m_database, std::string{kSelect} + "WHERE id = ?1");
    if (!row.bind(id).step()) {
        raise(ErrorCode::notFound,
              fmt::format("{}: wanted passage {}, found none", m_database.path().string(), id));
    }
    return passageFrom(row);
}

std::uint64_t PassageStore::count()
{
    Statement row(m_database, kCount);
    return row.step() ? row.count(0) : 0;
}

std::uint64_t PassageStore::indexedCount()
{
    Statement row(m_database, kIndexedCount);
    return row.step() ? row.count(0) : 0;
}

void PassageStore::eraseWords(SourceId source, std::string_view text)
{
    // The index keeps no text, so it has to be told again what it holds.
    Statement erase(m_database, kEraseWords);
    for (const Passage& passage : ofSource(source))
        erase.bind(passage.id, slice(text, passage.text)).run();
}

void PassageStore::moveUp(TokenRange removed)
{
    Statement(m_database, kMoveUp).bind(removed.end, removed.end - removed.begin).run();
}

void PassageStore::clear()
{
    m_database.execute("DELETE FROM passage");
    m_database.execute("INSERT INTO passage_words (passage_words) VALUES ('delete-all')");
}

} // namespace storage
