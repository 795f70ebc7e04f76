// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqlite/blob_reader.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace storage {

BlobReader::BlobReader(Database& database, const char* table, const char* column)
    : m_database(database), m_table(table), m_column(column)
{
}

BlobReader::~BlobReader()
{
    sqlite3_blob_close(m_blob);
}

void BlobReader::open(std::int64_t rowId)
{
    m_database.requireUsable();
    const int code = m_blob == nullptr ? sqlite3_blob_open(m_database.handle(), "main", m_table,
                                                           m_column, rowId, 0, &m_blob)
                                       : sqlite3_blob_reopen(m_blob, rowId);
    if (code != SQLITE_OK)
        m_database.raiseSqlite(code,
                               fmt::format("to read {}.{} of row {}", m_table, m_column, rowId));
}

std::size_t BlobReader::size() const
{
    return static_cast<std::size_t>(sqlite3_blob_bytes(m_blob));
}

void BlobReader::read(std::size_t offset, std::span<std::byte> out)
{
    const int code = sqlite3_blob_read(m_blob, out.data(), static_cast<int>(out.size()),
                                       static_cast<int>(offset));
    if (code != SQLITE_OK)
        m_database.raiseSqlite(code, fmt::format("to read {}.{}", m_table, m_column));
}

} // namespace storage
