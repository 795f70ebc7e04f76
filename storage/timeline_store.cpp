// SPDX-License-Identifier: GPL-3.0-or-later
#include "timeline_store.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "checksum.h"
#include "sqlite/blob_reader.h"
#include "sqlite/statement.h"

namespace storage {

namespace {

/// SQLite chains the pages of a blob: larger blobs make reads in their middle slower, smaller ones
/// make the index larger.
constexpr std::uint64_t kMaxBlobBytes = std::uint64_t{64} << 10U;
constexpr std::uint64_t kMaxBlockTokens = kMaxBlobBytes / sizeof(std::int32_t);

constexpr char kLength[] = "SELECT token_begin + token_count FROM token_block "
                           "WHERE segment_id = 1 ORDER BY token_begin DESC LIMIT 1";
constexpr char kInsertTokens[] = "INSERT INTO token_block (segment_id, token_begin, token_count, "
                                 "checksum, chain, tokens) VALUES (1, ?1, ?2, ?3, ?4, ?5)";
constexpr char kChainBefore[] = "SELECT chain FROM token_block WHERE segment_id = 1 AND "
                                "token_begin < ?1 ORDER BY token_begin DESC LIMIT 1";
constexpr char kTokens[] =
    "SELECT token_begin, token_count, checksum, tokens FROM token_block WHERE segment_id = 1 "
    "AND token_begin < ?2 AND token_begin >= coalesce((SELECT max(token_begin) FROM token_block "
    "WHERE segment_id = 1 AND token_begin <= ?1), 0) ORDER BY token_begin";
constexpr char kAllTokens[] = "SELECT token_begin, token_count, checksum, chain, tokens "
                              "FROM token_block WHERE segment_id = 1 ORDER BY token_begin";

constexpr char kInsertRows[] = "INSERT INTO row_block (segment_id, layer, kind, row_begin, "
                               "row_count, token_end, checksum, rows) "
                               "VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr char kRowEnd[] = "SELECT row_begin + row_count, length(rows) / row_count FROM row_block "
                           "WHERE segment_id = 1 AND layer = ?1 AND kind = ?2 "
                           "ORDER BY row_begin DESC LIMIT 1";
constexpr char kBlocks[] =
    "SELECT id, row_begin, row_count, checksum FROM row_block "
    "WHERE segment_id = 1 AND layer = ?1 AND kind = ?2 AND row_begin < ?4 AND row_begin >= "
    "coalesce((SELECT max(row_begin) FROM row_block WHERE segment_id = 1 AND layer = ?1 "
    "AND kind = ?2 AND row_begin <= ?3), 0) ORDER BY row_begin";
constexpr char kAllRows[] = "SELECT layer, kind, row_begin, row_count, checksum, rows "
                            "FROM row_block WHERE segment_id = 1 ORDER BY layer, kind, row_begin";
constexpr char kExtents[] =
    "SELECT layer, kind, max(row_begin + row_count), sum(length(rows)) FROM row_block "
    "WHERE segment_id = 1 GROUP BY layer, kind ORDER BY layer, kind";

constexpr char kInsertCheckpoint[] =
    "INSERT INTO checkpoint (segment_id, token_count, keep, checksum, state) "
    "VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT (segment_id, token_count) DO UPDATE SET "
    "keep = iif(1 IN (keep, excluded.keep), 1, max(keep, excluded.keep)), checksum = "
    "excluded.checksum, state = excluded.state";
constexpr char kDropSuperseded[] =
    "DELETE FROM checkpoint WHERE segment_id = 1 AND keep = ?2 AND token_count < ?1";
constexpr char kBoundaries[] = "SELECT token_count FROM checkpoint WHERE segment_id = 1 AND "
                               "keep = ?1 ORDER BY token_count";
constexpr char kDropCheckpoint[] =
    "DELETE FROM checkpoint WHERE segment_id = 1 AND token_count = ?1";
constexpr char kCheckpoint[] = "SELECT token_count, checksum, state FROM checkpoint "
                               "WHERE segment_id = 1 AND token_count <= ?1 "
                               "ORDER BY token_count DESC LIMIT 1";
constexpr char kCheckpointCount[] = "SELECT token_count FROM checkpoint WHERE segment_id = 1 "
                                    "AND token_count <= ?1 ORDER BY token_count DESC LIMIT 1";

constexpr char kCutTokens[] = "DELETE FROM token_block WHERE segment_id = 1 AND token_begin >= ?1";
constexpr char kCutRows[] = "DELETE FROM row_block WHERE segment_id = 1 AND token_end > ?1";
constexpr char kCutCheckpoints[] =
    "DELETE FROM checkpoint WHERE segment_id = 1 AND token_count > ?1";

} // namespace

std::uint64_t TimelineStore::length()
{
    Statement row(m_database, kLength);
    return row.step() ? row.count(0) : 0;
}

// The checkpoint goes in first and the old one out last: so the new one takes the pages that the
// one before the old left free, and rows are appended at the file's end, in one run. The other
// order made SQLite journal the old checkpoint, and cold reads of rows up to six times slower
// (docs/adr/0003).
void TimelineStore::append(const ReadingCommit& commit)
{
    if (const std::uint64_t stored = length(); commit.tokenBegin != stored) {
        raise(ErrorCode::badInput,
              fmt::format("{}: wanted a commit that begins at token {}, found {}", file(), stored,
                          commit.tokenBegin));
    }
    const std::uint64_t tokenEnd = commit.tokenBegin + commit.tokens.size();
    if (!commit.checkpoint.empty())
        insertCheckpoint(commit, tokenEnd);
    appendTokens(commit);
    for (const RowBlock& block : commit.blocks)
        appendRows(block, tokenEnd);
    if (!commit.checkpoint.empty()) {
        Statement(m_database, kDropSuperseded).bind(tokenEnd, CheckpointKeep::untilNext).run();
        if (commit.keep == CheckpointKeep::boundary)
            thinBoundaries();
    }
}

/// Of boundaries closer than kBoundarySpacing to the one before, only the newest stays.
void TimelineStore::thinBoundaries()
{
    std::vector<std::uint64_t> places;
    Statement rows(m_database, kBoundaries);
    rows.bind(CheckpointKeep::boundary);
    while (rows.step())
        places.push_back(rows.count(0));
    std::uint64_t kept = 0;
    Statement drop(m_database, kDropCheckpoint);
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
        if (places[i] - kept < kBoundarySpacing)
            drop.bind(places[i]).run();
        else
            kept = places[i];
    }
}

