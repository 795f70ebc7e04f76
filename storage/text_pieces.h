// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace storage {

/// One row of source_text.
struct TextPiece
{
    std::uint64_t begin = 0;          ///< in bytes
    std::uint64_t characterBegin = 0; ///< in code points
    std::string_view text;
};

struct CutText
{
    std::vector<TextPiece> pieces;
    std::uint64_t characters = 0;
};

/// Cuts UTF-8 into pieces of at most 32 KB that do not part a character. No value if the text is
/// not UTF-8.
[[nodiscard]] std::optional<CutText> cutText(std::string_view text);

} // namespace storage
