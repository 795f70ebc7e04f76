// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "sqlite/database.h"
#include "storage/message.h"

namespace storage {

/// The tables message and citation. Throws Failure. Calls that write expect an open transaction.
class MessageStore final
{
public:
    explicit MessageStore(Database& database) : m_database(database) {}

    [[nodiscard]] MessageId add(const NewMessage& message);
    [[nodiscard]] std::vector<Message> all(); ///< oldest first

private:
    void requireSound(const NewMessage& message);

    Database& m_database;
};

} // namespace storage