void TimelineStore::insertCheckpoint(const ReadingCommit& commit, std::uint64_t tokenEnd)
{
    Statement(m_database, kInsertCheckpoint)
        .bind(tokenEnd, commit.keep, checksumOf(commit.checkpoint), commit.checkpoint)
        .run();
}

std::int64_t TimelineStore::chainBefore(std::uint64_t tokenBegin)
{
    Statement row(m_database, kChainBefore);
    return row.bind(tokenBegin).step() ? row.integer(0) : 0;
}

void TimelineStore::appendTokens(const ReadingCommit& commit)
{
    Statement insert(m_database, kInsertTokens);
    std::int64_t chain = chainBefore(commit.tokenBegin);
    for (std::uint64_t done = 0; done < commit.tokens.size();) {
        const std::uint64_t count = std::min(kMaxBlockTokens, commit.tokens.size() - done);
        const std::span<const std::byte> bytes = std::as_bytes(commit.tokens.subspan(done, count));
        const std::int64_t checksum = checksumOf(bytes);
        chain = chainedChecksum(chain, checksum);
        insert.bind(commit.tokenBegin + done, count, checksum, chain, bytes).run();
        done += count;
    }
}

TimelineStore::RowEnd TimelineStore::rowEnd(std::uint32_t layer, std::uint32_t kind)
{
    Statement row(m_database, kRowEnd);
    if (!row.bind(layer, kind).step())
        return {};
    return {row.count(0), row.count(1)};
}

void TimelineStore::appendRows(const RowBlock& block, std::uint64_t tokenEnd)
{
    if (block.rowCount == 0 && block.bytes.empty())
        return;
    const RowEnd end = rowEnd(block.layer, block.kind);
    const std::uint64_t perRow = block.rowCount == 0 ? 0 : block.bytes.size() / block.rowCount;
    if (block.rowBegin != end.rows || perRow == 0 ||
        perRow * block.rowCount != block.bytes.size() ||
        (end.bytesPerRow != 0 && perRow != end.bytesPerRow)) {
        raise(ErrorCode::badInput,
              fmt::format("{}: layer {}, kind {}: wanted rows from {} on ({} bytes each), found {} "
                          "rows from {} on in {} bytes",
                          file(), block.layer, block.kind, end.rows,
                          end.bytesPerRow == 0 ? "any number of" : fmt::to_string(end.bytesPerRow),
                          block.rowCount, block.rowBegin, block.bytes.size()));
    }
    // Parts of equal size, so that none is a splinter with an index entry of its own.
    const std::uint64_t maxRows = std::max<std::uint64_t>(1, kMaxBlobBytes / perRow);
    const std::uint64_t parts = (block.rowCount + maxRows - 1) / maxRows;
    Statement insert(m_database, kInsertRows);
    for (std::uint64_t part = 0; part < parts; ++part) {
        const std::uint64_t begin = block.rowCount * part / parts;
        const std::uint64_t count = block.rowCount * (part + 1) / parts - begin;
        const auto bytes = block.bytes.subspan(begin * perRow, count * perRow);
        insert
            .bind(block.layer, block.kind, block.rowBegin + begin, count, tokenEnd,
                  checksumOf(bytes), bytes)
            .run();
    }
}

