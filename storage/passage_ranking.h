// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sqlite/database.h"
#include "storage/search.h"

struct Fts5Context;
struct Fts5ExtensionApi;

namespace storage {

/// Ranks passages by BM25 from FTS5's own statistics. FTS5's bm25() would give the sum alone; the
/// callers also want to know which words a passage holds, and how rare they are.
///
/// One object a connection, which it must not outlive. Throws Failure.
class PassageRanker final
{
public:
    explicit PassageRanker(Database& database) : m_database(database) {}
    PassageRanker(const PassageRanker&) = delete;
    PassageRanker& operator=(const PassageRanker&) = delete;

    [[nodiscard]] PassageRanking rank(std::span<const std::string> terms, const Bm25& constants,
                                      std::uint64_t passageCount);

private:
    /// What one query has found, row by row as FTS5 visits them.
    struct Found
    {
        std::vector<std::int64_t> ids;
        std::vector<std::uint32_t> lengths;
        std::vector<std::uint32_t> counts; ///< [ids.size(), phrases]
        std::int64_t totalLength = 0;      ///< words of all passages
    };
    static void collect(const Fts5ExtensionApi* api, Fts5Context* fts, void* result);
    /// Makes collect() known to the connection, on first use.
    void registerFunction();
    void find(const std::string& query);

    Database& m_database;
    Found m_found;
    bool m_isRegistered = false;
};

} // namespace storage
