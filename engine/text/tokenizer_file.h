// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.h"
#include "engine/tokenizer.h"
#include "text/merge_table.h"
#include "text/split_rules.h"

namespace engine {

/// A token beside the merges, recognised as a whole: begin, end, User, think and the like.
struct AddedToken
{
    TokenId id = 0;
    std::string content;
    /// Looked for after all those that are not, as the reference implementation does.
    bool normalized = false;
};

/// What a tokenizer.json says, checked and in terms of bytes and ids.
struct TokenizerFile
{
    std::vector<std::string> tokens; ///< bytes by id; empty where the file has no such id
    std::vector<AddedToken> added;
    std::vector<Merge> merges; ///< never one that gives an added token
    std::array<TokenId, 256> byteTokens{};
    std::vector<SplitRule> splitRules;
    /// A word that is a token as it stands is not built from merges (`ignore_merges`).
    bool wholeWordsFirst = false;
};

/// Reads a Hugging Face tokenizer.json of the byte-level BPE kind. The error names the file, the
/// key, what was wanted and what was found.
[[nodiscard]] Result<TokenizerFile> readTokenizerFile(const std::filesystem::path& file);

/// The same for the file's text; the message does not name the file.
[[nodiscard]] Result<TokenizerFile> parseTokenizer(std::string_view text);

} // namespace engine
