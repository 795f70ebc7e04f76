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
constexpr char kChainAt[] = "SELECT chain, token_begin + token_count FROM token_block WHERE "
                            "segment_id = 1 AND token_begin < ?1 "
                            "ORDER BY token_begin DESC LIMIT 1";
constexpr char kChainBefore[] = "SELECT chain FROM token_block WHERE segment_id = 1 AND "
                                "token_begin < ?1 ORDER BY token_begin DESC LIMIT 1";
constexpr char kTokens[] =
    "SELECT token_begin, token_count, checksum, tokens FROM token_block WHERE segment_id = 1 "
    "AND token_begin < ?2 AND token_begin >= coalesce((SELECT max(token_begin) FROM token_block "
    "WHERE segment_id = 1 AND token_begin <= ?1), 0) ORDER BY token_begin";
constexpr char kAllTokens[] = "SELECT token_begin, token_count, checksum, chain, tokens "
                              "FROM token_block WHERE segment_id = 1 ORDER BY token_begin";

constexpr char kInsertRows[] =
    "INSERT INTO row_block (segment_id, layer, kind, row_begin, row_count, byte_count, token_end, "
    "checksum, rows) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr char kDirectory[] =
    "SELECT layer, kind, id, row_begin, row_count, byte_count, token_end, checksum "
    "FROM row_block INDEXED BY row_directory WHERE segment_id = 1 "
    "ORDER BY token_end, layer, kind, row_begin";
constexpr char kRestoreRows[] = "UPDATE row_block SET rows = ?2 WHERE id = ?1";
constexpr char kTokenBlock[] = "SELECT id, token_count, checksum FROM token_block "
                               "WHERE segment_id = 1 AND token_begin = ?1";
constexpr char kRestoreTokens[] = "UPDATE token_block SET tokens = ?2 WHERE id = ?1";

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
                               "ORDER BY token_count DESC";
constexpr char kNewestCheckpoint[] =
    "SELECT max(token_count) FROM checkpoint WHERE segment_id = 1 HAVING count(*) > 0";
constexpr char kNewestKept[] =
    "SELECT max(token_count) FROM checkpoint WHERE segment_id = 1 AND keep <> ?1 "
    "HAVING count(*) > 0";

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
void TimelineStore::append(const ReadingCommit& commit, bool withCheckpoint)
{
    if (const std::uint64_t stored = length(); commit.tokenBegin != stored) {
        raise(ErrorCode::badInput,
              fmt::format("{}: wanted a commit that begins at token {}, found {}", file(), stored,
                          commit.tokenBegin));
    }
    const std::uint64_t tokenEnd = commit.tokenBegin + commit.tokens.size();
    const bool isFull = withCheckpoint && !commit.checkpoint.empty();
    if (isFull)
        insertCheckpoint(tokenEnd, keepFor(commit, tokenEnd), commit.checkpoint);
    appendTokens(commit);
    for (const RowBlock& block : commit.blocks)
        appendRows(block, tokenEnd);
    if (isFull) {
        dropSuperseded(tokenEnd);
        if (commit.keep == CheckpointKeep::boundary)
            thinBoundaries();
    }
}