std::vector<std::int32_t> TimelineStore::tokens(TokenRange range)
{
    if (const std::uint64_t stored = length(); range.begin > range.end || range.end > stored) {
        raise(ErrorCode::notFound, fmt::format("{}: wanted tokens {}-{}, found {}", file(),
                                               range.begin, range.end, stored));
    }
    std::vector<std::int32_t> tokens(range.end - range.begin);
    std::uint64_t covered = range.begin;
    Statement blocks(m_database, kTokens);
    blocks.bind(range.begin, range.end);
    while (blocks.step()) {
        const std::uint64_t begin = blocks.count(0);
        const std::span<const std::byte> bytes = blocks.bytes(3);
        if (checksumOf(bytes) != blocks.integer(2) || begin > covered ||
            bytes.size() != blocks.count(1) * sizeof(std::int32_t)) {
            raise(ErrorCode::damaged, fmt::format("{}: tokens {}-{} are damaged", file(), begin,
                                                  begin + blocks.count(1)));
        }
        const std::uint64_t end = std::min(range.end, begin + blocks.count(1));
        if (end > covered) {
            std::memcpy(tokens.data() + (covered - range.begin),
                        bytes.data() + (covered - begin) * sizeof(std::int32_t),
                        (end - covered) * sizeof(std::int32_t));
            covered = end;
        }
    }
    if (covered != range.end)
        raise(ErrorCode::damaged,
              fmt::format("{}: tokens from {} on are missing", file(), covered));
    return tokens;
}

std::optional<Checkpoint> TimelineStore::checkpoint(std::uint64_t atOrBefore)
{
    Statement row(m_database, kCheckpoint);
    if (!row.bind(atOrBefore).step())
        return std::nullopt;
    const std::span<const std::byte> state = row.bytes(2);
    if (checksumOf(state) != row.integer(1)) {
        raise(ErrorCode::damaged,
              fmt::format("{}: the checkpoint at token {} is damaged", file(), row.count(0)));
    }
    return Checkpoint{row.count(0), {state.begin(), state.end()}};
}

std::vector<TimelineStore::Block> TimelineStore::blocksCovering(std::uint32_t layer,
                                                                std::uint32_t kind, RowRange rows)
{
    std::vector<Block> found;
    Statement statement(m_database, kBlocks);
    statement.bind(layer, kind, rows.begin, rows.end);
    std::uint64_t covered = rows.begin;
    while (statement.step()) {
        const Block block{statement.integer(0), statement.count(1), statement.count(2),
                          statement.integer(3)};
        if (block.rowBegin > covered)
            break;
        covered = std::max(covered, block.rowBegin + block.rowCount);
        found.push_back(block);
    }
    if (covered < rows.end) {
        raise(ErrorCode::notFound,
              fmt::format("{}: layer {}, kind {}: wanted rows {}-{}, found rows up to {}", file(),
                          layer, kind, rows.begin, rows.end, rowEnd(layer, kind).rows));
    }
    return found;
}

void TimelineStore::readRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                             std::uint64_t rowCount, std::span<std::byte> out)
{
    if (rowCount == 0 && out.empty())
        return;
    const RowRange wanted{rowBegin, rowBegin + rowCount};
    const std::vector<Block> blocks = blocksCovering(layer, kind, wanted);
    const std::uint64_t perRow = rowEnd(layer, kind).bytesPerRow;
    if (out.size() != rowCount * perRow) {
        raise(ErrorCode::badInput,
              fmt::format("{}: layer {}, kind {}: wanted room for {} rows of {} bytes, found {}",
                          file(), layer, kind, rowCount, perRow, out.size()));
    }
    BlobReader reader(m_database, "row_block", "rows");
    for (const Block& block : blocks) {
        const std::uint64_t begin = std::max(wanted.begin, block.rowBegin);
        const std::uint64_t end = std::min(wanted.end, block.rowBegin + block.rowCount);
        try {
            readBlock(reader, block, {begin - block.rowBegin, end - block.rowBegin},
                      out.subspan((begin - rowBegin) * perRow, (end - begin) * perRow));
        } catch (Failure& failure) {
            failure.error.message += fmt::format(" (layer {}, kind {}, rows {}-{})", layer, kind,
                                                 block.rowBegin, block.rowBegin + block.rowCount);
            throw;
        }
    }
}

