// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tokenizer.h"
#include "storage/passage.h"

namespace app {

/// A book that nobody wrote: sentences of made-up words, the same in every run.
struct GeneratedBook
{
    std::string text;
    std::vector<engine::TokenId> tokens;
    std::vector<storage::NewPassage> passages; ///< token ranges count from the book's begin
};

/// At least `tokens` tokens; `number` makes one book differ from another.
[[nodiscard]] GeneratedBook generateBook(const engine::Tokenizer& tokenizer, std::uint64_t number,
                                         std::uint64_t tokens);

} // namespace app
