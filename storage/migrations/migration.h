// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "sqlite/database.h"

namespace storage {

/// One step of the schema, applied in a transaction of its own. A migration that was released is
/// never edited: a later one corrects it.
struct Migration
{
    int version; ///< PRAGMA user_version after it
    /// A program that knows only schemas before this one must not open the file any more. Stays
    /// below `version` when the step only adds what older programs can overlook.
    int oldestReader;
    const char* sql;
};

/// "Lctn": PRAGMA application_id of session files.
inline constexpr int kApplicationId = 0x4c63746e;

/// All steps, ascending by version from 1.
[[nodiscard]] std::span<const Migration> migrations();
[[nodiscard]] inline int newestSchema()
{
    return migrations().back().version;
}

/// The version that the file has now.
[[nodiscard]] int schemaVersion(Database& database);

/// Looks at the file's application id and version. Throws Failure: foreignFile, newerFile.
/// Returns the version.
int checkKind(Database& database);

/// Applies the steps that the file does not have yet.
void migrate(Database& database, std::span<const Migration> steps);

} // namespace storage
