// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "head_store.h"
#include "message_store.h"
#include "migrations/migration.h"
#include "passage_ranking.h"
#include "passage_store.h"
#include "session_lock.h"
#include "source_store.h"
#include "sqlite/database.h"
#include "sqlite/transaction.h"
#include "storage/session_file.h"
#include "timeline_store.h"

namespace storage {

/// A session file as this folder works with it: lock, connection, the stores of its tables, and
/// what concerns several of them at once. SessionFile is the face that others see.
class SessionConnection
{
public:
    /// Opens a file that is there. Throws Failure.
    SessionConnection(const std::filesystem::path& file, OpenMode openMode);
    ~SessionConnection();
    SessionConnection(const SessionConnection&) = delete;
    SessionConnection& operator=(const SessionConnection&) = delete;

    /// Makes a session file with nothing but its head. Throws Failure.
    static void createFile(const std::filesystem::path& target, const NewSession& session);

    // What concerns several stores. Those that write expect an open transaction.
    void commitReading(const ReadingCommit& commit);
    [[nodiscard]] std::uint64_t rewindTo(std::uint64_t tokens);
    void clearReading(const ModelIdentity& model);
    void removeSource(SourceId id, LaterSources later);
    [[nodiscard]] std::uint64_t tokensToReadAgainIfRemoved(SourceId id);
    [[nodiscard]] SessionSummary summary();
    /// Expects no transaction: it reads the texts one by one and searches in between.
    [[nodiscard]] TextHits searchText(std::string_view phrase, std::size_t limit);
    void duplicate(const std::filesystem::path& target);
    void verify();

    /// Runs one call: never two at once, and no exception leaves.
    template <typename Function>
    auto call(Function&& function) -> decltype(guarded(function))
    {
        if (m_inUse.test_and_set()) {
            return fail(ErrorCode::badInput,
                        fmt::format("{}: two threads use one session object", path.string()));
        }
        auto result = guarded(std::forward<Function>(function));
        m_inUse.clear();
        return result;
    }

    /// Several statements that must see the same state. Short: commits wait for its end.
    template <typename Function>
    auto atOneState(Function&& function)
    {
        if (m_isGroup)
            return function();
        const Transaction oneState(database, Transaction::Kind::read);
        return function();
    }

    /// Runs one call that reads, at one state.
    template <typename Function>
    auto read(Function&& function) -> decltype(guarded(function))
    {
        return call([&] { return atOneState(function); });
    }

    /// Runs one call that writes, as one transaction or as a part of a group's.
    template <typename Function>
    auto change(Function&& function) -> decltype(guarded(function))
    {
        auto result = call([&] {
            requireWritable();
            if (m_isGroup)
                return function();
            Transaction transaction(database, Transaction::Kind::write);
            if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
                function();
                transaction.commit();
            } else {
                auto value = function();
                transaction.commit();
                return value;
            }
        });
        if (m_isGroup && !result && !m_groupFailure)
            m_groupFailure = result.error();
        return result;
    }

    /// Runs `changes`, whose calls come back to this object, as one transaction.
    [[nodiscard]] Result<void> together(const std::function<Result<void>()>& changes);

    const std::filesystem::path path; ///< absolute, links resolved
    const OpenMode mode;
    const std::unique_ptr<SessionLock> lock; ///< of a writer; outlives the connection
    Database database;
    HeadStore head{database};
    SourceStore sources{database};
    PassageStore passages{database};
    PassageRanker ranker{database};
    TimelineStore timeline{database};
    MessageStore messages{database};

private:
    /// Throws if it is open for reading only, or if the group at hand has failed: what follows
    /// would stand alone.
    void requireWritable() const;
    void prepareForWriting();
    void requireLastOnTimeline(const Source& source);

    std::atomic_flag m_inUse;
    bool m_isGroup = false;
    std::optional<Error> m_groupFailure; ///< the first of the group at hand
};

} // namespace storage
