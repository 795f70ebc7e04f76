// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace storage {

/// The second schema. The directory of row blocks is ordered by the commit that brought them: a
/// commit's entries lie side by side at the index's end. In schema 1 every layer and kind had a
/// place of its own in the index, so each commit rewrote a dozen pages (docs/adr/0011).
inline constexpr char kSchema2[] = R"sql(

CREATE TABLE row_block_2 (
    id         INTEGER NOT NULL PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    layer      INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    row_begin  INTEGER NOT NULL,
    row_count  INTEGER NOT NULL,
    byte_count INTEGER NOT NULL,
    token_end  INTEGER NOT NULL,
    checksum   INTEGER NOT NULL,
    rows       BLOB NOT NULL
) STRICT;
INSERT INTO row_block_2 SELECT id, segment_id, layer, kind, row_begin, row_count, length(rows),
    token_end, checksum, rows FROM row_block ORDER BY id;
DROP TABLE row_block;
ALTER TABLE row_block_2 RENAME TO row_block;

-- Holds all that is asked of a block but its bytes.
CREATE UNIQUE INDEX row_directory ON row_block
    (segment_id, token_end, layer, kind, row_begin, row_count, byte_count, checksum);

)sql";

} // namespace storage