/// `rows` count from the block's first.
void TimelineStore::readBlock(BlobReader& reader, const Block& block, RowRange rows,
                              std::span<std::byte> out)
{
    reader.open(block.id);
    const std::size_t perRow = out.size() / (rows.end - rows.begin);
    if (reader.size() != block.rowCount * perRow)
        raise(ErrorCode::damaged,
              fmt::format("{}: a block of cache rows has {} bytes instead of {}", file(),
                          reader.size(), block.rowCount * perRow));

    const auto verified = m_verified.find(block.id);
    if (verified != m_verified.end() && verified->second == block.checksum) {
        reader.read(rows.begin * perRow, out);
        return;
    }
    // A part cannot be checked alone: the first touch of a block reads all of it.
    const bool isWhole = out.size() == reader.size();
    std::vector<std::byte> scratch(isWhole ? 0 : reader.size());
    const std::span<std::byte> whole = isWhole ? out : std::span{scratch};
    reader.read(0, whole);
    if (checksumOf(whole) != block.checksum)
        raise(ErrorCode::damaged, fmt::format("{}: a block of cache rows is damaged", file()));
    m_verified[block.id] = block.checksum;
    if (!isWhole)
        std::ranges::copy(whole.subspan(rows.begin * perRow, out.size()), out.begin());
}

std::vector<RowExtent> TimelineStore::extents()
{
    std::vector<RowExtent> extents;
    Statement rows(m_database, kExtents);
    while (rows.step()) {
        extents.push_back({rows.count<std::uint32_t>(0), rows.count<std::uint32_t>(1),
                           rows.count(2), rows.count(3)});
    }
    return extents;
}

std::uint64_t TimelineStore::checkpointBefore(std::uint64_t tokens)
{
    Statement place(m_database, kCheckpointCount);
    return place.bind(tokens).step() ? place.count(0) : 0;
}

std::uint64_t TimelineStore::rewindTo(std::uint64_t tokens)
{
    const std::uint64_t cut = checkpointBefore(tokens);
    Statement(m_database, kCutTokens).bind(cut).run();
    Statement(m_database, kCutRows).bind(cut).run();
    Statement(m_database, kCutCheckpoints).bind(cut).run();
    if (const std::uint64_t left = length(); left != cut) {
        raise(ErrorCode::damaged, fmt::format("{}: wanted the timeline cut at the checkpoint at "
                                              "token {}, found tokens up to {}",
                                              file(), cut, left));
    }
    return cut;
}

void TimelineStore::clear()
{
    m_database.execute("DELETE FROM token_block WHERE segment_id = 1;"
                       "DELETE FROM row_block WHERE segment_id = 1;"
                       "DELETE FROM checkpoint WHERE segment_id = 1");
}

void TimelineStore::verify()
{
    verifyTokens();
    verifyRows();
    verifyCheckpoints();
}

void TimelineStore::verifyTokens()
{
    std::uint64_t expected = 0;
    std::int64_t chain = 0;
    Statement blocks(m_database, kAllTokens);
    while (blocks.step()) {
        const std::span<const std::byte> bytes = blocks.bytes(4);
        const std::int64_t checksum = checksumOf(bytes);
        chain = chainedChecksum(chain, checksum);
        if (blocks.count(0) != expected || checksum != blocks.integer(2) ||
            chain != blocks.integer(3) || bytes.size() != blocks.count(1) * sizeof(std::int32_t)) {
            raise(
                ErrorCode::damaged,
                fmt::format("{}: the tokens from {} on are damaged or missing", file(), expected));
        }
        expected += blocks.count(1);
    }
}

void TimelineStore::verifyRows()
{
    std::uint64_t layer = 0;
    std::uint64_t kind = 0;
    std::uint64_t expected = 0;
    Statement blocks(m_database, kAllRows);
    while (blocks.step()) {
        if (blocks.count(0) != layer || blocks.count(1) != kind) {
            layer = blocks.count(0);
            kind = blocks.count(1);
            expected = 0;
        }
        if (blocks.count(2) != expected || checksumOf(blocks.bytes(5)) != blocks.integer(4)) {
            raise(ErrorCode::damaged,
                  fmt::format("{}: layer {}, kind {}: the rows from {} on are damaged or missing",
                              file(), layer, kind, expected));
        }
        expected += blocks.count(3);
    }
}

void TimelineStore::verifyCheckpoints()
{
    const std::uint64_t stored = length();
    Statement rows(m_database, "SELECT token_count, checksum, state FROM checkpoint "
                               "WHERE segment_id = 1 ORDER BY token_count");
    while (rows.step()) {
        if (rows.count(0) > stored || checksumOf(rows.bytes(2)) != rows.integer(1)) {
            raise(ErrorCode::damaged, fmt::format("{}: the checkpoint at token {} of {} is damaged",
                                                  file(), rows.count(0), stored));
        }
    }
}

} // namespace storage
