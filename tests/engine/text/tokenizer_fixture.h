// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/tokenizer.h"

namespace fixture {

using TokenizerPtr = std::shared_ptr<const engine::Tokenizer>;

/// Where the two tokenizers are. That of DeepSeek-V4 is too large for the repository: it is
/// expected where LECTERN_V4_TOKENIZER says; empty if that is not set.
std::filesystem::path builtInFile();
std::filesystem::path v4File();

/// Opened once; null if there is no such file or it cannot be opened.
TokenizerPtr builtIn();
TokenizerPtr v4();

/// Contents of all added tokens of a file.
std::vector<std::string> addedTokens(const std::filesystem::path& file);

struct Case
{
    std::string text;
    std::vector<engine::TokenId> ids;
};
/// One case a line, {"text", "ids"}.
std::vector<Case> readCases(const std::string& relativeFile);

/// A small tokenizer.json that can be opened: 256 bytes (ids 0 to 255 in byte order), no merges,
/// the added token "<end>" (id 300), ByteLevel alone as pre-tokenizer.
nlohmann::json smallTokenizer();

/// Adds a merge of two tokens, and the token that it gives, with the next free id after 255.
void addMerge(nlohmann::json& tokenizer, const std::string& left, const std::string& right);

} // namespace fixture
