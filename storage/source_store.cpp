// SPDX-License-Identifier: GPL-3.0-or-later
#include "source_store.h"

#include <map>

#include <fmt/format.h>

#include "checksum.h"
#include "sqlite/statement.h"
#include "text_pieces.h"
#include "utf8.h"

namespace storage {

namespace {

constexpr char kInsert[] =
    "INSERT INTO source (ordinal, path, folder, relative_path, format, title, language, encoding, "
    "content_hash, file_bytes, file_modified, page_count, line_count, text_rules, text_bytes, "
    "text_characters, state, reason, added, hidden) "
    "VALUES ((SELECT coalesce(max(ordinal) + 1, 0) FROM source), "
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 0)";
constexpr char kSelect[] =
    "SELECT id, ordinal, path, folder, relative_path, format, title, language, encoding, "
    "content_hash, file_bytes, file_modified, page_count, line_count, text_rules, text_bytes, "
    "text_characters, state, reason, token_count, token_begin, token_end, added, read_at, hidden, "
    "(SELECT count(*) FROM passage WHERE passage.source_id = source.id) FROM source ";
constexpr char kUpdate[] =
    "UPDATE source SET state = coalesce(?2, state), reason = coalesce(?3, reason), "
    "title = coalesce(?4, title), path = coalesce(?5, path), "
    "token_count = coalesce(?6, token_count), token_begin = coalesce(?7, token_begin), "
    "token_end = coalesce(?8, token_end), read_at = coalesce(?9, read_at), "
    "hidden = coalesce(?10, hidden) WHERE id = ?1 RETURNING id";
constexpr char kInsertNote[] =
    "INSERT INTO source_note (source_id, ordinal, note) VALUES (?1, ?2, ?3)";
constexpr char kNotes[] = "SELECT note FROM source_note WHERE source_id = ?1 ORDER BY ordinal";
constexpr char kAllNotes[] = "SELECT source_id, note FROM source_note ORDER BY source_id, ordinal";
constexpr char kInsertPiece[] =
    "INSERT INTO source_text (source_id, text_begin, character_begin, checksum, text) "
    "VALUES (?1, ?2, ?3, ?4, ?5)";
// From the last piece that begins at or before the range.
constexpr char kPieces[] =
    "SELECT text_begin, checksum, text FROM source_text WHERE source_id = ?1 AND text_begin < ?3 "
    "AND text_begin >= coalesce((SELECT max(text_begin) FROM source_text "
    "WHERE source_id = ?1 AND text_begin <= ?2), 0) ORDER BY text_begin";
constexpr char kPieceAt[] =
    "SELECT text_begin, character_begin FROM source_text "
    "WHERE source_id = ?1 AND text_begin <= ?2 ORDER BY text_begin DESC LIMIT 1";
constexpr char kTextBytes[] = "SELECT text_bytes FROM source WHERE id = ?1";
constexpr char kInsertMaps[] =
    "INSERT INTO source_maps (source_id, checksum, maps) VALUES (?1, ?2, ?3)";
constexpr char kMaps[] = "SELECT checksum, maps FROM source_maps WHERE source_id = ?1";
constexpr char kErase[] = "DELETE FROM source WHERE id = ?1";
constexpr char kWaitBeyond[] =
    "UPDATE source SET state = iif(token_begin < ?1, ?2, ?3), read_at = NULL "
    "WHERE token_end > ?1 AND state NOT IN (?4, ?5)";
constexpr char kMoveUp[] = "UPDATE source SET token_begin = token_begin - ?2, "
                           "token_end = token_end - ?2 WHERE token_begin >= ?1";
constexpr char kForgetTokens[] =
    "UPDATE source SET token_count = NULL, token_begin = NULL, token_end = NULL, read_at = NULL, "
    "state = iif(state IN (?2, ?3), state, ?1)";

Source sourceFrom(const Statement& row)
{
    const auto number = [&row](int column) { return row.count(column); };
    const auto time = [&row](int column) { return row.time(column); };
    Source source;
    source.id = row.integer(0);
    source.ordinal = row.count<std::uint32_t>(1);
    source.path = row.text(2);
    source.folder = row.text(3);
    source.relativePath = row.text(4);
    source.format = row.text(5);
    source.title = row.text(6);
    source.language = row.text(7);
    source.encoding = row.text(8);
    source.contentHash = row.text(9);
    source.fileBytes = row.count(10);
    source.fileModified = row.optional(11, time);
    source.pageCount = row.count<std::uint32_t>(12);
    source.lineCount = row.count<std::uint32_t>(13);
    source.textRules = row.count<std::uint32_t>(14);
    source.textBytes = row.count(15);
    source.textCharacters = row.count(16);
    source.state = row.enumeration(17, SourceState::changed);
    source.reason = row.text(18);
    source.tokenCount = row.optional(19, number);
    if (!row.isNull(20) && !row.isNull(21))
        source.tokens = TokenRange{row.count(20), row.count(21)};
    source.added = row.time(22);
    source.readAt = row.optional(23, time);
    source.hidden = row.integer(24) != 0;
    source.passageCount = row.count(25);
    return source;
}

[[noreturn]] void raiseNoSource(const Database& database, SourceId id)
{
    raise(ErrorCode::notFound,
          fmt::format("{}: wanted source {}, found none", database.path().string(), id));
}

} // namespace

