// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace answering {

/// Characters [begin, end) of a text that differ from a pattern by `edits`.
struct ApproximateMatch
{
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t edits = 0;
};

/// The part of `text` with the fewest insertions, deletions and replacements against `pattern`, if
/// there are at most `maxEdits`; the first of several. Myers' bit-parallel search, 64 pattern
/// characters a machine word: O(text * pattern / 64).
[[nodiscard]] std::optional<ApproximateMatch>
findApproximately(std::u32string_view pattern, std::u32string_view text, std::size_t maxEdits);

/// Words of `quote` that have no partner in `text` when both are laid side by side.
[[nodiscard]] std::size_t countDifferingWords(std::u32string_view quote, std::u32string_view text);

} // namespace answering
