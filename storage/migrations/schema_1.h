// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace storage {

/// The first schema. Times are milliseconds since 1970 in UTC; offsets named text_ are bytes of the
/// source's UTF-8 text; enumerations hold the values that the public headers fix. Checksums are
/// XXH3, 64 bits. Large columns stand last, so that reading the others does not walk past them.
inline constexpr char kSchema1[] = R"sql(

-- The head: title, created, last_used, program_version, model_name, model_fingerprint, cache_format,
-- numerics, and oldest_reader (see migrations).
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Small values of the program that belong to the session.
CREATE TABLE value (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ordinal         INTEGER NOT NULL UNIQUE,
    path            TEXT NOT NULL,
    folder          TEXT NOT NULL,
    relative_path   TEXT NOT NULL,
    format          TEXT NOT NULL,
    title           TEXT NOT NULL,
    language        TEXT NOT NULL,
    encoding        TEXT NOT NULL,
    content_hash    TEXT NOT NULL,
    file_bytes      INTEGER NOT NULL,
    file_modified   INTEGER,
    page_count      INTEGER NOT NULL,
    line_count      INTEGER NOT NULL,
    text_rules      INTEGER NOT NULL,
    text_bytes      INTEGER NOT NULL,
    text_characters INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    token_count     INTEGER,
    token_begin     INTEGER,
    token_end       INTEGER,
    added           INTEGER NOT NULL,
    read_at         INTEGER,
    hidden          INTEGER NOT NULL
) STRICT;
CREATE INDEX source_path ON source (path);
CREATE INDEX source_content_hash ON source (content_hash);

CREATE TABLE source_note (
    source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (source_id, ordinal)
) STRICT, WITHOUT ROWID;

-- The text in pieces of at most 32 KB, cut between characters: a passage of a long book is read
-- without the book, and damage stays in one piece.
CREATE TABLE source_text (
    id              INTEGER NOT NULL PRIMARY KEY,
    source_id       INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    text_begin      INTEGER NOT NULL,
    character_begin INTEGER NOT NULL,
    checksum        INTEGER NOT NULL,
    text            TEXT NOT NULL,
    UNIQUE (source_id, text_begin)
) STRICT;

-- The way from the text back to pages and lines, in the form that the reader of documents gives it.
CREATE TABLE source_maps (
    source_id INTEGER NOT NULL PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
    checksum  INTEGER NOT NULL,
    maps      BLOB NOT NULL
) STRICT;

CREATE TABLE passage (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source_id   INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    text_begin  INTEGER NOT NULL,
    text_end    INTEGER NOT NULL,
    token_begin INTEGER NOT NULL,
    token_end   INTEGER NOT NULL,
    heading     TEXT NOT NULL,
    UNIQUE (source_id, ordinal)
) STRICT;

-- The full-text index: rowid is passage.id. It keeps no text of its own. Our tokenizer is
-- registered by the program (word_tokenizer.h).
CREATE VIRTUAL TABLE passage_words USING fts5 (text, content = '', tokenize = 'porter lectern');

-- A stretch of one timeline. A branch is a segment that continues its parent after parent_tokens
-- tokens and shares all rows before; the conversation's main line is segment 1.
CREATE TABLE segment (
    id            INTEGER NOT NULL PRIMARY KEY,
    parent_id     INTEGER REFERENCES segment (id),
    parent_tokens INTEGER NOT NULL
) STRICT;
INSERT INTO segment (id, parent_id, parent_tokens) VALUES (1, NULL, 0);

-- Tokens of one commit: 32-bit little-endian. chain is the checksum of (chain of the block before,
-- checksum): equal chains mean equal timelines.
CREATE TABLE token_block (
    id          INTEGER NOT NULL PRIMARY KEY,
    segment_id  INTEGER NOT NULL REFERENCES segment (id),
    token_begin INTEGER NOT NULL,
    token_count INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,
    chain       INTEGER NOT NULL,
    tokens      BLOB NOT NULL,
    UNIQUE (segment_id, token_begin)
) STRICT;

-- Whole cache rows, at most 64 KB of them; appended, never rewritten. token_end is the length of
-- the timeline after the commit that brought them.
CREATE TABLE row_block (
    id         INTEGER NOT NULL PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    layer      INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    row_begin  INTEGER NOT NULL,
    row_count  INTEGER NOT NULL,
    token_end  INTEGER NOT NULL,
    checksum   INTEGER NOT NULL,
    rows       BLOB NOT NULL,
    UNIQUE (segment_id, layer, kind, row_begin)
) STRICT;

CREATE TABLE checkpoint (
    id          INTEGER NOT NULL PRIMARY KEY,
    segment_id  INTEGER NOT NULL REFERENCES segment (id),
    token_count INTEGER NOT NULL,
    keep        INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,
    state       BLOB NOT NULL,
    UNIQUE (segment_id, token_count)
) STRICT;

CREATE TABLE message (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    parent_id INTEGER REFERENCES message (id),
    role      INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    created   INTEGER NOT NULL,
    model     TEXT NOT NULL,
    text      TEXT NOT NULL,
    details   TEXT NOT NULL
) STRICT;

CREATE TABLE citation (
    message_id   INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    rank         INTEGER NOT NULL,
    source_id    INTEGER REFERENCES source (id) ON DELETE SET NULL,
    document     TEXT NOT NULL,
    text_begin   INTEGER NOT NULL,
    text_end     INTEGER NOT NULL,
    quote        TEXT NOT NULL,
    state        INTEGER NOT NULL,
    state_detail TEXT NOT NULL,
    role         INTEGER NOT NULL,
    page         INTEGER,
    page_label   TEXT NOT NULL,
    line_begin   INTEGER,
    line_end     INTEGER,
    chapter      TEXT NOT NULL,
    score        REAL NOT NULL,
    mark_at      INTEGER,
    PRIMARY KEY (message_id, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX citation_source ON citation (source_id);

)sql";

} // namespace storage