SourceId SourceStore::add(const NewSource& source, std::string_view text,
                          std::span<const std::byte> maps)
{
    const std::optional<CutText> cut = cutText(text);
    if (!cut) {
        raise(ErrorCode::badInput,
              fmt::format("{}: wanted the text of \"{}\" in UTF-8, found other bytes",
                          m_database.path().string(), source.path));
    }
    Statement(m_database, kInsert)
        .bind(source.path, source.folder, source.relativePath, source.format, source.title,
              source.language, source.encoding, source.contentHash, source.fileBytes,
              source.fileModified, source.pageCount, source.lineCount, source.textRules,
              text.size(), cut->characters, source.state, source.reason, now())
        .run();
    const SourceId id = m_database.lastInsertId();
    addNotes(id, source.notes);

    Statement insert(m_database, kInsertPiece);
    for (const TextPiece& piece : cut->pieces)
        insert.bind(id, piece.begin, piece.characterBegin, checksumOf(piece.text), piece.text)
            .run();
    if (!maps.empty())
        Statement(m_database, kInsertMaps).bind(id, checksumOf(maps), maps).run();
    return id;
}

void SourceStore::addNotes(SourceId id, const std::vector<std::string>& notes)
{
    Statement insert(m_database, kInsertNote);
    for (std::size_t i = 0; i < notes.size(); ++i)
        insert.bind(id, i, notes[i]).run();
}

void SourceStore::update(SourceId id, const SourceUpdate& update)
{
    std::optional<std::uint64_t> begin;
    std::optional<std::uint64_t> end;
    if (update.tokens) {
        begin = update.tokens->begin;
        end = update.tokens->end;
    }
    Statement statement(m_database, kUpdate);
    if (!statement
             .bind(id, update.state, update.reason, update.title, update.path, update.tokenCount,
                   begin, end, update.readAt, update.hidden)
             .step())
        raiseNoSource(m_database, id);
}

void SourceStore::erase(SourceId id)
{
    Statement(m_database, kErase).bind(id).run();
}

void SourceStore::setWaitingBeyond(std::uint64_t tokens)
{
    Statement(m_database, kWaitBeyond)
        .bind(tokens, SourceState::stopped, SourceState::waiting, SourceState::failed,
              SourceState::leftOut)
        .run();
}

void SourceStore::moveUp(TokenRange removed)
{
    Statement(m_database, kMoveUp).bind(removed.end, removed.end - removed.begin).run();
}

void SourceStore::forgetTokens()
{
    Statement(m_database, kForgetTokens)
        .bind(SourceState::waiting, SourceState::failed, SourceState::leftOut)
        .run();
}

std::vector<Source> SourceStore::all()
{
    std::map<SourceId, std::vector<std::string>> notes;
    Statement noteRows(m_database, kAllNotes);
    while (noteRows.step())
        notes[noteRows.integer(0)].push_back(noteRows.text(1));

    std::vector<Source> sources;
    Statement rows(m_database, std::string{kSelect} + "ORDER BY ordinal");
    while (rows.step()) {
        Source& source = sources.emplace_back(sourceFrom(rows));
        if (const auto found = notes.find(source.id); found != notes.end())
            source.notes = std::move(found->second);
    }
    return sources;
}

