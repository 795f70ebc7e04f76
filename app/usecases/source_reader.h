// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/tokenizer.h"
#include "storage/session_file.h"
#include "usecases/engine_turns.h"
#include "usecases/error.h"
#include "usecases/reading_pace.h"
#include "usecases/timeline.h"

namespace app {

/// Tokens a commit adds: what a crash loses at most.
inline constexpr std::uint64_t kCommitTokens = 2'048;

/// How far a reading job has come. Counts are over all sources that the job came across.
struct ReadingProgress
{
    storage::SourceId sourceId = 0; ///< the one in hand
    std::string sourceTitle;
    std::uint64_t sourceDone = 0; ///< tokens
    std::uint64_t sourceTotal = 0;
    std::size_t sourcesDone = 0;
    std::size_t sourcesTotal = 0;
    std::uint64_t tokensDone = 0;
    std::uint64_t tokensTotal = 0;
    double tokensPerSecond = 0.0;                 ///< 0: not known yet
    ReadingPace pace;                             ///< that speed at the very beginning
    std::optional<std::chrono::seconds> timeLeft; ///< nothing before 5 s
};

struct ReadingObserver
{
    std::function<void(const ReadingProgress&)> progress; ///< several times a commit
    /// A source was read to its end.
    std::function<void(storage::SourceId)> sourceReady;
    /// Another session is at work and goes first, or no longer.
    std::function<void(bool)> waiting;
};

/// Gives every source of the session that has text its passages and its place on the timeline, in
/// the order of adding. What has them is left alone. `prepared` is called after each source.
[[nodiscard]] Result<void> prepareSources(storage::SessionFile& file,
                                          const engine::Tokenizer& tokenizer,
                                          const std::function<void(storage::SourceId)>& prepared,
                                          const std::stop_token& stop);

/// Reads all prepared sources that are not on the timeline yet. One object is one job: it may be
/// run again after a stop, and its counts go on.
///
/// Thread rule: that of the session file.
class SourceReader
{
public:
    /// `turns` may be null; otherwise each slice of tokens waits for its turn.
    SourceReader(storage::SessionFile& file, Timeline& timeline, const engine::Tokenizer& tokenizer,
                 EngineTurns* turns = nullptr);

    /// Returns when everything is read, or with `cancelled` after a stop; what was read until then
    /// is committed in both cases, and a kill loses kCommitTokens at most.
    [[nodiscard]] Result<void> run(const ReadingObserver& observer, const std::stop_token& stop);

private:
    struct Pending
    {
        storage::Source source;
        storage::TokenRange tokens;
    };

    [[nodiscard]] Result<std::vector<Pending>> pendingSources();
    [[nodiscard]] Result<std::vector<engine::TokenId>> remainingTokens(const Pending& pending);
    [[nodiscard]] Result<void> readSource(const Pending& pending, const ReadingObserver& observer,
                                          const std::stop_token& stop);
    /// Reads some tokens when it is the session's turn.
    [[nodiscard]] Result<void> append(std::span<const engine::TokenId> tokens,
                                      const ReadingObserver& observer, const std::stop_token& stop);
    [[nodiscard]] Result<void> keepBoundary(const Pending& next, bool isLast,
                                            std::uint64_t& newest);
    [[nodiscard]] Result<void>
    commit(storage::CheckpointKeep keep = storage::CheckpointKeep::untilNext);

    storage::SessionFile& m_file;
    Timeline& m_timeline;
    const engine::Tokenizer& m_tokenizer;
    EngineTurns* m_turns;
    std::uint64_t m_jobBegin; ///< timeline length when the job began
    std::size_t m_jobSourcesDone = 0;
    ReadingProgress m_progress;
    std::vector<storage::SourceProgress> m_touched; ///< since the last commit
};

} // namespace app
