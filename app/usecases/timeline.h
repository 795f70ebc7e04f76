// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/session.h"
#include "storage/session_file.h"
#include "usecases/error.h"
#include "usecases/model_provider.h"

namespace app {

class RowSource;

/// A session's tokens with the engine's cache over them, and their copy in the session file.
///
/// Tokens are appended in memory and committed in steps; what was committed is never read again:
/// opening restores the newest commit and fetches cache rows from the file when they are needed.
///
/// Thread rule: that of the session file, which must outlive it.
class Timeline
{
public:
    /// Continues what the file holds, with the model that read it (checked by the caller).
    /// A file whose newest checkpoint is older than its tokens is rewound to the checkpoint.
    [[nodiscard]] static Result<std::unique_ptr<Timeline>>
    open(storage::SessionFile& file, const LoadedModel& model, unsigned threads);

    ~Timeline();
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;

    /// Tokens read, committed or not.
    [[nodiscard]] std::uint64_t length() const;
    [[nodiscard]] std::uint64_t committed() const { return m_committed; }

    /// Reads tokens in memory. A stop leaves what was read until then readable and committable;
    /// length() tells how far it came.
    [[nodiscard]] Result<void> append(std::span<const engine::TokenId> tokens,
                                      const std::stop_token& stop);

    /// Writes everything since the last commit, with the sources' new states, as one transaction.
    /// With `boundary` the place is kept to rewind to, even if no token is new.
    [[nodiscard]] Result<void>
    commit(std::span<const storage::SourceProgress> sources,
           storage::CheckpointKeep keep = storage::CheckpointKeep::untilNext);

    /// Tokens that went through the model since open(): 0 shows that nothing was read again.
    [[nodiscard]] std::uint64_t prefilledTokens() const;

    /// For locating; belongs to this timeline.
    [[nodiscard]] engine::Session& session() { return *m_session; }

    /// Tokens that were committed but have to be read again: the state after them was lost.
    [[nodiscard]] std::uint64_t takenBack() const { return m_takenBack; }

private:
    Timeline(storage::SessionFile& file, std::unique_ptr<RowSource> rows);

    storage::SessionFile& m_file;
    std::unique_ptr<RowSource> m_rows; ///< outlives the session, which reads through it
    std::unique_ptr<engine::Session> m_session;
    std::uint64_t m_committed = 0;
    std::uint64_t m_takenBack = 0;
    std::vector<engine::TokenId> m_uncommitted;
};

} // namespace app
