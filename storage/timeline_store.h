// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sqlite/database.h"
#include "storage/reading.h"

namespace storage {

class BlobReader;

/// The tables token_block, row_block and checkpoint of the main segment. Throws Failure. Calls that
/// write expect an open transaction.
class TimelineStore final
{
public:
    explicit TimelineStore(Database& database) : m_database(database) {}

    /// Everything of a commit but the sources. The checkpoint is left out if `withCheckpoint` is
    /// false: it is kept elsewhere.
    void append(const ReadingCommit& commit, bool withCheckpoint);
    [[nodiscard]] std::uint64_t length();
    /// Names the timeline up to there: equal chains mean equal tokens. Nothing if no commit ended
    /// there.
    [[nodiscard]] std::optional<std::int64_t> chainAt(std::uint64_t tokens);
    /// What chainAt() will give at the end of a commit.
    [[nodiscard]] std::int64_t chainAfter(const ReadingCommit& commit);
    [[nodiscard]] std::vector<std::int32_t> tokens(TokenRange range);
    /// The newest one that is not damaged.
    [[nodiscard]] std::optional<Checkpoint> checkpoint(std::uint64_t atOrBefore);
    /// Length of the timeline there; 0 without one.
    [[nodiscard]] std::uint64_t checkpointBefore(std::uint64_t tokens);
    /// Same as checkpointBefore, but does not look at the bytes.
    [[nodiscard]] std::uint64_t newestCheckpoint();
    void insertCheckpoint(std::uint64_t tokenCount, CheckpointKeep keep,
                          std::span<const std::byte> state);
    void readRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                  std::uint64_t rowCount, std::span<std::byte> out);
    [[nodiscard]] std::vector<RowExtent> extents();
    /// Deletes everything behind `tokens`, where a commit must have ended.
    void cutAt(std::uint64_t tokens);
    void clear();
    /// Throws damaged for the first gap or wrong checksum.
    void verify();
    /// Tokens, rows and checkpoints whose bytes are not what was written.
    [[nodiscard]] std::vector<Damage> damages();
    /// Puts bytes back in the place of damaged ones; badInput if they are not those once written.
    void restoreRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                     std::span<const std::byte> bytes);
    void restoreTokens(std::uint64_t tokenBegin, std::span<const std::int32_t> tokens);
    void dropCheckpoint(std::uint64_t tokenCount);
    /// Checkpoints before `tokenCount` that need not be kept.
    void dropSuperseded(std::uint64_t tokenCount);
    /// What is remembered of the tables may be wrong: a transaction was undone.
    void forget();

private:
    /// A row of row_block without its bytes.
    struct Block
    {
        std::int64_t id = 0;
        std::uint64_t rowBegin = 0;
        std::uint64_t rowCount = 0;
        std::uint64_t byteCount = 0;
        std::uint64_t tokenEnd = 0;
        std::int64_t checksum = 0;

        [[nodiscard]] std::uint64_t rowEnd() const { return rowBegin + rowCount; }
    };
    /// Blocks of one layer and kind, in the order of their rows.
    using Blocks = std::vector<Block>;
    using LayerKind = std::pair<std::uint32_t, std::uint32_t>;
    struct RowRange
    {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    struct RowEnd
    {
        std::uint64_t rows = 0;
        std::uint64_t bytesPerRow = 0; ///< 0: none stored yet
    };
    void thinBoundaries();
    [[nodiscard]] CheckpointKeep keepFor(const ReadingCommit& commit, std::uint64_t tokenEnd);
    void appendTokens(const ReadingCommit& commit);
    void appendRows(const RowBlock& block, std::uint64_t tokenEnd);
    [[nodiscard]] std::int64_t chainBefore(std::uint64_t tokenBegin);
    [[nodiscard]] RowEnd rowEnd(std::uint32_t layer, std::uint32_t kind);
    [[nodiscard]] std::span<const Block> blocksCovering(std::uint32_t layer, std::uint32_t kind,
                                                        RowRange rows);
    /// Of all blocks; read when first needed, and again when another connection has written.
    [[nodiscard]] std::map<LayerKind, Blocks>& directory();
    [[nodiscard]] bool isWhole(BlobReader& reader, const Block& block);
    void readBlock(BlobReader& reader, const Block& block, RowRange rows, std::span<std::byte> out);
    void verifyTokens();
    void verifyRows();
    void verifyCheckpoints();
    [[nodiscard]] std::string file() const { return m_database.path().string(); }

    Database& m_database;
    std::optional<std::map<LayerKind, Blocks>> m_directory;
    std::int64_t m_directoryVersion = 0; ///< PRAGMA data_version
    /// Row blocks whose bytes were found right: their checksum by their id. (An id alone can be
    /// given again after a rewind.)
    std::unordered_map<std::int64_t, std::int64_t> m_verified;
};

} // namespace storage
