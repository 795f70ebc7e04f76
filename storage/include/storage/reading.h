// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "storage/ranges.h"
#include "storage/source.h"

namespace storage {

/// Consecutive cache rows of one layer and kind, packed one after another. What a kind means and
/// how a row is packed is the caller's affair; all rows of one layer and kind have the same size.
struct RowBlock
{
    std::uint32_t layer = 0;
    std::uint32_t kind = 0;
    std::uint64_t rowBegin = 0;
    std::uint64_t rowCount = 0;
    std::span<const std::byte> bytes;
};

/// Where a source stands after a commit.
struct SourceProgress
{
    SourceId id = 0;
    SourceState state = SourceState::reading;
    /// Its place on the timeline; no value leaves it as it is.
    std::optional<TokenRange> tokens;
};

enum class CheckpointKeep
{
    untilNext, ///< replaced by the next commit that brings one
    always,    ///< stays until the timeline is rewound before it: a place to rewind to
    /// The begin of a source, a place to rewind to when it is removed. The newest one stays; older
    /// ones only where they are kBoundarySpacing tokens apart.
    boundary,
};

/// A checkpoint of the built-in model is as large as the rows of 3,500 tokens: at this distance
/// kept ones add a twentieth to the file, however small the sources are.
inline constexpr std::uint64_t kBoundarySpacing = 65'536;

/// What removeSource does with sources that were read after the removed one.
enum class LaterSources
{
    refuse,    ///< nothing is removed if there are any
    readAgain, ///< they move up on the timeline and wait to be read again
};

/// One step of reading. It is kept as a whole or, after a crash, not at all.
struct ReadingCommit
{
    std::uint64_t tokenBegin = 0; ///< must be SessionFile::tokensRead()
    std::span<const std::int32_t> tokens;
    /// Each block must begin where the stored rows of its layer and kind end.
    std::span<const RowBlock> blocks;
    /// State at the end of `tokens`. Empty: none is written, and after reopening the session has to
    /// be rewound to the newest one (rewindTo) before reading goes on.
    std::span<const std::byte> checkpoint;
    CheckpointKeep keep = CheckpointKeep::untilNext;
    std::span<const SourceProgress> sources;
};

struct Checkpoint
{
    std::uint64_t tokenCount = 0; ///< length of the timeline that it belongs to
    std::vector<std::byte> bytes;
};

/// What is stored of one layer and kind.
struct RowExtent
{
    std::uint32_t layer = 0;
    std::uint32_t kind = 0;
    std::uint64_t rowCount = 0;
    std::uint64_t bytes = 0;
};

} // namespace storage
