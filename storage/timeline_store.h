// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
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

    /// Everything of a commit but the sources.
    void append(const ReadingCommit& commit);
    [[nodiscard]] std::uint64_t length();
    [[nodiscard]] std::vector<std::int32_t> tokens(TokenRange range);
    [[nodiscard]] std::optional<Checkpoint> checkpoint(std::uint64_t atOrBefore);
    /// Length of the timeline at the newest checkpoint at or before `tokens`; 0 without one.
    [[nodiscard]] std::uint64_t checkpointBefore(std::uint64_t tokens);
    void readRows(std::uint32_t layer, std::uint32_t kind, std::uint64_t rowBegin,
                  std::uint64_t rowCount, std::span<std::byte> out);
    [[nodiscard]] std::vector<RowExtent> extents();
    /// Returns the length that is left.
    std::uint64_t rewindTo(std::uint64_t tokens);
    void clear();
    /// Throws damaged for the first gap or wrong checksum.
    void verify();

private:
    /// A row of row_block without its bytes.
    struct Block
    {
        std::int64_t id = 0;
        std::uint64_t rowBegin = 0;
        std::uint64_t rowCount = 0;
        std::int64_t checksum = 0;
    };
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
    void insertCheckpoint(const ReadingCommit& commit, std::uint64_t tokenEnd);
    void appendTokens(const ReadingCommit& commit);
    void appendRows(const RowBlock& block, std::uint64_t tokenEnd);
    [[nodiscard]] std::int64_t chainBefore(std::uint64_t tokenBegin);
    [[nodiscard]] RowEnd rowEnd(std::uint32_t layer, std::uint32_t kind);
    [[nodiscard]] std::vector<Block> blocksCovering(std::uint32_t layer, std::uint32_t kind,
                                                    RowRange rows);
    void readBlock(BlobReader& reader, const Block& block, RowRange rows, std::span<std::byte> out);
    void verifyTokens();
    void verifyRows();
    void verifyCheckpoints();
    [[nodiscard]] std::string file() const { return m_database.path().string(); }

    Database& m_database;
    /// Row blocks whose bytes were found right: their checksum by their id. (An id alone can be
    /// given again after a rewind.)
    std::unordered_map<std::int64_t, std::int64_t> m_verified;
};

} // namespace storage