/// Now and then a place is kept within a long source too: damage behind it costs no more than the
/// reading from there.
CheckpointKeep TimelineStore::keepFor(const ReadingCommit& commit, std::uint64_t tokenEnd)
{
    if (commit.keep != CheckpointKeep::untilNext)
        return commit.keep;
    Statement row(m_database, kNewestKept);
    const std::uint64_t kept = row.bind(CheckpointKeep::untilNext).step() ? row.count(0) : 0;
    return tokenEnd >= kept + kMilestoneSpacing ? CheckpointKeep::boundary
                                                : CheckpointKeep::untilNext;
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

void TimelineStore::insertCheckpoint(std::uint64_t tokenCount, CheckpointKeep keep,
                                     std::span<const std::byte> state)
{
    Statement(m_database, kInsertCheckpoint).bind(tokenCount, keep, checksumOf(state), state).run();
}

std::optional<std::int64_t> TimelineStore::chainAt(std::uint64_t tokens)
{
    Statement row(m_database, kChainAt);
    if (!row.bind(tokens).step() || row.count(1) != tokens)
        return std::nullopt;
    return row.integer(0);
}

std::int64_t TimelineStore::chainAfter(const ReadingCommit& commit)
{
    std::int64_t chain = chainBefore(commit.tokenBegin);
    for (std::uint64_t done = 0; done < commit.tokens.size(); done += kMaxBlockTokens) {
        const auto part = commit.tokens.subspan(
            done, std::min<std::uint64_t>(kMaxBlockTokens, commit.tokens.size() - done));
        chain = chainedChecksum(chain, checksumOf(std::as_bytes(part)));
    }
    return chain;
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

std::map<TimelineStore::LayerKind, TimelineStore::Blocks>& TimelineStore::directory()
{
    Statement version(m_database, "PRAGMA data_version");
    const std::int64_t now = version.step() ? version.integer(0) : 0;
    if (m_directory && m_directoryVersion == now)
        return *m_directory;
    m_directory.reset();
    std::map<LayerKind, Blocks> found;
    Statement rows(m_database, kDirectory);
    while (rows.step()) {
        Blocks& blocks = found[{rows.count<std::uint32_t>(0), rows.count<std::uint32_t>(1)}];
        const Block block{rows.integer(2), rows.count(3), rows.count(4),
                          rows.count(5),   rows.count(6), rows.integer(7)};
        if (block.rowCount == 0 || block.byteCount % block.rowCount != 0)
            raise(ErrorCode::damaged, fmt::format("{}: a block of no whole rows", file()));
        blocks.push_back(block);
    }
    m_directory = std::move(found);
    m_directoryVersion = now;
    return *m_directory;
}

void TimelineStore::forget()
{
    m_directory.reset();
}

TimelineStore::RowEnd TimelineStore::rowEnd(std::uint32_t layer, std::uint32_t kind)
{
    const auto found = directory().find({layer, kind});
    if (found == directory().end() || found->second.empty())
        return {};
    const Block& last = found->second.back();
    return {last.rowEnd(), last.byteCount / last.rowCount};
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
    Blocks& blocks = directory()[{block.layer, block.kind}];
    for (std::uint64_t part = 0; part < parts; ++part) {
        const std::uint64_t begin = block.rowCount * part / parts;
        const std::uint64_t count = block.rowCount * (part + 1) / parts - begin;
        const auto bytes = block.bytes.subspan(begin * perRow, count * perRow);
        const std::int64_t checksum = checksumOf(bytes);
        insert
            .bind(block.layer, block.kind, block.rowBegin + begin, count, bytes.size(), tokenEnd,
                  checksum, bytes)
            .run();
        blocks.push_back({m_database.lastInsertId(), block.rowBegin + begin, count, bytes.size(),
                          tokenEnd, checksum});
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
    Statement rows(m_database, kCheckpoint);
    rows.bind(atOrBefore);
    while (rows.step()) {
        const std::span<const std::byte> state = rows.bytes(2);
        if (checksumOf(state) == rows.integer(1))
            return Checkpoint{rows.count(0), {state.begin(), state.end()}};
    }
    return std::nullopt;
}

std::span<const TimelineStore::Block>
TimelineStore::blocksCovering(std::uint32_t layer, std::uint32_t kind, RowRange rows)
{
    const Blocks& all = directory()[{layer, kind}];
    const auto first = std::ranges::upper_bound(all, rows.begin, {}, &Block::rowEnd);
    auto last = first;
    std::uint64_t covered = rows.begin;
    while (last != all.end() && covered < rows.end && last->rowBegin <= covered) {
        covered = last->rowEnd();
        ++last;
    }
    if (covered < rows.end) {
        raise(ErrorCode::notFound,
              fmt::format("{}: layer {}, kind {}: wanted rows {}-{}, found rows up to {}", file(),
                          layer, kind, rows.begin, rows.end, rowEnd(layer, kind).rows));
    }
    return {first, last};
}

void TimelineStore::readRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                             std::uint64_t rowCount, std::span<std::byte> out)
{
    if (rowCount == 0 && out.empty())
        return;
    const RowRange wanted{rowBegin, rowBegin + rowCount};
    const std::span<const Block> blocks = blocksCovering(layer, kind, wanted);
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
    for (const auto& [place, blocks] : directory()) {
        if (blocks.empty())
            continue;
        RowExtent extent{place.first, place.second, blocks.back().rowEnd(), 0};
        for (const Block& block : blocks)
            extent.bytes += block.byteCount;
        extents.push_back(extent);
    }
    return extents;
}

std::uint64_t TimelineStore::checkpointBefore(std::uint64_t tokens)
{
    const auto found = checkpoint(tokens);
    return found ? found->tokenCount : 0;
}

std::uint64_t TimelineStore::newestCheckpoint()
{
    Statement row(m_database, kNewestCheckpoint);
    return row.step() ? row.count(0) : 0;
}

void TimelineStore::cutAt(std::uint64_t tokens)
{
    forget();
    Statement(m_database, kCutTokens).bind(tokens).run();
    Statement(m_database, kCutRows).bind(tokens).run();
    Statement(m_database, kCutCheckpoints).bind(tokens).run();
    if (const std::uint64_t left = length(); left != tokens) {
        raise(ErrorCode::damaged, fmt::format("{}: wanted the timeline cut at the checkpoint at "
                                              "token {}, found tokens up to {}",
                                              file(), tokens, left));
    }
}

void TimelineStore::clear()
{
    forget();
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

bool TimelineStore::isWhole(BlobReader& reader, const Block& block)
{
    reader.open(block.id);
    if (reader.size() != block.byteCount)
        return false;
    std::vector<std::byte> bytes(block.byteCount);
    reader.read(0, bytes);
    return checksumOf(bytes) == block.checksum;
}

void TimelineStore::verifyRows()
{
    BlobReader reader(m_database, "row_block", "rows");
    for (const auto& [place, blocks] : directory()) {
        std::uint64_t expected = 0;
        for (const Block& block : blocks) {
            if (block.rowBegin != expected || !isWhole(reader, block)) {
                raise(
                    ErrorCode::damaged,
                    fmt::format("{}: layer {}, kind {}: the rows from {} on are damaged or missing",
                                file(), place.first, place.second, expected));
            }
            expected = block.rowEnd();
        }
    }
}

std::vector<Damage> TimelineStore::damages()
{
    std::vector<Damage> found;
    Statement tokens(m_database, kAllTokens);
    while (tokens.step()) {
        if (checksumOf(tokens.bytes(4)) != tokens.integer(2)) {
            Damage damage;
            damage.part = Damage::Part::tokens;
            damage.tokens = {tokens.count(0), tokens.count(0) + tokens.count(1)};
            found.push_back(damage);
        }
    }
    BlobReader reader(m_database, "row_block", "rows");
    for (const auto& [place, blocks] : directory()) {
        for (const Block& block : blocks) {
            if (isWhole(reader, block))
                continue;
            Damage damage;
            damage.part = Damage::Part::rows;
            damage.layer = place.first;
            damage.kind = place.second;
            damage.rowBegin = block.rowBegin;
            damage.rowCount = block.rowCount;
            damage.tokens = {0, block.tokenEnd};
            found.push_back(damage);
        }
    }
    Statement states(m_database, "SELECT token_count, checksum, state FROM checkpoint "
                                 "WHERE segment_id = 1 ORDER BY token_count");
    while (states.step()) {
        if (checksumOf(states.bytes(2)) != states.integer(1)) {
            Damage damage;
            damage.part = Damage::Part::checkpoint;
            damage.tokens = {states.count(0), states.count(0)};
            found.push_back(damage);
        }
    }
    return found;
}

void TimelineStore::restoreRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                                std::span<const std::byte> bytes)
{
    const Blocks& blocks = directory()[{layer, kind}];
    const auto block = std::ranges::find(blocks, rowBegin, &Block::rowBegin);
    if (block == blocks.end() || block->byteCount != bytes.size() ||
        block->checksum != checksumOf(bytes)) {
        raise(ErrorCode::badInput,
              fmt::format("{}: layer {}, kind {}: the rows from {} on came out differently when "
                          "they were read again",
                          file(), layer, kind, rowBegin));
    }
    Statement(m_database, kRestoreRows).bind(block->id, bytes).run();
}

void TimelineStore::restoreTokens(std::uint64_t tokenBegin, std::span<const std::int32_t> tokens)
{
    Statement block(m_database, kTokenBlock);
    const std::span<const std::byte> bytes = std::as_bytes(tokens);
    if (!block.bind(tokenBegin).step() || block.count(1) != tokens.size() ||
        block.integer(2) != checksumOf(bytes)) {
        raise(ErrorCode::badInput,
              fmt::format("{}: the text gives other tokens from {} on than those once read", file(),
                          tokenBegin));
    }
    const std::int64_t id = block.integer(0);
    block.reset();
    Statement(m_database, kRestoreTokens).bind(id, bytes).run();
}

void TimelineStore::dropSuperseded(std::uint64_t tokenCount)
{
    Statement(m_database, kDropSuperseded).bind(tokenCount, CheckpointKeep::untilNext).run();
}

void TimelineStore::dropCheckpoint(std::uint64_t tokenCount)
{
    Statement(m_database, kDropCheckpoint).bind(tokenCount).run();
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
