// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "sqlite/database.h"

struct fts5_api;

namespace storage {

/// How a text becomes the words of the full-text index:
/// - a word is a run of letters and digits, in lower case, without the accents of Latin, Greek and
///   Cyrillic letters; everything else parts words;
/// - Chinese, Japanese and Korean characters, and those of scripts that write without spaces (Thai,
///   Lao, Khmer, Burmese), are a word each. Words of these scripts are then found as phrases, in
///   any surroundings, which no dictionary at indexing time can promise;
/// - a name in camel case is a word, and so are its parts, at the same place: "commitReading" is
///   found by "commit" too.
/// FTS5's porter tokenizer runs above it and takes English endings off.
enum class TokenizeFor
{
    index,
    query, ///< without the parts of names: who asks for a whole name wants the whole name
};

struct IndexWord
{
    std::string_view word; ///< as the index has it; valid during the call only
    std::size_t begin = 0; ///< bytes of the text that it comes from
    std::size_t end = 0;
    bool atSamePlace = false; ///< a part of the word before
    bool isUnspaced = false;  ///< a character of a script that writes without spaces
};

/// Returns false to stop.
using WordVisitor = std::function<bool(const IndexWord&)>;

/// Visits the words of a text in order. Bytes that are not UTF-8 part words.
void forEachWord(std::string_view text, TokenizeFor purpose, const WordVisitor& visit);

/// Makes the tokenizer known to a connection under the name "lectern".
void registerWordTokenizer(Database& database);

/// What FTS5 gives to those who extend it; owned by the connection.
[[nodiscard]] fts5_api& fts5Of(Database& database);

} // namespace storage