std::vector<std::string> SourceStore::notes(SourceId id)
{
    std::vector<std::string> notes;
    Statement rows(m_database, kNotes);
    rows.bind(id);
    while (rows.step())
        notes.push_back(rows.text(0));
    return notes;
}

Source SourceStore::get(SourceId id)
{
    Statement row(m_database, std::string{kSelect} + "WHERE id = ?1");
    if (!row.bind(id).step())
        raiseNoSource(m_database, id);
    Source source = sourceFrom(row);
    source.notes = notes(id);
    return source;
}

std::optional<Source> SourceStore::findBy(std::string_view where, std::string_view value)
{
    Statement row(m_database,
                  fmt::format("{}WHERE {} = ?1 ORDER BY ordinal DESC LIMIT 1", kSelect, where));
    if (!row.bind(value).step())
        return std::nullopt;
    Source source = sourceFrom(row);
    source.notes = notes(source.id);
    return source;
}

std::optional<Source> SourceStore::findByPath(std::string_view path)
{
    return findBy("path", path);
}

std::optional<Source> SourceStore::findByHash(std::string_view contentHash)
{
    return findBy("content_hash", contentHash);
}

std::uint64_t SourceStore::textBytes(SourceId id)
{
    Statement row(m_database, kTextBytes);
    if (!row.bind(id).step())
        raiseNoSource(m_database, id);
    return row.count(0);
}

std::string SourceStore::text(SourceId id)
{
    return text(id, {0, textBytes(id)});
}

std::string SourceStore::text(SourceId id, TextRange range)
{
    const std::string file = m_database.path().string();
    const std::uint64_t size = textBytes(id);
    if (range.begin > range.end || range.end > size) {
        raise(ErrorCode::badInput, fmt::format("{}: wanted bytes {}-{} of source {}, found {}",
                                               file, range.begin, range.end, id, size));
    }
    std::string text;
    text.reserve(range.end - range.begin);
    std::uint64_t covered = range.begin;
    Statement pieces(m_database, kPieces);
    pieces.bind(id, range.begin, range.end);
    while (pieces.step()) {
        const std::uint64_t begin = pieces.count(0);
        const std::string piece = pieces.text(2);
        if (checksumOf(piece) != pieces.integer(1) || begin > covered) {
            raise(ErrorCode::damaged,
                  fmt::format("{}: the text of source {} is damaged at byte {}", file, id, begin));
        }
        const std::uint64_t end = std::min(range.end, begin + piece.size());
        if (!isCharacterBoundary(piece, covered - begin) ||
            !isCharacterBoundary(piece, end - begin)) {
            raise(ErrorCode::badInput, fmt::format("{}: bytes {}-{} of source {} cut a character",
                                                   file, range.begin, range.end, id));
        }
        text.append(piece, covered - begin, end - covered);
        covered = end;
    }
    if (covered != range.end) {
        raise(
            ErrorCode::damaged,
            fmt::format("{}: the text of source {} is missing from byte {} on", file, id, covered));
    }
    return text;
}

std::vector<std::byte> SourceStore::maps(SourceId id)
{
    (void)textBytes(id); // a source without maps is not the same as no source
    Statement row(m_database, kMaps);
    if (!row.bind(id).step())
        return {};
    const std::span<const std::byte> maps = row.bytes(1);
    if (checksumOf(maps) != row.integer(0)) {
        raise(ErrorCode::damaged, fmt::format("{}: the page and line maps of source {} are damaged",
                                              m_database.path().string(), id));
    }
    return {maps.begin(), maps.end()};
}

std::uint64_t SourceStore::characterOffset(SourceId id, std::uint64_t byteOffset)
{
    Statement piece(m_database, kPieceAt);
    if (!piece.bind(id, byteOffset).step()) {
        (void)text(id, {0, byteOffset}); // says what is wrong, if anything is
        return 0;
    }
    const std::uint64_t begin = piece.count(0);
    return piece.count(1) + countCharacters(text(id, {begin, byteOffset}));
}

} // namespace storage
