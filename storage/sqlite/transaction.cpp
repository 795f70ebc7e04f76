// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlite/transaction.h"

#include <sqlite3.h>

namespace storage {

Transaction::Transaction(Database& database, Kind kind) : m_database(database)
{
    m_database.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction()
{
    // SQLite has already rolled back by itself after some errors (a full disk, for one). A rollback
    // that fails leaves the journal, and the next access rolls back from that.
    if (m_database.inTransaction())
        sqlite3_exec(m_database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit()
{
    m_database.execute("COMMIT");
}

} // namespace storage
