// SPDX-License-Identifier: GPL-3.0-or-later
#include "migrations/migration.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "migrations/schema_1.h"
#include "migrations/schema_2.h"
#include "sqlite/statement.h"
#include "sqlite/transaction.h"

namespace storage {

namespace {

constexpr std::array kMigrations = {
    Migration{1, 1, kSchema1},
    Migration{2, 2, kSchema2},
};

int pragma(Database& database, const char* name)
{
    Statement statement(database, fmt::format("PRAGMA {}", name));
    return statement.step() ? static_cast<int>(statement.integer(0)) : 0;
}

int oldestReader(Database& database)
{
    Statement statement(database, "SELECT value FROM meta WHERE name = 'oldest_reader'");
    return statement.step() ? static_cast<int>(statement.integer(0)) : 0;
}

} // namespace

std::span<const Migration> migrations()
{
    return kMigrations;
}

int schemaVersion(Database& database)
{
    return pragma(database, "user_version");
}

int checkKind(Database& database)
{
    const std::string file = database.path().string();
    const int application = pragma(database, "application_id");
    const int version = schemaVersion(database);
    if (application != kApplicationId) {
        raise(ErrorCode::foreignFile,
              fmt::format("{}: wanted a Lectern session (application id {:#010x}), found {}", file,
                          kApplicationId,
                          application == 0 ? std::string{"a file without an application id"}
                                           : fmt::format("a database of another program ({:#010x})",
                                                         static_cast<unsigned>(application))));
    }
    if (version > newestSchema() && oldestReader(database) > newestSchema()) {
        raise(
            ErrorCode::newerFile,
            fmt::format("{}: wanted a session of schema {} or older, found schema {}: it was made "
                        "by a newer Lectern",
                        file, newestSchema(), version));
    }
    if (version < 1) {
        raise(ErrorCode::damaged,
              fmt::format("{}: wanted a schema from 1 on, found {}", file, version));
    }
    return version;
}

void migrate(Database& database, std::span<const Migration> steps)
{
    const int present = schemaVersion(database);
    for (const Migration& step : steps) {
        if (step.version <= present)
            continue;
        Transaction transaction(database, Transaction::Kind::write);
        database.execute(step.sql);
        Statement(database, "INSERT INTO meta (name, value) VALUES ('oldest_reader', ?1) "
                            "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .bind(fmt::to_string(step.oldestReader))
            .run();
        database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
        database.execute(fmt::format("PRAGMA user_version = {}", step.version));
        transaction.commit();
    }
}

} // namespace storage
