// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sqlite/database.h"

namespace storage {

/// Everything between construction and commit() is kept as a whole; leaving the scope without
/// commit() undoes it. Does not nest.
class Transaction final
{
public:
    enum class Kind
    {
        read,  ///< several statements that must see the same state
        write, ///< takes the write lock at once rather than in the middle
    };

    Transaction(Database& database, Kind kind);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database& m_database;
};

} // namespace storage
